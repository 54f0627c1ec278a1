using Redouble.Core.Platform;
using Redouble.Engine.Configuration;
using Redouble.Protocol.Replies;
using Redouble.Replication.Conversations;
using Redouble.Server.Polling;
using Redouble.Server.Threads;

namespace Redouble.Server.Loop;

/// <summary>
/// Connections to other servers beside the links of replication: a few at a time, each for one <see cref="Conversation"/>. A name is looked up on a thread of
/// its own; nothing here waits.
/// </summary>
internal sealed class SideConnections : IConversationHost
{
    /// <summary>Conversations at a time: the probe of a replica, and tests of links that an operator asks for.</summary>
    public const int CountMax = 16;

    private readonly IClock _clock;
    private readonly SideConnection[] _slots = new SideConnection[CountMax];
    private int _opened;
    private int _open;

    public SideConnections(IPoller poller, IClock clock, ServerConfig config)
    {
        _clock = clock;
        for (var i = 0; i < CountMax; i++) _slots[i] = new SideConnection(new OutgoingSocket(poller, new NameResolver(poller.Wake), config));
    }

    /// <inheritdoc/>
    public bool TryOpen(Conversation conversation)
    {
        var slot = Array.Find(_slots, static slot => slot.IsFree);
        if (slot == null) return false;
        _open++;
        slot.Open(conversation, LoopToken.Of(LoopToken.SideConnection, ++_opened));
        return true;
    }

    /// <summary>A socket is ready, if it is still one of these.</summary>
    public void Serve(PollEvent ready)
    {
        foreach (var slot in _slots)
        {
            if (!slot.IsFree && slot.Token == ready.Token) slot.Serve(ready.Ready, _clock.MonotonicMicroseconds);
        }
    }

    /// <summary>Once a turn: reports what became of names and connections, sends, and closes what is over.</summary>
    public void Drive(long now)
    {
        if (_open == 0) return;
        foreach (var slot in _slots)
        {
            if (slot.IsFree) continue;
            slot.Drive(now);
            if (slot.IsFree) _open--;
        }
    }

    /// <summary>A place for one conversation after the other. It keeps its resolver, which bounds the look-ups that hang.</summary>
    private sealed class SideConnection(OutgoingSocket socket)
    {
        private readonly OutputSegment[] _segments = new OutputSegment[8];
        private readonly byte[] _buffer = new byte[16 * 1024];
        private Conversation? _talk;

        public bool IsFree => _talk == null;

        public long Token => socket.Token;

        public void Open(Conversation talk, long token)
        {
            _talk = talk;
            socket.Open(talk.Host, talk.Port, token);
        }

        public void Serve(PollInterest ready, long now)
        {
            if (socket.Transport == null) return;
            if (socket.IsConnecting) FinishConnect(now);
            else if ((ready & PollInterest.Read) != 0) Receive(now);
        }

        public void Drive(long now)
        {
            if (socket.Advance() is { } address) _talk!.OnAddress(address.ToString(), now);
            if (socket.Failure is { } failure && !_talk!.IsOver) _talk.OnFailed(failure, now);
            if (!_talk!.IsOver && socket.IsOpen) Send(now);
            if (_talk.IsOver) Close();
        }

        private void FinishConnect(long now)
        {
            if (socket.TryFinishConnect(out var error)) _talk!.OnConnected(now);
            else _talk!.OnFailed(error, now);
        }

        private void Receive(long now)
        {
            var result = socket.Transport!.Read(_buffer);
            if (result.Status == TransportStatus.Closed) Lose(result, now);
            else if (result.Status == TransportStatus.Done) _talk!.OnReceived(_buffer.AsSpan(0, result.Count), now);
        }

        private void Send(long now)
        {
            var count = _talk!.PeekSend(_segments);
            while (count > 0)
            {
                var result = socket.Transport!.Write(_segments.AsSpan(0, count));
                if (result.Status == TransportStatus.Closed) Lose(result, now);
                if (result.Status != TransportStatus.Done) break;
                _talk.OnSent(result.Count);
                count = _talk.PeekSend(_segments);
            }

            socket.Watch(PollInterest.Read | (_talk.PeekSend(_segments) > 0 ? PollInterest.Write : PollInterest.None));
        }

        private void Lose(TransportResult result, long now) =>
            _talk!.OnClosed(result.Errno == 0 ? "the connection was closed by the other side" : IoResult.Error(result.Errno).ErrorText, now);

        private void Close()
        {
            socket.Close();
            _talk = null;
        }
    }
}
