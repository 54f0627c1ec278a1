namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>
/// Requests of all other families while there is no memory, and none may be made by eviction: which commands are refused, in and around transactions that began
/// before or end after.
/// </summary>
internal static class ScarcityFamily
{
    private static readonly Family[] Others =
    [
        ListFamily.Make(), SetFamily.Make(), HashFamily.Make(), SortedSetFamily.Make(), GeoFamily.Make(), StreamFamily.Make(),
        StringFamily.Make(), BitmapFamily.Make(), HyperLogLogFamily.Make(), KeyFamily.Make(),
    ];

    public static Family Make() => new(
        "scarcity",
        [
            (80, Other),
            (6, d => ["CONFIG", "SET", "maxmemory", "1"]),
            (6, d => ["CONFIG", "SET", "maxmemory", "0"]),
            (6, d => ["MULTI"]),
            (7, d => [d.Pick("EXEC", "EXEC", "EXEC", "DISCARD", "UNWATCH")]),
            (2, d => ["WATCH", d.AnyKey()]),
            (1, d => [d.Pick("BLPOP", "BRPOP"), d.Of('l'), d.Of('l'), "0.001"]),
            (1, d => ["BLMOVE", d.Of('l'), d.Of('l'), "LEFT", "RIGHT", "0.001"]),
            (1, d => ["PUBLISH", "news", d.Short()]),
        ])
    {
        Reset = [.. Vocabulary.Defaults, ["CONFIG", "SET", "maxmemory", "0", "maxmemory-policy", "noeviction"]],
        StepsPerProgram = 100,
        Unmangled = static _ => true,
    };

    // Not the macros, whose parts have to work, nor what changes the server, nor what is compared outside of transactions only.
    private static string[] Other(Dice d)
    {
        while (true)
        {
            string[] request = d.Pick(Others).Draw(d);
            if (!request[0].StartsWith('@') && request[0].ToUpperInvariant() is not ("CONFIG" or "XREADGROUP" or "XCLAIM" or "XAUTOCLAIM")) return request;
        }
    }
}
