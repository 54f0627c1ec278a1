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
    public void A_vast_backlog_covers_a_vast_time()
    {
        _node.Do("CONFIG SET repl-backlog-size 9223372036854775807");
        _ = new StreamTap(_node);
        for (var i = 0; i < 10; i++)
        {
            _node.Do($"SET a {new string('v', 1000)}");
            _node.Clock.Advance(100);
            _node.Node.Replication.Protocol.BeginTurn(_node.Clock.MonotonicMicroseconds);
            _node.Node.Replication.Protocol.Sample(_node.Clock.MonotonicMicroseconds);
        }

        var info = _node.Do("INFO replication").Split('|');
        Assert.InRange(long.Parse(Assert.Single(info, line => line.StartsWith("redouble_write_rate:", StringComparison.Ordinal)).Split(':')[1]), 1, 1 << 20);
        var window = Assert.Single(info, line => line.StartsWith("redouble_backlog_window_ms:", StringComparison.Ordinal)).Split(':')[1];
        Assert.InRange(long.Parse(window), 1L << 50, long.MaxValue);
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
