using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Generic;

public sealed class FlushCommandsTests
{
    /// <summary>FLUSHALL of nothing and the DEL of a key found expired reach the replicas without a counted change: WAIT has to wait for them, too.</summary>
    [Theory]
    [InlineData("FLUSHALL")]
    [InlineData("FLUSHDB")]
    [InlineData("GET k")]
    [InlineData("SET l v")]
    public void What_reaches_the_replicas_is_what_WAIT_waits_for(string command)
    {
        using var node = new EngineNode();
        var session = node.Connect();
        if (command == "GET k") node.Do("SET k v PX 3");
        node.Clock.Advance(10);
        _ = new StreamTap(node);
        var before = session.LastWriteOffset;
        node.Do(command, session);
        Assert.True(session.LastWriteOffset > before);
        Assert.Equal(node.Node.Propagation.Offset, session.LastWriteOffset);
        node.Do("GET nosuch", session);
        Assert.Equal(node.Node.Propagation.Offset, session.LastWriteOffset);
    }

    [Fact]
    public void Flushing_is_told_to_replicas_even_when_there_was_nothing()
    {
        using var node = new EngineNode();
        var tap = new StreamTap(node);
        Assert.Equal("+OK|", node.Do("FLUSHDB"));
        node.Do("SET k v");
        Assert.Equal("+OK|", node.Do("flushall async"));
        Assert.Equal("+OK|", node.Do("FLUSHALL SYNC"));
        Assert.Equal("-ERR syntax error|", node.Do("FLUSHALL foo"));
        Assert.Equal("SELECT 0 | FLUSHDB | SET k v | flushall async | FLUSHALL SYNC", tap.Take());
        Assert.Equal(":0|", node.Do("DBSIZE"));
    }

    [Fact]
    public void FlushDb_leaves_other_databases()
    {
        using var node = new EngineNode();
        node.Do("SET k v");
        node.Do("SELECT 1");
        node.Do("SET k w");
        node.Do("FLUSHDB");
        Assert.Equal(":0|", node.Do("DBSIZE"));
        node.Do("SELECT 0");
        Assert.Equal("$1|v|", node.Do("GET k"));
    }

    [Theory]
    [InlineData("FLUSHALL", false)]
    [InlineData("FLUSHDB", false)]
    [InlineData("SWAPDB 0 1", false)]
    [InlineData("SWAPDB 1 2", true)]
    [InlineData("SWAPDB 0 0", true)]
    public void Watched_keys_that_go_make_exec_fail(string command, bool runs)
    {
        using var node = new EngineNode();
        node.Do("SET k v");
        node.Do("WATCH k");
        Assert.Equal("+OK|", node.Do(command, node.Connect()));
        node.Do("MULTI");
        node.Do("PING");
        Assert.Equal(runs ? "*1|+PONG|" : "*-1|", node.Do("EXEC"));
    }

    [Fact]
    public void A_watched_key_that_was_not_there_is_not_touched_by_a_flush()
    {
        using var node = new EngineNode();
        node.Do("WATCH k");
        node.Do("FLUSHALL", node.Connect());
        node.Do("MULTI");
        Assert.Equal("*0|", node.Do("EXEC"));
    }

    [Fact]
    public void SwapDb_exchanges_and_checks_its_numbers()
    {
        using var node = new EngineNode();
        node.Do("SET k zero");
        Assert.Equal("+OK|", node.Do("SWAPDB 0 1"));
        Assert.Equal("$-1|", node.Do("GET k"));
        node.Do("SELECT 1");
        Assert.Equal("$4|zero|", node.Do("GET k"));
        Assert.Equal("-ERR invalid first DB index|", node.Do("SWAPDB a b"));
        Assert.Equal("-ERR invalid second DB index|", node.Do("SWAPDB 0 b"));
        Assert.Equal("-ERR DB index is out of range|", node.Do("SWAPDB 0 16"));
    }

    [Fact]
    public void FlushAll_ends_a_background_save_and_saves_the_empty_data_set_when_there_are_save_points()
    {
        using var node = new EngineNode("save 3600 1");
        for (var i = 0; i < 1000; i++) node.Do($"SET key:{i} v");
        Assert.True(node.Node.Saves.TryStartBackground(out _));
        node.Node.Snapshots.Slice(64);
        Assert.True(node.Node.Saves.IsRunning);
        Assert.Equal("+OK|", node.Do("FLUSHALL"));
        Assert.False(node.Node.Saves.IsRunning);
        Assert.Equal(0, node.Node.Dirty);
        Assert.True(node.Files.Files["/data/dump.rdb"].Length < 300);
    }

    [Fact]
    public void FlushAll_without_save_points_writes_no_file()
    {
        using var node = new EngineNode("save \"\"");
        node.Do("SET k v");
        node.Do("FLUSHALL");
        Assert.Empty(node.Files.Files);
    }
}
