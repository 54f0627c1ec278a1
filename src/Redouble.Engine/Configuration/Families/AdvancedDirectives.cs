using Redouble.Engine.Configuration.Directives;
using static Redouble.Engine.Configuration.Families.Declarations;

namespace Redouble.Engine.Configuration.Families;

/// <summary>Encodings of small values, scripts, the timer.</summary>
internal static class AdvancedDirectives
{
    public static readonly IReadOnlyList<Directive> All =
    [
        Number("hash-max-listpack-entries", static c => ref c.HashMaxListpackEntries, 512, 0, LongMax, Also("hash-max-ziplist-entries")),
        Memory("hash-max-listpack-value", static c => ref c.HashMaxListpackValue, 64, 0, LongMax, Also("hash-max-ziplist-value")),
        Number("list-max-listpack-size", static c => ref c.ListMaxListpackSize, -2, int.MinValue, IntMax, Also("list-max-ziplist-size")),
        Number("list-compress-depth", static c => ref c.ListCompressDepth, 0, 0, IntMax),
        Number("set-max-intset-entries", static c => ref c.SetMaxIntsetEntries, 512, 0, LongMax),
        Number("set-max-listpack-entries", static c => ref c.SetMaxListpackEntries, 128, 0, LongMax),
        Number("set-max-listpack-value", static c => ref c.SetMaxListpackValue, 64, 0, LongMax),
        Number("zset-max-listpack-entries", static c => ref c.ZsetMaxListpackEntries, 128, 0, LongMax, Also("zset-max-ziplist-entries")),
        Memory("zset-max-listpack-value", static c => ref c.ZsetMaxListpackValue, 64, 0, LongMax, Also("zset-max-ziplist-value")),
        Memory("hll-sparse-max-bytes", static c => ref c.HllSparseMaxBytes, 3000, 0, LongMax),
        Memory("stream-node-max-bytes", static c => ref c.StreamNodeMaxBytes, 4096, 0, LongMax),
        Number("stream-node-max-entries", static c => ref c.StreamNodeMaxEntries, 100, 0, LongMax),
        Number("busy-reply-threshold", static c => ref c.BusyReplyThreshold, 5000, 0, LongMax, Also("lua-time-limit")),
        YesNo("activerehashing", static c => ref c.ActiveRehashing, true),
        new NumberDirective("hz", static c => ref c.Hz, 10, 0, IntMax, NumberForm.Integer) { Clamp = (1, 500) },
        YesNo("dynamic-hz", static c => ref c.DynamicHz, true),
    ];
}
