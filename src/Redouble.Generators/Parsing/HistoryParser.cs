using Redouble.Generators.Model;

namespace Redouble.Generators.Parsing;

/// <summary>Reads the <c>History</c> string of a command: <c>version text</c>, separated by <c>;</c>.</summary>
internal static class HistoryParser
{
    /// <summary>The entries of <paramref name="text"/>; throws <see cref="FormatException"/> with a message for the author.</summary>
    public static EquatableArray<ChangeModel> Parse(string? text) => string.IsNullOrWhiteSpace(text) ? default : new([.. text!.Split(';').Select(ParseEntry)]);

    /// <summary>Whether <paramref name="text"/> is three numbers with dots between.</summary>
    public static bool IsVersion(string text) => Version.TryParse(text, out var version) && version.Build >= 0 && version.Revision < 0;

    private static ChangeModel ParseEntry(string entry)
    {
        entry = entry.Trim();
        var blank = entry.IndexOf(' ');
        if (blank < 0 || !IsVersion(entry.Substring(0, blank))) throw new FormatException($"history entry '{entry}' is not 'x.y.z text'");
        return new ChangeModel(entry.Substring(0, blank), entry.Substring(blank + 1).Trim());
    }
}
