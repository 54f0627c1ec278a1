using System.Globalization;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>
/// Commands whose result is random, compared by what must hold of it:
/// <list type="bullet">
/// <item><c>@random SRANDMEMBER|HRANDFIELD|ZRANDMEMBER key words…</c>: every pick is an element (with its own value), a positive count gives different
/// ones, at most as many as there are, a negative count exactly as many as it says.</item>
/// <item><c>@spop key [count]</c>: the same, and what is left is the rest. Afterwards each server gets back what it lost, so that both go on alike.</item>
/// </list>
/// The reply is turned into one that says only how much of what came.
/// </summary>
internal static class RandomMacros
{
    /// <summary>How the elements that SPOP took are put back; the spelling says in a replication stream where it comes from.</summary>
    public const string PutBack = "SAdd";

    public static (Reply Oracle, Reply Subject)? Run(string[] args, RespClient oracle, RespClient subject) => args[0] switch
    {
        "@random" => (Pick(args[1..], oracle), Pick(args[1..], subject)),
        "@spop" => (Pop(args[1], args[2..], oracle), Pop(args[1], args[2..], subject)),
        _ => null,
    };

    private static Reply Pick(string[] args, RespClient client)
    {
        Reply all = args[0] switch
        {
            "SRANDMEMBER" => client.Call("SMEMBERS", args[1]),
            "HRANDFIELD" => client.Call("HGETALL", args[1]),
            _ => client.Call("ZRANGE", args[1], "0", "-1", "WITHSCORES"),
        };
        Reply picked = client.Call(args);
        if (all.IsError || picked.IsError || picked.IsNull)
        {
            return picked;
        }

        string[] flat = [.. Flatten(all)];
        int width = args[0] == "SRANDMEMBER" ? 1 : 2;
        return Describe(picked, [.. flat.Chunk(width).Select(e => (e[0], e[^1]))], args.Length > 2 ? args[2] : "1", withValues: args.Length > 3);
    }

    private static Reply Pop(string key, string[] count, RespClient client)
    {
        Reply all = client.Call("SMEMBERS", key);
        Reply popped = client.Call(["SPOP", key, .. count]);
        if (all.IsError || popped.IsError || popped.IsNull)
        {
            return popped;
        }

        string[] members = [.. Flatten(all)];
        string[] taken = [.. Flatten(popped)];
        IEnumerable<string> left = Flatten(client.Call("SMEMBERS", key)).Order(StringComparer.Ordinal);
        if (!left.SequenceEqual(members.Except(taken).Order(StringComparer.Ordinal)))
        {
            return Reply.Error("(harness) what is left is not what was not taken");
        }

        if (taken.Length > 0)
        {
            client.Call([PutBack, key, .. taken]);
        }

        return Describe(popped, [.. members.Select(m => (m, m))], count.Length > 0 ? count[0] : "1", withValues: false);
    }

    /// <summary>The type of the reply and the number of picks, or what is wrong with them.</summary>
    private static Reply Describe(Reply picked, (string Element, string Value)[] all, string count, bool withValues)
    {
        if (!long.TryParse(count, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long wanted))
        {
            return picked;
        }

        string[] flat = [.. Flatten(picked)];
        (string Element, string Value)[] picks = withValues ? [.. flat.Chunk(2).Select(p => (p[0], p[^1]))] : [.. flat.Select(e => (e, ""))];
        long expected = wanted < 0 ? -wanted : Math.Min(wanted, all.Length);
        if (picks.Length != expected || (wanted > 0 && picks.Select(p => p.Element).Distinct().Count() != picks.Length))
        {
            return Reply.Error($"(harness) {count} of {all.Length} asked, got {picked}");
        }

        bool known = picks.All(p => all.Any(e => e.Element == p.Element && (!withValues || e.Value == p.Value)));
        string shape = picked.IsAggregate ? $"{picked.Type}{string.Concat(picked.Items.Take(1).Select(Normalisation.Shape))}" : picked.Type.ToString();
        return known ? Reply.Bulk($"{picks.Length} elements as {shape}") : Reply.Error($"(harness) not an element: {picked}");
    }

    private static IEnumerable<string> Flatten(Reply reply) => reply.IsAggregate ? reply.Items.SelectMany(Flatten) : [reply.Text ?? ""];
}
