using System.Text;
using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Replication;

/// <summary>A full sync over two channels, as both nodes show it.</summary>
public sealed class TwoChannelsTests
{
    private const string Mark = "0123456789abcdef0123456789abcdef01234567";
    private const string Written = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$9\r\nmeanwhile\r\n$1\r\n1\r\n";

    [Theory]
    [InlineData("disabled")]
    [InlineData("swapdb")]
    public void The_replica_shows_how_far_it_is_and_what_it_holds(string load)
    {
        using var node = new FollowingNode("replica-freshness-period-ms 0", "dual-channel-replication-enabled yes", $"repl-diskless-load {load}");
        node.Do("REPLICAOF primary 6379");
        node.Link.OnConnected(node.Engine.Clock.MonotonicMicroseconds);
        node.Hear("+PONG\r\n+OK\r\n+OK\r\n+OK\r\n+DUALCHANNELSYNC\r\n");
        Assert.Equal(("sync", "waiting", "1"), Phase(node));
        var channel = node.Link.Channel;
        channel.OnConnected(node.Engine.Clock.MonotonicMicroseconds);
        node.Hear(channel, Encoding.ASCII.GetBytes($"+OK\r\n$ENDOFF:1000 {FollowingNode.IdA} 0 42\r\n"));
        node.Hear($"+OK\r\n+CONTINUE {FollowingNode.IdA}\r\n");
        Assert.Equal(("sync", "waiting", "1"), Phase(node));
        var rdb = FollowingNode.Rdb(1000);
        node.Hear(channel, Encoding.ASCII.GetBytes($"$EOF:{Mark}\r\n"));
        node.Hear(channel, rdb.AsSpan(0, 10_000));
        node.Hear(Written);
        var info = node.Info();
        Assert.Equal(("sync", "receiving", "1"), Phase(node));
        Assert.InRange(int.Parse(info["redouble_sync_bytes"]), 9_900, 10_000); // less what may be the mark
        Assert.Equal("-1", info["redouble_sync_total_bytes"]);
        Assert.InRange(int.Parse(info["redouble_sync_keys"]), 100, 999);
        Assert.Equal((Written.Length.ToString(), "down"), (info["replicas_repl_buffer_size"], info["master_link_status"]));
        Assert.Equal(Written.Length.ToString(), Field(node, "memory", "mem_replicas_repl_buffer"));
        Assert.Equal(load == "swapdb" ? "1" : "0", Field(node, "persistence", "loading"));

        node.Hear(channel, rdb.AsSpan(10_000));
        node.Hear(channel, Encoding.ASCII.GetBytes(Mark));
        while (node.Engine.Node.Replication.HasLoadWork) node.Turn();
        node.Turn();
        info = node.Info();
        Assert.Equal(("connected", "none", "0"), Phase(node));
        Assert.Equal(("0", Written.Length.ToString()), (info["replicas_repl_buffer_size"], info["replicas_repl_buffer_peak"]));
        Assert.Equal("0", Field(node, "memory", "mem_replicas_repl_buffer"));
        Assert.Equal($"{1000 + Written.Length}", info["slave_repl_offset"]);
        Assert.Equal((":1001|", "$1|1|"), (node.Do("DBSIZE"), node.Do("GET meanwhile")));
    }

    [Fact]
    public void The_primary_shows_one_replica_and_its_phase()
    {
        using var primary = new EngineNode("dual-channel-replication-enabled yes", "repl-diskless-sync-delay 0");
        primary.Do("SET k v");
        var main = primary.Connect();
        primary.Do("REPLCONF listening-port 7001 capa eof capa psync2 capa dual-channel", main);
        Assert.Equal("+DUALCHANNELSYNC|", primary.Do("PSYNC ? -1", main));
        Assert.Contains("|connected_slaves:0|", primary.Do("INFO replication"), StringComparison.Ordinal);
        var channel = primary.Connect();
        primary.Do("REPLCONF capa eof rdb-only 1 rdb-channel 1 listening-port 7001", channel);
        primary.Do("SYNC", channel);
        Assert.Contains("|replicas_waiting_psync:1|", primary.Do("INFO replication"), StringComparison.Ordinal);
        Assert.Contains("state=wait_bgsave,offset=0,lag=0,type=rdb-channel|", primary.Do("INFO replication"), StringComparison.Ordinal);
        Assert.Equal("+OK|", primary.Do($"REPLCONF set-rdb-client-id {channel.Id}", main));
        var place = primary.Node.Replication.Protocol;
        primary.Do($"PSYNC {place.History.Identity.Id} {place.Log.EndOffset + 1}", main);
        var info = primary.Do("INFO replication");
        Assert.Contains("|connected_slaves:1|", info, StringComparison.Ordinal);
        Assert.Matches(@"\|slave0:ip=127\.0\.0\.1,port=7001,state=bg_transfer,offset=\d+,lag=0,type=main-channel\|", info);
        Assert.Contains("|replicas_waiting_psync:0|", info, StringComparison.Ordinal);
        Assert.DoesNotContain("slave1:", info, StringComparison.Ordinal);
        Assert.Contains(",phase=sending,", info, StringComparison.Ordinal);
        var other = primary.Connect();
        primary.Do("REPLCONF listening-port 7002 capa eof", other);
        primary.Do("PSYNC ? -1", other);
        Assert.Matches(@"\|slave1:ip=127\.0\.0\.1,port=7002,state=\w+,offset=0,lag=0,type=replica\|", primary.Do("INFO replication"));
        primary.Do("CONFIG SET dual-channel-replication-enabled no");
        Assert.DoesNotContain("type=", primary.Do("INFO replication"), StringComparison.Ordinal); // Redis' line
        Assert.Equal((2L, 0L), (place.Replicas.FullSyncs, place.Replicas.PartialSyncs)); // the stream is a part of the full sync
    }

    /// <summary>It was forgotten, as it was no replica yet: its connection stayed, and what it asked for was done.</summary>
    [Fact]
    public void A_channel_is_closed_with_its_main_connection_before_it_has_asked_for_anything()
    {
        using var primary = new EngineNode("repl-rdb-channel yes", "repl-diskless-sync-delay 0");
        var main = primary.Connect();
        primary.Do("REPLCONF listening-port 7001 capa eof capa psync2 capa rdb-channel-repl", main);
        primary.Do("PSYNC ? -1", main);
        var channel = primary.Connect();
        Assert.Equal("+OK|", primary.Do($"REPLCONF capa eof rdb-only 1 rdb-channel 1 main-ch-client-id {main.Id} listening-port 7001", channel));
        primary.Node.Replication.Forget(main);
        Assert.True(channel.Has(SessionFlags.CloseAsap));
        Assert.True(primary.Node.ClosesRequested);
    }

    private static (string Link, string Phase, string InProgress) Phase(FollowingNode node)
    {
        var info = node.Info();
        return (info["redouble_link_state"], info["redouble_sync_phase"], info["master_sync_in_progress"]);
    }

    private static string Field(FollowingNode node, string section, string field) =>
        node.Do($"INFO {section}").Split('|').Single(line => line.StartsWith($"{field}:", StringComparison.Ordinal))[(field.Length + 1)..];
}
