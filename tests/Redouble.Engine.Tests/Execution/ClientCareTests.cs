using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Execution;

public sealed class ClientCareTests
{
    /// <summary>A client could once queue without end: what MULTI has taken was in no limit but that of all clients together.</summary>
    [Fact]
    public void What_a_transaction_has_queued_counts_as_input()
    {
        using var node = new EngineNode("client-query-buffer-limit 1mb");
        var client = node.Connect();
        node.Do("MULTI", client);
        var request = EngineNode.Encode("SET", "k", new string('v', 10_000));
        var queued = 0;
        while (node.Node.Clients.CheckInputLimit(client))
        {
            node.Feed(client, request);
            Assert.InRange(++queued, 0, 110);
        }

        Assert.InRange(queued, 40, 110);
        Assert.True(client.Has(SessionFlags.CloseAsap));
        Assert.Contains(node.LogLines, line => line.StartsWith("Closing client that reached max query buffer length: id=", StringComparison.Ordinal));
        Assert.Contains("|redouble_query_limit_disconnections:1|", node.Do("INFO stats"), StringComparison.Ordinal);
        Assert.Equal("$-1|", node.Do("GET k"));
    }

    /// <summary>What it sends is looked at request by request, and so waits for longer.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Who_has_not_logged_in_has_a_megabyte_of_input(bool logsIn)
    {
        using var node = new EngineNode("requirepass secret");
        var client = node.Connect();
        if (logsIn) Assert.Equal("+OK|", node.Do("AUTH secret", client));
        for (var received = 0; received <= 1 << 20; received = client.Input.Pending)
        {
            Assert.True(node.Node.Clients.CheckInputLimit(client));
            var room = node.Node.Clients.PrepareReceive(client);
            room.Fill((byte)'x');
            client.Input.Received(room.Length, node.Node.Blocks);
        }

        Assert.Equal(logsIn, node.Node.Clients.CheckInputLimit(client));
        Assert.Equal(!logsIn, client.Has(SessionFlags.CloseAsap));
    }

    /// <summary>The errors of a client that has not logged in and never reads them are memory, too.</summary>
    [Fact]
    public void Who_has_not_logged_in_has_a_kilobyte_of_output_behind_the_first_block()
    {
        using var node = new EngineNode("requirepass secret");
        var stranger = node.Connect();
        for (var i = 0; i < 400; i++) node.Feed(stranger, EngineNode.Encode("GET", "k"));
        node.Node.CheckOutputLimit(stranger);
        Assert.False(stranger.Has(SessionFlags.CloseAsap));
        for (var i = 0; i < 200; i++) node.Feed(stranger, EngineNode.Encode("GET", "k"));
        node.Node.CheckOutputLimit(stranger);
        Assert.True(stranger.Has(SessionFlags.CloseAsap));

        var known = node.Connect();
        node.Do("AUTH secret", known);
        node.Feed(known, EngineNode.Encode("ECHO", new string('x', 100_000)));
        node.Node.CheckOutputLimit(known);
        Assert.False(known.Has(SessionFlags.CloseAsap));
    }

    /// <summary>No limit counts the first 16 KB, or a small one would lock out who could raise it.</summary>
    [Theory]
    [InlineData("normal 4 0 0", 12_000, false)]
    [InlineData("normal 10kb 0 0", 20_000, false)]
    [InlineData("normal 10kb 0 0", 30_000, true)]
    [InlineData("normal 0 4 0", 12_000, false)]
    [InlineData("normal 0 4 0", 20_000, true)]
    public void The_first_block_of_a_reply_is_not_limited(string limit, int length, bool isClosed)
    {
        using var node = new EngineNode($"client-output-buffer-limit {limit}");
        var client = node.Connect();
        node.Feed(client, EngineNode.Encode("ECHO", new string('x', length)));
        node.Node.CheckOutputLimit(client);
        node.Clock.Advance(10);
        node.Node.UpdateTime();
        node.Node.CheckOutputLimit(client);
        Assert.Equal(isClosed, client.Has(SessionFlags.CloseAsap));
    }

    /// <summary>What waits for the end of its own request was in no limit: 3 MB of PUBLISH took 3 GB.</summary>
    [Fact]
    public void What_a_transaction_tells_its_own_client_is_limited()
    {
        using var node = new EngineNode("client-output-buffer-limit pubsub 1mb 0 0");
        var client = node.Connect();
        node.Do("HELLO 3", client);
        for (var i = 0; i < 100; i++) node.Do($"PSUBSCRIBE {new string('*', i + 1)}", client);
        node.Do("MULTI", client);
        var request = EngineNode.Encode("PUBLISH", "c", new string('v', 2000)); // 200 KB of pushes
        for (var i = 0; i < 100; i++) node.Feed(client, request);
        var before = node.Node.UsedMemory;
        node.Do("EXEC", client);
        Assert.True(client.Has(SessionFlags.CloseAsap));
        Assert.InRange(node.Node.UsedMemory - before, long.MinValue, 4 << 20);
        Assert.InRange(node.Node.Stats.PeakMemoryBytes - before, long.MinValue, 4 << 20);
    }

    [Theory]
    [InlineData("MONITOR", false)]
    [InlineData("SUBSCRIBE c", false)]
    [InlineData("PING", true)]
    public void Who_listens_may_be_silent(string command, bool isClosed)
    {
        using var node = new EngineNode("timeout 10");
        var client = node.Connect();
        node.Do(command, client);
        node.Clock.Advance(11_000);
        node.Node.BeginTurn(node.Clock.MonotonicMicroseconds);
        for (var i = 0; i < 20; i++) node.Node.Timer();
        Assert.Equal(isClosed, client.Has(SessionFlags.CloseAsap));
    }

    [Fact]
    public void A_transaction_counts_its_time_once()
    {
        using var node = new EngineNode("enable-debug-command yes");
        node.Do("MULTI");
        node.Do("DEBUG SLEEP 0.5");
        node.Do("EXEC");
        Assert.Equal(500_000, node.Node.Stats.CommandMicroseconds);
    }
}
