using System.Text;
using Redouble.Engine.Commands.Strings;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Strings;

public sealed class LongestCommonSubsequenceTests
{
    [Theory]
    [InlineData("LCS a b", "$6|mytext|")]
    [InlineData("LCS a b LEN", ":6|")]
    [InlineData("LCS a b IDX", "*4|$7|matches|*2|*2|*2|:4|:7|*2|:5|:8|*2|*2|:2|:3|*2|:0|:1|$3|len|:6|")]
    [InlineData("LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN", "*4|$7|matches|*1|*3|*2|:4|:7|*2|:5|:8|:4|$3|len|:6|")]
    [InlineData("LCS a b IDX LEN", "-ERR If you want both the length and indexes, please just use IDX.|")]
    [InlineData("LCS a b MINMATCHLEN", "-ERR syntax error|")]
    [InlineData("LCS a nosuch", "$0||")]
    [InlineData("LCS a nosuch IDX", "*4|$7|matches|*0|$3|len|:0|")]
    public void The_command(string command, string reply)
    {
        using var node = new EngineNode();
        node.Do("MSET a ohmytext b mynewtext");
        Assert.Equal(reply, node.Do(command));
    }

    [Fact]
    public void A_table_beyond_the_limit_is_refused()
    {
        using var node = new EngineNode("proto-max-bulk-len 1mb");
        node.DoWords("MSET", "a", new string('a', 1000), "b", new string('b', 300));
        Assert.Equal("-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len|", node.Do("LCS a b"));
    }

    [Fact]
    public void The_length_is_that_of_the_plain_recurrence()
    {
        var random = new Random(4);
        for (var run = 0; run < 200; run++)
        {
            var (a, b) = (Word(random), Word(random));
            var expected = Plain(a, b);
            Assert.Equal(expected, new LongestCommonSubsequence(a, b, withPath: false).Length);
            Assert.Equal(expected, Walk(a, b));
        }
    }

    private static byte[] Word(Random random)
    {
        var word = new byte[random.Next(40)];
        for (var i = 0; i < word.Length; i++) word[i] = (byte)"abc"[random.Next(3)];
        return word;
    }

    /// <summary>Length of the path that the bits describe, checking that it is a common subsequence.</summary>
    private static int Walk(byte[] a, byte[] b)
    {
        var common = new LongestCommonSubsequence(a, b, withPath: true);
        var text = new StringBuilder();
        int i = a.Length, j = b.Length;
        while (i > 0 && j > 0)
        {
            if (a[i - 1] == b[j - 1])
            {
                text.Append((char)a[--i]);
                j--;
            }
            else if (common.GoesUp(i, j))
            {
                i--;
            }
            else
            {
                j--;
            }
        }

        Assert.Equal(common.Length, text.Length);
        return text.Length;
    }

    private static int Plain(byte[] a, byte[] b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
                table[i, j] = a[i - 1] == b[j - 1] ? table[i - 1, j - 1] + 1 : Math.Max(table[i - 1, j], table[i, j - 1]);
        }

        return table[a.Length, b.Length];
    }

    /// <summary>Found by the fuzzer: the removal of an expired second key came between the first record and its use.</summary>
    [Theory]
    [InlineData("LCS a b", "$0||")]
    [InlineData("LCS b a LEN", ":0|")]
    [InlineData("LCS a c LEN", ":5|")]
    public void An_expired_key_counts_as_empty(string command, string reply)
    {
        using var node = new EngineNode();
        var tap = new StreamTap(node);
        node.Do("MSET a hello b hello c hello");
        node.Do("PEXPIREAT b 1700000000010");
        tap.Take();
        node.Clock.Advance(1000);
        Assert.Equal(reply, node.Do(command));
        Assert.Equal(command.Contains('b') ? "DEL b" : "", tap.Take());
    }
}
