using System.Net;
using System.Text;
using Redouble.Engine;
using Redouble.Engine.Configuration;
using Redouble.Engine.Sessions;
using Redouble.Server.Connections;
using Redouble.Server.Polling;

namespace Redouble.Server.Loop;

/// <summary>The listening sockets, and what becomes of those who connect to them.</summary>
internal sealed class Acceptor(Node node, IPoller poller)
{
    private const int AcceptsPerTurnMax = 1000;
    private const int UnixListener = 0; // number of the Unix socket, which stays when the others change
    private readonly List<Listener> _tcp = []; // numbered from 1 on
    private Listener? _unix;
    private string? _unixPath;
    private long _errorLoggedMs;

    private readonly record struct Listener(int Descriptor, NativeAddress Address, string? Congestion = null);

    /// <summary>INFO's listener lines.</summary>
    public List<string> Descriptions { get; } = [];

    /// <summary>Whether anyone can connect.</summary>
    public bool IsListening => _unix != null || _tcp.Count > 0;

    /// <summary>Whether it was a TCP address that could not be opened, rather than the Unix socket.</summary>
    public bool FailedAtTcp { get; private set; }

    /// <summary>Opens all listeners of the configuration. False, with the reason, when one that is not optional cannot be opened.</summary>
    public bool TryOpen(out string error)
    {
        FailedAtTcp = true;
        if (!TryOpenTcp(out error)) return false;
        FailedAtTcp = false;
        if (node.Config.UnixSocket.Length == 0) return true;
        if (!TryOpenUnix((uint)node.Config.UnixSocketPerm, out error)) return false;
        Descriptions.Add($"name=unix,bind={UnixName}");
        return true;
    }

    private bool TryOpenTcp(out string error)
    {
        error = "";
        var config = node.Config;
        if (config.Port == 0) return true;
        foreach (var bind in config.BindAddresses)
        {
            var isOptional = bind.StartsWith('-');
            if (!TryOpenTcp(isOptional ? bind[1..] : bind, (int)config.Port, isOptional, out error)) return false;
        }

        Descriptions.Insert(0, $"name=tcp,{string.Concat(config.BindAddresses.Select(bind => $"bind={bind},"))}port={config.Port}");
        return true;
    }

    // As the configuration has it, relative or not, and byte by byte: so Redis shows it.
    private string UnixName => node.Config.Paths.UnixSocketAsWritten;

    /// <summary>
    /// Opens the TCP listeners of a changed configuration in place of the present ones; the Unix socket stays. When that fails the present ones are gone
    /// too, until the caller has put the old values back and calls again.
    /// </summary>
    public bool TryReopen(out string error)
    {
        CloseTcp();
        if (TryOpenTcp(out error)) return true;
        CloseTcp();
        return false;
    }

    /// <summary>Closes all listeners.</summary>
    public void Close()
    {
        CloseTcp();
        if (_unix is not { } unix) return;
        Close(unix);
        SocketCalls.RemoveFile(unix.Address.Host);
        _unix = null;
        Descriptions.Clear();
    }

    private void CloseTcp()
    {
        foreach (var listener in _tcp) Close(listener);
        _tcp.Clear();
        Descriptions.RemoveAll(static line => line.StartsWith("name=tcp", StringComparison.Ordinal));
    }

    private void Close(Listener listener)
    {
        poller.Remove(listener.Descriptor);
        SocketCalls.Close(listener.Descriptor);
    }

    /// <summary>Accepts who waits at a listener.</summary>
    public void Accept(int listener)
    {
        // CONFIG SET may have closed listeners since the poller reported this one.
        if (listener > _tcp.Count) return;
        if ((listener == UnixListener ? _unix : _tcp[listener - 1]) is not { } found) return;
        var (descriptor, address, congestion) = found;
        for (var i = 0; i < AcceptsPerTurnMax; i++)
        {
            var accepted = SocketCalls.Accept(descriptor, out var peer);
            if (accepted.Status == IoStatus.WouldBlock) return;
            if (!accepted.IsDone)
            {
                LogError(accepted.ErrorText);
                return;
            }

            if (node.Config.LogLevel <= ConfigLogLevel.Verbose)
            {
                var text = address.IsUnix ? $"Accepted connection to {ConfigText.ToPath(UnixName)}" : $"Accepted {Text(peer, "")}";
                node.Parts.Host.Log(ConfigLogLevel.Verbose, text);
            }

            Admit(accepted.Count, peer, address, congestion);
        }
    }

    // Once a second: while there are no descriptors left, every turn fails.
    private void LogError(string error)
    {
        const long quietMs = 1000;
        if (node.Keyspace.NowMs - _errorLoggedMs < quietMs) return;
        _errorLoggedMs = node.Keyspace.NowMs;
        node.Parts.Host.Log(ConfigLogLevel.Warning, $"Accepting client connection: {error}");
    }

    /// <summary>An address as CLIENT LIST shows it.</summary>
    public static string Text(in NativeAddress address, string unixPath) =>
        address.IsUnix ? $"{unixPath}:0" : address.Host.Contains(':', StringComparison.Ordinal) ? $"[{address.Host}]:{address.Port}" : $"{address.Host}:{address.Port}";

    private void Admit(int descriptor, in NativeAddress peer, in NativeAddress listener, string? congestion)
    {
        var config = node.Config;
        if (node.Sessions.Count >= config.MaxClients)
        {
            SocketCalls.Send(descriptor, "-ERR max number of clients reached\r\n"u8);
            SocketCalls.Close(descriptor);
            node.Stats.ConnectionsRejected++;
            return;
        }

        var isLocal = listener.IsUnix || IPAddress.IsLoopback(IPAddress.Parse(peer.Host));
        if (!isLocal && config.ProtectedMode && config.RequirePass.Length == 0)
        {
            SocketCalls.Send(descriptor, Encoding.ASCII.GetBytes(ProtectedModeText));
            SocketCalls.Close(descriptor);
            node.Stats.ConnectionsRejected++;
            return;
        }

        if (!listener.IsUnix)
        {
            SocketOptions.SetNoDelay(descriptor);
            LoopbackPacing.Admit(descriptor, congestion, isLocal);
            if (config.TcpKeepAlive > 0) SocketOptions.SetKeepAlive(descriptor, (int)config.TcpKeepAlive);
        }

        var session = node.AddSession();
        var watched = poller.Add(descriptor, LoopToken.Of(session.Handle), PollInterest.Read);
        if (!watched.IsDone)
        {
            node.RemoveSession(session);
            SocketCalls.Close(descriptor); // nobody would hear what it sends
            LogError(watched.ErrorText);
            return;
        }

        session.Descriptor = descriptor;
        session.Address = listener.IsUnix ? Text(listener, UnixName) : Text(peer, "");
        session.LocalAddress = SocketCalls.LocalAddress(descriptor, out var local).IsDone && !listener.IsUnix ? Text(local, "") : Text(listener, UnixName);
        if (listener.IsUnix) session.Flags |= SessionFlags.UnixSocket;
        session.Connection = new Connection(session, new SocketTransport(descriptor));
        node.Stats.ConnectionsReceived++;
    }

    private const string ProtectedModeText =
        "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. In this mode connections are only "
        + "accepted from the loopback interface. If you want to connect from external computers to Redis you may adopt one of the following solutions: 1) Just disable "
        + "protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the same host the server is running, "
        + "however MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just "
        + "disable the protected mode by editing the Redis configuration file, and setting the protected mode option to 'no', and then restarting the server. 3) If you "
        + "started the server manually just for testing, restart it with the '--protected-mode no' option. 4) Set up an authentication password for the default user. "
        + "NOTE: You only need to do one of the above things in order for the server to start accepting connections from the outside.\r\n";

    // One socket for each address, as in Redis: "*" is that of IPv4. What this system has not got is told, and done without.
    private bool TryOpenTcp(string host, int port, bool isOptional, out string error)
    {
        error = $"Warning: Could not create server TCP listening socket {host}:{port}: Name or service not known";
        if (Resolve(host) is not { } ip) return false;
        var address = NativeAddress.FromIp(ip, port);
        var result = SocketCalls.OpenListener(address, (int)node.Config.TcpBacklog);
        if (result.IsDone)
        {
            _tcp.Add(Watch(_tcp.Count + 1, new Listener(result.Count, address, LoopbackPacing.Prepare(result.Count, ip))));
            return true;
        }

        error = $"Warning: Could not create server TCP listening socket {host}:{port}: bind: {result.ErrorText}";
        if (!IsNotHad(result.Errno) && !(isOptional && result.Errno == Errno.AddressNotAvailable)) return false;
        node.Parts.Host.Log(ConfigLogLevel.Warning, error);
        return true;
    }

    private static bool IsNotHad(int errno) => errno
        is Errno.NoProtocolOption or Errno.ProtocolNotSupported or Errno.SocketTypeNotSupported or Errno.ProtocolFamilyNotSupported
        or Errno.AddressFamilyNotSupported;

    // The base library takes an empty name for that of the machine.
    private static IPAddress? Resolve(string host) => host switch
    {
        "" => null,
        "*" => IPAddress.Any,
        "::*" => IPAddress.IPv6Any,
        _ => IPAddress.TryParse(host, out var ip) ? ip : ResolveName(host),
    };

    // A name has an address of IPv4, or none: a hosts file often gives "localhost" one of IPv6 that the machine has not.
    private static IPAddress? ResolveName(string host)
    {
        try
        {
            return Dns.GetHostAddresses(host, System.Net.Sockets.AddressFamily.InterNetwork).FirstOrDefault();
        }
        catch (Exception error) when (error is System.Net.Sockets.SocketException or ArgumentException)
        {
            return null; // a name that does not resolve: no listener, and the caller says so
        }
    }

    private bool TryOpenUnix(uint permission, out string error)
    {
        _unixPath ??= node.Config.Paths.UnixSocket; // and stays there when dir is set to another one
        error = $"Failed opening Unix socket: bind: {_unixPath}";
        if (!NativeAddress.TryFromUnixPath(_unixPath, out var address)) return false;
        var result = SocketCalls.OpenListener(address, (int)node.Config.TcpBacklog, permission);
        if (!result.IsDone)
        {
            error = $"Failed opening Unix socket: bind: {result.ErrorText}";
            return false;
        }

        _unix = Watch(UnixListener, new Listener(result.Count, address));
        return true;
    }

    private Listener Watch(int number, Listener listener)
    {
        poller.Add(listener.Descriptor, LoopToken.Of(LoopToken.Listener, number), PollInterest.Read);
        return listener;
    }
}
