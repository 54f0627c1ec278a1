namespace Redouble.Engine.Commands.Server.Info;

/// <summary>INFO debug: the event loop's extremes.</summary>
internal static class DebugSection
{
    public static void Write(InfoReport report)
    {
        var stats = report.Node.Stats;
        report.Section("Debug");
        report.Field("eventloop_duration_aof_sum", report.Node.AppendOnly.WaitedMicroseconds);
        report.Field("eventloop_duration_cron_sum", stats.TimerMicroseconds);
        report.Field("eventloop_duration_max", stats.LongestTurnMicroseconds);
        report.Field("eventloop_cmd_per_cycle_max", stats.CommandsPerTurnMax);
    }
}
