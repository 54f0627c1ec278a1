using Redouble.Engine.Sessions;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Blocking;

/// <summary>What a blocked session waits for.</summary>
public enum BlockKind
{
    /// <summary>WAIT: acknowledgements of replicas. At its deadline it answers how many there are.</summary>
    Wait,

    /// <summary>WAITAOF: the same, of what is on their disks, and this node's. At its deadline it answers how many there are.</summary>
    WaitFile,

    /// <summary>SHUTDOWN in progress. It has no deadline of its own.</summary>
    Shutdown,

    /// <summary>The end of a REDOUBLE TESTLINK, which has deadlines of its own.</summary>
    LinkTest,

    /// <summary>Something under one of some keys. At its deadline it answers a null array.</summary>
    Keys,
}

/// <summary>A blocked session's wait: what for, until when, and, for keys, the command to run again.</summary>
public sealed class BlockedState
{
    internal BlockedState(Session session, BlockKind kind, long deadlineMs, long number)
    {
        Session = session;
        Kind = kind;
        DeadlineMs = deadlineMs;
        Number = number;
    }

    /// <summary>Who waits.</summary>
    public Session Session { get; }

    /// <summary>What for.</summary>
    public BlockKind Kind { get; }

    /// <summary>Unix time in milliseconds at which the wait ends, 0 for never. A command that blocks again keeps its first deadline.</summary>
    public long DeadlineMs { get; }

    /// <summary>WAITAOF: whether this node's own disk must have it: 1 or 0.</summary>
    public long Local { get; internal init; }

    /// <summary>WAIT: replicas that must have acknowledged.</summary>
    public long Replicas { get; internal init; }

    /// <summary>WAIT: the offset they must have acknowledged.</summary>
    public long Offset { get; internal init; }

    /// <summary>The command, copied out of the session's input.</summary>
    internal BlockedRequest? Request { get; set; }

    /// <summary>Keys: the type of value that helps.</summary>
    internal ValueType Type { get; init; }

    /// <summary>Keys: whether a key that goes, or gets another type, ends the wait, too (XREADGROUP).</summary>
    internal bool WakesWithoutKey { get; init; }

    /// <summary>Its places in the lists of those who wait for the same.</summary>
    internal List<Waiter> Waiters { get; } = [];

    /// <summary>
    /// Keys: whether it waits no more and its command has not run yet: a pause came between, which is over.
    /// </summary>
    internal bool IsToRunAgain => Kind == BlockKind.Keys && Waiters.Count == 0 && !Session.Has(SessionFlags.Postponed);

    /// <summary>Microseconds that the command has taken so far: it is counted once, when it ends.</summary>
    internal long Microseconds { get; set; }

    /// <summary>Whether CLIENT REPLY holds the answer back.</summary>
    internal bool DropsReply { get; set; }

    /// <summary>Tells waits of one deadline apart: the earlier one ends first.</summary>
    internal long Number { get; }
}
