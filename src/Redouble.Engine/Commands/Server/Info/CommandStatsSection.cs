using Redouble.Engine.Commands.Table;

namespace Redouble.Engine.Commands.Server.Info;

/// <summary>INFO commandstats: commands that were called or refused.</summary>
internal static class CommandStatsSection
{
    public static void Write(InfoReport report)
    {
        report.Section("Commandstats");
        foreach (var info in CommandTable.Infos)
        {
            ref readonly var stats = ref report.Node.Stats.Commands[info.Id];
            if (stats.Calls == 0 && stats.Rejected == 0 && stats.Failed == 0) continue;
            var perCall = InfoReport.Fixed(stats.Calls == 0 ? 0 : (double)stats.Microseconds / stats.Calls, 2);
            report.Field(
                $"cmdstat_{info.FullName}",
                $"calls={stats.Calls},usec={stats.Microseconds},usec_per_call={perCall},rejected_calls={stats.Rejected},failed_calls={stats.Failed}");
        }
    }
}
