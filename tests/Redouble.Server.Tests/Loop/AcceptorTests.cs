using System.Net.Sockets;
using Redouble.Server.Loop;
using Redouble.Server.Polling;
using Redouble.Server.Rehearsal;
using Redouble.Server.Tests.Polling;

namespace Redouble.Server.Tests.Loop;

public sealed class AcceptorTests : IDisposable
{
    private readonly RecordingPoller _poller = new();
    private readonly RehearsalNode _node = new(new MemoryFiles());
    private readonly string _folder = Directory.CreateTempSubdirectory("redouble-test-").FullName;
    private readonly Acceptor _acceptor;

    public AcceptorTests()
    {
        _acceptor = new Acceptor(_node.Node, _poller);
        _node.Node.Config.Port = 0;
    }

    public void Dispose()
    {
        _acceptor.Close();
        _node.Dispose();
        _poller.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void The_unix_socket_is_in_dir_and_stays_there()
    {
        _node.Node.Config.Dir = _folder;
        _node.Node.Config.UnixSocket = "s\u00C3\u00B6.sock"; // the bytes of an ö
        Assert.True(_acceptor.TryOpen(out var error), error);
        var path = Path.Combine(_folder, "sö.sock");
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder));
        Assert.Equal(["name=unix,bind=s\u00C3\u00B6.sock"], _acceptor.Descriptions); // a byte a character, as replies have them
        _node.Node.Config.Dir = "/";
        Assert.True(_acceptor.TryReopen(out error), error);
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder));
        _acceptor.Close();
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    /// <summary>
    /// As in Redis: CONFIG SET port and bind are about TCP. It was closed and made anew, and who was connecting was sent away; where it could not be made again
    /// there was no listener left, the old port's included.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_change_of_port_leaves_the_unix_socket_alone(bool opens)
    {
        using var taken = new TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        _node.Node.Config.Dir = _folder;
        _node.Node.Config.UnixSocket = "s";
        _node.Node.Config.BindAddresses = ["127.0.0.1"];
        _node.Node.Config.Port = Free();
        Assert.True(_acceptor.TryOpen(out var error), error);
        Assert.Equal(2, _acceptor.Descriptions.Count);
        using var client = Connect();
        File.Move(Path.Combine(_folder, "s"), Path.Combine(_folder, "moved"));
        Directory.CreateDirectory(Path.Combine(_folder, "s")); // it cannot be made again
        _node.Node.Config.Port = opens ? Free() : ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        Assert.Equal(opens, _acceptor.TryReopen(out _));
        Assert.True(_acceptor.IsListening);
        Assert.Equal(
            opens ? [$"name=tcp,bind=127.0.0.1,port={_node.Node.Config.Port}", "name=unix,bind=s"] : ["name=unix,bind=s"], _acceptor.Descriptions);
        var sessions = _node.Node.Sessions.Count;
        for (var i = 0; i < 2; i++) _acceptor.Accept(i);
        Assert.Equal(sessions + 1, _node.Node.Sessions.Count);
        SocketCalls.Close(_node.Node.Sessions[_node.Node.Sessions.Top - 1]!.Descriptor);
    }

    /// <summary>There is a limit to what may be watched (fs.epoll.max_user_watches): beyond it a client waited for ever.</summary>
    [Fact]
    public void A_client_that_cannot_be_watched_is_closed()
    {
        _node.Node.Config.Dir = _folder;
        _node.Node.Config.UnixSocket = "s";
        Assert.True(_acceptor.TryOpen(out var error), error);
        var sessions = _node.Node.Sessions.Count;
        const int noSpace = 28;
        _poller.Refusal = IoResult.Error(noSpace);
        using (var refused = Connect())
        {
            _acceptor.Accept(0);
            Assert.Equal((0, sessions), (refused.Receive(new byte[1]), _node.Node.Sessions.Count));
        }

        _poller.Refusal = null;
        using var client = Connect();
        _acceptor.Accept(0);
        Assert.Equal((sessions + 1, 1), (_node.Node.Sessions.Count, _node.Node.Stats.ConnectionsReceived));
        SocketCalls.Close(_node.Node.Sessions[_node.Node.Sessions.Top - 1]!.Descriptor);
    }

    /// <summary>As in Redis: an optional address may be one that the machine has not got, and nothing else.</summary>
    [Theory]
    [InlineData("-192.0.2.1", true, "")] // a documentation address (RFC 5737): no machine has it
    [InlineData("192.0.2.1", false, "192.0.2.1:{0}: bind: Cannot assign requested address")]
    [InlineData("-127.0.0.1", false, "127.0.0.1:{0}: bind: Address already in use")]
    [InlineData("127.0.0.1", false, "127.0.0.1:{0}: bind: Address already in use")]
    [InlineData("-no.name.invalid", false, "no.name.invalid:{0}: Name or service not known")]
    public void What_cannot_be_bound_ends_the_start_unless_it_is_optional_and_not_there(string bind, bool opens, string error)
    {
        using var taken = new Sockets();
        var text = taken.Address.ToString()!;
        _node.Node.Config.Port = int.Parse(text[(text.LastIndexOf(':') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
        _node.Node.Config.BindAddresses = [bind];
        Assert.Equal(opens, _acceptor.TryOpen(out var why));
        Assert.False(_acceptor.IsListening);
        if (!opens) Assert.EndsWith(error.Replace("{0}", text[(text.LastIndexOf(':') + 1)..], StringComparison.Ordinal), why, StringComparison.Ordinal);
    }

    /// <summary>An empty name was taken for the machine's own, which listens at all that the machine is known as.</summary>
    [Theory]
    [InlineData("127.0.0.1 ")]
    [InlineData("127.0.0.1  ::1")]
    [InlineData("127.0.0.1 -")]
    [InlineData("-")]
    public void An_empty_address_is_none(string bind)
    {
        using var free = new TcpListener(System.Net.IPAddress.Loopback, 0);
        free.Start();
        _node.Node.Config.Port = ((System.Net.IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        _node.Node.Config.BindAddresses = bind.Split(' ');
        Assert.False(_acceptor.TryOpen(out var why));
        Assert.Equal($"Warning: Could not create server TCP listening socket :{_node.Node.Config.Port}: Name or service not known", why);
    }

    [Fact]
    public void A_client_of_a_unix_socket_has_its_name_byte_by_byte()
    {
        const string name = "s\u00C3\u00B6";
        _node.Node.Config.Dir = _folder;
        _node.Node.Config.UnixSocket = name;
        Assert.True(_acceptor.TryOpen(out var error), error);
        using var client = Connect("sö");
        _acceptor.Accept(0);
        var session = _node.Node.Sessions[_node.Node.Sessions.Top - 1]!;
        Assert.Equal(($"{name}:0", $"{name}:0"), (session.Address, session.LocalAddress));
        SocketCalls.Close(session.Descriptor);
    }

    private static int Free()
    {
        using var free = new TcpListener(System.Net.IPAddress.Loopback, 0);
        free.Start();
        return ((System.Net.IPEndPoint)free.LocalEndpoint).Port;
    }

    private Socket Connect(string name = "s")
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(Path.Combine(_folder, name)));
        return socket;
    }
}
