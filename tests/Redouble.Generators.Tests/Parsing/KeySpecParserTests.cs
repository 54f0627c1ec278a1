using Redouble.Generators.Model;
using Redouble.Generators.Parsing;

namespace Redouble.Generators.Tests.Parsing;

public class KeySpecParserTests
{
    public static TheoryData<string, string> Forms => new()
    {
        { "RO access @1", "RO, Access 1 Range last 0 step 1 limit 0" },
        { "OW update @1..-1/2", "OW, Update 1 Range last -1 step 2 limit 0" },
        { "RO access @1..+1", "RO, Access 1 Range last 1 step 1 limit 0" },
        { "RW access delete @1..-2", "RW, Access, Delete 1 Range last -2 step 1 limit 0" },
        { "RO access @STREAMS>4..-1%2", "RO, Access STREAMS>4 Range last -1 step 1 limit 2" },
        { "RW access delete incomplete @KEYS>-2..-1", "RW, Access, Delete, Incomplete KEYS>-2 Range last -1 step 1 limit 0" },
        { "RO access @2#", "RO, Access 2 KeyNum 0+1 step 1" },
        { "RO access @3#1+2/3", "RO, Access 3 KeyNum 1+2 step 3" },
        { "OW update ? -- anywhere", "OW, Update ? (anywhere)" },
        { "not_key @1..-1", "NotKey 1 Range last -1 step 1 limit 0" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Reads_each_form(string text, string expected) => Assert.Equal(expected, Describe(Assert.Single(KeySpecParser.Parse(text))));

    [Fact]
    public void Reads_several_specs_in_order_and_none_from_nothing()
    {
        var specs = KeySpecParser.Parse("OW update @1; RO access @2#").Select(Describe);
        Assert.Equal(["OW, Update 1 Range last 0 step 1 limit 0", "RO, Access 2 KeyNum 0+1 step 1"], specs);
        Assert.Equal(0, KeySpecParser.Parse(null).Count);
        Assert.Equal(0, KeySpecParser.Parse("  ").Count);
    }

    [Theory]
    [InlineData("access @1", "exactly one of RO, RW, OW and RM")]
    [InlineData("RO RW @1", "exactly one of RO, RW, OW and RM")]
    [InlineData("RO acces @1", "'acces' is no key spec flag")]
    [InlineData("RO access", "a key spec ends in '@…' or '?'")]
    [InlineData("RO @0", "keys begin at argument 1")]
    [InlineData("RO @-1", "keys begin at argument 1")]
    [InlineData("RO @1..2", "'..' is followed by +n")]
    [InlineData("RO @1..-1/0", "a step is at least 1")]
    [InlineData("RO @1x", "unexpected text")]
    [InlineData("RO @STREAMS", "a keyword is followed by '>'")]
    [InlineData("RO @STREAMS>0", "argument 0 is the command's name")]
    [InlineData("RO @2#1", "'#' is followed by nothing or by count+first")]
    [InlineData("RO @", "a number is expected")]
    [InlineData("RO @1;", "a key spec is empty")]
    public void Refuses_bad_specs_and_says_why(string text, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => KeySpecParser.Parse(text)).Message, StringComparison.Ordinal);

    private static string Describe(KeySpecModel spec)
    {
        var begin = spec.Find == FindKind.Unknown ? "?" : spec.Keyword is null ? $"{spec.Position}" : $"{spec.Keyword}>{spec.Position}";
        var find = spec.Find switch
        {
            FindKind.Range => $" Range last {spec.LastKey} step {spec.Step} limit {spec.Limit}",
            FindKind.KeyNum => $" KeyNum {spec.KeyNumIndex}+{spec.FirstKey} step {spec.Step}",
            _ => "",
        };
        return $"{spec.Flags} {begin}{find}{(spec.Notes is null ? "" : $" ({spec.Notes})")}";
    }
}
