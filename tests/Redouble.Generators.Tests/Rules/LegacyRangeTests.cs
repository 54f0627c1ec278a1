using Redouble.Generators.Parsing;
using Redouble.Generators.Rules;

namespace Redouble.Generators.Tests.Rules;

public class LegacyRangeTests
{
    /// <summary>Each with what COMMAND INFO of 7.0.15 says about a command with these specs.</summary>
    [Theory]
    [InlineData("", 0, 0, 0, false)]
    [InlineData("RO access @1", 1, 1, 1, false)] // get
    [InlineData("OW update @1..-1/2", 1, -1, 2, false)] // mset
    [InlineData("RO access @1..+1", 1, 2, 1, false)] // lcs
    [InlineData("RW access delete @1..-2", 1, -2, 1, false)] // blpop
    [InlineData("RW access delete @1; RW insert @2", 1, 2, 1, false)] // rpoplpush
    [InlineData("OW update @1; RO access @2..-1", 1, -1, 1, false)] // sdiffstore
    [InlineData("OW update @2; RO access @3..-1", 2, -1, 1, false)] // bitop
    [InlineData("OW update @1; RO access @2#", 1, 1, 1, true)] // zunionstore
    [InlineData("RO access @1; RO access ?; OW update ?", 1, 1, 1, true)] // sort
    [InlineData("RO access @STREAMS>1..-1%2", 0, 0, 0, true)] // xread
    [InlineData("RW access delete @3; RW access delete incomplete @KEYS>-2..-1", 3, 3, 1, true)] // migrate
    [InlineData("RO access @2#", 0, 0, 0, true)] // eval_ro
    [InlineData("not_key @1..-1", 1, -1, 1, false)] // ssubscribe
    public void Says_what_redis_says(string specs, int first, int last, int step, bool movable) =>
        Assert.Equal(new LegacyRange(first, last, step, movable), LegacyRange.Of(KeySpecParser.Parse(specs)));
}
