using System.Text;
using Redouble.Protocol.Replies;

namespace Redouble.Protocol.Tests.Replies;

public sealed class ReplyReaderTests
{
    [Theory]
    [InlineData("+OK\r\n", "+OK")]
    [InlineData("-ERR x\r\n", "-ERR x")]
    [InlineData(":-12\r\n", ":-12")]
    [InlineData("$5\r\nhello\r\n", "\"hello\"")]
    [InlineData("$0\r\n\r\n", "\"\"")]
    [InlineData("$-1\r\n", "null")]
    [InlineData("*-1\r\n", "null")]
    [InlineData("_\r\n", "null")]
    [InlineData("*0\r\n", "[]")]
    [InlineData("*3\r\n:1\r\n$2\r\n\r\n\r\n*2\r\n#t\r\n_\r\n", "[:1 \"\r\n\" [#t null]]")]
    [InlineData("%2\r\n+a\r\n:1\r\n+b\r\n~1\r\n,3.14\r\n", "%[+a :1 +b ~[,3.14]]")]
    [InlineData(">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n", ">[\"invalidate\" [\"k\"]]")]
    [InlineData("|1\r\n$1\r\nk\r\n:90\r\n$1\r\nv\r\n", "\"v\"")]
    [InlineData("*1\r\n|1\r\n+k\r\n:90\r\n:7\r\n", "[:7]")]
    [InlineData("=8\r\ntxt:abcd\r\n", "=txt:abcd")]
    [InlineData("!5\r\nERR x\r\n", "!ERR x")]
    [InlineData("(123456789012345678901234567890\r\n", "(123456789012345678901234567890")]
    public void ReadsEveryTypeCutAnywhere(string input, string expected)
    {
        var bytes = Encoding.Latin1.GetBytes(input);
        for (var cut = 0; cut < bytes.Length; cut++)
        {
            var reader = new ReplyReader();
            Assert.Equal(ReplyStatus.Incomplete, reader.TryRead(bytes.AsSpan(0, cut), out _, out _));
            Assert.InRange(reader.BytesNeeded, cut + 1, bytes.Length);
            Assert.Equal(ReplyStatus.Complete, reader.TryRead(bytes, out var value, out var consumed));
            Assert.Equal(bytes.Length, consumed);
            Assert.Equal(expected, value.ToString());
        }

        var slow = new ReplyReader();
        for (var length = 0; length < bytes.Length; length++) Assert.Equal(ReplyStatus.Incomplete, slow.TryRead(bytes.AsSpan(0, length), out _, out _));
        Assert.Equal(ReplyStatus.Complete, slow.TryRead([.. bytes, .. "+more\r\n"u8], out _, out var used));
        Assert.Equal(bytes.Length, used);
    }

    [Theory]
    [InlineData("hello\r\n")]
    [InlineData("\r\n")]
    [InlineData(":x\r\n")]
    [InlineData(":\r\n")]
    [InlineData("$-2\r\n")]
    [InlineData("$?\r\n")]
    [InlineData("$536870913\r\n")]
    [InlineData("$3\r\nabcd\r\n")]
    [InlineData("*-2\r\n")]
    [InlineData("*2147483648\r\n")]
    [InlineData("%-1\r\n")]
    [InlineData("~-1\r\n")]
    [InlineData("=3\r\nabc\r\n")]
    [InlineData("_x\r\n")]
    [InlineData("#x\r\n")]
    [InlineData("+a\nb\r\n")]
    [InlineData("+a\rb\r\n")]
    public void RefusesWhatIsNoResp(string input) =>
        Assert.Equal(ReplyStatus.Error, default(ReplyReader).TryRead(Encoding.Latin1.GetBytes(input), out _, out _));

    [Fact]
    public void RefusesEndlessNesting()
    {
        var reader = new ReplyReader();
        var nested = string.Concat(Enumerable.Repeat("*1\r\n", ReplyReader.DepthMax)) + ":1\r\n";
        Assert.Equal(ReplyStatus.Error, reader.TryRead(Encoding.Latin1.GetBytes(nested), out _, out _));
        Assert.Equal(ReplyStatus.Complete, reader.TryRead(Encoding.Latin1.GetBytes(nested[4..]), out _, out _));
    }

    [Fact]
    public void HugeAnnouncementsAllocateNothing()
    {
        var input = Encoding.Latin1.GetBytes("*2147483647\r\n%2147483647\r\n$536870912\r\nabc");
        var reader = new ReplyReader();
        reader.TryRead(input.AsSpan(0, 5), out _, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(ReplyStatus.Incomplete, reader.TryRead(input, out _, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
    }

    [Fact]
    public void GarbageNeverThrows()
    {
        const string Alphabet = "*$%~>|+-:,(_#!=0123456789\r\n\r\n\r\n\r\ntf\u00ff";
        var random = new Random(99);
        for (var round = 0; round < 50_000; round++)
        {
            var input = new byte[random.Next(1, 60)];
            for (var i = 0; i < input.Length; i++) input[i] = (byte)Alphabet[random.Next(Alphabet.Length)];
            var whole = default(ReplyReader).TryRead(input, out var value, out var consumed);
            var pieces = new ReplyReader();
            var status = ReplyStatus.Incomplete;
            var taken = 0;
            for (var length = 1; length <= input.Length && status == ReplyStatus.Incomplete; length++)
            {
                status = pieces.TryRead(input.AsSpan(0, length), out var again, out taken);
                if (status == ReplyStatus.Complete) Assert.Equal(value, again);
            }

            Assert.Equal((whole, consumed), (status, taken));
        }
    }

    [Theory]
    [InlineData("+CONTINUE\r\nrest", ReplyStatus.Complete, "+CONTINUE", 11)]
    [InlineData("\n+OK", ReplyStatus.Complete, "", 1)]
    [InlineData("\r\n", ReplyStatus.Complete, "", 2)]
    [InlineData("$12\n", ReplyStatus.Complete, "$12", 4)]
    [InlineData("+OK", ReplyStatus.Incomplete, "", 0)]
    [InlineData("", ReplyStatus.Incomplete, "", 0)]
    [InlineData("123456789012\r\n", ReplyStatus.Complete, "123456789012", 14)]
    [InlineData("1234567890123\r\n", ReplyStatus.Error, "1234567890123", 0)]
    [InlineData("12345678901234567", ReplyStatus.Error, "", 0)]
    public void ReadsLines(string input, ReplyStatus expected, string text, int length)
    {
        Assert.Equal(expected, ReplyLine.TryReadLine(Encoding.Latin1.GetBytes(input), 12, out var line, out var consumed));
        if (expected == ReplyStatus.Complete) Assert.Equal(text, Encoding.Latin1.GetString(line));
        Assert.Equal(length, consumed);
    }
}
