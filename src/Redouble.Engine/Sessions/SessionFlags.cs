namespace Redouble.Engine.Sessions;

/// <summary>What a session is and what shall become of it.</summary>
[Flags]
public enum SessionFlags
{
    /// <summary>An ordinary client.</summary>
    None = 0,

    /// <summary>The connection is a replica of ours (flag S in CLIENT LIST).</summary>
    Replica = 1 << 0,

    /// <summary>The link to our primary (flag M).</summary>
    Primary = 1 << 1,

    /// <summary>Receives the commands of all others (flag O).</summary>
    Monitor = 1 << 2,

    /// <summary>Between MULTI and EXEC (flag x).</summary>
    Multi = 1 << 3,

    /// <summary>A command was refused while queueing: EXEC will fail with EXECABORT.</summary>
    DirtyExec = 1 << 4,

    /// <summary>A watched key was touched: EXEC answers null (flag d).</summary>
    DirtyCas = 1 << 5,

    /// <summary>Close once the replies written so far are sent (flag c).</summary>
    CloseAfterReply = 1 << 6,

    /// <summary>Close as soon as possible (flag A).</summary>
    CloseAsap = 1 << 7,

    /// <summary>Waits for something; its further requests are read, and not executed (flag b).</summary>
    Blocked = 1 << 8,

    /// <summary>Came through a unix socket (flag U).</summary>
    UnixSocket = 1 << 9,

    /// <summary>CLIENT REPLY OFF.</summary>
    ReplyOff = 1 << 10,

    /// <summary>CLIENT REPLY SKIP was just received: the next command's reply is dropped.</summary>
    ReplySkipNext = 1 << 11,

    /// <summary>The current command's reply is dropped.</summary>
    ReplySkip = 1 << 12,

    /// <summary>CLIENT NO-EVICT ON (flag e).</summary>
    NoEvict = 1 << 13,

    /// <summary>CLIENT NO-TOUCH ON (flag T).</summary>
    NoTouch = 1 << 14,

    /// <summary>In publish/subscribe mode (flag P).</summary>
    PubSub = 1 << 15,

    /// <summary>A request is postponed until CLIENT UNPAUSE.</summary>
    Postponed = 1 << 16,

    /// <summary>Being executed on behalf of the server itself: no connection behind it.</summary>
    Internal = 1 << 17,

    /// <summary>READONLY mode of cluster clients (flag r).</summary>
    ReadOnly = 1 << 19,

    /// <summary>A write is held back for the sake of a replica; the connection is not read meanwhile.</summary>
    Held = 1 << 20,

    /// <summary>Its commands are those of a rewrite: they say what a data set was, not what was done to it.</summary>
    Rewrite = 1 << 21,

    /// <summary>CLIENT CACHING was received: the next command is tracked (OPTIN), or is not (OPTOUT).</summary>
    TrackingCaching = 1 << 24,

    /// <summary>CLIENT TRACKING ON (flag t).</summary>
    Tracking = 1 << 25,

    /// <summary>A message could not be sent, because the session that it was to be redirected to is gone (flag R).</summary>
    TrackingBroken = 1 << 26,

    /// <summary>BCAST: told of all keys with its prefixes (flag B).</summary>
    TrackingBroadcast = 1 << 27,

    /// <summary>OPTIN: tracks only what it reads after CLIENT CACHING YES.</summary>
    TrackingOptIn = 1 << 28,

    /// <summary>OPTOUT: tracks all but what it reads after CLIENT CACHING NO.</summary>
    TrackingOptOut = 1 << 29,

    /// <summary>NOLOOP: not told of keys that it changed itself.</summary>
    TrackingNoLoop = 1 << 30,

    /// <summary>What CLIENT TRACKING ON sets anew.</summary>
    TrackingModes = TrackingBroken | TrackingBroadcast | TrackingOptIn | TrackingOptOut | TrackingNoLoop,
}
