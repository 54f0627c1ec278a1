namespace Redouble.Architecture.Tests;

public sealed class OffencesTests
{
    [Fact]
    public void Every_exception_names_a_known_rule_and_is_listed_once()
    {
        string[][] lines = [.. Offences.ExceptionLines()];
        Assert.All(lines, words => Assert.Contains(words[0], Offences.RulesWithExceptions));
        Assert.All(lines, words => Assert.InRange(words.Length, 2, 3));
        Assert.Equal(lines.Length, lines.Select(words => $"{words[0]} {words[1]}").Distinct().Count());
    }

    [Fact]
    public void An_offender_that_is_not_listed_fails_and_is_named()
    {
        var failure = Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Offences.AssertOnlyExceptions("no-such-rule", "Mend it:", [("a.cs", 7)]));
        Assert.Contains("Mend it:\n  a.cs 7", failure.Message);
    }
}
