using System.Globalization;

namespace Redouble.Health;

/// <summary>Times and sizes for people.</summary>
internal static class Format
{
    public static string Seconds(double seconds) => seconds switch
    {
        < 0.9995 => Text($"{seconds * 1e3:0} ms"),
        < 100 => Text($"{seconds:0.0} s"),
        < 6000 => Text($"{seconds / 60:0.0} min"),
        < 360_000 => Text($"{seconds / 3600:0.0} h"),
        _ => Text($"{seconds / 86_400:0.0} d"),
    };

    public static string Bytes(long bytes)
    {
        double value = bytes;
        foreach (string unit in (string[])["B", "KB", "MB", "GB"])
        {
            if (value < 1000)
            {
                return unit == "B" ? Text($"{value:0} B") : Text($"{value:0.0} {unit}");
            }

            value /= 1024;
        }

        return Text($"{value:0.0} TB");
    }

    /// <summary>What a node says goes to a terminal.</summary>
    public static string Printable(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '.' : c)) : text;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
