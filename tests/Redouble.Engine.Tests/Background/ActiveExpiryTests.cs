using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Background;

public sealed class ActiveExpiryTests
{
    private const int MicrosecondsPerStep = 10; // a look at the clock stands behind each: a bucket of keys, or 64 fields

    /// <summary>As long as fields expired, no key did: a pass was for keys only when no field was left.</summary>
    [Fact]
    public void Keys_get_their_part_while_there_are_fields()
    {
        using var node = WithExpiredFields();
        for (var i = 0; i < 100; i++) node.Do($"SET k{i} v PX 5");
        Tick(node, afterMs: 10);
        node.Clock.MicrosecondsPerRead = MicrosecondsPerStep;
        for (var slice = 0; slice < 100; slice++) Slice(node, busy: false);
        Assert.False(node.Node.Keyspace[0].FirstWithExpiredField().IsMissing);
        Assert.Equal(0, node.Node.Keyspace[0].ExpiresCount);
        for (var slice = 0; slice < 1000 && node.Node.Expiry.HasWork; slice++) Slice(node, busy: false);
        Assert.Equal(0, node.Node.Keyspace[0].Count);
    }

    [Fact]
    public void Fields_that_a_tick_finds_not_yet_removed_are_behind()
    {
        using var node = WithExpiredFields();
        Tick(node, afterMs: 10);
        node.Clock.MicrosecondsPerRead = MicrosecondsPerStep;
        Slice(node, busy: true);
        Tick(node, afterMs: 1);
        Assert.True(node.Node.Expiry.IsBehind);
        BusyTurns(node, 50);
        Assert.True(node.Node.Keyspace[0].FirstWithExpiredField().IsMissing);
        Tick(node, afterMs: 1);
        Assert.False(node.Node.Expiry.IsBehind);
    }

    /// <summary>A snapshot is served before: with the share that both have, there may be no time at all for expiry.</summary>
    [Fact]
    public void A_pass_that_got_no_time_is_behind()
    {
        using var node = new EngineNode();
        for (var i = 0; i < 100; i++) node.Do($"SET k{i} v PX 5");
        Tick(node, afterMs: 10);
        Assert.False(node.Node.Expiry.IsBehind);
        Tick(node, afterMs: 1);
        Assert.True(node.Node.Expiry.IsBehind);
        node.Clock.MicrosecondsPerRead = MicrosecondsPerStep;
        BusyTurns(node, 5);
        Assert.Equal(0, node.Node.Keyspace[0].ExpiresCount);
        Tick(node, afterMs: 1);
        Assert.False(node.Node.Expiry.IsBehind);
    }

    /// <summary>Four hundred clients with deep pipelines make turns of hundreds of milliseconds, of which the 5 ms at the end are nothing.</summary>
    [Fact]
    public void What_is_behind_goes_on_between_the_requests_of_a_long_turn()
    {
        using var node = WithExpiredKeys();
        var started = node.Clock.MonotonicMicroseconds;
        Pipeline(node, requests: 50);
        Assert.Equal(0, node.Node.Keyspace[0].ExpiresCount);
        Assert.InRange(node.Clock.MonotonicMicroseconds - started, 50_000, 110_000); // half of the time at most
    }

    [Fact]
    public void A_slow_request_is_not_made_slower_by_what_is_behind()
    {
        using var node = WithExpiredKeys("enable-debug-command yes");
        node.Clock.MicrosecondsPerRead = 5 * MicrosecondsPerStep;
        var started = node.Clock.MonotonicMicroseconds;
        Assert.Equal("+OK|", node.Do("DEBUG SLEEP 0.4"));
        Assert.InRange(node.Clock.MonotonicMicroseconds - started, 405_000, 406_000);
        Assert.InRange(node.Node.Keyspace[0].ExpiresCount, 100, 4900);
    }

    [Fact]
    public void What_has_expired_is_no_write_of_the_client_whose_command_comes_next()
    {
        using var node = WithExpiredKeys();
        var reader = node.Connect();
        var tap = new StreamTap(node);
        for (var i = 0; i < 50; i++)
        {
            node.Clock.Advance(1);
            node.Feed(reader, EngineNode.Encode("GET", "nosuch"));
        }

        Assert.Contains("DEL key:", tap.Take(), StringComparison.Ordinal);
        Assert.Equal(0, reader.LastWriteOffset);
    }

    private static EngineNode WithExpiredFields()
    {
        var node = new EngineNode();
        var fields = string.Join(' ', Enumerable.Range(0, 100).Select(i => $"f{i} v"));
        var names = string.Join(' ', Enumerable.Range(0, 100).Select(i => $"f{i}"));
        for (var i = 0; i < 300; i++)
        {
            node.Do($"HSET h{i} {fields}");
            node.Do($"HPEXPIRE h{i} 5 FIELDS 100 {names}");
        }

        return node;
    }

    // And a tick that has found that they are more and more.
    private static EngineNode WithExpiredKeys(params string[] directives)
    {
        var node = new EngineNode(directives);
        for (var i = 0; i < 5000; i++) node.Do($"SET key:{i} v PX 5");
        Tick(node, afterMs: 10);
        node.Clock.MicrosecondsPerRead = MicrosecondsPerStep;
        Slice(node, busy: true);
        Tick(node, afterMs: 1);
        Assert.True(node.Node.Expiry.IsBehind);
        Assert.InRange(node.Node.Keyspace[0].ExpiresCount, 4000, 5000);
        return node;
    }

    private static void Tick(EngineNode node, long afterMs)
    {
        node.Clock.Advance(afterMs);
        node.Node.BeginTurn(node.Clock.MonotonicMicroseconds);
        node.Node.Timer();
    }

    private static void Slice(EngineNode node, bool busy) => node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy);

    // Of a millisecond each.
    private static void BusyTurns(EngineNode node, int turns)
    {
        for (var i = 0; i < turns; i++)
        {
            var started = node.Clock.MonotonicMicroseconds;
            node.Node.BeginTurn(started);
            node.Clock.Advance(1);
            node.Node.BackgroundSlice(started, busy: true);
        }
    }

    // One turn, of requests that take a millisecond each.
    private static void Pipeline(EngineNode node, int requests)
    {
        var client = node.Connect();
        for (var i = 0; i < requests; i++)
        {
            node.Clock.Advance(1);
            node.Feed(client, EngineNode.Encode("SET", "k", "v"));
        }
    }
}
