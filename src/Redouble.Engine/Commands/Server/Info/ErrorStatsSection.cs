namespace Redouble.Engine.Commands.Server.Info;

/// <summary>INFO errorstats: error replies by their first word.</summary>
internal static class ErrorStatsSection
{
    public static void Write(InfoReport report)
    {
        report.Section("Errorstats");
        foreach (var (code, count) in report.Node.Stats.Errors) report.Field($"errorstat_{code}", $"count={count}");
    }
}
