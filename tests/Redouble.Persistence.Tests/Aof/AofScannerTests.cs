using System.Text;
using Redouble.Persistence.Aof;
using Redouble.Protocol.Requests;

namespace Redouble.Persistence.Tests.Aof;

public sealed class AofScannerTests
{
    [Theory]
    [InlineData("*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\nrest", "SELECT|0", 23)]
    [InlineData("*2\n$6\nSELECT\r\n$1\r\n0xyrest", "SELECT|0", 21)] // LF alone, and anything behind an argument
    [InlineData("*+02 x\r\n$ 3\r\nGET\r\n$0\r\n\r\n", "GET|", 24)]
    [InlineData("*1\r\n$4\r\nPI\r\n\r\n", "PI\r\n", 14)]
    [InlineData("*1\r\n$x\r\n\r\n", "", 10)]
    public void Commands(string text, string arguments, int length)
    {
        var (item, taken, words) = Scan(text, isEnd: false);
        Assert.Equal((AofItem.Command, length), (item, taken));
        Assert.Equal(arguments, string.Join('|', words));
    }

    [Theory]
    [InlineData("#TS:1\r\n*1", false, 7)]
    [InlineData("#\n", false, 2)]
    [InlineData("#no end", true, 7)]
    public void Annotations(string text, bool isEnd, int length) => Assert.Equal((AofItem.Annotation, length), Only(Scan(text, isEnd)));

    [Fact]
    public void An_annotation_goes_on_as_another_line_after_1023_bytes() =>
        Assert.Equal((AofItem.Annotation, 1023), Only(Scan("#" + new string('x', 2000), isEnd: false)));

    [Theory]
    [InlineData("x")]
    [InlineData("\r\n")]
    [InlineData("*0\r\n")]
    [InlineData("*\r\n")]
    [InlineData("*-1\r\n")]
    [InlineData("*x\r\n")]
    [InlineData("*1\r\nx")]
    [InlineData("*1\r\n*1\r\n")]
    [InlineData("*1\r\n$-1\r\n")]
    [InlineData("*99999999999999999999999\r\n")]
    public void Garbage(string text) => Assert.Equal(AofItem.Malformed, Scan(text, isEnd: true).Item);

    [Fact]
    public void A_command_that_is_cut_is_incomplete_or_truncated_at_every_byte()
    {
        const string command = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$12\r\nhello\r\nthere\r\n";
        for (var cut = 1; cut < command.Length; cut++)
        {
            Assert.Equal(AofItem.Truncated, Scan(command[..cut], isEnd: true).Item);
            var (item, needed, words) = Scan(command[..cut], isEnd: false);
            Assert.Equal(AofItem.Incomplete, item);
            Assert.Empty(words);
            Assert.InRange(needed, cut + 1, Math.Max(cut * 2, command.Length));
        }

        Assert.Equal(AofItem.Command, Scan(command, isEnd: true).Item);
    }

    /// <summary>It was looked through from its beginning for each chunk that was read of the file: an SADD of a gigabyte took minutes to load.</summary>
    [Fact]
    public void A_command_of_many_words_is_looked_through_twice_in_all()
    {
        var command = "*2000\r\n" + string.Concat(Enumerable.Repeat($"$500\r\n{new string('x', 500)}\r\n", 2000));
        var bytes = Encoding.Latin1.GetBytes(command);
        var (looked, needed, arguments) = (0L, 0L, new ArgumentTable());
        for (var read = 1000; read < bytes.Length; read += 1000)
        {
            if (read < needed) continue;
            Assert.Equal(AofItem.Incomplete, AofScanner.Scan(bytes.AsSpan(0, read), isEnd: false, arguments, out needed));
            looked += read;
        }

        Assert.InRange(looked, 1, 2L * bytes.Length);
    }

    [Fact]
    public void A_long_argument_tells_what_it_needs() =>
        Assert.Equal((AofItem.Incomplete, 4_000_000_019), Only(Scan("*1\r\n$4000000000\r\nabc", isEnd: false)));

    private static (AofItem Item, long Length) Only((AofItem Item, long Length, string[] Words) found) => (found.Item, found.Length);

    private static (AofItem Item, long Length, string[] Words) Scan(string text, bool isEnd)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        var arguments = new ArgumentTable();
        var item = AofScanner.Scan(bytes, isEnd, arguments, out var length);
        var words = Enumerable.Range(0, arguments.Count).Select(i => text.Substring(arguments[i].Offset, arguments[i].Length)).ToArray();
        return (item, length, words);
    }
}
