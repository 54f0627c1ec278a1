using Redouble.Engine.Commands.Table;

namespace Redouble.Generators.Tests.Emission;

public class InfoWriterTests
{
    [Fact]
    public void An_info_says_what_the_attribute_says()
    {
        var table = new LoadedTable(GeneratedTable.OfCommands(("set", """
            Arity = -3, Element = 2, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.String, Keys = "RW access update variable_flags @1 -- a remark",
            Tips = "a b:c", Group = CommandGroup.String
            """)));
        var id = table.Find("set");
        Assert.Equal(-3, table.Info(id, "Arity"));
        Assert.Equal(2, table.Info(id, "Element"));
        Assert.Equal(3, table.Info(id, "MinArguments"));
        Assert.Equal(int.MaxValue, table.Info(id, "MaxArguments"));
        Assert.Equal("String", table.Info(id, "Group")!.ToString());
        Assert.Equal(["a", "b:c"], (string[])table.Info(id, "Tips")!);
        Assert.Equal(AclCategory.Write | AclCategory.String | AclCategory.Slow, (AclCategory)Convert.ToUInt32(table.Info(id, "Acl")));
        Assert.Equal(1, table.Info(id, "FirstKey"));
        Assert.Equal(true, table.Info(id, "HasVariableKeyFlags"));
        var flags = (CommandFlags)Convert.ToUInt64(table.Info(id, "Flags"));
        Assert.Equal(
            CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.HasKeys | CommandFlags.NotLoading | CommandFlags.NotStale | CommandFlags.NeedsAuth
                | CommandFlags.NotAllowBusy | CommandFlags.NotWhileSubscribed | CommandFlags.QueuedInMulti | CommandFlags.NotReadOnly,
            flags);
        var spec = ((Array)table.Info(id, "KeySpecs")!).GetValue(0)!;
        Assert.Equal("a remark", LoadedTable.Property(spec, "Notes"));
        Assert.Equal("BeginSearch { Kind = Index, Position = 1, Keyword =  }", Text(spec, "Begin"));
        Assert.Equal("FindKeys { Kind = Range, LastKey = 0, Step = 1, Limit = 0, KeyNumIndex = 0, FirstKey = 0 }", Text(spec, "Find"));
    }

    [Fact]
    public void Each_kind_of_key_spec_arrives()
    {
        var table = new LoadedTable(GeneratedTable.OfCommands(("x", """Arity = -3, Keys = "RO access @STREAMS>1..-1%2; RW delete @2#; OW update ?" """)));
        var specs = ((Array)table.Info(table.Find("x"), "KeySpecs")!).Cast<object>().ToArray();
        Assert.Equal("BeginSearch { Kind = Keyword, Position = 1, Keyword = STREAMS }", Text(specs[0], "Begin"));
        Assert.Equal("FindKeys { Kind = Range, LastKey = -1, Step = 1, Limit = 2, KeyNumIndex = 0, FirstKey = 0 }", Text(specs[0], "Find"));
        Assert.Equal("FindKeys { Kind = KeyNum, LastKey = 0, Step = 1, Limit = 0, KeyNumIndex = 0, FirstKey = 1 }", Text(specs[1], "Find"));
        Assert.Equal("BeginSearch { Kind = Unknown, Position = 0, Keyword =  }", Text(specs[2], "Begin"));
        Assert.Equal("FindKeys { Kind = Unknown, LastKey = 0, Step = 1, Limit = 0, KeyNumIndex = 0, FirstKey = 0 }", Text(specs[2], "Find"));
    }

    [Fact]
    public void A_commands_own_key_method_is_asked_when_specs_cannot_tell()
    {
        var assembly = GeneratedTable.From("""
            public struct Words(string[] words) : ICommandArguments
            {
                public int Count => words.Length;
                public ReadOnlySpan<byte> this[int i] => System.Text.Encoding.ASCII.GetBytes(words[i]);
            }
            public static class C
            {
                [Command("sort", Arity = -2, Since = "1.0.0", Summary = "s", Keys = "RO access @1; OW update ?", GetKeys = nameof(SortKeys))]
                public static void Sort(CommandContext c) { }
                [Command("bitfield", Arity = -2, Since = "1.0.0", Summary = "s", Keys = "RW access update variable_flags @1", GetKeys = nameof(BitKeys))]
                public static void Bit(CommandContext c) { }
                [Command("get", Arity = 2, Since = "1.0.0", Summary = "s", Keys = "RO access @1")]
                public static void Get(CommandContext c) { }
                [Command("ping", Arity = 1, Since = "1.0.0", Summary = "s")]
                public static void Ping(CommandContext c) { }
                private static bool IsFour<TArgs>(TArgs args) where TArgs : ICommandArguments, allows ref struct => args.Count == 4;
                internal static bool SortKeys<TArgs>(TArgs args, KeyPositions keys) where TArgs : ICommandArguments, allows ref struct
                {
                    keys.Add(1, KeySpecFlags.RO);
                    keys.Add(3, KeySpecFlags.OW);
                    return IsFour(args);
                }
                internal static bool BitKeys<TArgs>(TArgs args, KeyPositions keys) where TArgs : ICommandArguments, allows ref struct
                {
                    keys.Add(1, args.Count == 4 ? KeySpecFlags.RO : KeySpecFlags.RW);
                    return true;
                }
                public static string Keys(string line)
                {
                    var words = line.Split(' ');
                    var keys = new KeyPositions();
                    var info = CommandTable.Infos[CommandTable.Find(System.Text.Encoding.ASCII.GetBytes(words[0]))];
                    var result = CommandTable.FindKeys(info, new Words(words), keys);
                    return result + string.Concat(Enumerable.Range(0, keys.Count).Select(i => $" {keys[i].Index}:{keys[i].Flags}"));
                }
            }
            """).Load();
        string Keys(string line) => (string)assembly.GetType("C")!.GetMethod("Keys")!.Invoke(null, [line])!;
        Assert.Equal("Found 1:RO 3:OW", Keys("sort k store d"));
        Assert.Equal("Invalid", Keys("sort k"));
        Assert.Equal("Found 1:RO", Keys("bitfield k get u8"));
        Assert.Equal("Found 1:RW", Keys("bitfield k set"));
        Assert.Equal("Found 1:RO, Access", Keys("get k"));
        Assert.Equal("NoKeys", Keys("ping"));
    }

    private static string Text(object instance, string property) => LoadedTable.Property(instance, property)!.ToString()!;
}
