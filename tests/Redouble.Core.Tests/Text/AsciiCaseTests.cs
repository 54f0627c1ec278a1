using System.Text;
using Redouble.Core.Text;

namespace Redouble.Core.Tests.Text;

public class AsciiCaseTests
{
    [Fact]
    public void EveryByteFoldsAsInTheCLocale()
    {
        for (int i = 0; i < 256; i++)
        {
            byte expected = i is >= 'A' and <= 'Z' ? (byte)(i + 32) : (byte)i;
            Assert.Equal(expected, AsciiCase.ToLower((byte)i));
            Assert.Equal(i is >= 'a' and <= 'z' ? (byte)(i - 32) : (byte)i, AsciiCase.ToUpper((byte)i));
            for (int length = 1; length <= 20; length++)
            {
                byte[] text = new byte[length];
                text.AsSpan().Fill((byte)i);
                byte[] lower = text.Select(_ => expected).ToArray();
                Assert.True(AsciiCase.EqualsIgnoreCase(text, lower));
                AsciiCase.ToLower(text);
                Assert.Equal(lower, text);
            }
        }
    }

    [Fact]
    public void OneDifferentByteAnywhereIsSeen()
    {
        byte[] literal = Encoding.ASCII.GetBytes("abcdefghijklmnopqrstuvwxyz"[..20]);
        for (int length = 1; length <= literal.Length; length++)
        {
            for (int at = 0; at < length; at++)
            {
                for (int value = 0; value < 256; value++)
                {
                    byte[] text = literal[..length];
                    text[at] = (byte)value;
                    bool expected = value == literal[at] || value == literal[at] - 32;
                    Assert.Equal(expected, AsciiCase.EqualsIgnoreCase(text, literal.AsSpan(0, length)));
                }
            }
        }
    }

    [Fact]
    public void LengthsMustAgree()
    {
        Assert.True(AsciiCase.EqualsIgnoreCase(""u8, ""u8));
        Assert.False(AsciiCase.EqualsIgnoreCase("e"u8, "ex"u8));
        Assert.True(AsciiCase.EqualsIgnoreCase("WithScores"u8, "withscores"u8));
        Assert.False(AsciiCase.EqualsIgnoreCase("@[`{"u8, "`{@["u8));
    }
}
