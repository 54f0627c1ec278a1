using System.Net;
using Redouble.Engine.Configuration;
using Redouble.Server.Polling;
using Redouble.Server.Threads;

namespace Redouble.Server.Loop;

/// <summary>
/// A connection to another server, from its name on; one after the other. Nothing here waits: what became of the name is found by <see cref="Advance"/>,
/// what became of the connection when the poller reports its socket.
/// <code>
///   Open ─► IsResolving ─► Advance ─► IsConnecting ─► TryFinishConnect ─► open ─► Close
///     └────── an address ──────────────►┘                 from everywhere: Failure, or Close
/// </code>
/// </summary>
internal sealed class OutgoingSocket(IPoller poller, NameResolver resolver, ServerConfig config)
{
    private PollInterest _interest;
    private bool _isUnwatched;
    private string _host = "";
    private int _port;

    /// <summary>The socket, once it connects; else null.</summary>
    public SocketTransport? Transport { get; private set; }

    /// <summary>Of the present socket in the poller.</summary>
    public long Token { get; private set; }

    /// <summary>Whether the name is being looked up.</summary>
    public bool IsResolving { get; private set; }

    /// <summary>Whether the socket is not open yet.</summary>
    public bool IsConnecting { get; private set; }

    /// <summary>Why there will be no connection; null as long as there may be one.</summary>
    public string? Failure { get; private set; }

    /// <summary>Why the connection does not come from bind-source-addr; null when it does, or none is set.</summary>
    public string? SourceError { get; private set; }

    /// <summary>Whether bytes can be moved.</summary>
    public bool IsOpen => Transport != null && !IsConnecting && Failure == null;

    /// <summary>Begins to connect, in the place of what was.</summary>
    public void Open(string host, int port, long token)
    {
        Close();
        (_host, _port, Token) = (host, port, token);
        if (IPAddress.TryParse(host, out var address))
        {
            Connect(address);
            return;
        }

        IsResolving = true;
        resolver.Begin(host);
    }

    /// <summary>Goes on when the name's address is there, which is then returned; else null.</summary>
    public IPAddress? Advance()
    {
        if (!resolver.TryTake(out var found)) return null;
        IsResolving = false;
        if (found.Address != null) Connect(found.Address);
        else Failure = $"the name '{_host}' does not resolve: {found.Error}";
        return found.Address;
    }

    /// <summary>The poller has reported the socket that connects: whether it is open, or why not.</summary>
    public bool TryFinishConnect(out string error)
    {
        var result = SocketCalls.TakeError(Transport!.Descriptor);
        error = result.IsDone ? "" : result.ErrorText;
        if (!result.IsDone) return false;
        IsConnecting = false;
        SocketOptions.SetNoDelay(Transport.Descriptor);
        return true;
    }

    /// <summary>What of the socket is to be reported from now on.</summary>
    public void Watch(PollInterest interest)
    {
        if (interest == _interest) return;
        var isNew = _isUnwatched;
        if (isNew && (interest & PollInterest.Read) == 0) return;
        (_interest, _isUnwatched) = (interest, false);
        if (isNew) poller.Add(Transport!.Descriptor, Token, interest);
        else poller.Modify(Transport!.Descriptor, Token, interest);
    }

    /// <summary>Nothing of the socket is to be reported, a failure neither, until it is watched for reading again.</summary>
    public void Unwatch()
    {
        if (_isUnwatched) return;
        poller.Remove(Transport!.Descriptor);
        (_interest, _isUnwatched) = (PollInterest.None, true);
    }

    /// <summary>Closes the connection, or gives up opening it.</summary>
    public void Close()
    {
        resolver.Cancel();
        (IsResolving, IsConnecting, Failure) = (false, false, null);
        if (Transport == null) return;
        if (!_isUnwatched) poller.Remove(Transport.Descriptor);
        _isUnwatched = false;
        Transport.Close();
        Transport = null;
    }

    private void Connect(IPAddress address)
    {
        if (_port is < IPEndPoint.MinPort or > IPEndPoint.MaxPort)
        {
            Failure = $"{_port} is no port"; // a peer may tell any number
            return;
        }

        var native = NativeAddress.FromIp(address, _port);
        var opened = SocketCalls.Open(native);
        if (!opened.IsDone)
        {
            Failure = opened.ErrorText;
            return;
        }

        Transport = new SocketTransport(opened.Count);
        SourceError = BindSource(opened.Count, address);
        var connected = SocketCalls.Connect(opened.Count, native);
        if (connected.Status == IoStatus.Error)
        {
            Failure = connected.ErrorText;
            return;
        }

        IsConnecting = true;
        _interest = PollInterest.Write;
        poller.Add(opened.Count, Token, _interest);
    }

    // As Redis does, the connection is made without when it cannot come from there: a replica that goes on is worth more than its address.
    private string? BindSource(int descriptor, IPAddress target)
    {
        if (config.BindSourceAddress.Length == 0) return null;
        if (!IPAddress.TryParse(config.BindSourceAddress, out var source)) return "it is no IP address";
        if (source.AddressFamily != target.AddressFamily) return $"it is of another family than {target}";
        var bound = SocketCalls.Bind(descriptor, NativeAddress.FromIp(source, 0));
        return bound.IsDone ? null : bound.ErrorText;
    }
}
