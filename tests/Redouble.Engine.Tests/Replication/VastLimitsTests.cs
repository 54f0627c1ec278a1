using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Replication;

/// <summary>The greatest values that directives take mean no limit, and overflow nothing.</summary>
public sealed class VastLimitsTests
{
    private readonly EngineNode _node = new("repl-diskless-sync-delay 0");

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("18446744073709551615")]
    public void A_vast_buffer_limit_drops_nobody(string bytes)
    {
        Assert.Equal("+OK|", _node.DoWords("CONFIG", "SET", "client-output-buffer-limit", $"replica {bytes} {bytes} 9223372036854775807"));
        var settings = _node.Node.Replication.Protocol.Settings;
        Assert.InRange(settings.OutputHardLimitBytes, 1L << 60, long.MaxValue / 2);
        Assert.InRange(settings.OutputSoftLimitBytes, 1L << 60, long.MaxValue / 2);
        Assert.Equal(int.MaxValue, settings.OutputSoftLimitSeconds);
    }

    [Fact]
    public void A_vast_time_to_live_frees_nothing()
    {
        Assert.Equal("+OK|", _node.Do("CONFIG SET repl-backlog-ttl 9223372036854775807 repl-backlog-size 9223372036854775807"));
        var replica = _node.Connect();
        _node.Do("PSYNC ? -1", replica);
        _node.Node.Replication.Forget(replica);
        _node.Clock.Advance(1000);
        _node.Node.BeginTurn(_node.Clock.MonotonicMicroseconds);
        _node.Node.Replication.OnTimer(_node.Clock.MonotonicMicroseconds);
        Assert.True(_node.Node.Replication.Protocol.Log.IsActive);
        Assert.InRange(_node.Node.Replication.Protocol.Log.BacklogSize, 1L << 60, long.MaxValue / 2);
    }
}
