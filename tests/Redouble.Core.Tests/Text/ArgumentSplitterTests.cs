using System.Text;
using Redouble.Core.Text;

namespace Redouble.Core.Tests.Text;

public class ArgumentSplitterTests
{
    // Most recorded from inline ECHO on redis-server 7.0.15.
    [Theory]
    [InlineData("", new string[0])]
    [InlineData(" \t\v\f\r\n", new string[0])]
    [InlineData("foo", new[] { "foo" })]
    [InlineData("  a  b\tc\r\n", new[] { "a", "b", "c" })]
    [InlineData("\"a b\"", new[] { "a b" })]
    [InlineData("\"a\" b", new[] { "a", "b" })]
    [InlineData("\"a\"\vb", new[] { "a", "b" })]
    [InlineData("fo\vo", new[] { "fo\vo" })]
    [InlineData("\vfoo", new[] { "foo" })]
    [InlineData("a\"b\"", new[] { "ab" })]
    [InlineData("a'b c' d", new[] { "ab c", "d" })]
    [InlineData("'a\\'b'", new[] { "a'b" })]
    [InlineData("'a\\nb'", new[] { "a\\nb" })]
    [InlineData("\"a\\x41\\n\\r\\t\\b\\a\\\\\\\"\\q\"", new[] { "aA\n\r\t\b\a\\\"q" })]
    [InlineData("\"\\xfF\\x00\"", new[] { "\u00ff\0" })]
    [InlineData("\"\\xZZ\"", new[] { "xZZ" })]
    [InlineData("\"\\x4\"", new[] { "x4" })]
    [InlineData("\"\" ''", new[] { "", "" })]
    [InlineData("a\0b \"", new[] { "a" })]
    [InlineData("a\\nb", new[] { "a\\nb" })]
    public void Splits(string line, string[] expected)
    {
        var arguments = new List<byte[]>();
        Assert.True(QuotedText.TrySplit(Encoding.Latin1.GetBytes(line), arguments));
        Assert.Equal(expected, arguments.Select(Encoding.Latin1.GetString));
    }

    [Theory]
    [InlineData("\"a")]
    [InlineData("\"a\"b")]
    [InlineData("'a")]
    [InlineData("'a'b")]
    [InlineData("a\\\"b")]
    [InlineData("\"\\")]
    [InlineData("\"\\\"")]
    [InlineData("'\\'")]
    [InlineData("'a\\\\'")]
    [InlineData("good \"bad")]
    [InlineData("\"a\"\"b\"")]
    public void RefusesUnbalancedQuotes(string line)
    {
        var arguments = new List<byte[]> { Array.Empty<byte>() };
        Assert.False(QuotedText.TrySplit(Encoding.Latin1.GetBytes(line), arguments));
        Assert.Single(arguments);
    }

    [Fact]
    public void QuotedTextSplitsBackIntoItself()
    {
        var random = new Random(76);
        for (int i = 0; i < 3_000; i++)
        {
            byte[] text = new byte[random.Next(40)];
            random.NextBytes(text);
            byte[] quoted = new byte[QuotedText.MaxLength(text.Length)];
            int length = QuotedText.Format(text, quoted);
            var arguments = new List<byte[]>();
            Assert.True(QuotedText.TrySplit(quoted.AsSpan(0, length), arguments));
            Assert.Equal(text, Assert.Single(arguments));
        }
    }

    [Fact]
    public void AnyLineFitsIntoABufferOfItsOwnLength()
    {
        var random = new Random(77);
        byte[] alphabet = "ab \t\"'\\xn0\0"u8.ToArray();
        int unbalanced = 0;
        for (int i = 0; i < 30_000; i++)
        {
            byte[] line = random.GetItems(alphabet, random.Next(16));
            byte[] buffer = new byte[line.Length];
            var splitter = new ArgumentSplitter(line);
            ArgumentSplitStatus status;
            int arguments = 0;
            while ((status = splitter.Next(buffer, out int written)) == ArgumentSplitStatus.Argument)
            {
                Assert.InRange(written, 0, line.Length);
                arguments++;
            }

            Assert.InRange(arguments, 0, line.Length);
            unbalanced += status == ArgumentSplitStatus.Unbalanced ? 1 : 0;
        }

        Assert.InRange(unbalanced, 1_000, 29_000);
    }
}
