using Redouble.Server.Rehearsal;

namespace Redouble.Server.Tests.Rehearsal;

public sealed class RehearsalTests
{
    [Fact]
    public void It_goes_through_save_load_and_sync() => Redouble.Server.Rehearsal.Rehearsal.Run(pauseMs: 0);

    [Fact]
    public void No_everyday_command_answers_with_an_error()
    {
        using var node = new RehearsalNode(new MemoryFiles());
        CommandRehearsal.Run(node);
        Assert.True(node.Node.Stats.CommandsProcessed > 5000, $"{node.Node.Stats.CommandsProcessed} commands");
    }
}
