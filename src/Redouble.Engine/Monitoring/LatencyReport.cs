using System.Globalization;
using System.Text;

namespace Redouble.Engine.Monitoring;

/// <summary>LATENCY DOCTOR: what the latency monitor saw, and what helps against it.</summary>
internal static class LatencyReport
{
    public static string Write(Node node)
    {
        var latency = node.Monitoring.Latency;
        if (node.Config.LatencyMonitorThreshold == 0)
        {
            return "Latency monitoring is disabled. Enable it with \"CONFIG SET latency-monitor-threshold <milliseconds>\".\n";
        }

        if (latency.Series.Count == 0) return "No latency spike was observed since the monitor was enabled.\n";
        var text = new StringBuilder("Latency spikes observed:\n\n");
        var number = 1;
        foreach (var (name, series) in latency.Series) Describe(text, number++, name, series);
        text.Append('\n');
        foreach (var (name, _) in latency.Series) text.Append("- ").Append(name).Append(": ").Append(Advice(name)).Append('\n');
        return text.ToString();
    }

    private static void Describe(StringBuilder text, int number, string name, LatencySeries series)
    {
        long sum = 0;
        for (var i = 0; i < series.Count; i++) sum += series[i].Milliseconds;
        var average = (double)sum / series.Count;
        double deviation = 0;
        for (var i = 0; i < series.Count; i++) deviation += Math.Abs(series[i].Milliseconds - average);
        var period = series.Count < 2 ? 0 : (series.Latest.TimeSeconds - series[0].TimeSeconds) / (double)(series.Count - 1);
        text.Append(CultureInfo.InvariantCulture, $"{number}. {name}: {series.Count} latency spikes (average {average:F0}ms, mean deviation {deviation / series.Count:F0}ms, ");
        text.Append(CultureInfo.InvariantCulture, $"period {period:F2} sec). Worst all time event {series.MaxMilliseconds}ms.\n");
    }

    private static string Advice(string name) => name switch
    {
        "command" => "look for slow commands with SLOWLOG GET; those that are linear in the size of a key or of the data set can be split up.",
        "fast-command" => "commands that do little took long: the machine had no time for the server, or its memory was swapped out.",
        "fork" => "starting a snapshot took long.",
        _ => "see its history with LATENCY HISTORY.",
    };
}
