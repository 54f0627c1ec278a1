using System.Text.RegularExpressions;
using Redouble.Interop.Tests.Differential.Collections;
using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Differential.ComparisonRule;

namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// The one place that says where replies of the two servers may differ, and why. A rule either makes both sides comparable (ids, times, orders that
/// Redis leaves open) or, for <see cref="ComparisonRule.Versions"/> rules, turns the answer of Redis 7.0 into that of 7.2; those are off when the oracle is a
/// 7.2 itself or the same program as the subject.
/// </summary>
/// <param name="translate">True when the oracle is a 7.0 and the subject reports 7.2.</param>
internal sealed partial class Normalisation(bool translate)
{
    private readonly ComparisonRule[] _rules =
    [
        .. OpenOrders.Rules,
        .. VersionChanges.Rules,
        .. StreamInfo.Rules(translate),
        new("the clock moves between the two servers' answers", Is("TTL", "EXPIRETIME"), (e, a) => Near(e, a, 1)),
        new("the clock moves between the two servers' answers", Is("PTTL", "PEXPIRETIME"), (e, a) => Near(e, a, 2000)),
        new("the clock moves between the two servers' answers", Is("OBJECT IDLETIME"), (e, a) => Near(e, a, 2)),
        new("a busy machine starts the one server later than the other", Is("LASTSAVE"), (e, a) => Near(e, a, 60)),
        new("the clock; ports and offsets of replicas", Is("TIME", "ROLE"), (e, a) => Shape(e) == Shape(a)),
        new("keys come in the order of each server's hash table", Is("KEYS"), (e, a) => Sorted(e) == Sorted(a)),
        new("directives come in the order of each server's table", Is("CONFIG GET"), (e, a) => Pairs(e) == Pairs(a)),
        new("patterns find what only one of the versions has or shows", args => Is("CONFIG GET")(args) && args.Any(word => word.AsSpan().ContainsAny("*?[")),
            (e, a) => Pairs(e, IsInBoth) == Pairs(a, IsInBoth)) { Versions = true },
        new("commands come in the order of each server's table", Is("COMMAND LIST"), (e, a) => Sorted(e) == Sorted(a)),
        new("a random key", Is("RANDOMKEY", "@RANDOMKEY"), (e, a) => e.Type == a.Type && e.IsNull == a.IsNull),
        new("each server counts its own connections", Is("CLIENT ID"), (e, a) => e.Type == a.Type),
        new("cursor and order are each server's own", Is("SCAN", "@RAWSCAN"), (e, a) => e.Items.Length == 2 && a.Items.Length == 2),
        new("version and connection id in the greeting", Is("HELLO"), (e, a) => Greeting(e) == Greeting(a)),
        new("ids, addresses, ages and buffer sizes of connections", Is("CLIENT LIST", "CLIENT INFO"),
            (e, a) => ClientFields(e, translate) == ClientFields(a, translate)),
        new("which commands were called, and for how long", Is("LATENCY HISTOGRAM"), (e, a) => e.Type == a.Type),
        new("all commands, in the order of each server's table", args => args.Length <= 2 && Is("COMMAND", "COMMAND INFO", "COMMAND DOCS")(args),
            (e, a) => e.Type == a.Type),
        new("how far a replica has acknowledged is a matter of time", Is("WAIT"), (e, a) => e.IsInteger && a.IsInteger),
        new("7.2 has one command more, and Redouble not all of them yet", Is("COMMAND COUNT"), (e, a) => e.Type == a.Type),
        new("names and values are compared elsewhere", Is("INFO"), (e, a) => e.Type == a.Type),
        new("address, LRU clock and the stored length are each server's own", Is("DEBUG OBJECT"), (e, a) => DebugObject(e) == DebugObject(a)),
        new("version, checksum and the choices of the LZF packer are each server's own", Is("DUMP"), SameDump),
        new("the reports of the two doctors are in their own words", Is("LATENCY DOCTOR"), (e, a) => e.Type == a.Type),
        new("not all subcommands are there yet, and 7.2 has new ones", args => args.Length == 2 && args[1].Equals("HELP", StringComparison.OrdinalIgnoreCase),
            (e, a, args) => HelpTexts.Same(args[0], e, a)),
        new("who it is", Is("LOLWUT"), (e, a) =>
            Text(e).Replace($"Redis ver. {Peers.RedisVersion}\\n", "Redis ver. 7.2.4\\n", StringComparison.Ordinal) == Text(a)) { Versions = true },
        new("HELLO names its protocol argument in the error", Is("HELLO"),
            (e, a) => Text(e).Replace("the HELLO AUTH", "the HELLO <proto> AUTH", StringComparison.Ordinal) == Text(a)) { Versions = true },
        new("one word is enough for 7.2, which then says what is wrong with it",
            args => args.Length == 3 && Is("COMMAND GETKEYS", "COMMAND GETKEYSANDFLAGS")(args),
            (e, a) => Text(e).StartsWith("-ERR wrong number of arguments for 'command|getkeys", StringComparison.Ordinal) && a.IsError) { Versions = true },
        new("loglevel has one more value", Is("CONFIG SET"), (e, a) =>
            Text(e).Replace("notice, warning", "notice, warning, nothing", StringComparison.Ordinal) == Text(a)) { Versions = true },
    ];

    /// <summary>
    /// True when the replies to this request mean the same; for EXEC the queued requests say how each element is compared. An error is the same only in the
    /// same words, whatever else of a reply is open, unless the versions differ in it.
    /// </summary>
    public bool Same(string[] args, Reply expected, Reply actual, IReadOnlyList<string[]>? queued = null)
    {
        if (expected.Equals(actual))
        {
            return true;
        }

        if (queued is not null && expected.Type == '*' && actual.Type == '*' && expected.Items.Length == actual.Items.Length
            && expected.Items.Length == queued.Count)
        {
            return Enumerable.Range(0, queued.Count).All(i => Same(queued[i], expected[i], actual[i]));
        }

        bool isError = expected.IsError || actual.IsError;
        return _rules.Any(rule => (rule.Versions ? translate : !isError) && rule.Applies(args) && rule.Same(expected, actual, args));
    }

    /// <summary>Two integers at most this far apart; negative numbers (no key, no expiry) must be equal.</summary>
    private static bool Near(Reply a, Reply b, long tolerance) =>
        a.IsInteger && b.IsInteger && a.Integer >= 0 && b.Integer >= 0 && Math.Abs(a.Integer - b.Integer) <= tolerance;

    internal static string Shape(Reply reply) => $"{reply.Type}{string.Concat(reply.Items.Select(Shape))}";

    private static string Text(Reply reply) => reply.ToString();

    internal static string Sorted(Reply reply) =>
        $"{reply.Type}{Latin1.Quote(reply.Items.Select(i => i.Text ?? "").Order(StringComparer.Ordinal))}{reply.Text}";

    private static bool IsInBoth(string directive) =>
        !DirectiveChanges.New.Contains(directive) && !DirectiveChanges.Hidden.Contains(directive) && !DirectiveChanges.IsOurs(directive);

    internal static string Pairs(Reply reply, Func<string, bool>? takes = null)
    {
        IEnumerable<string> pairs = reply.Items.Chunk(2).Where(p => takes is null || takes(p[0].String))
            .Select(p => string.Join('=', p.Select(i => i.ToString())));
        return $"{reply.Type}{reply.Text}{string.Join(' ', pairs.Order(StringComparer.Ordinal))}";
    }

    private static string Greeting(Reply reply)
    {
        var pairs = new List<string> { reply.Type.ToString(), reply.Text ?? "" };
        for (int i = 0; i + 1 < reply.Items.Length; i += 2)
        {
            string name = reply[i].String;
            pairs.Add(name is "version" or "id" ? $"{name}={reply[i + 1].Type}" : $"{name}={reply[i + 1]}");
        }

        return string.Join(' ', pairs);
    }

    /// <summary>One sorted line per connection: values that must agree as they are, the rest by name only; without what 7.2 adds.</summary>
    private static string ClientFields(Reply reply, bool translate)
    {
        if (reply.IsError || reply.Text is null)
        {
            return reply.ToString();
        }

        string[] exact = ["name", "db", "sub", "psub", "ssub", "multi", "user", "resp", "cmd", "flags", "redir"];
        IEnumerable<string> lines = reply.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => string.Join(' ', line.Split(' ')
            .Where(field => !translate || !(field.StartsWith("lib-name=", StringComparison.Ordinal) || field.StartsWith("lib-ver=", StringComparison.Ordinal)))
            .Select(field => field.Split('=', 2) is [var name, var value] && exact.Contains(name) ? $"{name}={value}" : field.Split('=')[0])));
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    private static string DebugObject(Reply reply) => VolatileObjectFields().Replace(reply.ToString(), "$1=");

    /// <summary>
    /// The same string in the same kind of encoding; two LZF packers may find different matches. Collections must have the same type of payload; what is in
    /// it shows when the other server restores it.
    /// </summary>
    private static bool SameDump(Reply expected, Reply actual) =>
        expected.Type == actual.Type && expected.Text is { Length: > 10 } e && actual.Text is { Length: > 10 } a
        && (DumpedString.Decode(e) is { } left ? DumpedString.Decode(a) == left : VersionChanges.SameDumpType(e[0], a[0]));

    [GeneratedRegex(@"(at:|lru|lru_seconds_idle|serializedlength|Value at):?[0-9a-fx]+")]
    private static partial Regex VolatileObjectFields();
}
