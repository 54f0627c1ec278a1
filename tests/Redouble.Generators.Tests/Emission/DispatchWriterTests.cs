using System.Reflection;

namespace Redouble.Generators.Tests.Emission;

public class DispatchWriterTests
{
    private static readonly string[] s_names = ["zrevrange", "get", "set", "append", "ping", "xack", "incr"];

    [Fact]
    public void Each_id_runs_its_own_method()
    {
        var table = new LoadedTable(GeneratedTable.OfCommands([.. s_names.Select(n => (n, "Arity = 1"))]));
        foreach (var name in s_names) Assert.Equal(name, table.Execute(table.Find(name)));
    }

    [Fact]
    public void Hot_commands_have_the_lowest_ids_and_the_others_follow_by_name()
    {
        var table = new LoadedTable(GeneratedTable.OfCommands([.. s_names.Select(n => (n, "Arity = 1"))]));
        var names = Enumerable.Range(0, table.Count).Select(id => (string)table.Info(id, "Name")!);
        Assert.Equal(["get", "set", "incr", "ping", "append", "xack", "zrevrange"], names);
        Assert.Equal(table.Find("zrevrange"), table.Ids.GetField("Zrevrange")!.GetRawConstantValue());
    }

    [Fact]
    public void One_method_may_be_several_commands()
    {
        var table = new LoadedTable(GeneratedTable.From("""
            static class C
            {
                [Command("replicaof", Arity = 3, Since = "5.0.0", Summary = "s")]
                [Command("slaveof", Arity = 3, Since = "1.0.0", Summary = "s", Deprecated = "5.0.0", ReplacedBy = "`REPLICAOF`")]
                internal static void ReplicaOf(CommandContext c) => c.Ran = "both";
            }
            """));
        Assert.NotEqual(table.Find("replicaof"), table.Find("slaveof"));
        Assert.Equal("both", table.Execute(table.Find("replicaof")));
        Assert.Equal("both", table.Execute(table.Find("slaveof")));
    }

    [Fact]
    public void A_container_cannot_be_executed_unless_it_is_a_command()
    {
        var table = new LoadedTable(GeneratedTable.From("""
            [CommandContainer("config", Since = "2.0.0", Summary = "s")]
            static class C
            {
                [Command("config|get", Arity = -3, Since = "2.0.0", Summary = "s")] public static void A(CommandContext c) { }
                [Command("command", Arity = -1, Since = "2.0.0", Summary = "s")] public static void B(CommandContext c) => c.Ran = "command";
                [Command("command|count", Arity = 2, Since = "2.0.0", Summary = "s")] public static void D(CommandContext c) => c.Ran = "count";
            }
            """));
        var thrown = Assert.Throws<TargetInvocationException>(() => table.Execute(table.Find("config")));
        Assert.IsType<ArgumentOutOfRangeException>(thrown.InnerException);
        Assert.Equal("command", table.Execute(table.Find("command")));
        Assert.Equal("count", table.Execute(table.FindSub(table.Find("command"), "count")));
        const ulong Container = 1UL << 33, Runnable = 1UL << 34;
        Assert.Equal(Container | Runnable, Convert.ToUInt64(table.Info(table.Find("command"), "Flags")) & (Container | Runnable));
        Assert.Equal(Container, Convert.ToUInt64(table.Info(table.Find("config"), "Flags")) & (Container | Runnable));
    }
}
