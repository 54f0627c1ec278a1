using Redouble.Server.Connections;
using Redouble.Server.Logging;
using Redouble.Server.Polling;
using Redouble.Server.Rehearsal;
using Redouble.Server.Tests.Polling;

namespace Redouble.Server.Tests;

public sealed class ServerHostTests
{
    private const int TcpLevel = 6, NoDelay = 1;

    /// <summary>Replies have a byte a character; what does not fit into one was a question mark.</summary>
    [Fact]
    public void Names_of_files_are_told_byte_by_byte()
    {
        using ServerLog log = new();
        Assert.Equal("/etc/\u00C3\u00B6\u00E2\u0082\u00AC.conf", new ServerHost(log, "/etc/ö€.conf", "").Facts().ConfigFile);
    }

    /// <summary>repl-disable-tcp-nodelay: replicas that attach while it is on have Nagle's algorithm, others and all clients do not.</summary>
    [Theory]
    [InlineData("no", 1)]
    [InlineData("yes", 0)]
    public void Replicas_have_their_small_packets_put_together_where_it_is_said(string directive, int noDelay)
    {
        using Sockets sockets = new();
        using RehearsalNode node = new(new MemoryFiles());
        using ServerLog log = new();
        ServerHost host = new(log, null, "") { Config = node.Node.Config };
        var session = node.Connect();
        session.Connection = new Connection(session, new SocketTransport(sockets.Server));
        Sockets.Must(SocketOptions.SetNoDelay(sockets.Server)); // as every client has it
        node.Do("CONFIG", "SET", "repl-disable-tcp-nodelay", directive);
        Assert.Equal(directive == "yes", node.Node.Config.ReplDisableTcpNoDelay);
        host.OnReplicaAttached(session);
        Sockets.Must(SocketOptions.Get(sockets.Server, TcpLevel, NoDelay, out var found));
        Assert.Equal(noDelay, found);
    }
}
