using System.Globalization;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// Compares what two primaries sent to a raw SYNC client under the same program. PING and REPLCONF are left out (they follow each server's own timer).
/// Differences that are right: absolute expiry times that a primary computed from its own clock, and those between 7.0 and 7.2.
/// </summary>
/// <param name="translate">True when the oracle is a 7.0 and the subject reports 7.2.</param>
internal sealed class Streams(bool translate)
{
    private const long ClockToleranceMs = 2000;

    /// <param name="sent">The requests of the program, times expanded: a SET with PXAT goes verbatim into a 7.2 stream.</param>
    public Mismatch? Compare(IReadOnlyList<string[]> expected, IReadOnlyList<string[]> actual, IReadOnlyList<string[]> sent)
    {
        List<string[]> left = Clean(expected, translate);
        List<string[]> right = Clean(actual, translate: false);
        for (int i = 0; i < Math.Max(left.Count, right.Count); i++)
        {
            if (i >= left.Count || i >= right.Count || !Same(left[i], right[i], sent))
            {
                return new Mismatch($"replication stream, command {i + 1}", Around(left, i), Around(right, i));
            }
        }

        return null;
    }

    private static List<string[]> Clean(IReadOnlyList<string[]> stream, bool translate)
    {
        IEnumerable<string[]> own = stream.Where(c => c[0].ToUpperInvariant() is not ("PING" or "REPLCONF"));
        List<string[]> commands = translate ? VersionChanges.StreamOf72(own) : [.. own];
        SortExpiries(commands);
        return commands;
    }

    /// <summary>SCAN deletes expired keys in the order in which it meets them: runs of DEL with one key are put in the order of the keys.</summary>
    private static void SortExpiries(List<string[]> commands)
    {
        for (int i = 0; i < commands.Count; i++)
        {
            int end = i;
            while (end < commands.Count && commands[end] is ["DEL", _])
            {
                end++;
            }

            if (end - i > 1)
            {
                commands.Sort(i, end - i, Comparer<string[]>.Create((a, b) => string.CompareOrdinal(a[1], b[1])));
                i = end;
            }
        }
    }

    private bool Same(string[] expected, string[] actual, IReadOnlyList<string[]> sent)
    {
        if (expected.AsSpan().SequenceEqual(actual))
        {
            return true;
        }

        if (translate && expected is ["SET", _, _, "PXAT", _] && actual.Length > 4 && expected[1] == actual[1] && expected[2] == actual[2])
        {
            // 7.2 propagates SET … PXAT as it was sent; 7.0 normalises it.
            return sent.Any(s => s.AsSpan().SequenceEqual(actual) && s.Contains(expected[4])) || SameButTime(expected, actual);
        }

        if (translate && VersionChanges.SameMove(expected, actual))
        {
            return true;
        }

        return SameButTime(expected, actual) || SamePops(expected, actual) || SameNow(expected, actual);
    }

    /// <summary>An entry whose ID is the time: <c>@xaddnow</c> has looked at it.</summary>
    private static bool SameNow(string[] expected, string[] actual) =>
        expected is ["XADD", "xnow", ..] && expected.Length == actual.Length && expected[..2].SequenceEqual(actual[..2])
        && expected[3..].SequenceEqual(actual[3..]);

    /// <summary>What SPOP took is random: the same number of members of the same key; and <see cref="Collections.RandomMacros"/> puts them back.</summary>
    private static bool SamePops(string[] expected, string[] actual) =>
        expected[0] is "SREM" or Collections.RandomMacros.PutBack && expected.Length == actual.Length
        && expected.AsSpan(0, 2).SequenceEqual(actual.AsSpan(0, 2));

    private static bool SameButTime(string[] expected, string[] actual)
    {
        if (expected.Length != actual.Length)
        {
            return false;
        }

        int time = TimePosition(expected);
        for (int i = 0; i < expected.Length; i++)
        {
            bool same = expected[i] == actual[i] || (i == time && long.TryParse(expected[i], NumberStyles.AllowLeadingSign, null, out long e)
                && long.TryParse(actual[i], NumberStyles.AllowLeadingSign, null, out long a) && Math.Abs(e - a) <= ClockToleranceMs);
            if (!same)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Where in a command a primary puts an absolute time in milliseconds; -1 when nowhere.</summary>
    private static int TimePosition(string[] args) => args[0].ToUpperInvariant() switch
    {
        "PEXPIREAT" or "RESTORE" => 2,
        "SET" => Array.IndexOf(args, "PXAT") + 1 is > 2 and var at ? at : -1,
        "XCLAIM" => Array.IndexOf(args, "TIME") + 1 is > 0 and var at ? at : -1,
        _ => -1,
    };

    private static string Around(List<string[]> stream, int at) =>
        string.Join("; ", Enumerable.Range(at - 2, 5).Where(i => i >= 0 && i < stream.Count).Select(i => (i == at ? ">>> " : "") + Short(stream[i])))
        + (at >= stream.Count ? "; >>> nothing" : "");

    private static string Short(string[] command) => Latin1.Quote(command) is { Length: > 300 } text ? $"{text[..300]}… ({text.Length} characters)"
        : Latin1.Quote(command);
}
