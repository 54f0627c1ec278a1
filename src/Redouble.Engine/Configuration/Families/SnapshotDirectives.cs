using Redouble.Engine.Configuration.Directives;
using static Redouble.Engine.Configuration.Families.Declarations;

namespace Redouble.Engine.Configuration.Families;

/// <summary>RDB files: when they are written, where, and how they are read.</summary>
internal static class SnapshotDirectives
{
    public static readonly IReadOnlyList<Directive> All =
    [
        new SaveDirective(),
        new DirDirective(),
        new TextDirective("dbfilename", static c => ref c.DbFileName, "dump.rdb", new DirectiveTraits(DirectiveFlags.Protected))
            { Check = TextChecks.DbFileName },
        YesNo("stop-writes-on-bgsave-error", static c => ref c.StopWritesOnBgsaveError, true),
        YesNo("rdbcompression", static c => ref c.RdbCompression, true),
        YesNo("rdbchecksum", static c => ref c.RdbChecksum, true, Fixed),
        YesNo("rdb-del-sync-files", static c => ref c.RdbDelSyncFiles, false),
        YesNo("rdb-save-incremental-fsync", static c => ref c.RdbSaveIncrementalFsync, true),
        Choice("sanitize-dump-payload", static c => ref c.SanitizeDumpPayload, SanitizeDumpPayload.No,
            [("no", SanitizeDumpPayload.No), ("yes", SanitizeDumpPayload.Yes), ("clients", SanitizeDumpPayload.Clients)]),
        Number("rdb-key-save-delay", static c => ref c.RdbKeySaveDelay, 0, int.MinValue, IntMax, Unlisted),
        Number("key-load-delay", static c => ref c.KeyLoadDelay, 0, int.MinValue, IntMax, Unlisted),
        Number("loading-process-events-interval-bytes", static c => ref c.LoadingProcessEventsIntervalBytes, 2 * Megabyte, 1024, IntMax, Unlisted),
        Memory("snapshot-buffer-limit", static c => ref c.SnapshotBufferLimit, 0, 0, LongMax),
    ];
}
