using System.Globalization;
using System.Text;
using Redouble.Replication.Primary;
using Redouble.Replication.Replica;

namespace Redouble.Replication;

/// <summary>
/// The section <c>replication</c> of INFO: Redis' fields in Redis' order, then ours, which begin with <c>redouble_</c>. Sentinel takes any line
/// that begins with <c>slave</c> and a digit for a replica, so no field of ours does.
/// </summary>
public static class ReplicationInfo
{
    private const double Second = 1_000_000;

    /// <summary>The role in ROLE and INFO: <c>master</c> or <c>slave</c>.</summary>
    public static ReadOnlySpan<byte> Role(ReplicationNode node) => node.IsReplica ? "slave"u8 : "master"u8;

    /// <summary>The state of the link to the primary as ROLE names it.</summary>
    public static ReadOnlySpan<byte> LinkState(PrimaryLink link) => link.State switch
    {
        PrimaryLinkState.None => "none"u8,
        PrimaryLinkState.Connect => "connect"u8,
        PrimaryLinkState.Connecting => "connecting"u8,
        PrimaryLinkState.PayloadHeader or PrimaryLinkState.Payload or PrimaryLinkState.Loading => "sync"u8,
        PrimaryLinkState.Connected => "connected"u8,
        _ => "handshake"u8,
    };

    /// <summary>state= of a replica's line.</summary>
    public static string StateName(ReplicaLinkState state) => state switch
    {
        ReplicaLinkState.WaitStart or ReplicaLinkState.WaitEnd => "wait_bgsave",
        ReplicaLinkState.SendBulk => "send_bulk",
        ReplicaLinkState.Online => "online",
        _ => "",
    };

    /// <summary>Writes all fields; <paramref name="now"/> is monotonic microseconds.</summary>
    public static void Write<TSink>(ReplicationNode node, long now, string failoverState, ref TSink sink)
        where TSink : IInfoSink, allows ref struct
    {
        sink.Field("role"u8, Encoding.ASCII.GetString(Role(node)));
        if (node.IsReplica) WriteReplica(node, now, ref sink);
        WriteReplicas(node, now, ref sink);
        sink.Field("master_failover_state"u8, failoverState);
        var identity = node.History.Identity;
        sink.Field("master_replid"u8, identity.Id.ToString());
        sink.Field("master_replid2"u8, identity.SecondId.ToString());
        sink.Field("master_repl_offset"u8, node.Log.EndOffset);
        sink.Field("second_repl_offset"u8, identity.SecondOffset);
        sink.Field("repl_backlog_active"u8, node.Log.IsActive ? 1 : 0);
        sink.Field("repl_backlog_size"u8, node.Log.BacklogSize);
        sink.Field("repl_backlog_first_byte_offset"u8, node.Log.FirstOffset);
        sink.Field("repl_backlog_histlen"u8, node.Log.HistoryLength);
        WriteOwn(node, ref sink);
    }

    private static void WriteReplica<TSink>(ReplicationNode node, long now, ref TSink sink)
        where TSink : IInfoSink, allows ref struct
    {
        var link = node.Primary;
        // Redis says 1 when it has nothing to resume from; Sentinel compares these numbers to choose whom to promote.
        var offset = link.IsUp || node.History.IsResumable ? node.Log.EndOffset : 1;
        sink.Field("master_host"u8, link.Host);
        sink.Field("master_port"u8, link.Port);
        sink.Field("master_link_status"u8, link.IsUp ? "up" : "down");
        sink.Field("master_last_io_seconds_ago"u8, link.IsUp ? Seconds(now - link.LastIo) : -1);
        sink.Field("master_sync_in_progress"u8, link.IsSyncing ? 1 : 0);
        sink.Field("slave_read_repl_offset"u8, offset + link.UnappliedBytes);
        sink.Field("slave_repl_offset"u8, offset);
        if (link.IsSyncing)
        {
            var (total, received) = link.Payload;
            var percent = total == 0 ? 0 : (double)received / total * 100;
            sink.Field("master_sync_total_bytes"u8, total);
            sink.Field("master_sync_read_bytes"u8, received);
            sink.Field("master_sync_left_bytes"u8, total - received);
            sink.Field("master_sync_perc"u8, percent.ToString("F2", CultureInfo.InvariantCulture));
            sink.Field("master_sync_last_io_seconds_ago"u8, Seconds(now - link.LastIo));
        }

        if (!link.IsUp) sink.Field("master_link_down_since_seconds"u8, link.DownSince < 0 ? -1 : Seconds(now - link.DownSince));
        sink.Field("slave_priority"u8, node.Settings.ReplicaPriority);
        sink.Field("slave_read_only"u8, node.Settings.ReplicaReadOnly ? 1 : 0);
        sink.Field("replica_announced"u8, node.Settings.ReplicaAnnounced ? 1 : 0);
    }

    private static void WriteReplicas<TSink>(ReplicationNode node, long now, ref TSink sink)
        where TSink : IInfoSink, allows ref struct
    {
        sink.Field("connected_slaves"u8, node.Replicas.Links.Count);
        if (node.Settings is { MinReplicasToWrite: > 0, MinReplicasMaxLagSeconds: > 0 })
        {
            sink.Field("min_slaves_good_slaves"u8, node.Replicas.GoodReplicas);
        }

        var number = 0;
        foreach (var link in node.Replicas.Links)
        {
            var lag = PrimaryReplication.LagSeconds(link, now);
            sink.Field(
                Encoding.ASCII.GetBytes($"slave{number++}"),
                $"ip={link.Address},port={link.Options.ListeningPort},state={StateName(link.State)},offset={link.AckOffset},lag={lag}");
        }
    }

    private static void WriteOwn<TSink>(ReplicationNode node, ref TSink sink)
        where TSink : IInfoSink, allows ref struct
    {
        if (node.IsReplica)
        {
            sink.Field("redouble_master_link_last_error"u8, node.Primary.LastError ?? "");
            sink.Field("redouble_master_link_attempts"u8, node.Primary.CurrentAttempts);
        }

        sink.Field("redouble_repl_backlog_covers_ms"u8, node.Log.CoveredMicroseconds / 1000);
        sink.Field("redouble_repl_backlog_pinned_bytes"u8, node.Log.PinnedBeyondBacklog);
        var number = 0;
        foreach (var link in node.Replicas.Links)
        {
            var behind = link.State == ReplicaLinkState.Online ? Math.Max(0, node.Log.EndOffset - link.AckOffset) : -1;
            var age = link.State == ReplicaLinkState.Online ? node.Log.DataAgeAfter(link.AckOffset) / 1000 : -1;
            var grain = link.Options.Can(ReplicaCapabilities.Redouble) ? 100 : 1000; // how often it acknowledges, ms
            sink.Field(
                Encoding.ASCII.GetBytes($"redouble_replica{number++}"),
                $"bytes_behind={behind},ms_behind={age},ack_grain_ms={grain},buffer={link.OutputMemoryBytes}");
        }
    }

    private static long Seconds(long microseconds) => (long)(Math.Max(0, microseconds) / Second);
}
