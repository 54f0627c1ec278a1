using Redouble.Persistence.Rdb;
using Redouble.Protocol.Replies;
using Redouble.Replication.Identity;

namespace Redouble.Replication.Primary;

/// <summary>Where in the history a snapshot stands; it goes into the RDB's auxiliary fields.</summary>
/// <param name="Id">repl-id.</param>
/// <param name="Offset">repl-offset.</param>
/// <param name="StreamDatabase">repl-stream-db.</param>
public readonly record struct SnapshotPlace(ReplicationId Id, long Offset, int StreamDatabase);

/// <summary>What <see cref="PrimaryReplication"/> needs done.</summary>
public interface IPrimaryHost
{
    /// <summary>
    /// The oldest RDB version that holds the whole data set as it is now. Replicas that have not said that they read it get what Redis 7.0 reads.
    /// </summary>
    RdbDialect NeededDialect => RdbDialect.Rdb10;

    /// <summary>Whether a snapshot could begin now: none is running, nothing is being loaded.</summary>
    bool CanBeginSnapshot { get; }

    /// <summary>Whether nothing may move the offset (a failover waits for its replica), but a PING where replicas would give up without.</summary>
    bool IsOffsetFrozen { get; }

    /// <summary>Whether the node has ended, and what it has saved: what replicas lack is still sent, and nothing is added to it, not even PING.</summary>
    bool HasEnded { get; }

    /// <summary>Whether writes are paused: GETACK waits.</summary>
    bool AreWritesPaused { get; }

    /// <summary>
    /// Begins one snapshot of the data set as it is now, written to all <paramref name="streams"/>, each in its format. Called at a
    /// unit edge. False when it can't be had.
    /// </summary>
    bool TryBeginSnapshot(in SnapshotPlace place, ReadOnlySpan<SnapshotStream> streams);

    /// <summary>
    /// A file that takes over what <paramref name="source"/> reads, and closes it, for replicas that are too slow for the others; null when there is none to be
    /// had.
    /// </summary>
    ISnapshotFile? TrySpool(SnapshotCursor source) => null;

    /// <summary>Nobody reads the stream any more; its encoding can stop.</summary>
    void OnSnapshotAbandoned(SnapshotStream stream);

    /// <summary>Closes the link's connection. The link is out of the list already.</summary>
    void Disconnect(ReplicaLink link);

    /// <summary>A replica has acknowledged more: clients in WAIT may be done.</summary>
    void OnAcknowledged();

    /// <summary>What a replica says about a mark of a verification (<see cref="Verification.VerifyMessage"/>).</summary>
    void OnVerification(ReplicaLink link, ReadOnlySpan<byte> message)
    {
    }

    /// <summary>PSYNC … FAILOVER under our replid: become a primary (REPLICAOF NO ONE) before the request is answered.</summary>
    /// <param name="link">Who asks.</param>
    void PromoteForFailover(ReplicaLink link);

    /// <summary>A command on a link that is not about replication; used when the link reads its connection itself.</summary>
    void Execute(ReplicaLink link, in CommandFrame command, ReplyWriter reply);

    /// <summary>A line for the server's log.</summary>
    void Log(LogLevel level, string text);
}
