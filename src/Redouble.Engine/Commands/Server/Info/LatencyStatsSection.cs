using System.Globalization;
using System.Text;
using Redouble.Engine.Commands.Table;

namespace Redouble.Engine.Commands.Server.Info;

/// <summary>INFO latencystats: percentiles of each command's duration.</summary>
internal static class LatencyStatsSection
{
    public static void Write(InfoReport report)
    {
        var node = report.Node;
        report.Section("Latencystats");
        if (!node.Config.LatencyTracking) return;
        foreach (var info in CommandTable.Infos)
        {
            if (node.Stats.Histogram(info.Id) is not { Count: > 0 } histogram) continue;
            var values = new StringBuilder();
            foreach (var percentile in node.Config.LatencyPercentiles)
            {
                if (values.Length > 0) values.Append(',');
                values.Append('p').Append(percentile.ToString("0.######", CultureInfo.InvariantCulture)).Append('=');
                values.Append(InfoReport.Fixed(histogram.ValueAtPercentile(percentile) / 1000.0, 3));
            }

            report.Field($"latency_percentiles_usec_{info.FullName}", values.ToString());
        }
    }
}
