using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Execution;

/// <summary>Requests of a few bytes that ask for more than a machine has, from clients without a limit of their own, as is the default.</summary>
public sealed class ReplyLengthTests : IDisposable
{
    private readonly EngineNode _node = EngineNode.OnMachine(4L << 30);

    public static TheoryData<string, string> Repetitions => new()
    {
        { "SADD k a", "SRANDMEMBER k {0}" },
        { "HSET k a b", "HRANDFIELD k {0}" },
        { "HSET k a b", "HRANDFIELD k {0} WITHVALUES" },
        { "ZADD k 1 a", "ZRANDMEMBER k {0}" },
        { "ZADD k 1 a", "ZRANDMEMBER k {0} WITHSCORES" },
    };

    [Theory]
    [MemberData(nameof(Repetitions))]
    public void More_repetitions_than_memory_can_hold_are_refused(string setup, string request)
    {
        _node.Do(setup);
        foreach (var count in (string[])["-4000000000000000000", "-400000000"])
        {
            Assert.Equal("-ERR value is out of range|", _node.Do(request.Replace("{0}", count, StringComparison.Ordinal)));
        }

        Assert.StartsWith("*", _node.Do(request.Replace("{0}", "-1000", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal("+PONG|", _node.Do("PING"));
    }

    public void Dispose() => _node.Dispose();
}
