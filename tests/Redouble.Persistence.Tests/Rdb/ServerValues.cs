using System.Globalization;
using Redouble.Core.Text;

namespace Redouble.Persistence.Tests.Rdb;

/// <summary>Values of a running server as text, in one form whatever their encoding: a line per element, sorted where there is no order.</summary>
internal static class ServerValues
{
    public static string Describe(RedisServer server, string key)
    {
        switch ((string)server.Call("TYPE", key)!)
        {
            case "string":
                return (string)server.Call("GET", key)!;
            case "list":
                return Join(Array(server.Call("LRANGE", key, "0", "-1")).Cast<string>());
            case "set":
                return Join(Array(server.Call("SMEMBERS", key)).Cast<string>().Order(StringComparer.Ordinal));
            case "hash":
                return Join(Pairs(server.Call("HGETALL", key)).Select(pair => $"{pair[0]}={pair[1]}").Order(StringComparer.Ordinal));
            case "zset":
                return Join(Pairs(server.Call("ZRANGE", key, "0", "-1", "WITHSCORES"))
                    .Select(pair => Score(pair[0], ParseScore(pair[1]))).Order(StringComparer.Ordinal));
            default:
                return Stream(server, key);
        }
    }

    public static string Join(IEnumerable<string> lines) => string.Join('\n', lines);

    public static string Score(string member, double score) => string.Create(CultureInfo.InvariantCulture, $"{member}={score:R}");

    private static string Stream(RedisServer server, string key)
    {
        var facts = Facts(server.Call("XINFO", "STREAM", key, "FULL", "COUNT", "0"));
        var entries = Array(facts["entries"]).Select(Entry);
        string[] names = ["length", "last-generated-id", "max-deleted-entry-id", "entries-added", "recorded-first-entry-id"];
        var state = string.Join(' ', names.Select(name => facts[name]));
        return Join([.. entries, state, .. Array(facts["groups"]).Select(Group)]);
    }

    private static string Entry(object? entry) => $"{Array(entry)[0]} {string.Join(',', Pairs(Array(entry)[1]).Select(pair => $"{pair[0]}={pair[1]}"))}";

    private static string Group(object? group)
    {
        var facts = Facts(group);
        var pending = Array(facts["pending"]).Select(entry => string.Join(' ', Array(entry)));
        var consumers = Array(facts["consumers"]).Select(Facts).Select(consumer => $"{consumer["name"]}@{consumer["seen-time"]}");
        return $"{facts["name"]} {facts["last-delivered-id"]} {facts["entries-read"] ?? -1} " +
            $"[{string.Join(',', pending)}] [{string.Join(',', consumers.Order(StringComparer.Ordinal))}]";
    }

    private static Dictionary<string, object?> Facts(object? reply) => Array(reply).Chunk(2).ToDictionary(pair => (string)pair[0]!, pair => pair[1]);

    private static IEnumerable<string[]> Pairs(object? reply) => Array(reply).Cast<string>().Chunk(2);

    private static object?[] Array(object? reply) => (object?[])reply!;

    public static double ParseScore(string score) =>
        Doubles.TryParse(RecordingTarget.Bytes(score), out var value) ? value : throw new FormatException(score);
}
