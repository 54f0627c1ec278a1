using System.Globalization;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>
/// Requests about collections that take more than one call, or another one on each server:
/// <list type="bullet">
/// <item><c>@scanof SSCAN|HSCAN|ZSCAN key words…</c>: a whole iteration; the reply is all that it found, sorted, each once.</item>
/// <item><c>@hscannovalues key words…</c>: an iteration with NOVALUES (7.4), which an older oracle does with values.</item>
/// <item><c>@zrank ZRANK|ZREVRANK key member [WITHSCORE]</c>: the score (7.2) comes from ZSCORE on an older oracle.</item>
/// <item><c>@xaddnow key pairs…</c>: XADD with an ID made of the clock, which must be near the present; the entry is deleted again.</item>
/// </list>
/// </summary>
internal static class CollectionMacros
{
    private const long ClockToleranceMs = 10_000;

    public static (Reply Oracle, Reply Subject)? Run(string[] args, RespClient oracle, RespClient subject, bool translate) => args[0] switch
    {
        "@scanof" => (ScanAll(oracle, args[1], args[2], args[3..]), ScanAll(subject, args[1], args[2], args[3..])),
        "@hscannovalues" => (OnlyFields(ScanAll(oracle, "HSCAN", args[1], args[2..])),
            translate ? ScanAll(subject, "HSCAN", args[1], [.. args[2..], "NOVALUES"]) : OnlyFields(ScanAll(subject, "HSCAN", args[1], args[2..]))),
        "@zrank" => (translate ? RankWithScore(args[1..], oracle) : oracle.Call(args[1..]), subject.Call(args[1..])),
        "@xaddnow" => (AddNow(args[1], args[2..], oracle), AddNow(args[1], args[2..], subject)),
        _ => null,
    };

    private static Reply ScanAll(RespClient client, string command, string key, string[] options)
    {
        bool pairs = command != "SSCAN" && !options.Contains("NOVALUES");
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        string cursor = "0";
        for (int calls = 0; calls < 10_000; calls++)
        {
            Reply reply = client.Call([command, key, cursor, .. options]);
            if (reply.Items is not [{ } next, { } elements])
            {
                return reply;
            }

            foreach (Reply[] element in elements.Items.Chunk(pairs ? 2 : 1))
            {
                found[element[0].String] = element[^1].String;
            }

            cursor = next.String;
            if (cursor == "0")
            {
                return Reply.Array([.. found.SelectMany(e => pairs ? (Reply[])[Reply.Bulk(e.Key), Reply.Bulk(e.Value)] : [Reply.Bulk(e.Key)])]);
            }
        }

        return Reply.Error("the cursor did not come back to 0 within 10,000 calls");
    }

    private static Reply OnlyFields(Reply reply) => reply.IsAggregate ? Reply.Array([.. reply.Items.Chunk(2).Select(pair => pair[0])]) : reply;

    private static Reply RankWithScore(string[] args, RespClient client)
    {
        Reply rank = client.Call(args[..3]);
        if (args.Length == 3 || rank.IsError)
        {
            return rank;
        }

        // RESP2 has two nulls: with the score it is that of an array.
        return rank.IsNull ? rank.Type == '_' ? rank : new Reply('*', "-1") : Reply.Array(rank, client.Call("ZSCORE", args[1], args[2]));
    }

    private static Reply AddNow(string key, string[] pairs, RespClient client)
    {
        Reply id = client.Call(["XADD", key, "*", .. pairs]);
        if (id.Type != '$' || id.Text is null)
        {
            return id;
        }

        client.Call("DEL", key);
        string[] parts = id.Text.Split('-');
        long away = long.Parse(parts[0], CultureInfo.InvariantCulture) - DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        return Math.Abs(away) < ClockToleranceMs ? Reply.Bulk("now") : Reply.Error($"(harness) not the present: {id.Text}");
    }
}
