using Redouble.Engine.Configuration.Directives;
using static Redouble.Engine.Configuration.Families.Declarations;

namespace Redouble.Engine.Configuration.Families;

/// <summary>The append-only file.</summary>
internal static class AppendOnlyDirectives
{
    public static readonly IReadOnlyList<Directive> All =
    [
        YesNo("appendonly", static c => ref c.AppendOnly, false,
            new DirectiveTraits(DirectiveFlags.DenyLoading, Readiness.Working, ConfigAction.AppendOnly)),
        new TextDirective("appendfilename", static c => ref c.AppendFileName, "appendonly.aof", Fixed) { Check = TextChecks.AppendFileName },
        new TextDirective("appenddirname", static c => ref c.AppendDirName, "appendonlydir", Fixed) { Check = TextChecks.AppendDirName },
        Choice("appendfsync", static c => ref c.AppendFsync, AppendFsync.EverySecond,
            [("everysec", AppendFsync.EverySecond), ("always", AppendFsync.Always), ("no", AppendFsync.No)], Does(ConfigAction.AppendFsync)),
        YesNo("no-appendfsync-on-rewrite", static c => ref c.NoAppendFsyncOnRewrite, false),
        Number("auto-aof-rewrite-percentage", static c => ref c.AutoAofRewritePercentage, 100, 0, IntMax),
        Memory("auto-aof-rewrite-min-size", static c => ref c.AutoAofRewriteMinSize, 64 * Megabyte, 0, LongMax),
        YesNo("aof-load-truncated", static c => ref c.AofLoadTruncated, true),
        YesNo("aof-use-rdb-preamble", static c => ref c.AofUseRdbPreamble, true),
        YesNo("aof-timestamp-enabled", static c => ref c.AofTimestampEnabled, false),
        YesNo("aof-rewrite-incremental-fsync", static c => ref c.AofRewriteIncrementalFsync, true),
        YesNo("aof-disable-auto-gc", static c => ref c.AofDisableAutoGc, false, Unlisted),
    ];
}
