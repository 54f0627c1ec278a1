using Redouble.Engine.Configuration.Directives;
using static Redouble.Engine.Configuration.Families.Declarations;

namespace Redouble.Engine.Configuration.Families;

/// <summary>Slow log, latency, keyspace events.</summary>
internal static class ObservationDirectives
{
    public static readonly IReadOnlyList<Directive> All =
    [
        Number("slowlog-log-slower-than", static c => ref c.SlowlogLogSlowerThan, 10000, -1, LongMax),
        Number("slowlog-max-len", static c => ref c.SlowlogMaxLen, 128, 0, LongMax),
        Number("latency-monitor-threshold", static c => ref c.LatencyMonitorThreshold, 0, 0, LongMax),
        YesNo("latency-tracking", static c => ref c.LatencyTracking, true, Does(ConfigAction.LatencyTracking)),
        new PercentilesDirective(),
        new KeyspaceEventsDirective(),
        Number("watchdog-period", static c => ref c.WatchdogPeriod, 0, 0, IntMax,
            new DirectiveTraits(DirectiveFlags.Hidden, Readiness.AcceptedNotBuilt)),
    ];
}
