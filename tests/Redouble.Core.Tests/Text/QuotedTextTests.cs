using System.Text;
using Redouble.Core.Text;

namespace Redouble.Core.Tests.Text;

public class QuotedTextTests
{
    [Theory]
    [InlineData("", "\"\"")]
    [InlineData("plain text", "\"plain text\"")]
    [InlineData("\\\"'", "\"\\\\\\\"'\"")]
    [InlineData("\n\r\t\a\b", "\"\\n\\r\\t\\a\\b\"")]
    [InlineData("\0\v\f\u001f~\u007f\u0080\u00ff", "\"\\x00\\x0b\\x0c\\x1f~\\x7f\\x80\\xff\"")]
    public void QuotesLikeMonitor(string text, string expected)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        byte[] buffer = new byte[QuotedText.MaxLength(bytes.Length)];
        Assert.Equal(expected, Encoding.Latin1.GetString(buffer, 0, QuotedText.Format(bytes, buffer)));

        Assert.Equal(expected[1..^1], Encoding.Latin1.GetString(buffer, 0, QuotedText.FormatPart(bytes, buffer)));
    }

    [Theory]
    [InlineData("appendonly.aof", false)]
    [InlineData("with'single", false)]
    [InlineData("", false)]
    [InlineData("with space", true)]
    [InlineData("with\\backslash", true)]
    [InlineData("with\"quote", true)]
    [InlineData("with\ttab", true)]
    [InlineData("\u00e9", true)]
    public void KnowsWhatNeedsQuotes(string text, bool expected) => Assert.Equal(expected, QuotedText.NeedsQuotes(Encoding.Latin1.GetBytes(text)));
}
