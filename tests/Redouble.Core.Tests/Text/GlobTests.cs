using System.Text;
using Redouble.Core.Text;

namespace Redouble.Core.Tests.Text;

public class GlobTests
{
    [Fact]
    public void MatchesWhatRedisMatches()
    {
        foreach ((string pattern, string text) in GlobCases.Matching)
        {
            Assert.True(IsMatch(pattern, text), $"{pattern} should match {text}");
        }
    }

    [Fact]
    public void RefusesWhatRedisRefuses()
    {
        foreach ((string pattern, string text) in GlobCases.NotMatching)
        {
            Assert.False(IsMatch(pattern, text), $"{pattern} should not match {text}");
        }
    }

    [Theory]
    [InlineData("MAXMEMOR[X-Z]", "maxmemory", true)]
    [InlineData("maxmemor[Y]", "maxmemory", true)]
    [InlineData("maxmemor[\\y]", "maxmemory", true)]
    [InlineData("maxmemor[\\Y]", "maxmemory", false)]
    [InlineData("maxmemor[Z-x]", "maxmemory", false)]
    [InlineData("m\\AX*", "maxmemory", true)]
    [InlineData("*É", "é", false)]
    public void IgnoresCaseWhenAsked(string pattern, string text, bool expected) =>
        Assert.Equal(expected, Glob.IsMatch(Encoding.Latin1.GetBytes(pattern), Encoding.Latin1.GetBytes(text), ignoreCase: true));

    [Fact]
    public void AnEmptyTextMatchesNoStar()
    {
        Assert.False(IsMatch("*", ""));
        Assert.True(IsMatch("", ""));
    }

    // Recorded: 1000 stars still match, the 1001st must be the last element.
    [Theory]
    [InlineData(1000, true, true, true)]
    [InlineData(1001, false, true, false)]
    [InlineData(1002, false, false, false)]
    public void StarsAreLimited(int count, bool before, bool after, bool closed)
    {
        string text = new('a', count);
        Assert.Equal(before, IsMatch(Repeat("*a", count), text));
        Assert.Equal(after, IsMatch(Repeat("a*", count), text));
        Assert.Equal(closed, IsMatch(Repeat("*a", count) + "*", text));
    }

    [Fact]
    public void HostilePatternsTakeNoExponentialTime() => Assert.False(IsMatch(Repeat("a*", 900) + "b", new string('a', 20_000)));

    [Fact]
    public void AgreesWithBacktrackingOnRandomPatterns()
    {
        var random = new Random(74);
        int matches = 0;
        for (int i = 0; i < 60_000; i++)
        {
            string pattern = Pick(random, "ab*?", 8);
            string text = Pick(random, "ab", 8);
            bool expected = text.Length == 0 ? pattern.Length == 0 : Model(pattern, text);
            matches += expected ? 1 : 0;
            Assert.Equal(expected, IsMatch(pattern, text));
        }

        Assert.InRange(matches, 5_000, 55_000);
    }

    [Fact]
    public void NoPatternReadsOutsideItself()
    {
        var random = new Random(75);
        for (int i = 0; i < 100_000; i++)
        {
            string pattern = Pick(random, "ab*?[]^-\\", 10);
            string text = Pick(random, "ab-]\\", 6);
            bool exact = IsMatch(pattern, text);

            // Letters only in lower case: ignoring case changes nothing.
            Assert.Equal(exact, Glob.IsMatch(Encoding.Latin1.GetBytes(pattern), Encoding.Latin1.GetBytes(text), ignoreCase: true));
        }
    }

    [Fact]
    public void KnowsLiteralPatterns()
    {
        Assert.True(Glob.IsLiteral("plain]^-"u8));
        Assert.False(Glob.IsLiteral("a*"u8));
        Assert.False(Glob.IsLiteral("a?"u8));
        Assert.False(Glob.IsLiteral("[a"u8));
        Assert.False(Glob.IsLiteral("a\\"u8));
    }

    private static bool Model(string pattern, string text)
    {
        if (pattern.Length == 0)
        {
            return text.Length == 0;
        }

        return pattern[0] == '*'
            ? Model(pattern[1..], text) || (text.Length > 0 && Model(pattern, text[1..]))
            : text.Length > 0 && (pattern[0] == '?' || pattern[0] == text[0]) && Model(pattern[1..], text[1..]);
    }

    private static string Pick(Random random, string alphabet, int maxLength) =>
        new(Enumerable.Range(0, random.Next(maxLength + 1)).Select(_ => alphabet[random.Next(alphabet.Length)]).ToArray());

    private static string Repeat(string part, int count) => new StringBuilder().Insert(0, part, count).ToString();

    private static bool IsMatch(string pattern, string text) => Glob.IsMatch(Encoding.Latin1.GetBytes(pattern), Encoding.Latin1.GetBytes(text));
}
