using Redouble.Engine.Commands.Table;
using Redouble.Generators.Model;
using Redouble.Generators.Rules;

namespace Redouble.Generators.Tests.Rules;

public class FlagRulesTests
{
    [Theory]
    [InlineData(CommandFlags.Write, AclCategory.None, AclCategory.Write | AclCategory.Slow)]
    [InlineData(CommandFlags.ReadOnly | CommandFlags.Fast, AclCategory.String, AclCategory.String | AclCategory.Read | AclCategory.Fast)]
    [InlineData(CommandFlags.ReadOnly, AclCategory.Scripting, AclCategory.Scripting | AclCategory.Slow)]
    [InlineData(CommandFlags.Admin, AclCategory.None, AclCategory.Admin | AclCategory.Dangerous | AclCategory.Slow)]
    [InlineData(CommandFlags.PubSub | CommandFlags.Fast, AclCategory.None, AclCategory.PubSub | AclCategory.Fast)]
    [InlineData(CommandFlags.Blocking | CommandFlags.Write, AclCategory.List, AclCategory.List | AclCategory.Write | AclCategory.Blocking | AclCategory.Slow)]
    public void Flags_imply_categories(CommandFlags flags, AclCategory own, AclCategory all) =>
        Assert.Equal(all, FlagRules.Categories(new CommandModel("x") { Flags = flags, Acl = own }));

    [Fact]
    public void Each_inverted_bit_is_the_lack_of_its_flag()
    {
        (CommandFlags Flag, CommandFlags Inverted)[] pairs =
        [
            (CommandFlags.Loading, CommandFlags.NotLoading), (CommandFlags.Stale, CommandFlags.NotStale), (CommandFlags.NoAuth, CommandFlags.NeedsAuth),
            (CommandFlags.AllowBusy, CommandFlags.NotAllowBusy), (CommandFlags.WhileSubscribed, CommandFlags.NotWhileSubscribed),
            (CommandFlags.RunsInMulti, CommandFlags.QueuedInMulti), (CommandFlags.ReadOnly, CommandFlags.NotReadOnly),
        ];
        var inverted = pairs.Aggregate(CommandFlags.None, (all, p) => all | p.Inverted);
        foreach (var (flag, bit) in pairs)
        {
            var with = FlagRules.Complete(new CommandModel("x") { Flags = flag }, movableKeys: false);
            Assert.Equal(inverted & ~bit, with & inverted);
            Assert.Equal(flag, with & ~inverted);
        }

        // Every bit from 40 up is one of the pairs: none is forgotten by the generator.
        var above = Enum.GetValues<CommandFlags>().Where(f => f != CommandFlags.Derived && (ulong)f >= 1UL << 40);
        Assert.Equal(inverted, above.Aggregate(CommandFlags.None, (all, f) => all | f));
    }

    [Fact]
    public void Keys_containers_and_movable_keys_are_derived()
    {
        var keys = new EquatableArray<KeySpecModel>([new(KeySpecFlags.RO)]);
        const CommandFlags Derived = CommandFlags.HasKeys | CommandFlags.Container | CommandFlags.RunnableContainer | CommandFlags.MovableKeys;
        Assert.Equal(CommandFlags.None, FlagRules.Complete(new CommandModel("x"), false) & Derived);
        Assert.Equal(CommandFlags.HasKeys | CommandFlags.MovableKeys, FlagRules.Complete(new CommandModel("x") { Keys = keys }, true) & Derived);
        Assert.Equal(CommandFlags.Container, FlagRules.Complete(new CommandModel("x") { IsContainer = true }, false) & Derived);
        var runnable = new CommandModel("x") { IsContainer = true, Method = "M" };
        Assert.Equal(CommandFlags.Container | CommandFlags.RunnableContainer, FlagRules.Complete(runnable, false) & Derived);
    }
}
