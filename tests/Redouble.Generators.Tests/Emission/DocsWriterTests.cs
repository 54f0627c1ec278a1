namespace Redouble.Generators.Tests.Emission;

public class DocsWriterTests
{
    [Fact]
    public void Documentation_arrives_with_its_argument_tree()
    {
        var table = new LoadedTable(GeneratedTable.From(""""
            static class C
            {
                [Command("getset", Arity = -3, Since = "1.0.0", Summary = "Says \"x\"", Complexity = "O(1)", Group = CommandGroup.String, Keys = "RW access @1",
                    Deprecated = "6.2.0", ReplacedBy = "`SET`", History = "2.6.12 one; 6.2.0 two",
                    Syntax = "key value [condition=(NX | XX)^2.6.12] [expiry=(EX seconds...)]")]
                public static void A(CommandContext c) { }
                [Command("psync", Arity = -3, Since = "2.8.0", Summary = "s", System = true)]
                public static void B(CommandContext c) { }
            }
            """"));
        var docs = table.Docs(table.Find("getset"));
        Assert.Equal("Says \"x\"", LoadedTable.Property(docs, "Summary"));
        Assert.Equal("O(1)", LoadedTable.Property(docs, "Complexity"));
        Assert.Equal("6.2.0", LoadedTable.Property(docs, "DeprecatedSince"));
        Assert.Equal("`SET`", LoadedTable.Property(docs, "ReplacedBy"));
        var history = ((Array)LoadedTable.Property(docs, "History")!).Cast<object>().Select(h => h.ToString());
        Assert.Equal(["CommandChange { Since = 2.6.12, Text = one }", "CommandChange { Since = 6.2.0, Text = two }"], history);
        Assert.Equal(
            "key:Key#0 value:String condition:OneOf^2.6.12+Optional(nx:PureToken'NX' xx:PureToken'XX') expiry:Block+Optional(seconds:Integer'EX'+Multiple)",
            Arguments(docs));

        var internals = table.Docs(table.Find("psync"));
        Assert.Equal(true, LoadedTable.Property(internals, "System"));
        Assert.Null(LoadedTable.Property(internals, "Complexity"));
        Assert.Equal("", Arguments(internals));
    }

    private static string Arguments(object parent) => string.Join(" ", ((Array)LoadedTable.Property(parent, "Arguments")!).Cast<object>().Select(a =>
    {
        object? Get(string name) => LoadedTable.Property(a, name);
        var text = $"{Get("Name")}:{Get("Type")}";
        if (Get("Token") is { } token) text += $"'{token}'";
        if ((int)Get("KeySpecIndex")! >= 0) text += $"#{Get("KeySpecIndex")}";
        if (Get("Since") is { } since) text += $"^{since}";
        if (Get("Flags")!.ToString() is var flags && flags != "None") text += $"+{flags}";
        return Arguments(a) is { Length: > 0 } inner ? $"{text}({inner})" : text;
    }));
}
