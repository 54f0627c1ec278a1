using Redouble.Engine.Persistence.Aof;

namespace Redouble.Engine.Commands.Server.Info;

/// <summary>INFO persistence. Redis' words about forks stand for what takes their place: copy-on-write sizes are the bytes saved before overwriting.</summary>
internal static class PersistenceSection
{
    public static void Write(InfoReport report)
    {
        var node = report.Node;
        report.Section("Persistence");
        report.Field("loading", node.IsLoading && !node.IsAsyncLoading);
        report.Field("async_loading", node.IsAsyncLoading);
        WriteSnapshot(report);
        WriteAppendOnly(report);
        report.Field("module_fork_in_progress", 0);
        report.Field("module_fork_last_cow_size", 0);
        if (node.AppendOnly.State != AppendOnlyState.Off) WriteAppendOnlySizes(report);
        if (node.IsLoading) WriteLoading(report);
        report.Field("redouble_snapshot_buffer_limit", node.Snapshots.BufferLimit);
        report.Field("redouble_snapshot_spilled", node.Snapshots.SpilledBytes);
        report.Field("redouble_sync_spooled", node.Replication.SpooledBytes);
    }

    private static void WriteSnapshot(InfoReport report)
    {
        var node = report.Node;
        var saves = node.Saves;
        var snapshots = node.Snapshots;
        var (done, total) = snapshots.Progress;
        var cow = snapshots.SavedBeforeWriteBytes;
        var current = snapshots.IsRunning ? cow : 0;
        report.Field("current_cow_peak", current);
        report.Field("current_cow_size", current);
        report.Field("current_cow_size_age", 0);
        report.Field("current_fork_perc", total == 0 ? 0 : done * 100.0 / total, 2);
        report.Field("current_save_keys_processed", done);
        report.Field("current_save_keys_total", total);
        report.Field("rdb_changes_since_last_save", node.Dirty);
        var isSaving = saves.IsSaving;
        report.Field("rdb_bgsave_in_progress", isSaving);
        report.Field("rdb_last_save_time", saves.LastSaveSeconds);
        report.Field("rdb_last_bgsave_status", saves.LastStatusOk ? "ok" : "err");
        report.Field("rdb_last_bgsave_time_sec", saves.LastDurationSeconds);
        report.Field("rdb_current_bgsave_time_sec", isSaving ? (node.Keyspace.NowMs - snapshots.StartedMs) / 1000 : -1);
        report.Field("rdb_saves", saves.Saves);
        report.Field("rdb_last_cow_size", snapshots.IsRunning ? 0 : cow);
        report.Field("rdb_last_load_keys_expired", node.Loading.LastKeysExpired);
        report.Field("rdb_last_load_keys_loaded", node.Loading.LastKeysLoaded);
    }

    private static void WriteAppendOnly(InfoReport report)
    {
        var file = report.Node.AppendOnly;
        var rewrites = file.Rewrites;
        report.Field("aof_enabled", file.State != AppendOnlyState.Off);
        report.Field("aof_rewrite_in_progress", rewrites.IsRunning);
        report.Field("aof_rewrite_scheduled", rewrites.IsScheduled);
        report.Field("aof_last_rewrite_time_sec", rewrites.LastDurationSeconds);
        report.Field("aof_current_rewrite_time_sec", rewrites.CurrentSeconds);
        report.Field("aof_last_bgrewrite_status", rewrites.LastStatusOk ? "ok" : "err");
        report.Field("aof_rewrites", rewrites.Count);
        report.Field("aof_rewrites_consecutive_failures", rewrites.ConsecutiveFailures);
        report.Field("aof_last_write_status", file.LastWriteOk ? "ok" : "err");
        report.Field("aof_last_cow_size", rewrites.LastCopiedBytes);
    }

    private static void WriteAppendOnlySizes(InfoReport report)
    {
        var file = report.Node.AppendOnly;
        report.Field("aof_current_size", file.Size);
        report.Field("aof_base_size", file.BaseSize);
        report.Field("aof_pending_rewrite", file.Rewrites.IsScheduled);
        report.Field("aof_buffer_length", file.BufferedBytes);
        report.Field("aof_pending_bio_fsync", file.IsSyncing ? 1 : 0);
        report.Field("aof_delayed_fsync", file.DelayedSyncs);
    }

    // An RDB without a known length is measured by the memory that its data set took, which is a bad estimate, so never quite there.
    private static void WriteLoading(InfoReport report)
    {
        var (started, total, loaded, used) = report.Node.LoadProgress;
        var (percent, remaining) = (0.0, 1L);
        if (total > 0)
        {
            (percent, remaining) = (loaded * 100.0 / total, total - loaded);
        }
        else if (used > 0)
        {
            (percent, remaining) = (Math.Min(99.99, loaded * 100.0 / used), Math.Max(1, used - loaded));
        }

        var elapsed = (report.Node.Keyspace.NowMs / 1000) - started;
        report.Field("loading_start_time", started);
        report.Field("loading_total_bytes", total);
        report.Field("loading_rdb_used_mem", used);
        report.Field("loading_loaded_bytes", loaded);
        report.Field("loading_loaded_perc", percent, 2);
        report.Field("loading_eta_seconds", elapsed == 0 ? 1 : elapsed * remaining / (loaded + 1));
    }
}
