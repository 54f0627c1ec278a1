using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Differential.ComparisonRule;

namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>Where Redis leaves the order of a reply about collections open, and what is compared then. The other orders are compared as they are.</summary>
internal static class OpenOrders
{
    public static readonly ComparisonRule[] Rules =
    [
        new("members and fields come in the order of each server's hash table", Is("SMEMBERS", "SINTER", "SUNION", "SDIFF", "SPOP", "HKEYS", "HVALS"),
            (e, a) => Normalisation.Sorted(e) == Normalisation.Sorted(a)),
        new("fields come in the order of each server's hash table", Is("HGETALL"), (e, a) => Normalisation.Pairs(e) == Normalisation.Pairs(a)),
        new("cursors are each server's own", Is("SSCAN", "HSCAN", "ZSCAN"), (e, a) => e.Items.Length == 2 && a.Items.Length == 2),
        new("elements of equal weight under ALPHA, and those of a set that is not sorted, come in any order", IsLooselySorted, SameElements),
    ];

    /// <summary>Whether a SORT gives some of several elements that may come in any order, so that it is open which keys its GETs look for.</summary>
    public static bool ChoosesFreely(string[] args) => IsLooselySorted(args) && Contains(args, "LIMIT") && Contains(args, "GET");

    private static bool IsLooselySorted(string[] args)
    {
        int by = Array.FindIndex(args, IsBy);
        if (!Is("SORT", "SORT_RO")(args) || by < 0 || by + 1 == args.Length)
        {
            return false;
        }

        // A list is sorted from the order of its elements, which is the same on both servers, and so is that of equal ones then.
        bool isList = args[1].StartsWith('l');
        return !isList && (Contains(args, "ALPHA") || !args[by + 1].Contains('*'));
    }

    private static bool SameElements(Reply expected, Reply actual, string[] args) => Contains(args, "LIMIT")
        ? expected.Type == actual.Type && expected.Items.Length == actual.Items.Length
        : Groups(expected, args) == Groups(actual, args);

    /// <summary>GET gives several items for each element, which stay together.</summary>
    private static string Groups(Reply reply, string[] args)
    {
        int each = Math.Max(1, args.Count(a => a.Equals("GET", StringComparison.OrdinalIgnoreCase)));
        IEnumerable<string> groups = reply.Items.Chunk(each).Select(g => string.Join('/', g.Select(i => i.ToString())));
        return $"{reply.Type}{reply.Text}{string.Join(' ', groups.Order(StringComparer.Ordinal))}";
    }

    private static bool IsBy(string word) => word.Equals("BY", StringComparison.OrdinalIgnoreCase);

    private static bool Contains(string[] args, string word) => args.Contains(word, StringComparer.OrdinalIgnoreCase);
}
