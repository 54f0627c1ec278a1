using Redouble.Engine.PubSub;

namespace Redouble.Engine.Commands.Server.Info;

/// <summary>INFO stats.</summary>
internal static class StatsSection
{
    private const double Kilobyte = 1024;

    public static void Write(InfoReport report)
    {
        report.Section("Stats");
        WriteTraffic(report);
        WriteKeys(report);
        WriteFeatures(report);
        WriteReplies(report);
        WriteLoop(report);
    }

    private static void WriteTraffic(InfoReport report)
    {
        var stats = report.Node.Stats;
        var rates = report.Node.Rates;
        report.Field("total_connections_received", stats.ConnectionsReceived);
        report.Field("total_commands_processed", stats.CommandsProcessed);
        report.Field("instantaneous_ops_per_sec", (long)rates.Commands.Rate);
        report.Field("total_net_input_bytes", stats.InputBytes + stats.ReplicationInputBytes);
        report.Field("total_net_output_bytes", stats.OutputBytes + stats.ReplicationOutputBytes);
        report.Field("total_net_repl_input_bytes", stats.ReplicationInputBytes);
        report.Field("total_net_repl_output_bytes", stats.ReplicationOutputBytes);
        report.Field("instantaneous_input_kbps", (rates.Input.Rate + rates.ReplicationInput.Rate) / Kilobyte, 2);
        report.Field("instantaneous_output_kbps", (rates.Output.Rate + rates.ReplicationOutput.Rate) / Kilobyte, 2);
        report.Field("instantaneous_input_repl_kbps", rates.ReplicationInput.Rate / Kilobyte, 2);
        report.Field("instantaneous_output_repl_kbps", rates.ReplicationOutput.Rate / Kilobyte, 2);
        report.Field("rejected_connections", stats.ConnectionsRejected);
        var replicas = report.Node.Replication.Protocol.Replicas;
        report.Field("sync_full", replicas.FullSyncs);
        report.Field("sync_partial_ok", replicas.PartialSyncs);
        report.Field("sync_partial_err", replicas.RefusedPartialSyncs);
    }

    private static void WriteKeys(InfoReport report)
    {
        var stats = report.Node.Stats;
        report.Field("expired_subkeys", stats.ExpiredFields);
        report.Field("expired_keys", stats.ExpiredKeys);
        report.Field("expired_stale_perc", stats.ExpiredStalePercent, 2);
        report.Field("expired_time_cap_reached_count", stats.ExpiredTimeCapReached);
        report.Field("expire_cycle_cpu_milliseconds", stats.ExpiryMicroseconds / 1000);
        var eviction = report.Node.Eviction;
        report.Field("evicted_keys", eviction.EvictedKeys);
        report.Field("evicted_clients", report.Node.ClientEviction.EvictedClients);
        report.Field("total_eviction_exceeded_time", eviction.TotalExceededMs);
        report.Field("current_eviction_exceeded_time", eviction.CurrentExceededMs);
        report.Field("keyspace_hits", stats.KeyspaceHits);
        report.Field("keyspace_misses", stats.KeyspaceMisses);
        report.Field("pubsub_channels", report.Node.Subscriptions.Count(TopicKind.Channel));
        report.Field("pubsub_patterns", report.Node.Subscriptions.Count(TopicKind.Pattern));
        report.Field("pubsubshard_channels", report.Node.Subscriptions.Count(TopicKind.Shard));
        report.Field("latest_fork_usec", report.Node.Snapshots.LastStartMicroseconds);
        report.Field("total_forks", report.Node.Snapshots.Starts);
    }

    private static void WriteFeatures(InfoReport report)
    {
        report.Field("migrate_cached_sockets", 0);
        report.Field("slave_expires_tracked_keys", report.Node.LocalExpiries.Count);
        var defragmentation = report.Node.Defragmentation;
        report.Field("active_defrag_hits", defragmentation.Hits);
        report.Field("active_defrag_misses", defragmentation.Misses);
        report.Field("active_defrag_key_hits", defragmentation.KeyHits);
        report.Field("active_defrag_key_misses", defragmentation.KeyMisses);
        report.Field("total_active_defrag_time", defragmentation.TotalMs);
        report.Field("current_active_defrag_time", defragmentation.CurrentMs);
        report.Field("tracking_total_keys", report.Node.Tracking.KeyCount);
        report.Field("tracking_total_items", report.Node.Tracking.ItemCount);
        report.Field("tracking_total_prefixes", report.Node.Tracking.PrefixCount);
    }

    private static void WriteReplies(InfoReport report)
    {
        var stats = report.Node.Stats;
        report.Field("unexpected_error_replies", stats.UnexpectedErrorReplies);
        report.Field("total_error_replies", stats.ErrorReplies);
        report.Field("dump_payload_sanitizations", 0);
        report.Field("total_reads_processed", stats.ReadsProcessed);
        report.Field("total_writes_processed", stats.WritesProcessed);
        report.Field("io_threaded_reads_processed", 0);
        report.Field("io_threaded_writes_processed", 0);
        report.Field("reply_buffer_shrinks", 0);
        report.Field("reply_buffer_expands", 0);
    }

    private static void WriteLoop(InfoReport report)
    {
        var stats = report.Node.Stats;
        var rates = report.Node.Rates;
        report.Field("eventloop_cycles", stats.Turns);
        report.Field("eventloop_duration_sum", stats.TurnMicroseconds);
        report.Field("eventloop_duration_cmd_sum", stats.CommandMicroseconds);
        report.Field("instantaneous_eventloop_cycles_per_sec", (long)rates.Turns.Rate);
        report.Field("instantaneous_eventloop_duration_usec", (long)rates.TurnMicroseconds.Rate);
        report.Field("acl_access_denied_auth", stats.AuthenticationsRefused);
        report.Field("acl_access_denied_cmd", 0);
        report.Field("acl_access_denied_key", 0);
        report.Field("acl_access_denied_channel", 0);
        report.Field("redouble_query_limit_disconnections", stats.InputLimitDisconnections);
        report.Field("redouble_output_limit_disconnections", stats.OutputLimitDisconnections + report.Node.Replication.Protocol.Replicas.LimitDisconnections);
    }
}
