using System.Text;
using Redouble.Core.Memory;
using Redouble.Core.Text;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Protocol.Replies;

namespace Redouble.Engine.Sessions;

/// <summary>Ends sessions: those that are told to, are silent for too long, or do not take what they are sent.</summary>
public sealed class ClientCare : IOutputObserver
{
    private const int FirstBlock = BlockPool.StandardCapacity; // no limit counts it, as Redis' counts no reply in the buffer that a client has anyway
    private const int UnauthenticatedOutputMax = 1024; // beyond what the system keeps for its socket; this and the next as in Redis
    private const int UnauthenticatedInputMax = 1 << 20;

    private const int ShortOutputMax = 256 * 1024; // while memory is short: the replies to a pipeline, before they are sent

    private readonly Node _node;
    private int _slot;
    private long _httpLoggedMs;
    private long _outputMax;

    internal ClientCare(Node node) => _node = node;

    /// <summary>
    /// Bytes of output that no client may have, whatever its limits are: half of the machine's memory, or two of the largest strings, which are lent. Some
    /// requests of a few bytes ask for more than there is.
    /// </summary>
    internal long OutputMax
    {
        get
        {
            const long least = 1L << 30;
            if (_outputMax > 0) return _outputMax;
            var total = _node.Parts.Host.Facts().TotalMemoryBytes; // 0: not known
            return _outputMax = total > 0 ? Math.Max(least, total / 2) : long.MaxValue;
        }
    }

    private long InputMax => Math.Min(_node.Config.ClientQueryBufferLimit, InputWindow.BytesMax);

    /// <summary>Closes a session without another word, at the end of the turn. Nothing that it has sent is executed any more.</summary>
    public void Close(Session session)
    {
        if (session.Has(SessionFlags.Primary))
        {
            _node.Parts.Host.ClosePrimaryLink();
            _node.Replication.Protocol.Primary.OnClosed(_node.Parts.Clock.MonotonicMicroseconds, "the connection was killed");
            return;
        }

        session.Flags |= SessionFlags.CloseAsap;
        _node.Blocking.Forget(session);
        _node.RequestCloses();
    }

    /// <summary>
    /// Whether a session is told what others do. What goes to a replica is the replication stream and nothing else: one that tracks or listens is wrong, and
    /// ended, as in Redis.
    /// </summary>
    internal bool MayBeTold(Session session)
    {
        if (!session.CanBeTold) return false;
        if (!SessionClass.IsReplica(session)) return true;
        Close(session);
        return false;
    }

    /// <summary>
    /// Between units: closes a session, and gives back now what it was to be sent and what it has sent. Not a request that is put off: a promotion that waits
    /// outlives its connection.
    /// </summary>
    internal void CloseAndFree(Session session)
    {
        Close(session);
        _node.Pushes.Forget(session);
        session.Output.Clear();
        if (session.Has(SessionFlags.Postponed)) return;
        _node.Transactions.Discard(session);
        session.Input.Clear(_node.Blocks);
    }

    /// <summary>
    /// Whether a command's name is a word of HTTP that a browser lured into talking to us sends. GET is one of ours, so a request line may pass, but
    /// a Host header follows it.
    /// </summary>
    internal static bool IsHttp(ReadOnlySpan<byte> name) => AsciiCase.EqualsIgnoreCase(name, "post"u8) || AsciiCase.EqualsIgnoreCase(name, "host:"u8);

    /// <summary>Closes a session that speaks HTTP: somebody's browser may be abused to reach this server. Logged once a minute.</summary>
    internal void RefuseHttp(Session session)
    {
        const long quietMs = 60_000;
        var now = _node.Keyspace.NowMs;
        if (_httpLoggedMs == 0 || now - _httpLoggedMs > quietMs)
        {
            _node.Parts.Host.Log(
                ConfigLogLevel.Warning,
                "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis. This is likely due to an attacker "
                + "attempting to use Cross Protocol Scripting to compromise your Redis instance. "
                + $"Connection from {session.Address} aborted.");
            _httpLoggedMs = now;
        }

        Close(session);
    }

    /// <summary>
    /// Closes a session whose unsent output is above the hard limit of its class, or has been above the soft one for so many seconds.
    /// </summary>
    public void CheckOutputLimit(Session session)
    {
        if (session.Has(SessionFlags.Primary | SessionFlags.CloseAsap) || !IsOverLimit(session)) return;
        CloseOverLimit(session);
    }

    /// <summary>
    /// A reply has come to the hard limit of its session while it was written: the session is closed and told nothing any more, as in Redis. What it runs
    /// goes on to its end, a transaction too.
    /// </summary>
    void IOutputObserver.OnCut(ReplyBuffer output)
    {
        if (SessionOf(output) is { } session) CloseOverLimit(session);
    }

    /// <inheritdoc/>
    long IOutputObserver.LimitOf(ReplyBuffer output) => SessionOf(output) is { } session ? HardLimit(session) : long.MaxValue;

    /// <summary>
    /// The system gives no more memory: of what is left a client gets some blocks, and when little is left one. The command that writes a longer reply is
    /// refused, if it can be; a client that others write to, or whose command has changed something, is closed.
    /// </summary>
    bool IOutputObserver.MayGrow(ReplyBuffer output)
    {
        if (output.PendingBytes < (_node.Heap.MissingBytes == 0 ? ShortOutputMax : BlockPool.StandardCapacity)) return true;
        if (_node.Executor.MayRefuse(output)) throw new InsufficientMemoryException("No memory for a long reply.");
        if (SessionOf(output) is not { } session || session.Has(SessionFlags.Primary)) return true;
        CloseForMemory(session);
        return false;
    }

    /// <summary>Closes a session as the system gives no more memory.</summary>
    internal void CloseForMemory(Session session)
    {
        _node.Parts.Host.Log(ConfigLogLevel.Warning, $"Closing client, as the system gives no more memory: {ClientLine.Format(session, _node.Keyspace.NowMs)}");
        Close(session);
    }

    /// <summary>Closes a replica that has sent a command which is replied to.</summary>
    internal void CloseReplicaThatGotReply(Session session, string command)
    {
        _node.Parts.Host.Log(
            ConfigLogLevel.Warning,
            $"Replica generated a reply to command '{command}', disconnecting it: {ClientLine.Format(session, _node.Keyspace.NowMs)}");
        Close(session);
    }

    /// <summary>Sets where a session's output is looked at: at the lowest of the limits, as its class may change.</summary>
    internal void LimitOutput(Session session)
    {
        LimitOutput(session.Output);
        if (session.Pushes is { } pushes) LimitOutput(pushes.Buffer);
    }

    /// <summary>
    /// Where pushes of a session wait for the end of its own request: within the limits of its replies, as a transaction may publish to itself without end.
    /// </summary>
    internal ReplyWriter NewPushes()
    {
        var buffer = new ReplyBuffer(_node.Blocks);
        LimitOutput(buffer);
        return new ReplyWriter(buffer);
    }

    /// <summary>The same for all of them, after a change of the configuration.</summary>
    internal void LimitOutputs()
    {
        for (var slot = 0; slot < _node.Sessions.Top; slot++)
        {
            if (_node.Sessions[slot] is { } session) LimitOutput(session);
        }
    }

    private void LimitOutput(ReplyBuffer output)
    {
        output.Observer = this;
        output.Limit = Math.Min(HardLimit(ClientClass.Normal), HardLimit(ClientClass.PubSub));
    }

    // Who has not said who he is gets answers of a line, and takes them.
    private long HardLimit(Session session) =>
        session.IsAuthenticated ? HardLimit(SessionClass.OutputClass(session)) : UnauthenticatedOutputMax + FirstBlock;

    private long HardLimit(ClientClass client) =>
        _node.Config.OutputBufferLimitOf(client).HardBytes is var hard && hard is 0 or > long.MaxValue - FirstBlock
            ? OutputMax : Math.Min((long)hard + FirstBlock, OutputMax);

    // Looked for among all, as it is seldom needed: sessions are many, and each of them would have to carry what says this.
    private Session? SessionOf(ReplyBuffer output)
    {
        for (var slot = 0; slot < _node.Sessions.Top; slot++)
        {
            if (_node.Sessions[slot] is { } session && (session.Output == output || session.Pushes?.Buffer == output)) return session;
        }

        return null;
    }

    private void CloseOverLimit(Session session)
    {
        _node.Stats.OutputLimitDisconnections++;
        _node.Parts.Host.Log(
            ConfigLogLevel.Warning,
            $"Client {ClientLine.Format(session, _node.Keyspace.NowMs)} scheduled to be closed ASAP for overcoming of output buffer limits.");
        Close(session);
    }

    /// <summary>
    /// Room for what the session sends next; none when the system gives no memory for a request of its size: it is told so, and closed once it has read that.
    /// </summary>
    public Span<byte> PrepareReceive(Session session)
    {
        try
        {
            return session.Input.PrepareReceive(_node.Blocks, InputMax);
        }
        catch (InsufficientMemoryException) when (!session.Has(SessionFlags.CloseAfterReply))
        {
            session.Reply.Error(Refusals.NoMemoryText);
            session.Flags |= SessionFlags.CloseAfterReply;
            session.Input.Clear(_node.Blocks);
            _node.MarkOutput(session);
            return session.Input.PrepareReceive(_node.Blocks, InputMax);
        }
    }

    /// <summary>
    /// Closes a session that holds more than <c>client-query-buffer-limit</c> bytes which have not been executed, be they received or queued by MULTI; false
    /// when it did.
    /// </summary>
    public bool CheckInputLimit(Session session)
    {
        var most = session.IsAuthenticated ? InputMax : Math.Min(InputMax, UnauthenticatedInputMax);
        if (session.Input.Pending + SessionMemory.QueuedBytes(session) <= most) return true;
        const int shownMax = 64;
        Span<byte> quoted = stackalloc byte[QuotedText.MaxLength(shownMax)];
        var start = session.Input.Bytes;
        var length = QuotedText.Format(start[..Math.Min(start.Length, shownMax)], quoted);
        _node.Stats.InputLimitDisconnections++;
        _node.Parts.Host.Log(
            ConfigLogLevel.Warning,
            $"Closing client that reached max query buffer length: {ClientLine.Format(session, _node.Keyspace.NowMs)} "
            + $"(qbuf initial bytes: {Encoding.Latin1.GetString(quoted[..length])})");
        Close(session);
        return false;
    }

    /// <summary>Timer: looks at a part of the sessions, at each of them about once a second.</summary>
    internal void Tick()
    {
        var perTick = Math.Max(5, _node.Sessions.Top / (int)Math.Max(1, _node.Config.Hz)) + 1;
        for (var i = 0; i < perTick && _node.Sessions.Top > 0; i++)
        {
            _slot = (_slot + 1) % _node.Sessions.Top;
            if (_node.Sessions[_slot] is not { } session) continue;
            _node.Rates.Note(session, _node.Keyspace.NowMs);
            _node.ClientEviction.Note(session);
            if (!session.Output.IsEmpty) CheckOutputLimit(session);
            else session.SoftLimitSinceMs = 0;
            CloseIfIdle(session);
        }
    }

    private void CloseIfIdle(Session session)
    {
        const SessionFlags mayBeSilent = SessionFlags.Replica | SessionFlags.Primary | SessionFlags.Blocked | SessionFlags.PubSub | SessionFlags.Monitor
            | SessionFlags.CloseAsap;
        if (_node.Config.Timeout == 0 || session.Has(mayBeSilent)) return;
        if (_node.Keyspace.NowMs - session.LastInteractionMs <= _node.Config.Timeout * 1000) return;
        _node.Parts.Host.Log(ConfigLogLevel.Verbose, "Closing idle client");
        Close(session);
    }

    private bool IsOverLimit(Session session)
    {
        var pending = session.Output.PendingBytes;
        if (pending >= HardLimit(session)) return true;
        var limit = _node.Config.OutputBufferLimitOf(SessionClass.OutputClass(session));
        if (limit.SoftBytes == 0 || (ulong)pending < limit.SoftBytes || (ulong)pending - limit.SoftBytes < FirstBlock)
        {
            session.SoftLimitSinceMs = 0;
            return false;
        }

        var now = _node.Keyspace.NowMs;
        if (session.SoftLimitSinceMs == 0) session.SoftLimitSinceMs = now;
        return now - session.SoftLimitSinceMs > limit.SoftSeconds * 1000;
    }
}
