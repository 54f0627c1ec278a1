namespace Redouble.Engine.Tests.Replication;

/// <summary>The heap makes resident ahead what the backlog will grow by, and what a gap will bring to a replica that is cut off.</summary>
public sealed class MemoryToComeTests
{
    private const long Megabyte = 1 << 20;

    private static long Reserve(FollowingNode node)
    {
        node.Engine.Node.Replication.Sample();
        return node.Engine.Node.Heap.Reserve;
    }

    [Fact]
    public void A_node_without_a_backlog_needs_nothing()
    {
        using var node = new FollowingNode("repl-backlog-size 100mb");
        Assert.Equal(0, Reserve(node));
        Assert.Equal("+OK|", node.Do("REPLICAOF primary 6379"));
        Assert.Equal(0, Reserve(node));
    }

    [Fact]
    public void A_replica_needs_what_its_backlog_lacks_and_as_much_again_while_it_is_cut_off()
    {
        using var node = new FollowingNode("repl-backlog-size 100mb");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(1));
        Assert.True(node.Link.IsUp);
        Assert.Equal(100 * Megabyte, Reserve(node));
        const string write = "*3\r\n$3\r\nSET\r\n$5\r\nkey:1\r\n$3\r\nnew\r\n";
        node.Hear(write);
        Assert.Equal((100 * Megabyte) - write.Length, Reserve(node));

        node.Link.OnClosed(node.Engine.Clock.MonotonicMicroseconds, "cut");
        Assert.Equal((200 * Megabyte) - write.Length, Reserve(node));
        Assert.Equal("+OK|", node.Do("CONFIG SET repl-backlog-size 1gb"));
        Assert.Equal(256 * Megabyte, Reserve(node));

        Assert.Equal("+OK|", node.Do("CONFIG SET repl-backlog-size 16kb"));
        Assert.Equal("+OK|", node.Do("REPLICAOF NO ONE"));
        Assert.InRange(Reserve(node), 0, 16 << 10);
    }
}
