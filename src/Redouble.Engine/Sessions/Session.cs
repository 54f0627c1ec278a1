using Redouble.Core.Memory;
using Redouble.Engine.Commands.Table;
using Redouble.Protocol.Replies;

namespace Redouble.Engine.Sessions;

/// <summary>
/// One client as the engine sees it: what it said so far, what it is to be told, and the state its commands leave behind. Reached from
/// elsewhere by slot and generation (<see cref="SessionHandle"/>), never by a reference that could outlive it.
/// </summary>
public sealed class Session
{
    private readonly ManagedMemory _managed;

    /// <param name="id">Number that no other session of this process has or had.</param>
    /// <param name="blocks">Where its output takes its memory from.</param>
    /// <param name="managed">Counts what it holds in the collected heap.</param>
    public Session(long id, BlockPool blocks, ManagedMemory managed)
    {
        Id = id;
        _managed = managed;
        Output = new ReplyBuffer(blocks);
        Reply = new ReplyWriter(Output);
    }

    /// <summary>CLIENT ID.</summary>
    public long Id { get; }

    /// <summary>Its place in the table of sessions; -1 when it is in none.</summary>
    public SessionHandle Handle { get; internal set; } = SessionHandle.None;

    /// <summary>State bits.</summary>
    public SessionFlags Flags { get; set; }

    /// <summary>Command flags that make the executor look closer before it runs a command of this session.</summary>
    public CommandFlags RefuseMask { get; set; }

    /// <summary>Selected database.</summary>
    public int Database { get; set; }

    /// <summary>Whether it has shown the password, or came while there was none: it stays in, whatever becomes of the password.</summary>
    public bool IsLetIn { get; set; } = true;

    /// <summary>Whether it may run commands that need authentication: it was let in, or there is no password at present.</summary>
    public bool IsAuthenticated { get; set; } = true;

    /// <summary>ACL user.</summary>
    public string User { get; set; } = "default";

    /// <summary>CLIENT SETNAME.</summary>
    public byte[] Name { get; set => Rename(ref field, value); } = [];

    /// <summary>CLIENT SETINFO lib-name.</summary>
    public byte[] LibraryName { get; set => Rename(ref field, value); } = [];

    /// <summary>CLIENT SETINFO lib-ver.</summary>
    public byte[] LibraryVersion { get; set => Rename(ref field, value); } = [];

    /// <summary>Peer as <c>ip:port</c> or <c>path:0</c>.</summary>
    public string Address { get; set; } = "";

    /// <summary>Our side of the connection.</summary>
    public string LocalAddress { get; set; } = "";

    /// <summary>File descriptor, -1 without a connection.</summary>
    public int Descriptor { get; set; } = -1;

    /// <summary>Unix time in milliseconds of the connection.</summary>
    public long CreatedMs { get; set; }

    /// <summary>Unix time in milliseconds of the last request.</summary>
    public long LastInteractionMs { get; set; }

    /// <summary>Id of the last command, -1 for none.</summary>
    public int LastCommand { get; set; } = -1;

    /// <summary>Total bytes received.</summary>
    public long ReceivedBytes { get; set; }

    /// <summary>Total bytes sent.</summary>
    public long SentBytes { get; set; }

    /// <summary>What is to be sent.</summary>
    public ReplyBuffer Output { get; }

    /// <summary>Writes replies into <see cref="Output"/> in the session's protocol version.</summary>
    public ReplyWriter Reply { get; }

    /// <summary>Pushes that wait for the end of the running request (<see cref="Execution.PushQueue"/>); null before the first.</summary>
    public ReplyWriter? Pushes { get; set; }

    /// <summary>What was received and not yet executed.</summary>
    public InputWindow Input;

    /// <summary>MULTI: the queued commands; null outside.</summary>
    public Transactions.CommandQueue? Queue { get; set; }

    /// <summary>WATCH: the watched keys; null when there are none.</summary>
    public List<Transactions.WatchedKey>? Watched { get; set; }

    /// <summary>CLIENT TRACKING: where the messages go and what about; null before the first.</summary>
    public Tracking.TrackingState? Tracking { get; set; }

    /// <summary>SUBSCRIBE and its like: what it listens to; null before the first.</summary>
    public PubSub.SessionSubscriptions? Subscriptions { get; set; }

    /// <summary>What it waits for while <see cref="SessionFlags.Blocked"/>.</summary>
    public Blocking.BlockedState? Blocked { get; set; }

    /// <summary>Replication offset behind this session's last write: what WAIT waits for.</summary>
    public long LastWriteOffset { get; set; }

    /// <summary>Unix time in milliseconds at which its output passed the soft limit, 0 when below.</summary>
    public long SoftLimitSinceMs { get; set; }

    /// <summary>
    /// Arguments of the command being executed that neither the slow log nor MONITOR may show: bit n for argument n, bit 63 for all from there on.
    /// </summary>
    public ulong Redacted { get; set; }

    /// <summary>Bytes of the collected heap that it holds by its own choice.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Bytes that it was last counted with, where maxmemory-clients is set.</summary>
    internal long CountedBytes { get; set; }

    /// <summary>Whether it is to be counted again.</summary>
    internal bool IsMemoryNoted { get; set; }

    /// <summary>Whether it is queued in the node's list of sessions with output.</summary>
    public bool HasPendingOutput { get; set; }

    /// <summary>Whether it was told something that is to be sent when the group of clients has been served.</summary>
    public bool HasPendingPushes { get; set; }

    /// <summary>The server's connection object.</summary>
    public object? Connection { get; set; }

    /// <summary>The state of the replica behind this session, for sessions with <see cref="SessionFlags.Replica"/>.</summary>
    public object? ReplicaLink { get; set; }

    /// <summary>It holds so many more bytes of the collected heap, or fewer.</summary>
    public void Hold(long change)
    {
        HeldBytes += change;
        _managed.Bytes += change;
    }

    /// <summary>Whether any of the bits is set.</summary>
    public bool Has(SessionFlags flags) => (Flags & flags) != 0;

    /// <summary>Whether it is still told what others do: not once it is to be closed, be it after its last reply.</summary>
    public bool CanBeTold => !Has(SessionFlags.CloseAsap | SessionFlags.CloseAfterReply);

    /// <summary>What a replica, and who looks on as one (MONITOR), may not run: no pause of clients holds them.</summary>
    internal const CommandFlags Keyspace = CommandFlags.Write | CommandFlags.ReadOnly | CommandFlags.MayReplicate;

    /// <summary>Updates <see cref="RefuseMask"/> after a change of <see cref="Flags"/> or authentication.</summary>
    public void UpdateRefuseMask()
    {
        var mask = IsAuthenticated ? CommandFlags.None : CommandFlags.NeedsAuth;
        if (Has(SessionFlags.Multi)) mask |= CommandFlags.QueuedInMulti | CommandFlags.RunsInMulti;
        if (Has(SessionFlags.PubSub) && Reply.Version == RespVersion.Resp2) mask |= CommandFlags.NotWhileSubscribed;
        if (Has(SessionFlags.Replica | SessionFlags.Monitor)) mask |= Keyspace;
        RefuseMask = mask;
    }

    private void Rename(ref byte[] name, byte[] value)
    {
        Hold(ManagedMemory.Of(value) - ManagedMemory.Of(name));
        name = value;
    }
}
