namespace Redouble.Engine.Commands.Table;

/// <summary>
/// What a command is and when it must be refused. One 64-bit word per command, so that every check before execution is a single test:
/// <c>(info.Flags &amp; server.RefuseMask) != 0</c>.
/// </summary>
/// <remarks>
/// <code>
///  bit 0 ........ 23   Redis' own flags, written in the attribute and shown by COMMAND INFO
///  bit 24 ....... 31   our own explicit flags: exceptions that Redis keeps in its C code
///  bit 32 ....... 39   derived from the rest of the attribute (keys, container)
///  bit 40 ....... 55   inverted: set when the command LACKS a flag, because some states refuse exactly those
/// </code>
/// A state of the server or of a session contributes the bits it refuses: loading adds <see cref="NotLoading"/>, a read-only replica adds
/// <see cref="Write"/>, an unauthenticated session adds <see cref="NeedsAuth"/>. Only when the test hits does anyone look for the reason.
/// The generator computes the bits from 32 up; writing them in an attribute is an error.
/// </remarks>
[Flags]
public enum CommandFlags : ulong
{
    None = 0,

    /// <summary>May change the data set. Implies @write.</summary>
    Write = 1UL << 0,

    /// <summary>Reads keys and never changes them. Implies @read, except for scripting commands.</summary>
    ReadOnly = 1UL << 1,

    /// <summary>May need more memory; refused when memory is short.</summary>
    DenyOom = 1UL << 2,

    /// <summary>For administrators. Implies @admin and @dangerous.</summary>
    Admin = 1UL << 3,

    /// <summary>Publish/subscribe. Implies @pubsub.</summary>
    PubSub = 1UL << 4,

    /// <summary>Not to be called from scripts.</summary>
    NoScript = 1UL << 5,

    /// <summary>May block its client. Implies @blocking.</summary>
    Blocking = 1UL << 6,

    /// <summary>Allowed while the data set is being loaded.</summary>
    Loading = 1UL << 7,

    /// <summary>Allowed on a replica with stale data and replica-serve-stale-data no.</summary>
    Stale = 1UL << 8,

    /// <summary>Not shown to MONITOR.</summary>
    SkipMonitor = 1UL << 9,

    /// <summary>Not put into the slow log.</summary>
    SkipSlowlog = 1UL << 10,

    /// <summary>Acts as if ASKING had been sent before it.</summary>
    Asking = 1UL << 11,

    /// <summary>Constant or logarithmic time. Implies @fast; the lack of it @slow.</summary>
    Fast = 1UL << 12,

    /// <summary>Allowed before authentication.</summary>
    NoAuth = 1UL << 13,

    /// <summary>No write by its flags, but what it does may reach the replicas (PUBLISH, EVAL). Not shown by COMMAND INFO.</summary>
    MayReplicate = 1UL << 14,

    /// <summary>Needs permission from the configuration (DEBUG, MODULE). Not shown by COMMAND INFO.</summary>
    Protected = 1UL << 15,

    /// <summary>Added by a module.</summary>
    Module = 1UL << 16,

    /// <summary>Refused while a replica loads a new data set beside the old one.</summary>
    NoAsyncLoading = 1UL << 17,

    /// <summary>Refused inside MULTI.</summary>
    NoMulti = 1UL << 18,

    /// <summary>First, last and step do not describe all keys. Derived from the key specs.</summary>
    MovableKeys = 1UL << 19,

    /// <summary>Allowed while a script runs too long.</summary>
    AllowBusy = 1UL << 20,

    /// <summary>May be called without any key although it has key specs.</summary>
    NoMandatoryKeys = 1UL << 21,

    /// <summary>Reads or writes keys that no argument names. Not shown by COMMAND INFO before 8.0.</summary>
    TouchesArbitraryKeys = 1UL << 22,

    /// <summary>Allowed in a RESP2 session that is in subscribed mode.</summary>
    WhileSubscribed = 1UL << 24,

    /// <summary>Runs at once inside MULTI instead of being queued (EXEC, DISCARD, WATCH, …).</summary>
    RunsInMulti = 1UL << 25,

    /// <summary>Reports a failing disk although it writes nothing (PING).</summary>
    ReportsDiskError = 1UL << 26,

    /// <summary>Has key specs: its keys are checked against ACL rules and prefetched.</summary>
    HasKeys = 1UL << 32,

    /// <summary>Has subcommands; the second argument selects one.</summary>
    Container = 1UL << 33,

    /// <summary>A container that is also a command by itself (COMMAND).</summary>
    RunnableContainer = 1UL << 34,

    /// <summary>Lacks <see cref="Loading"/>.</summary>
    NotLoading = 1UL << 40,

    /// <summary>Lacks <see cref="Stale"/>.</summary>
    NotStale = 1UL << 41,

    /// <summary>Lacks <see cref="NoAuth"/>.</summary>
    NeedsAuth = 1UL << 42,

    /// <summary>Lacks <see cref="AllowBusy"/>.</summary>
    NotAllowBusy = 1UL << 43,

    /// <summary>Lacks <see cref="WhileSubscribed"/>.</summary>
    NotWhileSubscribed = 1UL << 44,

    /// <summary>Lacks <see cref="RunsInMulti"/>: is queued between MULTI and EXEC.</summary>
    QueuedInMulti = 1UL << 45,

    /// <summary>Lacks <see cref="ReadOnly"/>.</summary>
    NotReadOnly = 1UL << 46,

    /// <summary>All bits that the generator computes; an attribute must not name them.</summary>
    Derived = MovableKeys | 0xFFFF_FFFF_0000_0000UL,
}
