using Redouble.Generators.Model;
using Redouble.Generators.Parsing;

namespace Redouble.Generators.Tests.Parsing;

public class SyntaxParserTests
{
    [Theory]
    [InlineData("key", "key:key#0")]
    [InlineData("destination:key#1 value", "destination:key#1 value:string")]
    [InlineData("by:pattern#1 min:double count", "by:pattern#1 min:double count:integer")]
    [InlineData("NX", "nx:pure-token'NX'")]
    [InlineData("change=CH^3.0.2 equal='=' '~'", "change:pure-token'CH'^3.0.2 equal:pure-token'=' ~:pure-token'~'")]
    [InlineData("EX seconds", "seconds:integer'EX'")]
    [InlineData("EX! seconds", "ex:pure-token'EX' seconds:integer")]
    [InlineData("GET^6.2.0 key", "get:pure-token'GET'^6.2.0 key:key#0")]
    [InlineData("[NX]", "nx:pure-token'NX'+optional")]
    [InlineData("[NX | XX]", "nx-xx:oneof+optional(nx:pure-token'NX' xx:pure-token'XX')")]
    [InlineData("[condition=(NX | XX)^2.6.12]", "condition:oneof^2.6.12+optional(nx:pure-token'NX' xx:pure-token'XX')")]
    [InlineData("[LIMIT limit=(offset:integer count)]", "limit:block'LIMIT'+optional(offset:integer count:integer)")]
    [InlineData("[LIMIT (offset:integer count)]", "offset-count:block'LIMIT'+optional(offset:integer count:integer)")]
    [InlineData("[(one)]", "one:string+optional")]
    [InlineData("range=(start:integer)", "range:block(start:integer)")]
    [InlineData("key...", "key:key#0+multiple")]
    [InlineData("data=(score:double member)...", "data:block+multiple(score:double member:string)")]
    [InlineData("[GET pattern#1+...]", "pattern:pattern'GET'#1+optional+multiple+multiple_token")]
    [InlineData("[ID^6.2.0~7.0.0... ]", "id:pure-token'ID'^6.2.0~7.0.0+optional+multiple")]
    [InlineData("[a b | C]", "a-b-c:oneof+optional(a-b:block(a:string b:string) c:pure-token'C')")]
    [InlineData("[word]...", "word:string+optional+multiple")]
    [InlineData("name{shown so} other", "name:string{shown so} other:string")]
    [InlineData("x=(a [b=(c | D)])", "x:block(a:string b:oneof+optional(c:string d:pure-token'D'))")]
    public void Reads_each_form(string syntax, string tree) => Assert.Equal(tree, Describe(SyntaxParser.Parse(syntax)));

    [Fact]
    public void Nothing_is_no_arguments()
    {
        Assert.Equal(0, SyntaxParser.Parse(null).Count);
        Assert.Equal(0, SyntaxParser.Parse(" ").Count);
    }

    [Theory]
    [InlineData("[key", "']' is missing")]
    [InlineData("(a | b", "')' is missing")]
    [InlineData("a)", "unexpected character")]
    [InlineData("[]", "an alternative or group is empty")]
    [InlineData("[a | ]", "an alternative or group is empty")]
    [InlineData("a:int", "'int' is no type")]
    [InlineData("a^6", "a version has three numbers")]
    [InlineData("a#", "a number is expected")]
    [InlineData("'x", "the closing quote of a token is missing")]
    [InlineData("a{x", "the closing brace of a display text is missing")]
    [InlineData("?", "an argument, a token or a bracket is expected")]
    [InlineData("A b=C", "'A' introduces an argument that has a token already")]
    public void Refuses_bad_syntax_and_says_why(string syntax, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => SyntaxParser.Parse(syntax)).Message, StringComparison.Ordinal);

    private static string Describe(EquatableArray<ArgumentModel> arguments) => string.Join(" ", arguments.Select(a =>
        $"{a.Name}:{a.Type}"
        + Part(a.Token is not null, $"'{a.Token}'") + Part(a.KeySpecIndex >= 0, $"#{a.KeySpecIndex}")
        + Part(a.Since is not null, $"^{a.Since}") + Part(a.DeprecatedSince is not null, $"~{a.DeprecatedSince}")
        + Part(a.Display is not null, $"{{{a.Display}}}") + Part(a.Optional, "+optional") + Part(a.Multiple, "+multiple")
        + Part(a.MultipleToken, "+multiple_token") + Part(a.Arguments.Count > 0, $"({Describe(a.Arguments)})")));

    private static string Part(bool present, string text) => present ? text : "";
}
