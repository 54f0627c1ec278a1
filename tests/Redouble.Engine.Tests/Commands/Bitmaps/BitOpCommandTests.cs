using System.Text;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Bitmaps;

public sealed class BitOpCommandTests
{
    private static readonly string[] Operations = ["AND", "OR", "XOR"];

    /// <summary>Any number of sources of any lengths, with the target among them or not, below and above the size of a chunk.</summary>
    [Fact]
    public void Agrees_with_combining_byte_by_byte()
    {
        using var node = new EngineNode();
        var random = new Random(6);
        for (var round = 0; round < 400; round++)
        {
            var values = new Dictionary<string, byte[]>();
            foreach (var key in new[] { "a", "b", "c", "d" })
            {
                values[key] = new byte[random.Next(5) switch { 0 => 0, 1 => random.Next(40_000), _ => random.Next(100) }];
                random.NextBytes(values[key]);
                if (values[key].Length == 0) node.Do($"DEL {key}");
                else node.DoWords("SET", key, Encoding.Latin1.GetString(values[key]));
            }

            string[] sources = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => "abcd"[random.Next(4)].ToString())];
            var operation = Operations[random.Next(3)];
            var expected = Slowly(operation, [.. sources.Select(s => values[s])]);
            Assert.Equal($":{expected.Length}|", node.DoWords(["BITOP", operation, "a", .. sources]));
            var text = Encoding.Latin1.GetString(expected);
            Assert.Equal(text.Length == 0 ? "$-1|" : $"${text.Length}|{text}|".Replace("\r\n", "|", StringComparison.Ordinal), node.Do("GET a"));
            foreach (var key in sources.Except(["a"])) Assert.Equal($":{values[key].Length}|", node.Do($"STRLEN {key}"));
        }
    }

    [Fact]
    public void Not_inverts_one_source()
    {
        using var node = new EngineNode();
        node.DoWords("SET", "k", "\u00aa\0\u00ff");
        Assert.Equal(":3|", node.Do("BITOP NOT d k"));
        Assert.Equal("$3|U\u00ff\0|", node.Do("GET d"));
        Assert.Equal(":3|", node.Do("bitop not k k"));
        Assert.Equal("$3|U\u00ff\0|", node.Do("GET k"));
        Assert.Equal("-ERR BITOP NOT must be called with a single source key.|", node.Do("BITOP NOT d k k"));
        Assert.Equal("-ERR syntax error|", node.Do("BITOP NAND d k k"));
    }

    [Fact]
    public void The_target_loses_its_expiry_and_is_raw()
    {
        using var node = new EngineNode();
        node.Do("SET d 12 EX 100");
        node.Do("SET k 12");
        Assert.Equal(":2|", node.Do("BITOP AND d d k"));
        Assert.Equal(":-1|", node.Do("TTL d"));
        Assert.Equal("$3|raw|", node.Do("OBJECT ENCODING d"));
        node.Do("SET d 12 EX 100");
        Assert.Equal(":2|", node.Do("BITOP OR d k"));
        Assert.Equal(":-1|", node.Do("TTL d"));
    }

    [Fact]
    public void Nothing_deletes_the_target()
    {
        using var node = new EngineNode();
        node.Do("SET d 1");
        var tap = new StreamTap(node);
        Assert.Equal(":0|", node.Do("BITOP AND d nosuch"));
        Assert.Equal(":0|", node.Do("EXISTS d"));
        Assert.Equal(":0|", node.Do("BITOP AND d nosuch"));
        Assert.Equal("SELECT 0 | BITOP AND d nosuch", tap.Take());
    }

    [Fact]
    public void A_target_that_has_expired_is_replaced_or_removed()
    {
        using var node = new EngineNode();
        node.Do("SET d abc PX 10");
        node.Do("SET e abc PX 10");
        node.Do("SET k x");
        var tap = new StreamTap(node);
        node.Clock.Advance(20);
        Assert.Equal(":1|", node.Do("BITOP OR d d k"));
        Assert.Equal("SELECT 0 | MULTI | DEL d | BITOP OR d d k | EXEC", Sorted(tap.Take()));
        Assert.Equal("$1|x|", node.Do("GET d"));
        Assert.Equal(":0|", node.Do("BITOP OR e nosuch"));
        Assert.Equal("BITOP OR e nosuch", tap.Take());
    }

    private static string Sorted(string stream) => stream.Replace("MULTI | SELECT 0", "SELECT 0 | MULTI", StringComparison.Ordinal);

    private static byte[] Slowly(string operation, byte[][] sources) => [.. Enumerable.Range(0, sources.Max(s => s.Length)).Select(i =>
        (byte)sources.Select(s => i < s.Length ? s[i] : 0).Aggregate((a, b) => operation switch { "AND" => a & b, "OR" => a | b, _ => a ^ b }))];
}
