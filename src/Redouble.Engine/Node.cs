using Redouble.Core.Hashing;
using Redouble.Core.Memory;
using Redouble.Core.Platform;
using Redouble.Engine.Background;
using Redouble.Engine.Blocking;
using Redouble.Engine.Commands.Generic.Sorting;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Eviction;
using Redouble.Engine.Execution;
using Redouble.Engine.Hosting;
using Redouble.Engine.Lifecycle;
using Redouble.Engine.Monitoring;
using Redouble.Engine.Persistence;
using Redouble.Engine.Persistence.Aof;
using Redouble.Engine.PubSub;
using Redouble.Engine.Replication;
using Redouble.Engine.Sessions;
using Redouble.Engine.Statistics;
using Redouble.Engine.Tracking;
using Redouble.Engine.Transactions;
using Redouble.Engine.Verification;
using Redouble.Persistence.Rdb;
using Redouble.Replication.Identity;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine;

/// <summary>What a node is built from.</summary>
/// <param name="Config">Its configuration.</param>
/// <param name="Host">The process around it.</param>
/// <param name="Clock">Its clocks.</param>
/// <param name="Random">Its random numbers; the hash seeds and ids come from here.</param>
/// <param name="Files">Its files.</param>
/// <param name="Background">Its helper thread.</param>
public sealed record NodeParts(ServerConfig Config, INodeHost Host, IClock Clock, IRandomSource Random, IFileSystem Files, IBackgroundExecutor Background)
{
    /// <summary>Address space that the node takes from the system at a time, bytes.</summary>
    public long HeapSpanBytes { get; init; } = NativeHeap.SpanBytesDefault;

    /// <summary>Address space at which the system is taken to refuse more.</summary>
    public long HeapLimitBytes { get; init; } = long.MaxValue;

    /// <summary>Data bytes of a block of the replication log; small ones make a simulation cross many edges.</summary>
    public int LogBlockBytes { get; init; } = BlockPool.StandardCapacity;

    /// <summary>The thread that writes the append-only file; where there is no other, the helper.</summary>
    public IBackgroundExecutor FileThread { get => field ?? Background; init; }

    /// <summary>Bytes from which a string is emitted in parts by snapshots: <see cref="Keyspace.TicketStringMin"/>.</summary>
    public int TicketStringMin { get; init; } = Keyspace.TicketStringMinDefault;
}

/// <summary>
/// A Redouble without its sockets: databases, sessions, command execution, replication, persistence. Everything happens on the thread
/// that calls it. The server drives it with connections, a simulator with messages, a test directly.
/// </summary>
public sealed class Node : IKeyspaceListener, IDisposable
{
    private readonly List<Session> _withOutput = [];
    private readonly List<Session> _unblocked = [];
    private readonly KeyspaceNotifier _notifier;
    private readonly NodeTimer _timer;
    private bool _wasShort; // of memory
    private long _shortLoggedMs;
    private bool _isExpiring; // the key whose change is reported next is removed by the server

    /// <summary>Builds an empty node.</summary>
    public Node(NodeParts parts)
    {
        Parts = parts;
        Heap = new NativeHeap(parts.HeapSpanBytes, parts.HeapLimitBytes);
        Blocks = new BlockPool(Heap);
        var hash = new KeyHash(parts.Random.NextUInt64(), parts.Random.NextUInt64());
        Keyspace = new Keyspace((int)parts.Config.Databases, Heap, Blocks, hash, this) { TicketStringMin = parts.TicketStringMin };
        Stats = new NodeStatistics(parts.Clock);
        Sessions = new SessionTable(Blocks, Stats);
        Transactions = new TransactionManager(this);
        Blocking = new BlockingService(this);
        Pushes = new PushQueue(this);
        Tracking = new ClientTracking(this, hash);
        LocalExpiries = new LocalExpiries(this, hash);
        Subscriptions = new SubscriptionTable(Heap, Keyspace);
        Publisher = new Publisher(this, Subscriptions);
        _notifier = new KeyspaceNotifier(this);
        _timer = new NodeTimer(this);
        Waits = new WaitList(this);
        Log = new EffectLog(this);
        Propagation = new Propagation(Log, Blocks);
        Executor = new Executor(this);
        HeldWriters = new HeldWriters(this);
        UpdateTime();
        Replication = new NodeReplication(this);
        StartedMs = Keyspace.NowMs;
        Snapshots = new SnapshotService(this);
        Verification = new VerificationService(this);
        Saves = new SaveService(this);
        AppendOnly = new AppendOnlyFile(this);
        Loading = new LoadService(this);
        Start = new NodeStart(this);
        Dumps = new DumpService(this);
        Expiry = new ActiveExpiry(this);
        Eviction = new EvictionService(this);
        ClientEviction = new ClientEviction(this);
        Defragmentation = new Defragmentation(this);
        Background = new BackgroundWork(this);
        RunId = ReplicationId.New(parts.Random).ToString();
        Rates = new NodeRates(this);
        Shutdown = new ShutdownService(this);
        Clients = new ClientCare(this);
        Monitoring = new NodeMonitoring(this);
        Report = new StateReport(this);
        Stats.Timed = Monitoring.OnCall;
        ConfigHost = new NodeConfigHost(this);
        Config.Host = ConfigHost;
        ConfigHost.Refresh();
        UpdateRefuseMask();
        ClientEviction.LimitChanged();
        StartupMemoryBytes = UsedMemory;
    }

    /// <summary>What it was built from.</summary>
    public NodeParts Parts { get; }

    /// <summary>Its configuration.</summary>
    public ServerConfig Config => Parts.Config;

    /// <summary>Memory of its data.</summary>
    public NativeHeap Heap { get; }

    /// <summary>Blocks of its input, output, log and snapshots.</summary>
    public BlockPool Blocks { get; }

    /// <summary>Its databases.</summary>
    public Keyspace Keyspace { get; }

    /// <summary>Its clients.</summary>
    public SessionTable Sessions { get; }

    /// <summary>Runs commands.</summary>
    public Executor Executor { get; }

    /// <summary>Where effects are appended.</summary>
    public IEffectLog Log { get; }

    /// <summary>Stages the effects of the current unit.</summary>
    public Propagation Propagation { get; }

    /// <summary>MULTI and WATCH.</summary>
    public TransactionManager Transactions { get; }

    /// <summary>What clients are told outside the order of their replies.</summary>
    public PushQueue Pushes { get; }

    /// <summary>Client-side caching.</summary>
    public ClientTracking Tracking { get; }

    /// <summary>Who listens to which channels and patterns.</summary>
    public SubscriptionTable Subscriptions { get; }

    /// <summary>Brings messages to who listens.</summary>
    public Publisher Publisher { get; }

    /// <summary>CLIENT PAUSE.</summary>
    public Pauses Pauses { get; } = new();

    /// <summary>Writers that wait for the sake of a replica.</summary>
    public HeldWriters HeldWriters { get; }

    /// <summary>Counters.</summary>
    public NodeStatistics Stats { get; }

    /// <summary>Replication, both ways.</summary>
    public NodeReplication Replication { get; }

    /// <summary>What clients of a writable replica let expire.</summary>
    internal LocalExpiries LocalExpiries { get; }

    /// <summary>Sessions that wait for something.</summary>
    public BlockingService Blocking { get; }

    /// <summary>Sessions in WAIT.</summary>
    public WaitList Waits { get; }

    /// <summary>Whether connections have to be looked at that were told to close.</summary>
    public bool ClosesRequested { get; private set; }

    /// <summary>Rates and peaks, measured by the timer.</summary>
    public NodeRates Rates { get; }

    /// <summary>SHUTDOWN and signals.</summary>
    public ShutdownService Shutdown { get; }

    /// <summary>Limits of clients, and their end.</summary>
    public ClientCare Clients { get; }

    /// <summary>Slow log, latency monitor, MONITOR.</summary>
    public NodeMonitoring Monitoring { get; }

    /// <summary>What is told to the log every few seconds.</summary>
    public StateReport Report { get; }

    /// <summary>What DEBUG has switched.</summary>
    public DebugSettings Debug { get; } = new();

    /// <summary>Makes CONFIG SET take effect.</summary>
    public NodeConfigHost ConfigHost { get; }

    /// <summary>40 hexadecimal digits, new at each start.</summary>
    public string RunId { get; }

    /// <summary>Memory in use when the node was built, bytes.</summary>
    public long StartupMemoryBytes { get; }

    /// <summary>Running snapshot.</summary>
    public SnapshotService Snapshots { get; }

    /// <summary>Compares this node's data with that of its replicas.</summary>
    public VerificationService Verification { get; }

    /// <summary>The RDB file.</summary>
    public SaveService Saves { get; }

    /// <summary>The append-only file.</summary>
    public AppendOnlyFile AppendOnly { get; }

    /// <summary>The load at start.</summary>
    public LoadService Loading { get; }

    /// <summary>What becomes of the node when it starts.</summary>
    internal NodeStart Start { get; }

    /// <summary>Payloads of DUMP and RESTORE.</summary>
    public DumpService Dumps { get; }

    /// <summary>For choices among elements.</summary>
    internal PseudoRandom Picks => field ??= new PseudoRandom(Parts.Random.NextUInt64());

    /// <summary>What SORT sorts in.</summary>
    internal SortVector SortVector { get; } = new();

    /// <summary>Active expiry.</summary>
    public ActiveExpiry Expiry { get; }

    /// <summary>activedefrag.</summary>
    public Defragmentation Defragmentation { get; }

    /// <summary>Keeps the data set below maxmemory.</summary>
    public EvictionService Eviction { get; }

    /// <summary>Keeps the memory of clients below maxmemory-clients.</summary>
    public ClientEviction ClientEviction { get; }

    /// <summary>Everything that runs under the background budget.</summary>
    public BackgroundWork Background { get; }

    /// <summary>Function libraries that came with a data set: kept as they are.</summary>
    public List<byte[]> Functions { get; } = [];

    /// <summary>Sessions in MONITOR mode.</summary>
    public List<Session> Monitors { get; } = [];

    /// <summary>Changes to the data set since the last successful save.</summary>
    public long Dirty { get; set; }

    /// <summary>Set by commands whose unit only walked the keyspace: expiries it met are not wrapped in a transaction.</summary>
    public bool UnitIsWalk { get; set; }

    /// <summary>Unix time in milliseconds of the start.</summary>
    public long StartedMs { get; }

    /// <summary>Flags of commands that need a closer look in the node's present state.</summary>
    public CommandFlags RefuseMask { get; private set; }

    /// <summary>Whether a data set is being loaded.</summary>
    public bool IsLoading { get; set; }

    /// <summary>Whether it is loaded beside the one that clients see meanwhile.</summary>
    public bool IsAsyncLoading { get; set; }

    /// <summary>How far the load is.</summary>
    public LoadProgress LoadProgress => Replication.IsLoading ? Replication.LoadProgress
        : new LoadProgress(Loading.StartedSeconds, Loading.TotalBytes, Loading.LoadedBytes, Loading.UsedMemoryOfFile);

    /// <summary>Whether this node follows a primary.</summary>
    public bool IsReplica { get; set; }

    /// <summary>Whether writes by clients are refused because this is a read-only replica.</summary>
    public bool IsReadOnlyReplica => IsReplica && Config.ReplicaReadOnly;

    /// <summary>Whether min-replicas-to-write is not met.</summary>
    public bool LacksGoodReplicas => Replication.Protocol.Replicas.LacksReplicas;

    /// <summary>The error for writes while the disk fails, or null.</summary>
    public string? DiskError { get; set; }

    /// <summary>What look-ups by ordinary clients do with expired keys.</summary>
    public ExpiryPolicy ClientExpiryPolicy => IsReplica || Pauses.IsActive ? ExpiryPolicy.Hide : ExpiryPolicy.Remove;

    /// <summary>
    /// Bytes of memory in use: records, tables, clients, log, snapshot. Blocks that are kept for reuse are no more in use than what an allocator keeps. Of
    /// the collected heap only what clients may make as large as they like.
    /// </summary>
    public long UsedMemory => Heap.UsedBytes - Blocks.RetainedBytes + Sessions.Managed.Bytes;

    /// <summary>Whether the loop should not wait.</summary>
    public bool HasBackgroundWork => (IsLoading && !Replication.IsLoading) || Replication.HasLoadWork || Background.IsPending || Blocking.CanServe
        || HeldWriters.CanResume || _unblocked.Count > 0;

    /// <summary>Monotonic microseconds at which the node wants a turn at the latest.</summary>
    public long NextDeadline
    {
        get
        {
            var deadline = Math.Min(Replication.NextDeadline, AppendOnly.NextDeadline);
            const long farMs = 3_600_000; // a client may wait for longer than microseconds can count
            if (Blocking.NextDeadlineMs == long.MaxValue) return deadline;
            return Math.Min(deadline, Parts.Clock.MonotonicMicroseconds + (Math.Min(Blocking.NextDeadlineMs - Keyspace.NowMs, farMs) * 1000));
        }
    }

    /// <summary>The place of the data set in the replication history, for a file; null when it stands in none, as within a transaction.</summary>
    public RdbReplicationFields? ReplicationFields() => Propagation.HasStaged ? null : Replication.Fields();

    /// <summary>Whether the load at start has failed.</summary>
    public bool LoadingFailed => Start.HasFailed;

    /// <summary>Opens the append-only files, or the RDB file where they are off, to be loaded in the coming turns, if there are any.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    /// <exception cref="InvalidDataException">They are not what they should be.</exception>
    public void LoadAtStart() => Start.Begin();

    /// <summary>Empties all databases, which only clients with caches of their own are told. Returns how many keys there were.</summary>
    public long FlushAll()
    {
        Blocking.DatabaseGoes(-1, replacedBy: -1);
        Transactions.TouchDatabase(-1, replacedBy: -1);
        Tracking.KeysFlushed();
        LocalExpiries.Clear();
        var keys = 0L;
        for (var i = 0; i < Keyspace.Databases.Length; i++) keys += Keyspace.Flush(i);
        return keys;
    }

    /// <summary>All databases become those of <paramref name="side"/>.</summary>
    public void ReplaceAll(Keyspace side)
    {
        Transactions.TouchAll(side);
        Tracking.KeysFlushed();
        Blocking.DatabaseGoes(-1, replacedBy: -1); // keys that come back with it are looked at below in any case
        LocalExpiries.Clear();
        Keyspace.ReplaceBy(side);
        for (var i = 0; i < Keyspace.Databases.Length; i++) Blocking.DatabaseCame(i);
    }

    /// <summary>Some session was told to close.</summary>
    public void RequestCloses() => ClosesRequested = true;

    /// <summary>The connections that were told to close have been closed.</summary>
    public void ClosesDone() => ClosesRequested = false;

    /// <summary>Makes a session for a new connection.</summary>
    public Session AddSession()
    {
        var session = Sessions.Add();
        session.CreatedMs = session.LastInteractionMs = Keyspace.NowMs;
        Authentication.Begin(this, session);
        Clients.LimitOutput(session);
        ClientEviction.Note(session);
        return session;
    }

    /// <summary>Start of a turn of the loop.</summary>
    public void BeginTurn(long nowMicroseconds)
    {
        UpdateTime();
        Background.BeginTurn(nowMicroseconds);
        Replication.BeginTurn(nowMicroseconds);
        AppendOnly.BeginTurn();
        UpdateRefuseMask();
        Pauses.Check(this, Keyspace.NowMs);
        if (Keyspace.NowMs >= Blocking.NextDeadlineMs) Blocking.CheckDeadlines();
        if (nowMicroseconds >= Replication.NextDeadline) Replication.OnTimer(nowMicroseconds);
    }

    /// <summary>End of a turn: everything that is due once per turn.</summary>
    public void EndTurn()
    {
        Shutdown.Check();
        Replication.EndTurn();
        Tracking.EndTurn();
        ClientEviction.Enforce();
        Eviction.Perform();
        ClientEviction.MakeRoom();
        if (!Replication.HasLoadWork && !IsLoading) return;
        const int loadSliceMicroseconds = 1000; // what a client waits for its -LOADING
        var until = Parts.Clock.MonotonicMicroseconds + loadSliceMicroseconds;
        if (Replication.HasLoadWork)
        {
            Replication.LoadSlice(until);
        }
        else if (IsLoading && !Replication.IsLoading)
        {
            Start.Slice(until);
        }
    }

    /// <summary>Timer work, <c>hz</c> times a second; returns the milliseconds to the next one.</summary>
    public long Timer() => _timer.Tick();

    /// <summary>Background work at the end of a turn.</summary>
    public void BackgroundSlice(long turnStarted, bool busy)
    {
        Background.Slice(turnStarted, busy);
        Tracking.EndTurn(); // of the keys that have expired
        if (Pushes.HasUnsent) Pushes.Release();
    }

    /// <summary>
    /// Between units, also in the middle of a long turn: replicas are to be sent what the log has for them, clients what others told them, the
    /// append-only file goes on; and bounds what a snapshot holds.
    /// </summary>
    public void FeedReplicas()
    {
        if (Pushes.HasUnsent) Pushes.Release();
        Verification.AfterUnits();
        Replication.AfterUnits();
        Snapshots.KeepWithinLimit();
        AppendOnly.Follow();
        ClientEviction.Enforce();
        if (Heap.IsShort != _wasShort) MemoryChanged();
    }

    /// <summary>Closes a session whose unsent output is beyond the limits of its class.</summary>
    public void CheckOutputLimit(Session session) => Clients.CheckOutputLimit(session);

    /// <summary>Reads the clock for the coming units.</summary>
    public void UpdateTime()
    {
        Keyspace.NowMs = Parts.Clock.UnixMicroseconds / 1000;
        UpdateAccessClock();
    }

    /// <summary>Sets what new keys begin with, after the time or the eviction policy has changed.</summary>
    internal void UpdateAccessClock() => Keyspace.AccessClock = Keyspace.Counter == null
        ? AccessClocks.Idle(Keyspace.NowMs, 0) : AccessClocks.WithFrequency(Keyspace.NowMs, AccessClocks.InitialCounter);

    /// <summary>Queues a session for sending at the end of the group.</summary>
    public void MarkOutput(Session session)
    {
        if (ClientEviction.IsLimited) ClientEviction.Note(session);
        if (session.HasPendingOutput || session.Has(SessionFlags.Internal)) return;
        session.HasPendingOutput = true;
        _withOutput.Add(session);
    }

    /// <summary>Takes the sessions with something to send; the caller clears <see cref="Session.HasPendingOutput"/>.</summary>
    public List<Session> SessionsWithOutput => _withOutput;

    /// <summary>A blocked session goes on: its input is to be looked at again.</summary>
    public void Unblocked(Session session) => _unblocked.Add(session);

    /// <summary>
    /// Serves those whose keys have become ready outside of a command, and runs what unblocked sessions have in their inputs: much may have come meanwhile, and
    /// what is too much for now waits for the next call.
    /// </summary>
    public void ResumeUnblocked()
    {
        const int batchesMax = 256;
        if (Blocking.HasReady) Blocking.Serve();
        var batches = 0;
        var resumed = 0;
        for (; resumed < _unblocked.Count && batches < batchesMax; resumed++)
        {
            var session = _unblocked[resumed];
            if (session.Blocked is { IsToRunAgain: true } putOff) Blocking.RunAgain(putOff);
            batches++;
            if (session.Input.Block.IsNone) continue;
            batches += Executor.ProcessInput(session, batchesMax - batches, out var hasMore);
            if (hasMore) break; // it goes on where it is now
        }

        _unblocked.RemoveRange(0, resumed);
        HeldWriters.Resume();
    }

    /// <summary>Frees what a session holds; the connection is gone. One that waits to change the node's role stays until then, or a second call.</summary>
    public void RemoveSession(Session session)
    {
        Tracking.Forget(session);
        Subscriptions.RemoveAll(session);
        Pushes.Forget(session);
        Blocking.Forget(session);
        Replication.Forget(session);
        Monitors.Remove(session);
        session.Output.Clear();
        if (Replication.Promotions.Keeps(session)) return;
        Transactions.Discard(session);
        session.Input.Clear(Blocks);
        _withOutput.Remove(session);
        _unblocked.RemoveAll(entry => entry == session);
        ClientEviction.Forget(session);
        if (session.Handle != SessionHandle.None) Sessions.Remove(session);
    }

    // The system has refused memory, or there is enough again.
    private void MemoryChanged()
    {
        const long quietMs = 60_000; // it may come and go with every key
        _wasShort = Heap.IsShort;
        UpdateRefuseMask();
        Replication.HoldStream();
        if (!_wasShort || Keyspace.NowMs - _shortLoggedMs < quietMs) return;
        _shortLoggedMs = Keyspace.NowMs;
        Parts.Host.Log(ConfigLogLevel.Warning, "The system gives no more memory: what needs some is refused, and the stream of a primary is not read.");
    }

    /// <summary>Recomputes which commands need a closer look.</summary>
    public void UpdateRefuseMask()
    {
        var mask = CommandFlags.Protected;
        if (IsLoading) mask |= (IsAsyncLoading ? CommandFlags.NoAsyncLoading : CommandFlags.NotLoading) | CommandFlags.RunsInMulti;
        if (IsReplica && !Config.ReplicaServeStaleData && !Replication.Protocol.Primary.IsLive) mask |= CommandFlags.NotStale | CommandFlags.RunsInMulti;
        if (Replication.IsTooStale) mask |= CommandFlags.ReadOnly | CommandFlags.Write | CommandFlags.RunsInMulti;
        if (IsReadOnlyReplica || LacksGoodReplicas) mask |= CommandFlags.Write | CommandFlags.RunsInMulti;
        if (DiskError != null) mask |= CommandFlags.Write | CommandFlags.ReportsDiskError | CommandFlags.RunsInMulti;
        if (Config.MaxMemory > 0 || Heap.IsShort) mask |= CommandFlags.DenyOom | CommandFlags.RunsInMulti;
        if (Pauses.IsActive) mask |= Pauses.All ? CommandFlags.NeedsAuth | CommandFlags.NoAuth : CommandFlags.Write | CommandFlags.MayReplicate | CommandFlags.RunsInMulti;
        if (HeldWriters.MustAsk) mask |= CommandFlags.Write | CommandFlags.MayReplicate | CommandFlags.RunsInMulti;
        if (Tracking.IsOverLimit) mask |= CommandFlags.NeedsAuth | CommandFlags.NoAuth; // whatever comes next makes room first
        RefuseMask = mask;
    }

    /// <summary>Why a protected command (DEBUG, MODULE) is refused to the session, or null.</summary>
    public string? RefuseProtected(Session session, CommandInfo info)
    {
        var permission = info.FullName.StartsWith("module", StringComparison.Ordinal) ? Config.EnableModuleCommand : Config.EnableDebugCommand;
        if (permission == ProtectedAction.Yes || session.Has(SessionFlags.Internal | SessionFlags.Primary)) return null;
        if (permission == ProtectedAction.Local && (session.Has(SessionFlags.UnixSocket) || IsLoopback(session.Address))) return null;
        var name = info.FullName.StartsWith("module", StringComparison.Ordinal) ? "MODULE" : "DEBUG";
        return $"ERR {name} command not allowed. If the enable-{name.ToLowerInvariant()}-command option is set to \"local\", you can run it from a local connection, "
            + "otherwise you need to set this option in the configuration file, and then restart the server.";
    }

    /// <summary>A keyspace event: published if its class is in <c>notify-keyspace-events</c>.</summary>
    public void Notify(KeyspaceEvents type, ReadOnlySpan<byte> name, ReadOnlySpan<byte> key, int database)
    {
        var wanted = Config.NotifyKeyspaceEvents;
        if ((wanted & type) != 0) _notifier.Publish(wanted, name, key, database);
    }

    /// <summary>Sends a command to the sessions in MONITOR mode.</summary>
    public void FeedMonitors(Session session, CommandInfo info, in CommandArguments arguments, int database) =>
        Monitoring.Feed.Send(session, info, arguments, database);

    /// <summary>Whether someone wants to hear of modified keys.</summary>
    public void UpdateModificationReports() => Keyspace.ReportModifications = Transactions.WatchedCount > 0 || Tracking.IsListening;

    /// <summary>Whether a key is present although its time has passed.</summary>
    public bool IsPresentButExpired(int database, ReadOnlySpan<byte> key) => IsPresentButExpired(Keyspace[database], key);

    /// <inheritdoc cref="IsPresentButExpired(int, ReadOnlySpan{byte})"/>
    internal bool IsPresentButExpired(Database database, ReadOnlySpan<byte> key)
    {
        var record = database.PeekPresent(key, Keyspace.Hash(key));
        return !record.IsMissing && record.HasExpiry && record.ExpireAtMs < Keyspace.NowMs;
    }

    /// <summary>Whether a key is present, expired or not.</summary>
    public bool Exists(int database, ReadOnlySpan<byte> key) => Exists(Keyspace[database], key);

    /// <inheritdoc cref="Exists(int, ReadOnlySpan{byte})"/>
    internal bool Exists(Database database, ReadOnlySpan<byte> key) => !database.PeekPresent(key, Keyspace.Hash(key)).IsMissing;

    /// <inheritdoc/>
    bool IKeyspaceListener.MayRefuse => Executor.MayRefuse();

    /// <inheritdoc/>
    public void KeyExpired(Database database, ReadOnlySpan<byte> key)
    {
        Stats.ExpiredKeys++;
        NoteExpiry();
        Propagation.Add(database.Number, Config.LazyFreeLazyExpire ? "UNLINK"u8 : "DEL"u8, key);
        Notify(KeyspaceEvents.Expired, "expired"u8, key, database.Number);
    }

    /// <summary>A hash is about to lose fields because their time has passed.</summary>
    internal void FieldsExpire(Database database, ReadOnlySpan<byte> key)
    {
        NoteExpiry();
        database.ReportModification(key);
    }

    /// <summary>The modification that is reported next is the server's doing, not the running command's.</summary>
    internal void NoteExpiry() => _isExpiring = Keyspace.ReportModifications;

    /// <inheritdoc/>
    public void KeyCreated(Database database, ReadOnlySpan<byte> key) => Notify(KeyspaceEvents.New, "new"u8, key, database.Number);

    /// <inheritdoc/>
    public void KeyModified(Database database, ReadOnlySpan<byte> key)
    {
        Transactions.Touch(database.Number, key);
        if (Tracking.IsListening) Tracking.KeyModified(key, _isExpiring);
        _isExpiring = false;
    }

    /// <inheritdoc/>
    public void KeyAdded(Database database, ReadOnlySpan<byte> key) => Blocking.OnKey(database.Number, key, removed: false);

    /// <inheritdoc/>
    public void KeyRemoved(Database database, ReadOnlySpan<byte> key) => Blocking.OnKey(database.Number, key, removed: true);

    /// <inheritdoc/>
    public void Dispose()
    {
        Loading.Abort();
        AppendOnly.Dispose();
        Tracking.Dispose();
        LocalExpiries.Dispose();
        Dumps.Dispose();
        Keyspace.Dispose();
        Blocks.Dispose();
        Heap.Dispose();
    }

    /// <summary>Whether a peer's address is one of this machine's loopback addresses.</summary>
    public static bool IsLoopback(string address) =>
        address.StartsWith("127.", StringComparison.Ordinal) || address.StartsWith("[::1]", StringComparison.Ordinal) || address.StartsWith("::1", StringComparison.Ordinal);
}
