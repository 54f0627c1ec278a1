using Redouble.Core.Memory;
using Redouble.Core.Platform;
using Redouble.Replication.Identity;
using Redouble.Replication.Log;
using Redouble.Replication.Primary;
using Redouble.Replication.Replica;

namespace Redouble.Replication;

/// <summary>
/// The replication of one node: its history, the link to its primary if it has one, and the links to its replicas. Roles change here.
/// <code>
///      clients' writes                         primary
///            │                                    │ PrimaryLink: applies, then appends the very same bytes
///            ▼                                    ▼
///   ┌──────────────────── ReplicationLog ────────────────────┐   named by ReplicationIdentity
///   └────────▲────────────────▲──────────────────▲───────────┘
///            │ ReplicaLink    │ ReplicaLink      │ a cursor each
/// </code>
/// In every turn the host calls <see cref="BeginTurn"/>, executes and applies, calls <see cref="AfterUnits"/>, and sends. Nothing here
/// reads a clock: times are monotonic microseconds.
/// </summary>
public sealed class ReplicationNode
{
    private readonly IReplicaHost _replicaHost;
    private readonly IStreamApplier _applier;

    /// <param name="pool">Blocks for log and buffers.</param>
    /// <param name="random">For ids and marks.</param>
    /// <param name="settings">Directives, live.</param>
    /// <param name="log">The replication log.</param>
    /// <param name="primaryHost">What serving replicas needs done.</param>
    /// <param name="replicaHost">What following a primary needs done.</param>
    /// <param name="applier">Executes a primary's stream.</param>
    public ReplicationNode(
        BlockPool pool,
        IRandomSource random,
        ReplicationSettings settings,
        ReplicationLog log,
        IPrimaryHost primaryHost,
        IReplicaHost replicaHost,
        IStreamApplier applier)
    {
        _replicaHost = replicaHost;
        _applier = applier;
        Settings = settings;
        History = new ReplicationHistory(random, log);
        Replicas = new PrimaryReplication(History, settings, primaryHost, pool, random);
        Primary = new PrimaryLink(History, settings, replicaHost, applier, pool);
        Replicas.Upstream = Primary;
    }

    /// <summary>Directives, live.</summary>
    public ReplicationSettings Settings { get; }

    /// <summary>Name and bytes of what the node has written or applied.</summary>
    public ReplicationHistory History { get; }

    /// <summary>The bytes.</summary>
    public ReplicationLog Log => History.Log;

    /// <summary>The links to replicas.</summary>
    public PrimaryReplication Replicas { get; }

    /// <summary>The link to the primary; in state None on a primary.</summary>
    public PrimaryLink Primary { get; }

    /// <summary>Whether the node follows a primary.</summary>
    public bool IsReplica => Primary.State != PrimaryLinkState.None;

    /// <summary>When <see cref="OnTimer"/> has something to do.</summary>
    public long NextDeadline => Math.Min(Primary.NextDeadline, Replicas.NextDeadline);

    /// <summary>First thing in a turn.</summary>
    public void BeginTurn(long now) => Log.Now = now;

    /// <summary>After all units of a turn (or of a part of a long one), before sending.</summary>
    public void AfterUnits(long now) => Replicas.AfterUnits(now);

    /// <summary>Does what is due.</summary>
    public void OnTimer(long now)
    {
        Primary.OnTimer(now);
        Replicas.OnTimer(now);
    }

    /// <summary>Several times a second: notes rates, and gives back what the backlog does not have to keep any more.</summary>
    public void Sample(long now)
    {
        Replicas.Sample(now);
        Log.Trim();
        Primary.Sample(now);
    }

    /// <summary>
    /// REPLICAOF host port. The data set stays until a full sync replaces it, and the replicas of this node stay linked: only a changed
    /// name of the history makes them ask again.
    /// </summary>
    public ReplicaOfResult ReplicaOf(string host, int port, long now)
    {
        if (IsReplica && Primary.Port == port && string.Equals(Primary.Host, host, StringComparison.OrdinalIgnoreCase)) return ReplicaOfResult.Unchanged;
        if (!IsReplica)
        {
            _replicaHost.Log(
                LogLevel.Notice, "Before turning into a replica, using my own master parameters to synthesize a cached master: " +
                "I may be able to synchronize with the new master with just a partial transfer.");
        }

        Primary.Follow(host, port, now);
        return ReplicaOfResult.Changed;
    }

    /// <summary>REPLICAOF NO ONE. What was received and not applied by now is dropped; the history goes on under a new name.</summary>
    public ReplicaOfResult ReplicaOfNoOne(long now)
    {
        if (!IsReplica) return ReplicaOfResult.Unchanged;
        Primary.Stop(now);
        History.Promote();
        Replicas.OnPromoted(now);
        return ReplicaOfResult.Changed;
    }

    /// <summary>
    /// Start from a file that carries a place in a history: a replica will ask to go on from there, a primary goes on under a new name. The log may hold the
    /// bytes up to there already.
    /// </summary>
    /// <param name="id">The history.</param>
    /// <param name="offset">The place in it.</param>
    /// <param name="streamDatabase">The database that the stream is in there.</param>
    /// <param name="asReplica">Whether the node was, and is, a replica.</param>
    /// <param name="sharedOffset">Up to where others are known to have it, -1 for nothing; without it they may have all.</param>
    public void Restore(ReplicationId id, long offset, int streamDatabase, bool asReplica, long sharedOffset = long.MaxValue)
    {
        if (!Log.IsActive) Log.SetEndOffset(offset);
        else if (Log.EndOffset != offset) throw new InvalidOperationException("The recovered backlog does not end where the data set stands.");
        History.Restore(id, asReplica, sharedOffset);
        History.OpenLog();
        Replicas.OnRestored();
        if (!_applier.HasDatabase(streamDatabase)) return; // a stream that goes on has to say another one
        Log.NoteStreamDatabase(streamDatabase);
        if (!asReplica) Log.RequireSelect(); // before what it will write; under the former name the stream may go on without one
    }
}
