using Redouble.Core.Memory;
using Redouble.Core.Platform;
using Redouble.Protocol.Replies;
using Redouble.Replication.Identity;
using Redouble.Replication.Log;
using Redouble.Replication.Replica;

namespace Redouble.Replication.Primary;

/// <summary>
/// Primary side: all replicas of this node, whether it is a primary or a replica itself. Decides on partial resyncs, starts snapshots for
/// those that wait, keeps links alive, counts who has what. The host calls <see cref="AfterUnits"/> in every turn, between units, and
/// <see cref="OnTimer"/> at <see cref="NextDeadline"/>; then it sends what each link has to send. Times are monotonic microseconds.
/// </summary>
public sealed class PrimaryReplication : IHistoryObserver
{
    /// <summary>Microseconds of a second.</summary>
    internal const long Second = 1_000_000;

    private readonly BlockPool _pool;
    private readonly IRandomSource _random;
    private readonly List<ReplicaLink> _links = [];    // a replica each
    private readonly List<ReplicaLink> _channels = []; // connections beside them, for the payload of a full sync
    private readonly RateWindow _written = new();
    private long _nextSecond = long.MaxValue;
    private long _lastPing; // the period may be changed between two
    private long _noReplicasSince = -1;
    private bool _ackRequested;
    private bool _historyChanged;

    /// <param name="history">The node's history.</param>
    /// <param name="settings">Directives.</param>
    /// <param name="host">Snapshots and connections.</param>
    /// <param name="pool">Blocks.</param>
    /// <param name="random">For marks.</param>
    public PrimaryReplication(ReplicationHistory history, ReplicationSettings settings, IPrimaryHost host, BlockPool pool, IRandomSource random)
    {
        History = history;
        Settings = settings;
        Host = host;
        _pool = pool;
        _random = random;
        Throttle = new WriterThrottle(this);
        history.Observer = this;
    }

    /// <summary>The replicas, in the order in which they asked.</summary>
    public IReadOnlyList<ReplicaLink> Links => _links;

    /// <summary>
    /// Whether one of them may not know the times of fields: what is written is to be such that it can apply it (<see cref="FieldExpiryUnits"/>). One that
    /// comes later is not promised that, see <see cref="ReplicationLog.FieldExpiryOffset"/>.
    /// </summary>
    public bool HasForeignReplica => _links.Exists(static link => !link.KnowsFieldExpiry);

    /// <summary>Slows writers for the sake of replicas.</summary>
    public WriterThrottle Throttle { get; }

    /// <summary>The node's link to its own primary.</summary>
    public PrimaryLink? Upstream { get; set; }

    /// <summary>Whether the node has no primary; only then it appends PINGs and GETACKs of its own and gives up its backlog.</summary>
    public bool IsPrimary => Upstream is null or { State: PrimaryLinkState.None };

    /// <summary>
    /// repl-stream-db, as files and replicas are told it. A primary says SELECT before its first data, and can as well tell 0 until then; a replica that does
    /// not know tells that (-1), as who goes on from there must not take it for 0.
    /// </summary>
    public int ToldDatabase => IsPrimary ? Math.Max(History.Log.StreamDatabase, 0) : History.Log.StreamDatabase;

    /// <summary>Whether a replica may sync from here now: a replica serves while its own link is up.</summary>
    public bool CanServe => IsPrimary || Upstream!.IsUp;

    /// <summary>sync_full.</summary>
    public long FullSyncs { get; private set; }

    /// <summary>sync_partial_ok.</summary>
    public long PartialSyncs { get; private set; }

    /// <summary>sync_partial_err.</summary>
    public long RefusedPartialSyncs { get; private set; }

    /// <summary>Replicas dropped for client-output-buffer-limit.</summary>
    public long LimitDisconnections { get; internal set; }

    /// <summary>CONFIG RESETSTAT.</summary>
    public void ResetCounters() => FullSyncs = PartialSyncs = RefusedPartialSyncs = LimitDisconnections = 0;

    /// <summary>min_slaves_good_slaves: replicas online whose last ACK is at most min-replicas-max-lag old.</summary>
    public int GoodReplicas { get; private set; }

    /// <summary>Whether writes are to be refused with NOREPLICAS.</summary>
    public bool LacksReplicas =>
        Settings.MinReplicasToWrite > 0 && Settings.MinReplicasMaxLagSeconds > 0 && IsPrimary && GoodReplicas < Settings.MinReplicasToWrite;

    /// <summary>When <see cref="OnTimer"/> has something to do.</summary>
    public long NextDeadline
    {
        get
        {
            if (_links.Count == 0) return Math.Min(BacklogDeadline, Throttle.NextDeadline);
            var deadline = Math.Min(Math.Min(_nextSecond, Throttle.NextDeadline), IsPrimary ? NextPing : long.MaxValue);
            if (!Host.CanBeginSnapshot) return deadline;
            foreach (var link in _links)
            {
                if (link.State == ReplicaLinkState.WaitStart) deadline = Math.Min(deadline, link.WaitingSince + DelayOf(link));
            }

            return deadline;
        }
    }

    internal ReplicationHistory History { get; }

    internal ReplicationSettings Settings { get; }

    internal IPrimaryHost Host { get; }

    internal long BacklogSize => History.Log.BacklogSize;

    // While a failover waits for a replica to be in sync, there is one only where all would hear nothing for longer than they wait.
    private long NextPing => Host.HasEnded ? long.MaxValue
        : Host.IsOffsetFrozen ? History.Log.TimeOf(History.Log.EndOffset) + (Settings.TimeoutSeconds * Second / 2)
        : _lastPing + (Settings.PingPeriodSeconds * Second);

    private long BacklogDeadline =>
        IsPrimary && History.Log.IsActive && Settings.BacklogTtlSeconds > 0 && _noReplicasSince >= 0 && !(KeepsOwnEnd && History.IsSoleCopy)
            ? _noReplicasSince + (Settings.BacklogTtlSeconds * Second) : long.MaxValue;

    // What no replica is left to have is kept longer, and not given up after a time. A tool that fetches an RDB is no replica: it never acknowledges.
    // Nor does it help the end of a primary that was demoted what its replicas have: they give up what it gives up.
    private bool KeepsOwnEnd =>
        Settings.SoleCopyBytes > 0 && History.IsOwnEnd && !(IsPrimary && _links.Exists(static link => link.HasAcknowledged));

    /// <summary>A client's first REPLCONF, PSYNC or SYNC: what it says is kept here. It counts as a replica once a sync was accepted.</summary>
    /// <param name="peerAddress">Where the connection comes from.</param>
    /// <param name="clientId">Number of the client.</param>
    public ReplicaLink CreateLink(string peerAddress, long clientId = 0) => new(this, peerAddress, clientId, _pool);

    /// <summary>Replicas that have applied everything up to <paramref name="offset"/>.</summary>
    public int CountAcknowledged(long offset)
    {
        var count = 0;
        foreach (var link in _links)
        {
            if (link.State == ReplicaLinkState.Online && link.AckOffset >= offset) count++;
        }

        return count;
    }

    /// <summary>Replicas that have everything up to <paramref name="offset"/> on disk.</summary>
    public int CountDurable(long offset)
    {
        var count = 0;
        foreach (var link in _links)
        {
            if (link.State == ReplicaLinkState.Online && link.DurableOffset >= offset) count++;
        }

        return count;
    }

    /// <summary>replicas_waiting_psync of Valkey: connections for a payload whose replica has not asked yet for the stream behind it.</summary>
    public int ChannelsWithoutStream
    {
        get
        {
            var count = 0;
            foreach (var link in _links) count += link.IsFreeChannel ? 1 : 0;
            return count;
        }
    }

    /// <summary>Bytes of the log beyond repl-backlog-size that are held for replicas in full sync.</summary>
    public long SyncLogBytes
    {
        get
        {
            long most = 0;
            foreach (var link in _links) most = Math.Max(most, link.SyncLogBytes); // a channel holds none
            return Math.Max(0, most - BacklogSize);
        }
    }

    /// <summary>Whether there has to be a log without replicas, too: the append-only file is written from it.</summary>
    public bool KeepsLog { get; private set; }

    /// <summary>The append-only file is switched on, for which there has to be a log, or off.</summary>
    public void KeepLog(bool isNeeded)
    {
        KeepsLog = isNeeded;
        if (isNeeded && IsPrimary) EnsureLog();
        else if (!isNeeded && _links.Count == 0) _noReplicasSince = History.Log.Now; // from now on it is given up after its time, as behind a last replica
    }

    /// <summary>Memory of encoded snapshots that are held for replicas.</summary>
    public long SnapshotBytes => SnapshotBytesOf(_links) + SnapshotBytesOf(_channels);

    // Replicas of one group read the same snapshot, and stand one behind the other.
    private static long SnapshotBytesOf(List<ReplicaLink> links)
    {
        long bytes = 0;
        SnapshotStream? counted = null;
        foreach (var link in links)
        {
            if (link.Snapshot is not { } snapshot || snapshot == counted) continue;
            counted = snapshot;
            bytes += snapshot.MemoryBytes;
        }

        return bytes;
    }

    /// <summary>Drops the replica that has read least of a snapshot whose encoder waits for its readers; false when none waits.</summary>
    public bool DropSlowestSync(string why)
    {
        var slowest = Slowest(_links, null);
        return Drop(Slowest(_channels, slowest), why);
    }

    /// <summary>Drops the replica in full sync for which the most of the log is held; false when there is none.</summary>
    public bool DropPinningSync(string why)
    {
        ReplicaLink? holder = null;
        foreach (var link in _links)
        {
            if (link.SyncLogBytes > (holder?.SyncLogBytes ?? 0)) holder = link;
        }

        return Drop(holder, why);
    }

    /// <summary>Notes the rates of the stream and of all replicas; called several times a second.</summary>
    public void Sample(long now)
    {
        if (_historyChanged) _written.Reset(History.Log.EndOffset, now); // its offsets have nothing to do with the former ones
        _historyChanged = false;
        UpdateRetention();
        _written.Note(History.Log.EndOffset, now);
        foreach (var link in _links) link.Sample(now);
    }

    /// <summary>Bytes that the stream grows by in a second.</summary>
    public long WriteRate(long now) => _written.PerSecond(History.Log.EndOffset, now);

    /// <summary>Asks all replicas for their offsets, once for all who ask within a turn; later, while writes are paused.</summary>
    public void RequestAcks() => _ackRequested = _links.Count > 0;

    /// <summary>Between units: asks all replicas for their offsets, as far as that may be done now, before a pause that would put it off.</summary>
    public void RequestAcksNow()
    {
        RequestAcks();
        AppendGetAck();
    }

    /// <summary>
    /// Marks the end of the stream, between units, for a verification: every replica is told when it has applied all up to there. False while nothing may be
    /// appended.
    /// </summary>
    public bool TryAppendMark(ReadOnlySpan<byte> argument)
    {
        if (!IsPrimary || !History.Log.IsActive || Host.AreWritesPaused || Host.IsOffsetFrozen) return false;
        History.Log.Append(LogFrames.GetAckFor(argument), AppendKind.Keepalive);
        return true;
    }

    /// <summary>In every turn, between units: starts snapshots, asks for ACKs, enforces the limits.</summary>
    public void AfterUnits(long now)
    {
        Throttle.Update(now);
        if (_links.Count == 0) return;
        StartSnapshot(now);
        AppendGetAck();
        PartSlowest(now);
        EachAfterUnits(_links, now);
        EachAfterUnits(_channels, now);
    }

    private void AppendGetAck()
    {
        if (!_ackRequested || !IsPrimary || Host.AreWritesPaused) return;
        _ackRequested = false;
        History.Log.Append(LogFrames.GetAck, AppendKind.Keepalive);
    }

    /// <summary>Does what is due: keepalives, timeouts, the end of a backlog that nobody uses.</summary>
    public void OnTimer(long now)
    {
        Throttle.Update(now);
        if (_links.Count == 0)
        {
            if (now >= BacklogDeadline) FreeBacklog();
            return;
        }

        if (IsPrimary && now >= NextPing)
        {
            History.Log.Append(LogFrames.Ping, AppendKind.Keepalive);
            _lastPing = now;
        }

        if (now >= _nextSecond)
        {
            EachOnSecond(_links, now);
            EachOnSecond(_channels, now);
            _nextSecond = now + Second;
            CountGood(now);
        }

        StartSnapshot(now);
    }

    /// <summary>min-replicas-max-lag and the list have to be looked at again.</summary>
    public void CountGood(long now)
    {
        var good = 0;
        foreach (var link in _links)
        {
            if (link.State == ReplicaLinkState.Online && LagSeconds(link, now) <= Settings.MinReplicasMaxLagSeconds) good++;
        }

        GoodReplicas = good;
    }

    /// <summary>lag= of INFO: seconds since the last ACK, 0 before the replica is online.</summary>
    public static long LagSeconds(ReplicaLink link, long now) => link.State == ReplicaLinkState.Online ? Math.Max(0, now - link.AckTime) / Second : 0;

    /// <summary>Drops all replicas; they come back at once and ask again.</summary>
    public void DisconnectAll(string reason)
    {
        while (_links.Count > 0) _links[^1].Close(reason); // and with it its channel
    }

    /// <summary>The node became a primary: from now on a backlog that nobody uses is given up after its time.</summary>
    public void OnPromoted(long now)
    {
        _ackRequested = false; // who asked before that was sent away
        if (KeepsLog) History.OpenLog();
        UpdateRetention();
        if (_links.Count == 0) _noReplicasSince = now;
    }

    /// <summary>A backlog was recovered at a start: it is kept as long as one whose last replica has just gone, and as much of it.</summary>
    public void OnRestored()
    {
        UpdateRetention();
        if (_links.Count == 0) _noReplicasSince = History.Log.Now;
    }

    /// <inheritdoc/>
    public void OnHistoryChanged()
    {
        _historyChanged = true;
        DisconnectAll("the history changed");
    }

    /// <inheritdoc/>
    public void OnShifted()
    {
        var identity = History.Identity;
        Host.Log(
            LogLevel.Notice, $"Setting secondary replication ID to {identity.SecondId}, valid up to offset: {identity.SecondOffset}. " +
            $"New replication ID is {identity.Id}");
    }

    internal bool Decide(ReplicaLink link, ReadOnlySpan<byte> id, long offset)
    {
        var decision = PartialResync.Decide(History, id, offset, link.Name, link.KnowsFieldExpiry);
        foreach (var reason in decision.Reasons) Host.Log(LogLevel.Notice, reason);
        if (!decision.IsPossible && !id.SequenceEqual("?"u8)) RefusedPartialSyncs++;
        return decision.IsPossible;
    }

    /// <summary>What PSYNC would do, in words; nothing happens.</summary>
    public string Forecast(ReadOnlySpan<byte> id, long offset)
    {
        var decision = PartialResync.Decide(History, id, offset, "that asks", knowsFieldExpiry: true);
        return decision.IsPossible ? $"partial resynchronization, {History.Log.EndOffset + 1 - offset} bytes from offset {offset} on"
            : $"full resynchronization: {string.Join(' ', decision.Reasons)}";
    }

    internal bool TryFailover(ReplicaLink link, ReadOnlySpan<byte> id, ReplyWriter reply)
    {
        Host.Log(LogLevel.Warning, $"Failover request received for replid {System.Text.Encoding.Latin1.GetString(id)}.");
        if (IsPrimary)
        {
            reply.Error("ERR PSYNC FAILOVER can't be sent to a master."u8);
            return false;
        }

        if (Host.IsOffsetFrozen)
        {
            reply.Error("NOMASTERLINK Can't SYNC while failing over"u8); // promoted now it would never hear of its own failover
            return false;
        }

        // Nor one that has lost its data set in a load that failed, whatever name it still carries.
        if (!History.Identity.Id.Matches(id) || !History.IsResumable)
        {
            reply.Error("ERR PSYNC FAILOVER replid must match my replid."u8);
            return false;
        }

        Host.PromoteForFailover(link);
        return true;
    }

    internal void OnPartialStarted(ReplicaLink link, long bytes, long offset, bool isPartOfFull)
    {
        if (!isPartOfFull) PartialSyncs++;
        LogPlace(offset);
        Host.Log(
            LogLevel.Notice, $"Partial resynchronization request from {link.Name} accepted. Sending {bytes} bytes of backlog starting from offset {offset}.");
        Add(link);
    }

    // Where in the backlog it goes on, in the lines that Redis writes for its developers.
    private void LogPlace(long offset)
    {
        var log = History.Log;
        Host.Log(LogLevel.Debug, $"[PSYNC] Replica request offset: {offset}");
        if (log.HistoryLength == 0)
        {
            Host.Log(LogLevel.Debug, "[PSYNC] Backlog history len is zero");
            return;
        }

        Host.Log(LogLevel.Debug, $"[PSYNC] Backlog size: {log.BacklogSize}");
        Host.Log(LogLevel.Debug, $"[PSYNC] First byte: {log.FirstOffset}");
        Host.Log(LogLevel.Debug, $"[PSYNC] History len: {log.HistoryLength}");
        Host.Log(LogLevel.Debug, $"[PSYNC] Skipping: {offset - log.FirstOffset}");
    }

    internal void OnFullRequested(ReplicaLink link)
    {
        FullSyncs++;
        EnsureLog();
        Add(link);
        if (TryJoin(link)) Host.Log(LogLevel.Notice, "Waiting for end of BGSAVE for SYNC");
        else if (WaitText(link) is { } text) Host.Log(LogLevel.Notice, text);
    }

    private void EnsureLog()
    {
        if (!History.TryCreateLog()) return;
        var identity = History.Identity;
        Host.Log(LogLevel.Notice, $"Replication backlog created, my new replication IDs are '{identity.Id}' and '{identity.SecondId}'");
    }

    // Why its snapshot does not begin at once, or null.
    private string? WaitText(ReplicaLink link)
    {
        var syncing = _links.Find(static other => other.State is ReplicaLinkState.WaitEnd or ReplicaLinkState.SendBulk);
        if (!Host.CanBeginSnapshot && syncing != null)
        {
            return syncing.Format.HasLength ? "Can't attach the replica to the current BGSAVE. Waiting for next BGSAVE for SYNC"
                : "Current BGSAVE has socket target. Waiting for next BGSAVE for SYNC";
        }

        if (DelayOf(link) > 0) return "Delay next BGSAVE for diskless SYNC";
        return Host.CanBeginSnapshot ? null : "No BGSAVE in progress, but another BG operation is active. BGSAVE for replication delayed";
    }

    private bool TryJoin(ReplicaLink link)
    {
        foreach (var other in _links)
        {
            if (other != link && link.TryJoin(other, History.Log.Now)) return true;
        }

        return false;
    }

    /// <summary>A replica has been told to make a second connection for the payload.</summary>
    internal void OnWaitsForChannel(ReplicaLink link)
    {
        EnsureLog(); // where there are replicas there is a log, whatever they wait for
        Add(link);
    }

    /// <summary>The connection for a payload with that client number, whose main connection has not come; null when there is none.</summary>
    internal ReplicaLink? FindChannel(long clientId) => clientId == 0 ? null : _links.Find(link => link.ClientId == clientId && link.IsFreeChannel);

    /// <summary>The replica with that client number that waits for its second connection.</summary>
    internal ReplicaLink? FindWaiting(long clientId) =>
        _links.Find(link => link.ClientId == clientId && link.State == ReplicaLinkState.WaitChannel);

    /// <summary>The main connection of this channel is a replica by now: what is one replica counts as one.</summary>
    internal void HideChannel(ReplicaLink channel)
    {
        _links.Remove(channel);
        _channels.Add(channel);
    }

    private static ReplicaLink? Slowest(List<ReplicaLink> links, ReplicaLink? slowest)
    {
        foreach (var link in links)
        {
            if (link.MayHoldUpSync && (slowest == null || link.PayloadSentBytes < slowest.PayloadSentBytes)) slowest = link;
        }

        return slowest;
    }

    // Replicas that share a snapshot go on without the one that they have to wait for, and so does whoever waits for the next one.
    private void PartSlowest(long now)
    {
        var nextIsWanted = _links.Exists(static link => link.State == ReplicaLinkState.WaitStart);
        PartSlowest(_links, nextIsWanted, now);
        PartSlowest(_channels, nextIsWanted, now);
    }

    private void PartSlowest(List<ReplicaLink> links, bool nextIsWanted, long now)
    {
        foreach (var link in links)
        {
            if (link.Snapshot is not { Format.HasLength: false } stream) continue;
            var othersRate = Math.Max(RateBeside(stream, _links), RateBeside(stream, _channels));
            if (!stream.Pace.Update(stream, nextIsWanted || othersRate >= 0, now, othersRate)) continue;
            if (!TryPart(links, stream)) return;
        }
    }

    // The best rate of those that have nothing to read of another encoding of the same snapshot, as that goes on in all of them or in none; -1 without such.
    private static double RateBeside(SnapshotStream stream, List<ReplicaLink> links)
    {
        var rate = -1.0;
        foreach (var link in links)
        {
            if (link.StarvesBeside(stream)) rate = Math.Max(rate, link.Snapshot!.Pace.BestRate);
        }

        return rate;
    }

    private bool TryPart(List<ReplicaLink> links, SnapshotStream stream)
    {
        var slow = links.FindAll(link => link.Snapshot == stream && !link.IsOnFile);
        if (!stream.Divert(Host.TrySpool)) return false;
        foreach (var link in slow)
        {
            if (!link.IsOnFile) continue;
            Host.Log(
                LogLevel.Notice, $"Replica {link.Name} takes its payload so slowly that other replicas have to wait: it gets the rest, from byte " +
                $"{link.PayloadSentBytes} on, from a temporary file");
        }

        return true;
    }

    // A link that is closed may take its companion along.
    private static void EachAfterUnits(List<ReplicaLink> links, long now)
    {
        for (var i = links.Count - 1; i >= 0; i--)
        {
            if (i < links.Count) links[i].AfterUnits(now);
        }
    }

    private static void EachOnSecond(List<ReplicaLink> links, long now)
    {
        for (var i = links.Count - 1; i >= 0; i--)
        {
            if (i < links.Count) links[i].OnSecond(now);
        }
    }

    private bool Drop(ReplicaLink? link, string why)
    {
        if (link == null) return false;
        Host.Log(LogLevel.Warning, $"Dropping replica {link.Name} in full sync: {why}");
        link.Close("snapshot buffer limit");
        return true;
    }

    internal void Remove(ReplicaLink link)
    {
        if (!_links.Remove(link)) _channels.Remove(link);
        UpdateRetention();
        CountGood(History.Log.Now);
        if (_links.Count == 0) _noReplicasSince = History.Log.Now;
    }

    private void UpdateRetention() => History.Log.SoleCopySize = KeepsOwnEnd ? Settings.SoleCopyBytes : 0;

    private void Add(ReplicaLink link)
    {
        var now = History.Log.Now;
        if (_links.Count == 0)
        {
            _nextSecond = now + Second;
            _lastPing = now;
        }

        _noReplicasSince = -1;
        _links.Add(link);
        CountGood(now);
    }

    private void FreeBacklog()
    {
        _noReplicasSince = -1;
        Host.Log(LogLevel.Notice, $"Replication backlog freed after {Settings.BacklogTtlSeconds} seconds without connected replicas.");
        History.FreeLog();
        if (KeepsLog) History.OpenLog(); // without what it held, and under a new name: nobody can go on from before
    }

    // Microseconds that a replica waits for others to share its snapshot. One that needs a file does not, as in Redis.
    private long DelayOf(ReplicaLink link) => link.Format.HasLength ? 0 : Settings.DisklessSyncDelaySeconds * Second;

    // All who wait share one snapshot, once the first of them has waited long enough or there are enough of them.
    private void StartSnapshot(long now)
    {
        var waiting = 0;
        var isDue = false;
        foreach (var link in _links)
        {
            if (link.State != ReplicaLinkState.WaitStart) continue;
            waiting++;
            isDue |= now - link.WaitingSince >= DelayOf(link);
        }

        var isFull = Settings.DisklessSyncMaxReplicas > 0 && waiting >= Settings.DisklessSyncMaxReplicas;
        if (waiting > 0 && (isDue || isFull) && Host.CanBeginSnapshot) BeginSnapshot(now);
    }

    private void BeginSnapshot(long now)
    {
        var streams = new List<SnapshotStream>();
        var log = History.Log;
        if (IsPrimary) log.RequireSelect(); // who starts here has not seen the last one
        var place = new SnapshotPlace(History.Identity.Id, log.EndOffset, ToldDatabase);
        var mark = ReplicationId.New(_random);
        foreach (var link in _links.ToArray()) // a channel leaves the list when its snapshot begins
        {
            if (link.State != ReplicaLinkState.WaitStart) continue;
            var format = link.Format;
            var stream = streams.Find(stream => stream.Format == format);
            if (stream == null)
            {
                stream = new SnapshotStream(_pool, format, onAbandoned: Host.OnSnapshotAbandoned);
                streams.Add(stream);
            }

            link.BeginSnapshot(stream, mark.Bytes, now);
        }

        Host.Log(LogLevel.Notice, $"Starting BGSAVE for SYNC with target: {(streams.Exists(stream => stream.Format.HasLength) ? "disk" : "replicas sockets")}");
        if (Host.TryBeginSnapshot(place, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(streams))) return;
        foreach (var stream in streams) stream.Fail("BGSAVE failed, replication can't continue");
    }
}
