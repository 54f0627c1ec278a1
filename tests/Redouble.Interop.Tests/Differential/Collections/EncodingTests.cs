using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>When values change their encoding in 7.2, which a 7.0 oracle cannot show: each line of a case is a request and the encoding after it.</summary>
public sealed class EncodingTests(ServerPair pair) : IClassFixture<ServerPair>
{
    private const string Listpack = "listpack";
    private const string Quicklist = "quicklist";
    private const string Intset = "intset";
    private const string Hashtable = "hashtable";
    private const string Skiplist = "skiplist";

    private static readonly Dictionary<string, (string[] Request, string Encoding)[]> Cases = new()
    {
        ["a list's limit of bytes counts the words of a push"] =
        [
            (["RPUSH", "k", new('x', 8185)], Listpack), (["DEL", "k"], ""), (["RPUSH", "k", new('x', 8186)], Quicklist),
        ],
        ["a list grows over 8192 bytes and shrinks to half"] =
        [
            (["RPUSH", "k", .. Repeat("xy", 2046)], Listpack), (["RPUSH", "k", "xy"], Quicklist), (["RPOP", "k", "1024"], Quicklist),
            (["RPOP", "k", "1"], Listpack),
        ],
        ["a list of at most three"] =
        [
            (["CONFIG", "SET", "list-max-listpack-size", "3"], ""), (["RPUSH", "k", "a", "b", "c"], Listpack), (["LPUSH", "k", "d"], Quicklist),
            (["LPOP", "k"], Quicklist), (["RPOP", "k"], Quicklist), (["RPOP", "k"], Listpack),
        ],
        ["a list of at most 128 comes back at 64"] =
        [
            (["CONFIG", "SET", "list-max-listpack-size", "128"], ""), (["RPUSH", "k", .. Repeat("a", 128)], Listpack), (["RPUSH", "k", "b"], Quicklist),
            (["LTRIM", "k", "0", "64"], Quicklist), (["LTRIM", "k", "0", "63"], Listpack),
        ],
        ["size 0 is size 1"] =
            [(["CONFIG", "SET", "list-max-listpack-size", "0"], ""), (["RPUSH", "k", "a"], Listpack), (["RPUSH", "k", "a"], Quicklist)],
        ["LINSERT converts before it looks for its pivot"] =
        [
            (["CONFIG", "SET", "list-max-listpack-size", "3"], ""), (["RPUSH", "k", "a", "b", "c"], Listpack),
            (["LINSERT", "k", "BEFORE", "none", "x"], Quicklist),
        ],
        ["SORT STORE packs what fits the whole limit"] =
        [
            (["CONFIG", "SET", "list-max-listpack-size", "3"], ""), (["RPUSH", "source", "2", "1", "3"], ""), (["SORT", "source", "STORE", "k"], Listpack),
            (["RPUSH", "source", "4"], ""), (["SORT", "source", "STORE", "k"], Quicklist),
        ],
        ["integers of SADD are counted with their duplicates"] =
        [
            (["SADD", "k", .. Repeat("1", 512)], Intset), (["DEL", "k"], ""), (["SADD", "k", .. Repeat("1", 513)], Hashtable),
        ],
        ["members of SADD are counted with their duplicates"] =
        [
            (["SADD", "k", .. Repeat("m", 128)], Listpack), (["SADD", "k", .. Repeat("m", 129)], Hashtable), (["DEL", "k"], ""),
            (["SADD", "k", .. Repeat("m", 129)], Hashtable),
        ],
        ["a string among 127 integers"] = [(["SADD", "k", .. Numbers(127)], Intset), (["SADD", "k", "zz"], Listpack)],
        ["a string among 128 integers"] = [(["SADD", "k", .. Numbers(128)], Intset), (["SADD", "k", "zz"], Hashtable)],
        ["a long string among integers"] = [(["SADD", "k", "1"], Intset), (["SADD", "k", new('x', 65)], Hashtable)],
        ["members of 64 and 65 bytes"] =
            [(["SADD", "k", new('x', 64)], Listpack), (["SADD", "k", new('x', 65)], Hashtable), (["SREM", "k", new('x', 65)], Hashtable)],
        ["the 129th member, and never back"] =
            [(["SADD", "k", "m", .. Numbers(127)], Listpack), (["SADD", "k", "n"], Hashtable), (["SREM", "k", "n", .. Numbers(120)], Hashtable)],
        ["the 513th integer"] = [(["SADD", "k", .. Numbers(512)], Intset), (["SADD", "k", "1000"], Hashtable)],
        ["what is stored from sets is encoded anew"] =
        [
            (["SADD", "a", "1", "2", new('x', 65)], ""), (["SADD", "b", "1", "2", "y", new('x', 70)], ""), (["SINTERSTORE", "k", "a", "b"], Intset),
            (["SUNIONSTORE", "k", "a", "b"], Hashtable), (["SREM", "b", new('x', 70)], ""), (["SUNIONSTORE", "k", "b"], Listpack),
            (["SDIFFSTORE", "k", "b", "a"], Listpack),
        ],
        ["pairs of HSET are counted with their duplicates"] =
        [
            (["HSET", "k", "f", "v"], Listpack), (["HSET", "k", .. Repeat("f", 1024)], Listpack), (["HSET", "k", .. Repeat("f", 1026)], Hashtable),
        ],
        ["pairs of ZADD are counted with their duplicates"] =
        [
            (["ZADD", "k", "1", "m"], Listpack), (["ZADD", "k", .. Repeat("1", 256)], Listpack), (["ZADD", "k", .. Repeat("1", 258)], Skiplist),
        ],
    };

    public static TheoryData<string> Table() => [.. Cases.Keys];

    [RedoubleTheory]
    [MemberData(nameof(Table))]
    public void AsIn72(string name)
    {
        if (Peers.SelfTest)
        {
            return;
        }

        using RespClient client = pair.Subject.Connect();
        client.Must("FLUSHALL");
        foreach (string[] request in Vocabulary.Defaults)
        {
            client.Must(request);
        }

        foreach ((string[] request, string encoding) in Cases[name])
        {
            client.Must(request);
            if (encoding.Length > 0)
            {
                string shown = Latin1.Quote(request.Take(5));
                Assert.Equal((shown, encoding), (shown, client.Must("OBJECT", "ENCODING", "k").String));
            }
        }
    }

    private static IEnumerable<string> Repeat(string word, int count) => Enumerable.Repeat(word, count);

    private static IEnumerable<string> Numbers(int count) => Enumerable.Range(1, count).Select(i => i.ToString());
}
