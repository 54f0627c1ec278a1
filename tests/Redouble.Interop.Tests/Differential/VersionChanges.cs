using System.Globalization;
using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Differential.ComparisonRule;

namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// Where Redis 7.0, the oracle, and 7.2, whose behaviour is wanted, differ about collections: what 7.2 does is said here and nowhere else. (The rest of
/// the differences is in <see cref="Normalisation"/>, <see cref="CommandChanges"/> and <see cref="DirectiveChanges"/>.) What 7.0 cannot show at all,
/// such as when a list or a set changes its encoding, stands in tables of expected replies in <c>CollectionVersionTests</c> and <c>EncodingTests</c>.
/// </summary>
internal static class VersionChanges
{
    /// <summary>Pairs of a ZADD or HSET, but for those that are well above any limit that programs set.</summary>
    private const int PairsPerRequestMax = 8;

    /// <summary>The spelling of requests that only the oracle gets, so that its replication stream can be read without them.</summary>
    private const string OraclesOwn = "XGroup";

    public static readonly ComparisonRule[] Rules =
    [
        new("7.2 prints the fewest digits of a score, 7.0 seventeen",
            Is("ZADD", "ZINCRBY", "ZSCORE", "ZMSCORE", "ZRANGE", "ZREVRANGE", "ZRANGEBYSCORE", "ZREVRANGEBYSCORE", "ZPOPMIN", "ZPOPMAX", "ZMPOP", "BZPOPMIN",
                "BZPOPMAX", "BZMPOP", "ZUNION", "ZINTER", "ZDIFF", "@SCANOF", "@ZRANK"),
            SameScores) { Versions = true },
        new("ZRANK has one word more, and says what is wrong with it", args => args.Length == 4 && Is("ZRANK", "ZREVRANK")(args),
            (e, a) => Text(e).StartsWith("-ERR wrong number of arguments for 'z", StringComparison.Ordinal) && Text(a) == "-ERR syntax error")
            { Versions = true },
        new("small lists and sets are listpacks; which ones, KeyspaceState knows", Is("OBJECT ENCODING"),
            (e, a) => a.Text is "listpack" && e.Text is "quicklist" or "hashtable") { Versions = true },
        new("the directives of packed sets are new", Is("@LIMIT"), (e, a) => e.IsError && a.Equals(Reply.Ok)) { Versions = true },
        new("XREAD names itself in the error about its list", Is("XREAD", "XREADGROUP"),
            (e, a, args) => Text(e).StartsWith("-ERR Unbalanced", StringComparison.Ordinal) && Text(a) == Unbalanced(args[0].ToLowerInvariant()))
            { Versions = true },
        new("a time-out that is too large is out of range, not negative",
            Is("BLPOP", "BRPOP", "BLMOVE", "BRPOPLPUSH", "BLMPOP", "BZPOPMIN", "BZPOPMAX", "BZMPOP", "XREAD", "XREADGROUP"),
            (e, a) => Text(e) == "-ERR timeout is negative" && Text(a) == "-ERR timeout is out of range") { Versions = true },
        new("the smallest rank has no opposite", args => Is("LPOS")(args) && args.Contains("-9223372036854775808"),
            (_, a) => Text(a) == "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807") { Versions = true },
        new("XSETID heeds the largest deleted ID", Is("XSETID"),
            (e, a) => Text(e) == "-ERR The ID specified in XSETID is smaller than the target stream top item"
                && Text(a) == "-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id") { Versions = true },
    ];

    public static bool IsNewDirective(string name) => DirectiveChanges.New.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// What the oracle is asked besides, so that its data set becomes what 7.2's is: there XREADGROUP, XCLAIM and XAUTOCLAIM make the consumer even when
    /// they give it nothing. 7.2 propagates this only for NOACK.
    /// </summary>
    public static IEnumerable<string[]> AlsoForOracle(string[] args, Reply reply)
    {
        if (reply.IsError || reply is { Type: '+', Text: "QUEUED" })
        {
            yield break;
        }

        if (Is("XCLAIM", "XAUTOCLAIM")(args))
        {
            yield return [OraclesOwn, "CREATECONSUMER", args[1], args[2], args[3]];
        }
        else if (Is("XREADGROUP")(args))
        {
            int streams = Array.FindIndex(args, a => a.Equals("STREAMS", StringComparison.OrdinalIgnoreCase)) + 1;
            bool noAck = args[..streams].Contains("NOACK", StringComparer.OrdinalIgnoreCase);
            foreach (string key in args[streams..(streams + ((args.Length - streams) / 2))])
            {
                yield return [noAck ? "XGROUP" : OraclesOwn, "CREATECONSUMER", key, args[2], args[3]];
            }
        }
    }

    /// <summary>
    /// 7.0's stream in the form of 7.2's: SELECT inside MULTI, not before it; one SREM for what SPOP took, not many between MULTI and EXEC; and without
    /// what only the oracle was asked.
    /// </summary>
    public static List<string[]> StreamOf72(IEnumerable<string[]> stream)
    {
        List<string[]> commands = [.. stream.Where(c => c[0] != OraclesOwn)];
        for (int i = 0; i + 1 < commands.Count; i++)
        {
            if (commands[i][0] == "SELECT" && IsName(commands[i + 1], "MULTI"))
            {
                (commands[i], commands[i + 1]) = (commands[i + 1], commands[i]);
                i++;
            }
        }

        for (int i = 0; i < commands.Count; i++)
        {
            // Programs never write SREM in capitals, so this one comes from SPOP.
            while (i + 1 < commands.Count && commands[i] is ["SREM", var key, ..] && commands[i + 1] is ["SREM", var next, _] && key == next)
            {
                commands[i] = [.. commands[i], commands[i + 1][2]];
                commands.RemoveAt(i + 1);
            }
        }

        for (int i = 0; i + 2 < commands.Count; i++)
        {
            bool select = commands[i + 1][0] == "SELECT";
            int body = select ? i + 2 : i + 1;
            if (IsName(commands[i], "MULTI") && body + 1 < commands.Count && commands[body][0] == "SREM" && IsName(commands[body + 1], "EXEC"))
            {
                commands.RemoveAt(body + 1);
                commands.RemoveAt(i);
            }
        }

        return commands;
    }

    /// <summary>
    /// Whether 7.2 can have given this encoding to a value that 7.0 keeps as it says. Lists and sets may be packed when they are within the limits; when
    /// exactly they become so depends on their past.
    /// </summary>
    /// <param name="elements">All elements of the list or set.</param>
    /// <param name="limit">The value of a directive.</param>
    public static bool SameEncoding(string type, string expected, string actual, string[] elements, Func<string, int> limit) => (type, expected, actual) switch
    {
        ("list", "quicklist", "listpack") => FitsList(elements, limit("list-max-listpack-size")),
        ("set", "hashtable", "listpack") => elements.Length <= limit("set-max-listpack-entries")
            && elements.All(e => e.Length <= limit("set-max-listpack-value")),
        // One ZADD or HSET of more than the limit converts before it adds, even if it then adds nothing; ours have so many at most.
        ("zset", "listpack", "skiplist") => limit("zset-max-listpack-entries") < PairsPerRequestMax,
        ("hash", "listpack", "hashtable") => limit("hash-max-listpack-entries") < PairsPerRequestMax,
        _ => expected == actual,
    };

    /// <summary>Types of DUMP payloads: a list is one kind in both, a small set may be packed (20), a stream may be the later kind (21).</summary>
    public static bool SameDumpType(char expected, char actual) =>
        expected == actual || ((int)expected, (int)actual) is (2, 20) or (19, 21) or (2, 11) or (11, 2);

    /// <summary>Whether DEBUG DIGEST, into which the text of a score goes, is the same in both versions.</summary>
    public static bool HasOldDigest(string score) =>
        score is "inf" or "-inf" or "nan"
        || score is not "-0" && (double.TryParse(score, CultureInfo.InvariantCulture, out double value) && DoubleText.PrintedAlike(value));

    /// <summary>Of a BLMOVE that had to wait 7.0 tells the ends in words of its own, 7.2 in the client's.</summary>
    public static bool SameMove(string[] expected, string[] actual) =>
        expected is ["LMOVE", _, _, "left" or "right", "left" or "right"] && expected.SequenceEqual(actual, StringComparer.OrdinalIgnoreCase)
        && expected.AsSpan(0, 3).SequenceEqual(actual.AsSpan(0, 3));

    private static string Unbalanced(string command) =>
        $"-ERR Unbalanced '{command}' list of streams: for each stream key an ID or '{(command == "xread" ? '$' : '>')}' must be specified.";

    private static bool SameScores(Reply expected, Reply actual, string[] args) =>
        expected.Type == actual.Type && expected.Items.Length == actual.Items.Length
        && (expected.IsAggregate && expected.Text is null ? expected.Items.Zip(actual.Items).All(pair => SameScores(pair.First, pair.Second, args))
            : expected.Text == actual.Text || (expected.Type is '$' or ',' && DoubleText.Is72Of(expected.Text, actual.Text))
                || (expected.Text, actual.Text) is ("-0", "0") or ("0", "-0")); // a listpack holds integers, as which -0 is 0: so does a packed copy

    private static bool FitsList(string[] elements, int size)
    {
        // What counts before a push is the listpack's size and the lengths of the new elements, without what the listpack adds to them.
        long bytes = ListpackSize.Empty + elements.Sum(e => (long)Math.Min(e.Length, ListpackSize.Of(e)));
        return size > 0 ? elements.Length <= size && bytes <= 8192
            : size == 0 ? elements.Length <= 1
            : bytes <= 4096L << Math.Min(-size - 1, 4);
    }

    private static bool IsName(string[] command, string name) => command[0].Equals(name, StringComparison.OrdinalIgnoreCase);

    private static string Text(Reply reply) => reply.ToString();
}
