using Redouble.Engine.Replication;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Replication;

/// <summary>Our fields of INFO replication: behind those of Redis, and each of them in the README.</summary>
public sealed class ReplicationFieldsTests
{
    private static string Readme()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at != null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Redouble.slnx"))) return File.ReadAllText(Path.Combine(at.FullName, "README.md"));
        }

        throw new InvalidOperationException("The tests run outside of the repository.");
    }

    private static string WithoutNumber(string name) => name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9');

    [Fact]
    public void Every_field_stands_in_the_table_of_the_README()
    {
        using var node = new FollowingNode();
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(1));
        var replica = node.Engine.Connect();
        node.Engine.Do("REPLCONF capa eof", replica);
        node.Engine.Do("PSYNC ? -1", replica);
        var readme = Readme();
        var names = node.Info().Keys.SkipWhile(name => name != "repl_backlog_histlen").Skip(1).Select(WithoutNumber).Distinct().ToList();
        Assert.Contains("redouble_replica", names);
        Assert.Contains("redouble_sync_history", names);
        foreach (var name in names) Assert.True(readme.Contains($"| `{name}", StringComparison.Ordinal), $"The README does not tell of {name}.");
        foreach (var line in (string[])["redouble_replica0", "redouble_sync_history0"])
        {
            foreach (var value in node.Info()[line].Split(','))
                Assert.True(readme.Contains($"`{value.Split('=')[0]}`", StringComparison.Ordinal), $"The README does not tell of {line}'s {value}.");
        }
    }

    [Fact]
    public void Redis_fields_come_first()
    {
        using var node = new FollowingNode();
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(1));
        var names = node.Info().Keys.ToList();
        var first = names.FindIndex(name => name.StartsWith("redouble_", StringComparison.Ordinal));
        Assert.Equal("repl_backlog_histlen", names[first - 1]);
        string[] others = ["master_link_last_error", "replicas_waiting_psync", "replicas_repl_buffer_size", "replicas_repl_buffer_peak"]; // Valkey's
        Assert.All(names[first..], name => Assert.True(name.StartsWith("redouble_", StringComparison.Ordinal) || others.Contains(name), name));
    }

    [Fact]
    public void A_text_cannot_make_a_line_of_its_own()
    {
        Assert.Equal("a??role:master", ReplicationFields.OneLine("a\r\nrole:master"));
        Assert.Equal("a; b", ReplicationFields.OneLine("a, b", amongOthers: true));
        using var node = new FollowingNode();
        node.Engine.DoWords("REPLICAOF", "x", "6379");
        node.Link.OnClosed(node.Engine.Clock.MonotonicMicroseconds, "no\r\nrole:master");
        Assert.Equal("slave", node.Info()["role"]);
        Assert.Equal("connect: no??role:master", node.Info()["master_link_last_error"]);

        using var primary = new EngineNode();
        var replica = primary.Connect();
        primary.Send(EngineNode.Encode("REPLCONF", "ip-address", "a,phase=x\r\ny", "capa", "eof"), replica);
        primary.Do("PSYNC ? -1", replica);
        Assert.Contains("|redouble_replica0:ip=a;phase=x??y,port=0,redouble=0,phase=waiting,", primary.Do("INFO replication"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_phases_of_a_full_sync_show_on_both_sides()
    {
        using var node = new FollowingNode("replica-freshness-period-ms 0");
        node.Do("REPLICAOF primary 6379");
        node.Link.OnConnected(node.Engine.Clock.MonotonicMicroseconds);
        node.Hear("+PONG\r\n+OK\r\n+OK\r\n+OK\r\n");
        Assert.Equal("none", node.Info()["redouble_sync_phase"]);
        node.Hear($"+FULLRESYNC {FollowingNode.IdA} 1000\r\n");
        Assert.Equal("waiting", node.Info()["redouble_sync_phase"]);
        var rdb = FollowingNode.Rdb(1000);
        node.Hear($"${rdb.Length}\r\n");
        for (var i = 0; i < 10; i++)
        {
            node.Engine.Node.Timer();
            node.Hear(rdb.AsSpan(i * 1000, 1000));
            node.Turn(100);
        }

        var info = node.Info();
        Assert.Equal(("receiving", "10000"), (info["redouble_sync_phase"], info["redouble_sync_bytes"]));
        Assert.Equal(rdb.Length.ToString(), info["redouble_sync_total_bytes"]);
        Assert.InRange(int.Parse(info["redouble_sync_keys"]), 100, 999);
        Assert.InRange(int.Parse(info["redouble_sync_rate"]), 9_000, 11_500);
        Assert.InRange(int.Parse(info["redouble_sync_eta_ms"]), (rdb.Length - 10_000) / 12, (rdb.Length - 10_000) / 9);
        node.Hear(rdb.AsSpan(10_000));
        Assert.Equal(("loading", "0", "0"), (node.Info()["redouble_sync_phase"], node.Info()["redouble_sync_bytes"], node.Info()["redouble_sync_keys"]));
        while (node.Engine.Node.Replication.HasLoadWork) node.Turn();
        info = node.Info();
        Assert.Equal(("none", "1", "0"), (info["redouble_sync_phase"], info["redouble_full_syncs"], info["redouble_partial_syncs"]));
        Assert.Equal(
            $"kind=full,result=ok,asked_offset=1,ago_ms=0,duration_ms=1000,bytes={rdb.Length},times=1,cause=REPLICAOF,error=", info["redouble_sync_history0"]);
    }
}
