using Redouble.Engine.Configuration;
using Redouble.Engine.Persistence;
using Redouble.Engine.Sessions;
using Redouble.Persistence.Rdb;
using Redouble.Protocol.Replies;
using Redouble.Replication;
using Redouble.Replication.Primary;
using LogLevel = Redouble.Replication.LogLevel;

namespace Redouble.Engine.Replication;

/// <summary>Primary side: what serving replicas needs of the node.</summary>
internal sealed class PrimaryHost(Node node) : IPrimaryHost
{
    // After a file that failed the next one is not tried at once: a replica would be begun with, and given up, again and again.
    private const long SpoolPause = 60_000_000;

    private readonly List<PayloadSpool> _spools = [];
    private long _noSpoolUntil;

    /// <summary>Bytes in files for replicas that share a payload and are too slow for the others.</summary>
    public long SpooledBytes => _spools.Sum(static spool => spool.FileBytes);

    public RdbDialect NeededDialect => node.Snapshots.NeededDialect;

    public bool CanBeginSnapshot => !node.Snapshots.IsRunning && !node.IsLoading;

    public bool IsOffsetFrozen => node.Replication.Failover.IsActive;

    public bool HasEnded => node.Shutdown.HasEnded;

    public bool AreWritesPaused => node.Pauses.IsActive;

    public bool TryBeginSnapshot(in SnapshotPlace place, ReadOnlySpan<SnapshotStream> streams)
    {
        var sinks = new List<(SnapshotSink, RdbDialect)>();
        foreach (var stream in streams) sinks.Add((SinkFor(stream), stream.Format.Dialect));
        var targets = streams.ToArray();
        WarnOfLostTimes(targets);
        node.Snapshots.Start(sinks, new RdbReplicationFields(place.StreamDatabase, place.Id.ToString(), place.Offset), failure => Done(failure, targets));
        Log(LogLevel.Notice, IsForSockets(targets) ? "Background RDB transfer started" : "Background saving started");
        return true;
    }

    public ISnapshotFile? TrySpool(SnapshotCursor source)
    {
        if (node.Parts.Clock.MonotonicMicroseconds < _noSpoolUntil) return null;
        var directory = node.Config.Paths.Directory;
        // The payload of a data set is smaller than its memory; and where that is not much the file isn't either.
        var spool = new PayloadSpool(
            source, node.Blocks, node.Parts.Background, () => node.Parts.Files.CreateUnlinked(directory), Math.Max(1L << 30, node.UsedMemory), OnSpoolClosed);
        _spools.Add(spool);
        return spool;
    }

    public void OnSnapshotAbandoned(SnapshotStream stream) => node.Snapshots.OnAbandoned(stream);

    public void Disconnect(ReplicaLink link)
    {
        if (node.Replication.SessionOf(link) is { } session) session.Flags |= SessionFlags.CloseAsap;
        node.RequestCloses();
    }

    public void OnVerification(ReplicaLink link, ReadOnlySpan<byte> message) => node.Verification.OnMessage(link, message);

    public void OnAcknowledged() => node.Waits.Check();

    public void PromoteForFailover(ReplicaLink link)
    {
        var client = node.Replication.SessionOf(link) is { } session ? ClientLine.Format(session, node.Keyspace.NowMs) : "";
        node.Replication.ReplicaOfNoOne($"failover request from '{client}'");
    }

    public void Execute(ReplicaLink link, in CommandFrame command, ReplyWriter reply) =>
        throw new InvalidOperationException("Replica connections are read by their sessions.");

    public void Log(LogLevel level, string text) => node.Parts.Host.Log((ConfigLogLevel)level, text);

    private void Done(string? failure, SnapshotStream[] targets)
    {
        var readers = targets.Where(static stream => !stream.Format.HasLength).Sum(static stream => stream.Readers);
        if (readers > 0) Log(LogLevel.Notice, $"Diskless rdb transfer, done reading from pipe, {readers} replicas still up.");
        var work = IsForSockets(targets) ? "RDB transfer" : "saving";
        if (failure == null)
        {
            Log(LogLevel.Notice, $"Background {work} terminated with success");
        }
        else if (failure == SnapshotEncoder.Abandoned)
        {
            Log(LogLevel.Warning, $"Background {work} terminated, it is not wanted any more");
        }
        else
        {
            Log(LogLevel.Warning, failure);
            Log(LogLevel.Warning, IsForSockets(targets) ? "Background transfer error" : "Background saving error");
        }

        if (failure == null) return;
        foreach (var stream in targets)
        {
            if (stream.Status == SnapshotStatus.Failed) stream.Fail(failure); // and not one that was spooled and is being read
        }
    }

    private void OnSpoolClosed(PayloadSpool spool)
    {
        _spools.Remove(spool);
        if (spool.Failure != null) _noSpoolUntil = node.Parts.Clock.MonotonicMicroseconds + SpoolPause;
    }

    private static bool IsForSockets(SnapshotStream[] streams) => !Array.Exists(streams, static stream => stream.Format.HasLength);

    // A replica that could not read the newer form would drop the connection again and again: it gets the fields without their times. When one expires
    // here, it is told so.
    private void WarnOfLostTimes(SnapshotStream[] streams)
    {
        if (!Array.Exists(streams, stream => stream.Format.Dialect < NeededDialect)) return;
        Log(LogLevel.Warning, "Fields of hashes have an expiry, which a replica may not be able to load: it gets them without, until they expire here. "
            + "If no replica is a Valkey, or a Redis before 7.4: repl-oldest-redis-replica 7.4");
    }

    private SnapshotSink SinkFor(SnapshotStream stream) => stream.Format.HasLength
        ? new SpoolSnapshotSink(stream, node.Parts.Files, node.Config.Paths.Directory) : new StreamSnapshotSink(stream, node.Blocks);
}
