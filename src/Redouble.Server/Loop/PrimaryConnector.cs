using Redouble.Engine;
using Redouble.Engine.Configuration;
using Redouble.Engine.Sessions;
using Redouble.Protocol.Replies;
using Redouble.Replication.Replica;
using Redouble.Server.Polling;
using Redouble.Server.Threads;

namespace Redouble.Server.Loop;

/// <summary>
/// Drives a connection to the primary over a socket: resolves, connects, moves bytes. There is one for the link, and one for the payload of a full sync
/// over two channels.
/// </summary>
/// <param name="node">Whose primary it is.</param>
/// <param name="poller">Watches the socket.</param>
/// <param name="resolver">Looks up the primary's name.</param>
/// <param name="kind">Of the poller's tokens: <see cref="LoopToken.PrimaryLink"/> or <see cref="LoopToken.SnapshotChannel"/>.</param>
internal sealed class PrimaryConnector(Node node, IPoller poller, NameResolver resolver, int kind = LoopToken.PrimaryLink)
{
    private const long BytesPerTurnMax = 8 << 20;
    private const long MicrosecondsPerTurnMax = 2000; // of taking in; what is applied meanwhile has a bound of its own: a slice
    private const int DirectReadMin = 16 * 1024;
    private readonly OutgoingSocket _socket = new(poller, resolver, node.Config);
    private readonly OutputSegment[] _segments = new OutputSegment[8];
    private readonly ReceiveCoalescing _coalescing = new();
    private int _opened; // connections so far
    private string? _failure;
    private bool _takesNothing; // the primary is gone, and what it had sent before is still to be read

    /// <summary>Bytes that have come and are not received yet.</summary>
    public long UnreadBytes => _socket.IsOpen ? SocketCalls.Unread(_socket.Transport!.Descriptor).Count : 0;

    /// <summary>When <see cref="ReadWhatIsDue"/> has something to do; <see cref="long.MaxValue"/> for never.</summary>
    public long ReadDue => _coalescing.Due != long.MaxValue && Link.WantsRead ? _coalescing.Due : long.MaxValue;

    private bool IsLink => kind == LoopToken.PrimaryLink;

    private IPrimaryConnection Link => IsLink ? node.Replication.Protocol.Primary : node.Replication.Protocol.Primary.Channel;

    private long Now => node.Parts.Clock.MonotonicMicroseconds;

    /// <summary>Starts to connect; the outcome is told to the link in a later turn.</summary>
    public void Open(string host, int port)
    {
        (_failure, _takesNothing) = (null, false);
        _coalescing.Reset();
        _socket.Open(host, port, LoopToken.Of(kind, ++_opened));
        Link.ConnectStep = _socket.IsResolving ? "resolve" : "connect";
    }

    /// <summary>Closes the connection, or gives up opening it, without a word.</summary>
    public void Close()
    {
        _failure = null;
        _coalescing.Reset();
        _socket.Close();
    }

    /// <summary>The socket is ready for something, if it is still the one: a command of the same turn may have replaced it since the poller looked.</summary>
    public void Serve(PollEvent ready)
    {
        if (_socket.Transport == null || ready.Token != _socket.Token) return;
        if (_socket.IsConnecting)
        {
            FinishConnect();
            return;
        }

        if (!Link.WantsRead && (ready.Ready & PollInterest.Failed) != 0) OnLost();
        else if ((ready.Ready & PollInterest.Read) != 0) Receive();
    }

    /// <summary>Reads what has waited in the socket for more to come, if it is time to; whether it was.</summary>
    public bool ReadWhatIsDue(long now)
    {
        if (now < ReadDue) return false;
        Receive();
        return true;
    }

    // The connection is broken while the link takes nothing: the poller would say so in every turn. What has come before is worth having, and waits in the
    // socket until the link takes it; where there is nothing, the link hears of its loss.
    private void OnLost()
    {
        var left = SocketCalls.Peek(_socket.Transport!.Descriptor);
        if (left.IsDone)
        {
            _socket.Unwatch();
            Link.OnPeerGone(Now);
            return;
        }

        if (left.Status == IoStatus.WouldBlock) return;
        Close();
        Link.OnClosed(Now, ReasonOf(left.Errno));
    }

    private static string ReasonOf(int errno) => errno == 0 ? "connection closed by the primary" : IoResult.Error(errno).ErrorText;

    /// <summary>Once a turn: reports failures, sends, and watches for what the link wants.</summary>
    public void Drive(long now)
    {
        if (_socket.Advance() != null) Link.ConnectStep = "connect";
        if (_socket.Failure is { } reason) _failure = $"Unable to connect to MASTER: {reason}";
        if (_failure is { } failure)
        {
            Close();
            Link.OnClosed(now, failure);
        }

        if (_socket.IsOpen && Send()) Watch();
    }

    private void FinishConnect()
    {
        if (!_socket.TryFinishConnect(out var error))
        {
            _failure = $"Error condition on socket for SYNC: {error}";
            return;
        }

        if (_socket.SourceError is { } reason)
        {
            node.Parts.Host.Log(ConfigLogLevel.Warning,
                $"The connection to the primary does not come from bind-source-addr '{node.Config.BindSourceAddress}': {reason}. It is made without");
        }

        if (IsLink) DescribeSession(_socket.Transport!.Descriptor);
        Link.OnConnected(Now);
    }

    // The link as CLIENT LIST shows it, and CLIENT KILL finds it.
    private void DescribeSession(int descriptor)
    {
        var session = node.Replication.PrimarySession;
        session.Descriptor = descriptor;
        session.Address = SocketCalls.PeerAddress(descriptor, out var peer).IsDone ? Acceptor.Text(peer, "") : "";
        session.LocalAddress = SocketCalls.LocalAddress(descriptor, out var local).IsDone ? Acceptor.Text(local, "") : "";
        session.CreatedMs = session.LastInteractionMs = node.Keyspace.NowMs;
    }

    private void Receive()
    {
        var began = Now; // what comes while this is applied has waited since then at most
        var received = Read();
        if (!IsLink || _socket.Transport is not { } transport || Link is not PrimaryLink { IsUp: true } link) return;
        if (received == 0 && link.HasWork) return; // nothing could be read: what has come is still being applied
        var mark = _coalescing.LowMark;
        _coalescing.OnRead(received, link.LastAskedForAck, began);
        if (_coalescing.LowMark == mark) return;
        SocketOptions.SetReceiveLowMark(transport.Descriptor, _coalescing.LowMark); // should that fail, the socket is reported as ever
    }

    // Bytes that came.
    private long Read()
    {
        var received = 0L;
        var end = Now + MicrosecondsPerTurnMax;
        while (received < BytesPerTurnMax && Now < end && _socket.Transport is { } transport && Link.WantsRead)
        {
            var buffer = Link.GetReceiveBuffer();
            if (buffer.IsEmpty) return received;
            var result = transport.Read(buffer);
            if (result.Status == TransportStatus.Closed)
            {
                Close();
                if (result.Errno == 0 && Link is PrimaryLink { IsUp: true } && node.Config.LogLevel <= ConfigLogLevel.Verbose)
                {
                    var line = ClientLine.Format(node.Replication.PrimarySession, node.Keyspace.NowMs);
                    node.Parts.Host.Log(ConfigLogLevel.Verbose, $"Client closed connection {line}");
                }

                Link.OnClosed(Now, ReasonOf(result.Errno));
                return received;
            }

            if (result.Status != TransportStatus.Done) return received;
            received += result.Count;
            node.Stats.ReplicationInputBytes += result.Count;
            node.Replication.PrimarySession.LastInteractionMs = node.Keyspace.NowMs;
            var room = buffer.Length;
            Link.OnReceived(result.Count, Now);
            if (result.Count < room && result.Count < DirectReadMin) return received;
        }

        return received;
    }

    // A primary that is gone can't be sent to, but what it had sent before waits in the socket: a replica that was behind has it nowhere else. It is read to
    // its end, which then is that of the connection. Any other error is one of this side, and the primary can be asked again.
    private bool Send()
    {
        while (!_takesNothing)
        {
            var count = Link.PeekSend(_segments);
            if (count == 0) return true;
            var result = _socket.Transport!.Write(_segments.AsSpan(0, count));
            if (result.Status == TransportStatus.Closed)
            {
                _takesNothing = Errno.IsOfLostPeer(result.Errno) && SocketCalls.Peek(_socket.Transport!.Descriptor).IsDone;
                if (_takesNothing)
                {
                    Link.OnPeerGone(Now);
                    break;
                }

                Close();
                Link.OnClosed(Now, Errno.IsOfLostPeer(result.Errno) ? "connection closed by the primary" : $"cannot be sent to: {ReasonOf(result.Errno)}");
                return false;
            }

            if (result.Status != TransportStatus.Done) return true;
            Link.OnSent(result.Count);
            if (_socket.Transport == null) return false;
        }

        return true;
    }

    private void Watch()
    {
        var sends = !_takesNothing && Link.PeekSend(_segments) > 0;
        _socket.Watch((Link.WantsRead ? PollInterest.Read : PollInterest.None) | (sends ? PollInterest.Write : PollInterest.None));
    }
}
