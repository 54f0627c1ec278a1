using System.Globalization;
using Redouble.Generators.Rules;

namespace Redouble.Generators.Tests.Emission;

public class LookupWriterTests
{
    /// <summary>Every length from 1 to 24, several names per length, shared first and last words, and the characters that are no letters.</summary>
    private static readonly string[] s_names =
    [
        "z", "q", "up", "xx", "get", "set", "del", "ttl", "ping", "mget", "mset", "hget", "setex", "getex", "psetex", "expire", "publish", "pexpire",
        "unwatch", "expireat", "bitcount", "sismember", "spublish1", "bitfieldro", "hincrbyfloat", "hincrbyfloax", "xincrbyfloat", "zrangestore1",
        "zrevrangebylex", "restore-asking", "restore_1sking", "incrbyfloat1234", "zrevrangebyscore", "zrevrangebyscor1", "georadiusbymember",
        "zremrangebyscore12", "zremrangebyscore123", "georadiusbymember_ro", "georadiusbymember-rw", "abcdefghijklmnopqrstu",
        "abcdefghijklmnopqrstuv", "abcdefghijklmnopqrstuvw", "abcdefghijklmnopqrstuvwx", "abcdefghzzzzzzzzqrstuvwx", "a-b", "a_c", "f00", "f-0",
        "f1-",
    ];

    private static readonly LoadedTable s_table = new(GeneratedTable.OfCommands([.. s_names.Select(n => (n, "Arity = 1"))]));

    [Fact]
    public void Finds_each_name_in_any_case()
    {
        foreach (var name in s_names)
        {
            var id = s_table.Find(name);
            Assert.Equal(name, s_table.Info(id, "FullName"));
            Assert.Equal(id, s_table.Find(name.ToUpperInvariant()));
            Assert.Equal(id, s_table.Find(CultureInfo.InvariantCulture.TextInfo.ToTitleCase(name)));
        }
    }

    [Fact]
    public void Any_other_byte_anywhere_is_another_name()
    {
        foreach (var name in s_names)
        {
            for (var at = 0; at < name.Length; at++)
            {
                for (var value = 0; value < 256; value++)
                {
                    var other = name[..at] + (char)value + name[(at + 1)..];
                    var expected = Array.Find(s_names, n => string.Equals(n, other, StringComparison.OrdinalIgnoreCase));
                    var found = s_table.Find(other);
                    Assert.True(expected == (found < 0 ? null : (string?)s_table.Info(found, "FullName")), $"'{other}' (byte {value}) found {found}");
                }
            }
        }
    }

    [Fact]
    public void Prefixes_extensions_and_the_empty_name_are_unknown()
    {
        Assert.Equal(-1, s_table.Find(""));
        Assert.Equal(-1, s_table.Find(new string('a', 25)));
        Assert.Equal(-1, s_table.Find(new string('a', 4096)));
        foreach (var name in s_names)
        {
            if (!s_names.Contains(name[..^1])) Assert.Equal(-1, s_table.Find(name[..^1]));
            if (!s_names.Contains(name + "x")) Assert.Equal(-1, s_table.Find(name + "x"));
        }
    }

    [Fact]
    public void Random_names_agree_with_a_dictionary()
    {
        const string Letters = "abcdefghijklmnopqrstuvwxyz-_0123456789";
        var random = new Random(20240817);
        string Name() => string.Create(random.Next(1, 25), random, (span, r) =>
        {
            // Few letters, so that many names share words.
            foreach (ref var c in span) c = r.Next(8) == 0 ? Letters[r.Next(Letters.Length)] : Letters[r.Next(2)];
        });
        var names = Enumerable.Range(0, 600).Select(_ => Name()).Distinct().ToArray();
        var declared = names.Where(n => char.IsLetter(n[0])).DistinctBy(CommandTableModel.ConstantOf);
        var table = new LoadedTable(GeneratedTable.OfCommands([.. declared.Select(n => (n, "Arity = 1"))]));
        var known = Enumerable.Range(0, table.Count).ToDictionary(id => (string)table.Info(id, "FullName")!, StringComparer.OrdinalIgnoreCase);
        foreach (var name in names.Concat(Enumerable.Range(0, 20_000).Select(_ => Name())))
            Assert.Equal(known.GetValueOrDefault(name, -1), table.Find(name));
    }

    [Fact]
    public void Subcommands_are_found_in_their_container_only()
    {
        var table = new LoadedTable(GeneratedTable.From("""
            [CommandContainer("config", Since = "2.0.0", Summary = "s", Group = CommandGroup.Server)]
            [CommandContainer("client", Since = "2.4.0", Summary = "s")]
            static class C
            {
                [Command("config|get", Arity = -3, Since = "2.0.0", Summary = "s")] public static void A(CommandContext c) { }
                [Command("config|help", Arity = 2, Since = "2.0.0", Summary = "s")] public static void B(CommandContext c) { }
                [Command("client|no-touch", Arity = 3, Since = "7.2.0", Summary = "s")] public static void D(CommandContext c) { }
                [Command("get", Arity = 2, Since = "1.0.0", Summary = "s")] public static void E(CommandContext c) { }
            }
            """));
        var (config, client) = (table.Find("CONFIG"), table.Find("client"));
        Assert.Equal("config|get", table.Info(table.FindSub(config, "GET"), "FullName"));
        Assert.Equal("get", table.Info(table.FindSub(config, "get"), "Name"));
        Assert.Equal("client|no-touch", table.Info(table.FindSub(client, "No-Touch"), "FullName"));
        Assert.Equal(-1, table.FindSub(client, "get"));
        Assert.Equal(-1, table.FindSub(table.Find("get"), "get"));
        Assert.Equal(-1, table.Find("config|get"));
        Assert.Equal(-2, table.Info(config, "Arity"));
        Assert.Equal(config, table.Info(table.FindSub(config, "get"), "ContainerId"));
        Assert.Equal([table.FindSub(config, "get"), table.FindSub(config, "help")], (int[])table.Info(config, "Subcommands")!);
    }
}
