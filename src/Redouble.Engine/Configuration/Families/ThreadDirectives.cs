using static Redouble.Engine.Configuration.Families.Declarations;

namespace Redouble.Engine.Configuration.Families;

/// <summary>Threads for socket I/O.</summary>
internal static class ThreadDirectives
{
    public static readonly IReadOnlyList<Directive> All =
    [
        Number("io-threads", static c => ref c.IoThreads, 1, 1, 128, FixedNotBuilt),
        YesNo("io-threads-do-reads", static c => ref c.IoThreadsDoReads, false, FixedNotBuilt),
    ];
}
