using Redouble.Generators.Model;
using Redouble.Generators.Parsing;

namespace Redouble.Generators.Tests.Parsing;

public class HistoryParserTests
{
    [Fact]
    public void Reads_versions_and_texts() =>
        Assert.Equal([new ChangeModel("2.6.12", "EX and PX"), new ChangeModel("7.0.0", "more")], HistoryParser.Parse("2.6.12 EX and PX; 7.0.0 more"));

    [Theory]
    [InlineData("2.6 EX")]
    [InlineData("later EX")]
    [InlineData("2.6.12")]
    [InlineData("2.6.12 a;")]
    public void Refuses_entries_without_version_or_text(string text) => Assert.Throws<FormatException>(() => HistoryParser.Parse(text));

    [Theory]
    [InlineData("1.0.0", true)]
    [InlineData("1.0", false)]
    [InlineData("1.0.0.0", false)]
    [InlineData("", false)]
    public void Tells_versions(string text, bool expected) => Assert.Equal(expected, HistoryParser.IsVersion(text));
}
