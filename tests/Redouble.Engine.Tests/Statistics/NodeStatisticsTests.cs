using Redouble.Engine.Commands.Table;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Statistics;

public sealed class NodeStatisticsTests
{
    /// <summary>Of commands in turns every sixteenth call is always the same one of them: the others were never timed.</summary>
    [Fact]
    public void Short_commands_in_turns_are_sampled_alike()
    {
        const int calls = 128 + 1600;
        using var node = new EngineNode();
        for (var i = 0; i < calls; i++)
        {
            node.Do("INCR k");
            node.Do("EXPIRE k 1000");
        }

        var (increments, expiries) = (node.Node.Stats.Histogram(CommandId.Incr)!.Count, node.Node.Stats.Histogram(CommandId.Expire)!.Count);
        Assert.Equal((calls, calls), (increments, expiries));
    }
}
