using Redouble.Engine.Configuration;
using Redouble.Engine.Persistence;
using Redouble.Engine.Persistence.Aof;
using Redouble.Engine.Sessions;
using Redouble.Persistence.Rdb;
using Redouble.Replication;
using Redouble.Replication.Conversations;
using Redouble.Replication.Failovers;
using Redouble.Replication.Identity;
using Redouble.Replication.Log;
using Redouble.Replication.Primary;
using Redouble.Replication.Replica;

namespace Redouble.Engine.Replication;

/// <summary>
/// The replication of this node, wired to its sessions, its data set and its configuration. The protocol itself, without any I/O, is
/// <see cref="ReplicationNode"/>.
/// </summary>
public sealed class NodeReplication : IConversationHost
{
    // Beyond these a limit is none, and sums and microseconds of it would overflow.
    private const long BytesMax = long.MaxValue / 4;
    private const long SecondsMax = int.MaxValue;

    private readonly Node _node;
    private readonly ReplicationSettings _settings = new();
    private readonly PrimaryHost _primaryHost;
    private readonly ReplicaHost _replicaHost;
    private readonly StreamApplier _applier;
    private readonly List<Session> _replicas = [];
    private readonly RateWindow _loading = new();
    private bool _writersAsk;

    internal NodeReplication(Node node)
    {
        _node = node;
        _primaryHost = new PrimaryHost(node);
        _replicaHost = new ReplicaHost(node);
        _applier = new StreamApplier(node);
        var log = new ReplicationLog(node.Blocks, Math.Min(node.Config.ReplBacklogSize, BytesMax), node.Parts.LogBlockBytes);
        Protocol = new ReplicationNode(node.Blocks, node.Parts.Random, _settings, log, _primaryHost, _replicaHost, _applier);
        Failover = new Failover(Protocol, new FailoverHost(node));
        Freshness = new FreshnessMonitor(node.Blocks, _settings, Protocol.History, Protocol.Primary, this);
        LinkTests = new LinkTests(node);
        EmptyPrimary = new EmptyPrimaryGuard(node);
        Divergence = new DivergenceReports(node);
        Promotions = new Promotions(node);
        ApplySettings();
    }

    /// <summary>The protocol.</summary>
    public ReplicationNode Protocol { get; }

    /// <summary>Bytes in files for replicas that share a payload with faster ones.</summary>
    public long SpooledBytes => _primaryHost.SpooledBytes;

    /// <summary>FAILOVER.</summary>
    public Failover Failover { get; }

    /// <summary>Whether this node follows a primary.</summary>
    public bool IsReplica => Protocol.IsReplica;

    /// <summary>The session in whose name the primary's stream runs.</summary>
    public Session PrimarySession => _applier.Session;

    /// <summary>How old the data of a replica is.</summary>
    public FreshnessMonitor Freshness { get; }

    /// <summary>REDOUBLE TESTLINK.</summary>
    public LinkTests LinkTests { get; }

    /// <summary>replica-refuse-empty-primary.</summary>
    public EmptyPrimaryGuard EmptyPrimary { get; }

    /// <summary>replica-divergence-report.</summary>
    public DivergenceReports Divergence { get; }

    /// <summary>Clients' requests to become a primary.</summary>
    internal Promotions Promotions { get; }

    /// <summary>Commands refused because the data was older than replica-max-staleness-ms allows.</summary>
    public long StaleReadsRefused { get; internal set; }

    /// <summary>Keys of a full sync's payload that have been loaded, or, before that, received.</summary>
    public long SyncKeys => _replicaHost.Keys;

    /// <summary>When <see cref="OnTimer"/> or <see cref="EndTurn"/> has something to do although nobody said anything.</summary>
    public long NextDeadline => Math.Min(Math.Min(Protocol.NextDeadline, Failover.NextDeadline), Math.Min(Freshness.NextDeadline, LinkTests.NextDeadline));

    /// <summary>Sessions of replicas.</summary>
    public IReadOnlyList<Session> ReplicaSessions => _replicas;

    /// <summary>Whether a received data set waits to be loaded.</summary>
    public bool HasLoadWork => _replicaHost.HasWork;

    /// <summary>Whether a received data set is replacing the old one.</summary>
    public bool IsLoading => _replicaHost.IsLoading;

    /// <summary>How far the load of the received data set is.</summary>
    public LoadProgress LoadProgress => _replicaHost.Progress;

    private long Now => _node.Parts.Clock.MonotonicMicroseconds;

    /// <summary>Takes over the directives that replication reads.</summary>
    public void ApplySettings()
    {
        var config = _node.Config;
        var limit = config.OutputBufferLimitOf(ClientClass.Replica);
        Protocol.Log.BacklogSize = Math.Min(config.ReplBacklogSize, BytesMax);
        Protocol.Log.BacklogSizeMax = Math.Min(config.ReplBacklogSizeMax, BytesMax);
        Protocol.Log.KeptMicroseconds = config.ReplBacklogSeconds * 1_000_000;
        Protocol.Log.Trim(); // one that was lowered gives back what it holds also while nothing is written
        _settings.TimeoutSeconds = (int)config.ReplTimeout;
        _settings.PingPeriodSeconds = (int)config.ReplPingReplicaPeriod;
        _settings.SoleCopyBytes = Math.Min(config.ReplBacklogSoleCopySize, BytesMax);
        _settings.BacklogTtlSeconds = Math.Min(config.ReplBacklogTtl, SecondsMax);
        _settings.DisklessSync = config.ReplDisklessSync;
        _settings.DisklessSyncDelaySeconds = (int)config.ReplDisklessSyncDelay;
        _settings.DisklessSyncMaxReplicas = (int)config.ReplDisklessSyncMaxReplicas;
        _settings.MinReplicasToWrite = (int)config.MinReplicasToWrite;
        _settings.MinReplicasMaxLagSeconds = (int)config.MinReplicasMaxLag;
        _settings.OutputHardLimitBytes = (long)Math.Min(limit.HardBytes, BytesMax);
        _settings.OutputSoftLimitBytes = (long)Math.Min(limit.SoftBytes, BytesMax);
        _settings.OutputSoftLimitSeconds = (int)Math.Min(limit.SoftSeconds, SecondsMax);
        _settings.WriterThrottlePercent = (int)config.ReplWriterThrottle;
        _settings.PrimaryUser = config.MasterUser;
        _settings.PrimaryPassword = config.MasterAuth;
        _settings.AnnouncedPort = (int)(config.ReplicaAnnouncePort != 0 ? config.ReplicaAnnouncePort : config.Port);
        _settings.AnnouncedAddress = config.ReplicaAnnounceIp;
        _settings.DualChannel = config.DualChannelReplicationEnabled;
        _settings.RdbChannel = config.ReplRdbChannel;
        _settings.RedisReplicaDialect = config.ReplOldestRedisReplica;
        _settings.FullSyncBufferLimitBytes = Math.Min(config.ReplicaFullSyncBufferLimit, BytesMax);
        _settings.ReplicaPriority = (int)config.ReplicaPriority;
        _settings.ReplicaReadOnly = config.ReplicaReadOnly;
        _settings.ReplicaAnnounced = config.ReplicaAnnounced;
        _settings.MaxStalenessMs = config.ReplicaMaxStalenessMs;
        _settings.FreshnessPeriodMs = config.ReplicaFreshnessPeriodMs;
        Freshness.OnSettings(Now);
    }

    /// <summary>First thing in a turn.</summary>
    public void BeginTurn(long now)
    {
        _applier.BeginTurn();
        Protocol.BeginTurn(now);
        Freshness.OnTurn(now);
    }

    /// <summary>Does what is due.</summary>
    public void OnTimer(long now)
    {
        Protocol.OnTimer(now);
        NoteThrottle();
        Freshness.OnTimer(now);
        LinkTests.OnTimer(now);
    }

    /// <summary>Last thing in a turn, between units.</summary>
    public void EndTurn()
    {
        if (Failover.IsActive) Failover.Check(Now);
        Promotions.EndTurn();
        LinkTests.EndTurn();
    }

    /// <summary>Several times a second: notes rates.</summary>
    public void Sample()
    {
        var now = Now;
        Protocol.Sample(now);
        if (IsLoading) _loading.Note(LoadProgress.LoadedBytes, now);
        else _loading.Reset(0, now);
        _node.Heap.Reserve = MemoryToCome();
    }

    // What the stream is known to need. What the backlog has yet to grow by; and, on a replica that is cut off and can go on where it was, as much for the
    // data of the gap, since it has the time for it now and none when the gap comes: half a second for 64 MB, where a first touch is dear.
    private long MemoryToCome()
    {
        const long most = 256 << 20;
        var log = Protocol.Log;
        if (!log.IsActive) return 0;
        var isCutOff = IsReplica && Protocol.Primary is { IsUp: false, IsSyncing: false } && Protocol.History.IsResumable;
        return Math.Min(most, Math.Max(0, log.BacklogTarget - log.HistoryLength) + (isCutOff ? log.BacklogSize : 0));
    }

    /// <summary>Bytes of the received data set that are loaded in a second.</summary>
    public long LoadRate(long now) => _loading.PerSecond(LoadProgress.LoadedBytes, now);

    /// <summary>Whether the data may be older than replica-max-staleness-ms allows.</summary>
    public bool IsTooStale => _settings.MaxStalenessMs > 0 && IsReplica && Staleness is var age && (age < 0 || age > _settings.MaxStalenessMs * 1000);

    private long Staleness => Freshness.StalenessAt(Protocol.Log.Now);

    /// <summary>
    /// Why reads are refused at this moment because of the data's age, or null. The code is that of replica-serve-stale-data no: clients know it as
    /// "not here, not now", and turn to the primary or another replica.
    /// </summary>
    public string? StalenessError()
    {
        if (!IsTooStale) return null;
        var what = Staleness is var age and >= 0 ? $"This replica's data is {age / 1000} ms old" : "The age of this replica's data is not known";
        return $"MASTERDOWN {what}, and 'replica-max-staleness-ms' is set to {_settings.MaxStalenessMs}.";
    }

    /// <inheritdoc/>
    public bool TryOpen(Conversation conversation) => _node.Parts.Host.TryOpen(conversation);

    /// <summary>REPLICAOF host port.</summary>
    /// <param name="host">Name or address of the primary.</param>
    /// <param name="port">Its port.</param>
    /// <param name="client">The line of the client who asks; null when it is the configuration.</param>
    public ReplicaOfResult ReplicaOf(string host, int port, string? client = null)
    {
        _node.Parts.Host.OnRoleChanged(isReplica: true);
        var (takesEmpty, goesWithout) = (EmptyPrimary.Force(host, port), Divergence.Force(host, port));
        if (takesEmpty || goesWithout)
        {
            var even = takesEmpty ? "if it is empty" : "without a divergence report";
            Log($"REPLICAOF again: the data set of {host}:{port} will replace the one here, even {even}");
            Protocol.Primary.RetryNow(Now);
            return ReplicaOfResult.Changed;
        }

        if (!IsReplica) _node.Propagation.AppendStaged(); // what a transaction has written before it is the primary's, and known to be missing elsewhere
        var result = Protocol.ReplicaOf(host, port, Now);
        if (result == ReplicaOfResult.Unchanged)
        {
            Log("REPLICAOF would result into synchronization with the master we are already connected with. No operation performed.");
            return result;
        }

        if (client != null) Log($"REPLICAOF {host}:{port} enabled (user request from '{client}')");
        _node.Blocking.ForceAll(); // those of a replica, too: what they wait for is to come from another primary now
        RoleChanged();
        return result;
    }

    /// <summary>REPLICAOF NO ONE.</summary>
    /// <param name="request">Who asks, for the log; null when a failover is taken back.</param>
    public ReplicaOfResult ReplicaOfNoOne(string? request = null)
    {
        _node.Parts.Host.OnRoleChanged(isReplica: false);
        EmptyPrimary.Reset();
        Divergence.Cancel();
        var result = Protocol.ReplicaOfNoOne(Now);
        if (result == ReplicaOfResult.Changed && request != null) Log($"MASTER MODE enabled ({request})");
        RoleChanged();
        _node.AppendOnly.AfterReplacement(); // a full sync that it was switched off for will not end any more
        return result;
    }

    /// <summary>The link state of a session that speaks REPLCONF, PSYNC or SYNC.</summary>
    public ReplicaLink LinkOf(Session session)
    {
        if (session.ReplicaLink is ReplicaLink link) return link;
        var separator = session.Address.LastIndexOf(':');
        link = Protocol.Replicas.CreateLink(separator > 0 ? session.Address[..separator].Trim('[', ']') : session.Address, session.Id);
        session.ReplicaLink = link;
        return link;
    }

    /// <summary>After PSYNC or SYNC: the session's connection belongs to the link if it was accepted.</summary>
    public void NoteReplica(Session session)
    {
        if (session.ReplicaLink is not ReplicaLink { IsReplica: true } || session.Has(SessionFlags.Replica)) return;
        session.Flags |= SessionFlags.Replica;
        session.UpdateRefuseMask();
        _replicas.Add(session);
        _node.Parts.Host.OnReplicaAttached(session);
        _node.MarkOutput(session);
    }

    /// <summary>The session of a link, a replica's or one that may become it, or null.</summary>
    public Session? SessionOf(ReplicaLink link)
    {
        for (var slot = 0; slot < _node.Sessions.Top; slot++)
        {
            if (_node.Sessions[slot] is { } session && session.ReplicaLink == link) return session;
        }

        return null;
    }

    /// <summary>A session has gone.</summary>
    public void Forget(Session session)
    {
        (session.ReplicaLink as ReplicaLink)?.OnClosed();
        session.ReplicaLink = null;
        _replicas.Remove(session);
    }

    /// <summary>A blank line from a replica that is loading.</summary>
    public void OnEmptyLine(Session session) => (session.ReplicaLink as ReplicaLink)?.OnEmptyLine(Now);

    /// <summary>
    /// The stream of the primary is not read while the disk is behind, or the system gives no more memory: it can't be refused. And clients that pause a
    /// replica pause its primary's writes too, as in Redis.
    /// </summary>
    public void HoldStream()
    {
        Protocol.Primary.IsHeld = _node.AppendOnly.IsBehind || _node.Heap.IsShort;
        Protocol.Primary.IsPaused = _node.Pauses.HoldsStream;
    }

    /// <summary>Between units: starts snapshots, asks for ACKs; marks the replicas that have something to be sent.</summary>
    public void AfterUnits()
    {
        if (_replicas.Count == 0 && !_writersAsk) return;
        Protocol.AfterUnits(Now);
        NoteThrottle();
        foreach (var session in _replicas)
        {
            if (session.ReplicaLink is ReplicaLink link && link.HasOutput()) _node.MarkOutput(session);
        }
    }

    /// <summary>Scans or loads a received data set.</summary>
    public void LoadSlice(long untilMicroseconds) => _replicaHost.Slice(untilMicroseconds);

    /// <summary>The place of the data set in the history, for a file; null when it has none, as during a load and after one that broke off.</summary>
    public RdbReplicationFields? Fields()
    {
        if (!Protocol.Log.IsActive || !Protocol.History.IsResumable || _node.IsLoading) return null;
        return new RdbReplicationFields(Protocol.Replicas.ToldDatabase, Protocol.History.Identity.Id.ToString(), Protocol.Log.EndOffset);
    }

    /// <summary>At start: the data set stands at this place of that history, whose last bytes may be known.</summary>
    internal void Restore(ReplicationId id, RecoveredPlace place, AofTail? tail, bool asReplica)
    {
        Protocol.BeginTurn(Now); // recovered bytes count as written now
        var file = new BacklogFile(_node);
        if (!_node.Config.ReplBacklogPersist || !file.TryTake(id, place.Offset)) tail?.TryCopy(Protocol.Log, place.Offset);
        tail?.Break();
        Protocol.Restore(id, place.Offset, place.Database, asReplica, file.SharedOffset);
    }

    // Writes ask whether they may run from the next one on.
    private void NoteThrottle()
    {
        if (Protocol.Replicas.Throttle.IsArmed == _writersAsk) return;
        _writersAsk = !_writersAsk;
        _node.UpdateRefuseMask();
    }

    private void RoleChanged()
    {
        _node.IsReplica = IsReplica;
        if (!IsReplica) _node.LocalExpiries.Clear();
        _node.UpdateRefuseMask();
    }

    private void Log(string text) => _node.Parts.Host.Log(ConfigLogLevel.Notice, text);
}
