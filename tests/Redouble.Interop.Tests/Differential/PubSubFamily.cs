namespace Redouble.Interop.Tests.Differential;

/// <summary>Subscriptions and messages on four connections, for the <see cref="PubSubRunner"/>.</summary>
internal static class PubSubFamily
{
    public static Family Make() => new(
        "pubsub",
        (8, d => ["SUBSCRIBE", .. Channels(d, 1, 3)]),
        (6, d => ["PSUBSCRIBE", .. Patterns(d, 1, 2)]),
        (5, d => ["SSUBSCRIBE", .. Channels(d, 1, 2)]),
        (5, d => ["UNSUBSCRIBE", .. Channels(d, 0, 2)]),
        (4, d => ["PUNSUBSCRIBE", .. Patterns(d, 0, 2)]),
        (3, d => ["SUNSUBSCRIBE", .. Channels(d, 0, 2)]),
        (16, d => ["PUBLISH", Channel(d), d.Value()]),
        (6, d => ["SPUBLISH", Channel(d), d.Value()]),
        (2, d => ["PUBSUB", d.Word("channels"), .. d.Chance(50) ? Patterns(d, 1, 1) : []]),
        (1, d => ["PUBSUB", d.Word("shardchannels"), .. d.Chance(50) ? Patterns(d, 1, 1) : []]),
        (2, d => ["PUBSUB", d.Word("numpat")]),
        (2, d => ["PUBSUB", d.Word("numsub"), .. Channels(d, 0, 3)]),
        (1, d => ["PUBSUB", d.Word("shardnumsub"), .. Channels(d, 0, 3)]),
        (1, d => ["PUBSUB", d.Pick("nosuch", "", "channels", "numpat"), "x", "y"]),
        (1, d => ["PUBSUB"]),
        (2, d => ["RESET"]),
        (2, d => ["HELLO", d.Pick("2", "3")]),
        (1, d => ["PING"]),
        (1, d => ["GET", "k"]),
        (1, d => ["CLIENT", "ID", "x"]),
        (1, d => ["EXEC"]),
        (1, d => ["nosuch"]))
    {
        StepsPerProgram = 80,
        HasEvents = false,
    };

    private static string Channel(Dice d) => d.Chance(90) ? d.Pick("news", "news.a", "news.b", "n", "sport") : d.Pick("", "\0\r\n", "[x]");

    private static string[] Channels(Dice d, int least, int most) => [.. Enumerable.Range(0, d.Between(least, most)).Select(_ => Channel(d))];

    private static string[] Patterns(Dice d, int least, int most) =>
        [.. Enumerable.Range(0, d.Between(least, most)).Select(_ => d.Pick("*", "news.*", "n*s", "news.[ab]", "?", "", "news", "\\[x\\]", "*\r\n", "["))];
}
