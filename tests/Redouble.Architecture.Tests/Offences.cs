namespace Redouble.Architecture.Tests;

/// <summary>How a rule reports: all offenders at once, against the shrinking list of exceptions.</summary>
internal static class Offences
{
    public static readonly string[] RulesWithExceptions = ["file-lines", "method-lines", "wide-lines", "static-state"];

    /// <summary>The listed exceptions of one rule: key → the largest value allowed (0 where the rule has none).</summary>
    public static Dictionary<string, int> Exceptions(string rule) =>
        ExceptionLines().Where(words => words[0] == rule).ToDictionary(words => words[1], words => words.Length > 2 ? int.Parse(words[2]) : 0);

    public static IEnumerable<string[]> ExceptionLines()
    {
        using Stream stream = typeof(Offences).Assembly.GetManifestResourceStream("exceptions.txt")!;
        using StreamReader reader = new(stream);
        foreach (string line in reader.ReadToEnd().Split('\n'))
        {
            if (line.Length > 0 && line[0] != '#')
            {
                yield return line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            }
        }
    }

    /// <summary>Fails with the remedy and every offender, one a line.</summary>
    public static void AssertNone(string remedy, IEnumerable<string> offenders)
    {
        string[] found = [.. offenders];
        Assert.True(found.Length == 0, $"{remedy}\n  {string.Join("\n  ", found)}");
    }

    /// <summary>As <see cref="AssertNone"/>, but for the listed exceptions, which may not grow and must still be needed.</summary>
    public static void AssertOnlyExceptions(string rule, string remedy, IEnumerable<(string Key, int Value)> offenders)
    {
        Dictionary<string, int> allowed = Exceptions(rule);
        List<string> failures = [];
        foreach ((string key, int value) in offenders)
        {
            if (!allowed.Remove(key, out int most))
            {
                failures.Add(value > 0 ? $"{key} {value}" : key);
            }
            else if (value > most)
            {
                failures.Add($"{key} {value}, and exceptions.txt allows {most}: exceptions may only shrink");
            }
        }

        failures.AddRange(allowed.Keys.Select(key => $"{key} needs its exception no more: remove it from exceptions.txt"));
        AssertNone(remedy, failures);
    }
}
