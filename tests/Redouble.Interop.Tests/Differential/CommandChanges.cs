using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>What COMMAND INFO says differently in 7.2, applied to what 7.0 says.</summary>
internal static class CommandChanges
{
    private static readonly string[] AllNodesAllSucceeded = ["acl|deluser", "acl|save", "acl|setuser", "client|setname", "config|resetstat", "config|rewrite"];

    private static readonly string[] BitOperations = ["AND", "OR", "XOR", "NOT"];

    public static long Arity(string name, long arity) => name is "command|getkeys" or "command|getkeysandflags" or "zrank" or "zrevrank" ? -3 : arity;

    /// <summary>The facts of COMMAND DOCS: 7.2 has no block around the patterns of PSUBSCRIBE, names the operations of BITOP, has WITHSCORE for ZRANK, and lets GEOHASH and GEOPOS do without members.</summary>
    public static string Documentation(string name, string fields) => name switch
    {
        "bitop" => fields.Replace("(type=$string)", $"(type=$oneof {string.Join(' ', BitOperations.Select(o => $"(type=$pure-token token=${o})"))})",
            StringComparison.Ordinal),
        "zrank" or "zrevrank" => fields.Replace("complexity\n", "complexity\nhistory\n", StringComparison.Ordinal)
            + " (type=$pure-token token=$WITHSCORE flags=optional)",
        "psubscribe" => fields.Replace("(type=$block flags=multiple (type=$pattern))", "(type=$pattern flags=multiple)", StringComparison.Ordinal),
        "geohash" or "geopos" => fields.Replace("flags=multiple)", "flags=multiple+optional)", StringComparison.Ordinal),
        _ => fields,
    };

    /// <summary>The command's tips as one sorted line.</summary>
    public static string Tips(string name, Reply tips)
    {
        IEnumerable<string> changed = tips.Items.Select(t => t.ToString());
        if (AllNodesAllSucceeded.Contains(name))
        {
            changed = changed.Concat(["$request_policy:all_nodes", "$response_policy:all_succeeded"]).Distinct();
        }

        changed = name switch
        {
            "randomkey" or "scan" => changed.Append("$response_policy:special"),
            "latency|reset" => changed.Select(t => t.Replace("all_succeeded", "agg_sum", StringComparison.Ordinal)),
            "msetnx" => changed.Where(t => !t.Contains("policy", StringComparison.Ordinal)),
            _ => changed,
        };
        return string.Join(' ', changed.Order(StringComparer.Ordinal));
    }
}
