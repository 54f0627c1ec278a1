using System.Text;

namespace Redouble.Engine.Monitoring;

/// <summary>
/// A series as characters, LATENCY GRAPH: four rows of three heights each, one column a sample, below it how long ago it was, read from top
/// to bottom.
/// </summary>
internal static class LatencyGraph
{
    private const int Columns = 80;
    private const int Rows = 4;
    private const string Heights = "_o#"; // a third, two thirds, a whole row; '|' below the top

    public static string Draw(string name, LatencySeries series, long nowSeconds)
    {
        long min = long.MaxValue, max = 0;
        for (var i = 0; i < series.Count; i++)
        {
            min = Math.Min(min, series[i].Milliseconds);
            max = Math.Max(max, series[i].Milliseconds);
        }

        var text = new StringBuilder();
        text.Append(name).Append(" - high ").Append(max).Append(" ms, low ").Append(min).Append(" ms (all time high ").Append(series.MaxMilliseconds).Append(" ms)\n");
        text.Append('-', Columns).Append('\n');
        for (var from = 0; from < series.Count; from += Columns) DrawPart(text, series, from, Math.Min(Columns, series.Count - from), min, max, nowSeconds);
        return text.ToString();
    }

    private static void DrawPart(StringBuilder text, LatencySeries series, int from, int count, long min, long max, long nowSeconds)
    {
        var steps = Heights.Length * Rows;
        var range = Math.Max(1, max - min);
        for (var row = 0; row < Rows; row++)
        {
            for (var i = 0; i < count; i++)
            {
                var step = (int)Math.Min((series[from + i].Milliseconds - min) * steps / range, steps - 1);
                var height = step - ((Rows - row - 1) * Heights.Length);
                text.Append(height < 0 ? ' ' : height < Heights.Length ? Heights[height] : '|');
            }

            text.Append('\n');
        }

        text.Append(' ', count).Append('\n');
        DrawAges(text, series, from, count, nowSeconds);
    }

    private static void DrawAges(StringBuilder text, LatencySeries series, int from, int count, long nowSeconds)
    {
        for (var line = 0; ; line++)
        {
            var any = false;
            var characters = new StringBuilder();
            for (var i = 0; i < count; i++)
            {
                var age = Age(nowSeconds - series[from + i].TimeSeconds);
                any |= line < age.Length;
                characters.Append(line < age.Length ? age[line] : ' ');
            }

            if (!any) return;
            text.Append(characters).Append('\n');
        }
    }

    private static string Age(long seconds) => seconds switch
    {
        < 60 => $"{seconds}s",
        < 3600 => $"{seconds / 60}m",
        < 3600 * 24 => $"{seconds / 3600}h",
        _ => $"{seconds / (3600 * 24)}d",
    };
}
