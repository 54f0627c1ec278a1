using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>MEMORY and DEBUG OBJECT: the names of what they tell, in their order. (INFO and its like: <see cref="NameTests"/>.)</summary>
public sealed class MemoryTests(ServerPair pair) : IClassFixture<ServerPair>
{
    [PairFact]
    public void FieldsOfMemoryStatsAgree()
    {
        using var couple = new Couple(pair);
        Prepare(couple);
        Reply expected = couple.Oracle.Must("MEMORY", "STATS");
        Reply actual = couple.Subject.Must("MEMORY", "STATS");
        Assert.Equal(Names(expected), Names(actual));
        Assert.Equal(Names(expected[21]), Names(actual[21])); // of a database
        Assert.Equal("db.0", expected[20].String);
        for (int i = 1; i < expected.Items.Length; i += 2)
        {
            Assert.Equal(expected[i].Type, actual[i].Type);
        }

        Assert.Equal("+OK", couple.Subject.Call("MEMORY", "PURGE").ToString());
        Assert.Equal("3", couple.Subject.Call("DBSIZE").Integer.ToString());
        Assert.Contains("bytes", couple.Subject.Must("MEMORY", "MALLOC-STATS").String);
        Assert.Contains("very little memory", couple.Oracle.Must("MEMORY", "DOCTOR").String);
        Assert.Contains("very little memory", couple.Subject.Must("MEMORY", "DOCTOR").String);
    }

    [PairFact]
    public void WhatIsFreedInTheBackgroundIsCountedAlike()
    {
        using var couple = new Couple(pair);
        couple.Both("FLUSHALL", "SYNC");
        string[] members = [.. Enumerable.Range(0, 1000).Select(static i => $"m{i}")];
        Poll.Until("what was there before to be freed", () => Pending(couple.Oracle) == 0 && Pending(couple.Subject) == 0);
        couple.Both("CONFIG", "RESETSTAT");
        couple.Both(["SADD", "large", .. members]);
        for (int i = 0; i < 50; i++) couple.Both("SET", $"k{i}", "v");
        couple.Both("UNLINK", "k0", "large");
        Poll.Until("both to have freed the set", () => Freed(couple.Oracle) == 1 && Freed(couple.Subject) == 1);
        couple.Both("FLUSHALL", "ASYNC");
        Poll.Until("both to have freed the rest", () => Freed(couple.Oracle) == 50 && Freed(couple.Subject) == 50);
        couple.Both("CONFIG", "RESETSTAT");
        Assert.Equal((0, 0), (Freed(couple.Oracle), Freed(couple.Subject)));
    }

    private static int Freed(RespClient client) => int.Parse(client.Info("memory")["lazyfreed_objects"]);

    private static int Pending(RespClient client) => int.Parse(client.Info("memory")["lazyfree_pending_objects"]);

    [PairFact]
    public void EncodingsInDebugObjectAgree()
    {
        using var couple = new Couple(pair);
        Prepare(couple);
        couple.Both("ZADD", "z", "1", "a");
        couple.Both("XADD", "x", "1-1", "a", "b");
        couple.Both("SADD", "i", "1");
        couple.Both("HSET", "h", "f", new string('v', 100));
        foreach (string key in (string[])["k", "z", "x", "i", "h"])
        {
            Assert.Equal(Encoding(couple.Oracle, key), Encoding(couple.Subject, key));
        }
    }

    private static string Encoding(RespClient client, string key) =>
        client.Must("DEBUG", "OBJECT", key).Text!.Split(' ').Single(static word => word.StartsWith("encoding:", StringComparison.Ordinal));

    private static void Prepare(Couple couple)
    {
        couple.Both("FLUSHALL");
        couple.Both("SET", "k", "v");
        couple.Both("SET", "e", "v", "EX", "1000");
        couple.Both("LPUSH", "l", "v");
    }

    private static IEnumerable<string> Names(Reply map) => map.Items.Where(static (_, i) => i % 2 == 0).Select(static name => name.String);
}
