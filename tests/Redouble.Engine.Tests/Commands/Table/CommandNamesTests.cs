using System.Numerics;
using Redouble.Engine.Commands.Table;

namespace Redouble.Engine.Tests.Commands.Table;

public class CommandNamesTests
{
    [Fact]
    public void Every_category_has_its_name_at_its_bit()
    {
        foreach (var category in Enum.GetValues<AclCategory>().Where(c => c != AclCategory.None))
            Assert.Equal(category.ToString(), CommandNames.Categories[BitOperations.Log2((uint)category)], ignoreCase: true);
        Assert.Equal(Enum.GetValues<AclCategory>().Length - 1, CommandNames.Categories.Length);
    }

    [Fact]
    public void Every_group_and_argument_type_has_its_name()
    {
        Assert.All(Enum.GetValues<CommandGroup>(), g => Assert.Equal(g.ToString(), WithoutHyphens(CommandNames.OfGroup(g)), ignoreCase: true));
        Assert.All(Enum.GetValues<ArgumentType>(), t => Assert.Equal(t.ToString(), WithoutHyphens(CommandNames.OfArgumentType(t)), ignoreCase: true));
    }

    [Fact]
    public void Every_flag_that_redis_shows_has_its_name_once()
    {
        const CommandFlags NotShown = CommandFlags.TouchesArbitraryKeys | CommandFlags.MayReplicate | CommandFlags.Protected;
        foreach (var flag in Enum.GetValues<CommandFlags>().Where(f => f != CommandFlags.None && (ulong)f < 1UL << 24 && (f & NotShown) == CommandFlags.None))
        {
            var name = Assert.Single(CommandNames.Flags.ToArray(), f => f.Flag == flag).Name;
            Assert.Equal(flag.ToString(), name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
        }
    }

    [Fact]
    public void Every_key_spec_flag_has_its_name_in_order()
    {
        var flags = Enum.GetValues<KeySpecFlags>().Where(f => f != KeySpecFlags.None).ToArray();
        Assert.Equal(flags, CommandNames.KeyFlags.ToArray().Select(f => f.Flag));
        Assert.All(CommandNames.KeyFlags.ToArray(), f => Assert.Equal(f.Flag.ToString(), f.Name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true));
    }

    private static string WithoutHyphens(string name) => name.Replace("-", "", StringComparison.Ordinal);
}
