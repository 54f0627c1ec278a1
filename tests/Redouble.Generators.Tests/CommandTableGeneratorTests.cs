using Microsoft.CodeAnalysis;

namespace Redouble.Generators.Tests;

public class CommandTableGeneratorTests
{
    private const string Good = """Arity = 2, Since = "1.0.0", Summary = "s" """;

    [Theory]
    [InlineData("RCT003", """[Command("get", Since = "1.0.0", Summary = "s")] public static void M(CommandContext c) { }""")]
    [InlineData("RCT003", """[Command("command|count", Arity = 1, Since = "1.0.0", Summary = "s")] public static void M(CommandContext c) { }""")]
    [InlineData("RCT002", $$"""[Command("get", {{Good}})] public static int M(CommandContext c) => 0;""")]
    [InlineData("RCT002", $$"""[Command("get", {{Good}})] public static void M() { }""")]
    [InlineData("RCT002", $$"""[Command("get", {{Good}})] public static void M(string c) { }""")]
    [InlineData("RCT002", $$"""[Command("get", {{Good}})] public static void M(ref CommandContext c) { }""")]
    [InlineData("RCT002", $$"""[Command("get", {{Good}})] private static void M(CommandContext c) { }""")]
    [InlineData("RCT002", $$"""[Command("get", {{Good}})] public static void M<T>(CommandContext c) { }""")]
    [InlineData("RCT002", $$"""[Command("get", {{Good}}, GetKeys = "Nothing")] public static void M(CommandContext c) { }""")]
    [InlineData("RCT002", $$"""[Command("get", {{Good}}, GetKeys = nameof(M))] public static void M(CommandContext c) { }""")]
    [InlineData("RCT004", $$"""[Command("GET", {{Good}})] public static void M(CommandContext c) { }""")]
    [InlineData("RCT004", $$"""[Command("2get", {{Good}})] public static void M(CommandContext c) { }""")]
    [InlineData("RCT004", $$"""[Command("", {{Good}})] public static void M(CommandContext c) { }""")]
    [InlineData("RCT004", $$"""[Command("a|b|c", {{Good}})] public static void M(CommandContext c) { }""")]
    [InlineData("RCT005", $$"""[Command("get", {{Good}}, Keys = "RO @x")] public static void M(CommandContext c) { }""")]
    [InlineData("RCT006", $$"""[Command("get", {{Good}}, Syntax = "[key")] public static void M(CommandContext c) { }""")]
    [InlineData("RCT006", $$"""[Command("get", {{Good}}, Keys = "RO @1", Syntax = "key:key#1")] public static void M(CommandContext c) { }""")]
    [InlineData("RCT006", $$"""[Command("get", {{Good}}, Syntax = "[x=(a key)]")] public static void M(CommandContext c) { }""")]
    [InlineData("RCT007", $$"""[Command("config|get", {{Good}})] public static void M(CommandContext c) { }""")]
    [InlineData("RCT008", $$"""[Command("get", {{Good}}, Flags = CommandFlags.MovableKeys)] public static void M(CommandContext c) { }""")]
    [InlineData("RCT008", $$"""[Command("get", {{Good}}, Flags = CommandFlags.NeedsAuth)] public static void M(CommandContext c) { }""")]
    [InlineData("RCT008", $$"""[Command("get", {{Good}}, Flags = CommandFlags.Write | CommandFlags.ReadOnly)] public static void M(CommandContext c) { }""")]
    [InlineData("RCT009", """[Command("get", Arity = 2, Summary = "s")] public static void M(CommandContext c) { }""")]
    [InlineData("RCT009", """[Command("get", Arity = 2, Since = "1.0.0")] public static void M(CommandContext c) { }""")]
    [InlineData("RCT009", $$"""[Command("get", {{Good}}, History = "soon")] public static void M(CommandContext c) { }""")]
    public void A_bad_declaration_is_an_error_at_its_attribute(string id, string member)
    {
        var table = GeneratedTable.From($"static class C {{ {member} }}");
        var problem = Assert.Single(table.Problems);
        Assert.Equal(id, problem.Id);
        Assert.Equal(DiagnosticSeverity.Error, problem.Severity);
        Assert.StartsWith("Command(", TextAt(table, problem), StringComparison.Ordinal);
    }

    [Fact]
    public void The_second_of_two_equal_names_is_an_error()
    {
        var table = GeneratedTable.OfCommands(("get", "Arity = 2"), ("set", "Arity = 3"), ("get", "Arity = 4"));
        var problem = Assert.Single(table.Problems);
        Assert.Equal("RCT001", problem.Id);
        Assert.Equal("Command 'get' is declared twice", problem.GetMessage());
        Assert.Contains("Arity = 4", TextAt(table, problem), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_differ_only_in_punctuation_are_an_error()
    {
        var problem = Assert.Single(GeneratedTable.OfCommands(("bitfield_ro", "Arity = 2"), ("bitfield-ro", "Arity = 2")).Problems);
        Assert.Equal("RCT004", problem.Id);
        Assert.Equal("'bitfield-ro' has the same constant as another command", problem.GetMessage());
    }

    [Fact]
    public void Nothing_is_generated_without_commands()
    {
        var table = GeneratedTable.From("static class C;");
        Assert.Empty(table.Problems);
        Assert.Empty(table.Driver.GetRunResult().GeneratedTrees);
    }

    [Fact]
    public void Moving_commands_and_editing_bodies_regenerates_nothing()
    {
        var table = GeneratedTable.OfCommands(("get", "Arity = 2"), ("set", "Arity = 3"));
        var tree = table.Before.SyntaxTrees.Last();
        var edited = tree.ToString().Replace("c.Ran = \"get\"", "c.Ran = \"something else\"", StringComparison.Ordinal);
        Assert.Equal([IncrementalStepRunReason.Unchanged], ReasonsAfter(table, "// a line above everything\n" + edited));
    }

    [Fact]
    public void Changing_an_attribute_regenerates()
    {
        var table = GeneratedTable.OfCommands(("get", "Arity = 2"));
        var edited = table.Before.SyntaxTrees.Last().ToString().Replace("Arity = 2", "Arity = 3", StringComparison.Ordinal);
        Assert.Equal([IncrementalStepRunReason.Modified], ReasonsAfter(table, edited));
    }

    private static string TextAt(GeneratedTable table, Diagnostic problem) =>
        table.Before.SyntaxTrees.Last().ToString().Substring(problem.Location.SourceSpan.Start, problem.Location.SourceSpan.Length);

    private static IEnumerable<IncrementalStepRunReason> ReasonsAfter(GeneratedTable table, string source)
    {
        var changed = table.Before.ReplaceSyntaxTree(table.Before.SyntaxTrees.Last(), GeneratedTable.Parse(source, "Commands.cs"));
        var result = table.Driver.RunGenerators(changed).GetRunResult().Results.Single();
        return result.TrackedSteps[CommandTableGenerator.ModelsStep].SelectMany(s => s.Outputs).Select(o => o.Reason);
    }
}
