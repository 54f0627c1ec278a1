using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// Compares replies to HELP. Redouble must list what Redis lists, in its order and words, but for the subcommands that it lacks; new ones may stand
/// between them. DEBUG is for engineers: its subcommands must be the same, what they are said to do is each server's own.
/// </summary>
internal static class HelpTexts
{
    /// <summary>What Redis has and Redouble lacks, by container: modules' and allocator's insides, the cluster.</summary>
    private static readonly Dictionary<string, string[]> Lacking = new(StringComparer.OrdinalIgnoreCase)
    {
        ["DEBUG"] = ["AOF-FLUSH-SLEEP", "CLUSTERLINK", "LEAK", "MALLCTL", "MALLCTL-STR", "QUICKLIST", "STRINGMATCH-TEST", "STRUCTSIZE"],
    };

    /// <summary>What Redis has too, but does not list.</summary>
    private static readonly string[] UnlistedDebug = ["SET-DISABLE-DENY-SCRIPTS", "STRINGMATCH-LEN"];

    public static bool Same(string container, Reply expected, Reply actual)
    {
        if (!expected.IsAggregate || expected.Type != actual.Type || actual.Items.Any(line => line.Type != '+') || expected[0].Text != actual[0].Text)
        {
            return false;
        }

        string[] lacking = Lacking.GetValueOrDefault(container, []);
        List<string[]> wanted = [.. Entries(expected).Where(entry => !lacking.Contains(Name(entry)))];
        List<string[]> given = Entries(actual);
        return container.Equals("DEBUG", StringComparison.OrdinalIgnoreCase)
            ? Names(wanted).Union(UnlistedDebug).Order(StringComparer.Ordinal).SequenceEqual(Names(given).Order(StringComparer.Ordinal))
            : InOrder([.. wanted.SelectMany(entry => entry)], [.. given.SelectMany(entry => entry)]);
    }

    /// <summary>Each subcommand's line with the indented ones behind it; the heading is left out, the last line put into 7.2's words.</summary>
    private static List<string[]> Entries(Reply help)
    {
        var entries = new List<List<string>>();
        foreach (Reply line in help.Items[1..])
        {
            string text = line.String.Replace("Prints this help.", "Print this help.", StringComparison.Ordinal);
            if (text.StartsWith(' '))
            {
                entries[^1].Add(text);
            }
            else
            {
                entries.Add([text]);
            }
        }

        return [.. entries.Select(entry => entry.ToArray())];
    }

    private static string Name(string[] entry) => entry[0].Split(' ')[0];

    private static IEnumerable<string> Names(List<string[]> entries) => entries.Select(Name).Distinct();

    private static bool InOrder(string[] wanted, string[] given)
    {
        int at = 0;
        foreach (string line in wanted)
        {
            while (at < given.Length && given[at] != line)
            {
                at++;
            }

            at++;
        }

        return at == given.Length; // the last line, too, is the last
    }
}
