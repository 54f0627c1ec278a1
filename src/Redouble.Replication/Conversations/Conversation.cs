using Redouble.Core.Memory;
using Redouble.Core.Text;
using Redouble.Protocol.Replies;

namespace Redouble.Replication.Conversations;

/// <summary>
/// Requests and replies on a connection of its own to another server, beside the links of replication. No I/O happens here: whoever drives it reports
/// what became of the name, the connection and the bytes, sends what is peeked, and closes the connection once <see cref="IsOver"/>.
/// <code>
///   Conversation ──► OnAddress (when the host is a name) ──► OnConnected ──► say, OnReceived, say, … ──► IsOver
///                         └──────── OnFailed, OnClosed, a deadline, from everywhere ────────────────────────▲
/// </code>
/// </summary>
public abstract class Conversation
{
    /// <summary>The longest reply that is waited for, bytes: INFO takes some kilobytes.</summary>
    public const int ReplyMax = 1 << 20;

    private readonly ReplyBuffer _output;
    private readonly ReplyWriter _writer;
    private byte[] _input = [];
    private int _received;
    private ReplyReader _reader;

    /// <param name="pool">Blocks for what is to be sent.</param>
    /// <param name="host">Name or address of the other server.</param>
    /// <param name="port">Its port.</param>
    protected Conversation(BlockPool pool, string host, int port)
    {
        (Host, Port) = (host, port);
        _output = new ReplyBuffer(pool);
        _writer = new ReplyWriter(_output);
    }

    /// <summary>Name or address of the other server.</summary>
    public string Host { get; }

    /// <summary>Its port.</summary>
    public int Port { get; }

    /// <summary>Whether nothing is to be said or heard any more; the connection is to be closed.</summary>
    public bool IsOver { get; private set; }

    /// <summary>When <see cref="OnTimer"/> has something to do; monotonic microseconds.</summary>
    public abstract long NextDeadline { get; }

    /// <summary>Does what is due.</summary>
    public abstract void OnTimer(long now);

    /// <summary>The host's name has this address.</summary>
    public virtual void OnAddress(string address, long now)
    {
    }

    /// <summary>The connection is open.</summary>
    public abstract void OnConnected(long now);

    /// <summary>The name does not resolve, or the connection could not be opened.</summary>
    public abstract void OnFailed(string reason, long now);

    /// <summary>The other side has closed the connection, or it broke.</summary>
    public abstract void OnClosed(string reason, long now);

    /// <summary>Bytes were received.</summary>
    public void OnReceived(ReadOnlySpan<byte> bytes, long now)
    {
        if (IsOver) return;
        Keep(bytes);
        var start = 0;
        while (!IsOver && start < _received)
        {
            var window = _input.AsSpan(start, _received - start);
            var status = LooksLikeReply(window[0]) ? _reader.TryRead(window, out var reply, out var consumed) : Nonsense(out reply, out consumed);
            if (status == ReplyStatus.Incomplete && window.Length <= ReplyMax) break;
            if (status != ReplyStatus.Complete)
            {
                OnNonsense(Shown(window), now);
                return;
            }

            start += consumed;
            OnReply(reply, now);
        }

        if (IsOver) return;
        _input.AsSpan(start, _received - start).CopyTo(_input);
        _received -= start;
    }

    /// <summary>Fills <paramref name="segments"/> with what is to be sent; returns how many.</summary>
    public int PeekSend(Span<OutputSegment> segments) => IsOver ? 0 : _output.Peek(segments);

    /// <summary>That many of the peeked bytes were sent.</summary>
    public void OnSent(long count) => _output.Advance(count);

    /// <summary>Ends it, from either side of this class. Twice is once.</summary>
    public void End()
    {
        IsOver = true;
        _output.Clear();
        _input = [];
        _received = 0;
    }

    /// <summary>The reply to the first request that has none.</summary>
    protected abstract void OnReply(RespValue reply, long now);

    /// <summary>What came is no reply of this protocol; nothing after it can be understood.</summary>
    protected abstract void OnNonsense(string shown, long now);

    /// <summary>Asks something, unless it is over: its connection may open in just that turn.</summary>
    protected void Say(params ReadOnlySpan<string> words)
    {
        if (!IsOver) _writer.Request(words);
    }

    /// <summary>A peer's text in one printable line.</summary>
    protected static string Shown(ReadOnlySpan<byte> bytes)
    {
        const int shownMax = 120;
        var end = bytes.IndexOfAny((byte)'\r', (byte)'\n');
        return ErrorText.Printable(end < 0 ? bytes : bytes[..end], shownMax);
    }

    private static bool LooksLikeReply(byte first) => first is (byte)'+' or (byte)'-' or (byte)':' or (byte)'$' or (byte)'*';

    private static ReplyStatus Nonsense(out RespValue reply, out int consumed)
    {
        (reply, consumed) = (RespValue.None, 0);
        return ReplyStatus.Error;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_received + bytes.Length > _input.Length) Array.Resize(ref _input, Math.Max(_received + bytes.Length, Math.Max(4096, _input.Length * 2)));
        bytes.CopyTo(_input.AsSpan(_received));
        _received += bytes.Length;
    }
}
