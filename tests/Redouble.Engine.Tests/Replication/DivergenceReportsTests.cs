using System.Text;
using Redouble.Engine.Tests.Harness;
using Redouble.Engine.Tests.Persistence.Aof;
using Redouble.Replication.Replica;

namespace Redouble.Engine.Tests.Replication;

/// <summary>A demoted primary saves what the new primary has not got, before it gives up its data set.</summary>
public sealed class DivergenceReportsTests : IDisposable
{
    private const string Mark = "0123456789abcdef0123456789abcdef01234567";

    private static readonly (string Id, long Offset) Parted = (FollowingNode.IdA, 1001);

    private readonly FollowingNode _node = new("replica-freshness-period-ms 0");

    public void Dispose() => _node.Dispose();

    [Fact]
    public void What_was_written_alone_is_a_file_before_the_data_is_replaced()
    {
        Promote();
        _node.Do("SET a 1");
        Write("SET b 2", "PUBLISH channel message", "SELECT 3", "RPUSH list x y", "MULTI", "INCR n", "INCR n", "EXEC");
        var id = _node.Info()["master_replid"];
        var end = long.Parse(_node.Info()["master_repl_offset"]);
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(2), former: Parted);
        Assert.True(_node.Link.IsUp);

        var (name, lines) = TheFile();
        Assert.Matches($"^divergence-[0-9]{{8}}T[0-9]{{6}}Z-{id[..8]}-1001\\.aof$", name);
        Assert.StartsWith("#Redouble divergence report: ", lines[0], StringComparison.Ordinal);
        Assert.Contains("primary:6379", lines[0], StringComparison.Ordinal);
        Assert.Contains($"offsets 1001 to {end}; the histories part behind offset 1000. Missing at the head: 0 bytes.", lines[0], StringComparison.Ordinal);
        Assert.Equal(
            "SELECT 0/SELECT 0/SET a 1/SET b 2/SELECT 3/RPUSH list x y/MULTI/INCR n/INCR n/EXEC", Commands(lines[1]));
        var info = _node.Info();
        Assert.Equal(("1", name, "5", "0", "1", ""), (
            info["redouble_divergence_reports"], info["redouble_divergence_last_file"], info["redouble_divergence_last_commands"],
            info["redouble_divergence_last_missing_bytes"], info["redouble_divergence_last_parting_known"], info["redouble_divergence_last_error"]));
        Assert.Equal($"{end - 1000}", info["redouble_divergence_last_bytes"]);
        Assert.Equal($"{_node.Engine.Clock.UnixMicroseconds / 1_000_000}", info["redouble_divergence_last_time"]);
        Assert.Contains(_node.Engine.LogLines, line => line.StartsWith($"Divergence report: {end - 1000} bytes, 5 commands", StringComparison.Ordinal));
        Assert.DoesNotContain(_node.Engine.Files.Files.Keys, file => file.Contains("temp-", StringComparison.Ordinal));
    }

    [Fact]
    public void No_payload_is_taken_and_nothing_flushed_until_the_file_is_there()
    {
        Promote();
        _node.Do("SET a 1");
        StartSync(Parted);
        _node.Turn();
        Assert.True(_node.Engine.Node.Replication.Divergence.IsWriting);
        Assert.True(_node.Link.GetReceiveBuffer().IsEmpty);
        Assert.Equal("$1|1|", _node.Do("GET a"));
        _node.Settle();
        Assert.Single(Reports());
        Assert.False(_node.Link.GetReceiveBuffer().IsEmpty);
        _node.Hear(FollowingNode.Rdb(0));
        _node.Settle();
        Assert.True(_node.Link.IsUp);
        Assert.Equal("$-1|", _node.Do("GET a"));
    }

    /// <summary>The payload is loaded beside the present data set: that is served, and the report there, before the two are exchanged.</summary>
    [Fact]
    public void It_is_there_before_data_sets_are_swapped()
    {
        Promote();
        _node.Do("CONFIG SET repl-diskless-load swapdb");
        _node.Do("SET a 1");
        StartSync(Parted);
        _node.Turn();
        Assert.True(_node.Engine.Node.Replication.Divergence.IsWriting);
        Assert.True(_node.Link.GetReceiveBuffer().IsEmpty);
        Assert.Equal("$1|1|", _node.Do("GET a"));
        _node.Settle();
        Assert.Equal("SELECT 0/SELECT 0/SET a 1", Commands(TheFile().Lines[1]));
        _node.Hear(FollowingNode.Rdb(0));
        _node.Settle();
        Assert.True(_node.Link.IsUp);
        Assert.Equal(("$-1|", ":0|"), (_node.Do("GET a"), _node.Do("DBSIZE")));
        Assert.Contains(_node.Engine.LogLines, line => line == "MASTER <-> REPLICA sync: Swapping active DB with loaded DB");
    }

    /// <summary>And where it cannot be made, nothing is exchanged.</summary>
    [Fact]
    public void Without_a_report_data_sets_are_not_swapped()
    {
        Promote();
        _node.Do("CONFIG SET repl-diskless-load swapdb");
        _node.Do("SET a 1");
        _node.Engine.Files.FailsAt = "write";
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(2), former: Parted);
        Assert.False(_node.Link.IsUp);
        Assert.Equal(("$1|1|", ":2|"), (_node.Do("GET a"), _node.Do("DBSIZE"))); // the key of the first copy, and a
        Assert.Contains("REPLICAOF again to go on without.", _node.Info()["master_link_last_error"], StringComparison.Ordinal);
    }

    /// <summary>Over two channels the payload waits for the report, and the stream, which comes at the same time, is held meanwhile.</summary>
    [Theory]
    [InlineData("disabled")]
    [InlineData("swapdb")]
    public void Over_two_channels_the_payload_waits_for_it(string load)
    {
        Promote();
        _node.Do($"CONFIG SET dual-channel-replication-enabled yes repl-diskless-load {load}");
        _node.Do("SET a 1");
        var channel = StartChannelSync();
        Assert.True(_node.Engine.Node.Replication.Divergence.IsWriting);
        Assert.True(channel.GetReceiveBuffer().IsEmpty);
        _node.Hear("*3\r\n$3\r\nSET\r\n$9\r\nmeanwhile\r\n$1\r\n1\r\n");
        Assert.Equal(("$1|1|", "$-1|"), (_node.Do("GET a"), _node.Do("GET meanwhile")));
        _node.Settle();
        Assert.Equal("SELECT 0/SELECT 0/SET a 1", Commands(TheFile().Lines[1]));
        _node.Hear(channel, [.. FollowingNode.Rdb(2), .. Encoding.ASCII.GetBytes(Mark)]);
        _node.Settle();
        Assert.True(_node.Link.IsUp);
        Assert.Equal(("$-1|", "$1|1|", ":3|"), (_node.Do("GET a"), _node.Do("GET meanwhile"), _node.Do("DBSIZE")));
        Assert.Equal("1", _node.Info()["redouble_divergence_reports"]);
    }

    [Fact]
    public void Over_two_channels_there_is_no_sync_without_a_report()
    {
        Promote();
        _node.Do("CONFIG SET dual-channel-replication-enabled yes");
        _node.Do("SET a 1");
        _node.Engine.Files.FailsAt = "write";
        var channel = StartChannelSync();
        _node.Settle();
        _node.Hear(channel, [.. FollowingNode.Rdb(2), .. Encoding.ASCII.GetBytes(Mark)]);
        _node.Settle();
        Assert.False(_node.Link.IsUp);
        Assert.Equal("$1|1|", _node.Do("GET a"));
        Assert.Contains("The divergence report cannot be written", _node.Info()["master_link_last_error"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PING")]
    [InlineData("PUBLISH channel message")]
    [InlineData("SELECT 5")]
    public void What_is_no_data_is_no_divergence(string command)
    {
        Promote();
        if (command == "PING") _node.Engine.Node.Replication.Protocol.Log.Append("*1\r\n$4\r\nping\r\n"u8, Redouble.Replication.Log.AppendKind.Keepalive);
        else _node.Do(command);
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0), former: Parted);
        Assert.True(_node.Link.IsUp);
        Assert.Equal(["/data/dump.rdb"], _node.Engine.Files.Files.Keys);
        Assert.Equal("0", _node.Info()["redouble_divergence_reports"]);
    }

    [Fact]
    public void Nothing_is_saved_where_the_primary_has_all()
    {
        Promote();
        _node.Do("SET a 1");
        var info = _node.Info();
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0), former: (info["master_replid"], long.Parse(info["master_repl_offset"]) + 1));
        Assert.True(_node.Link.IsUp);
        Assert.Empty(Reports());
    }

    /// <summary>What the backlog still held after a restart was thrown away, and said not to be held: a Sentinel demotes who comes back.</summary>
    [Fact]
    public void A_clean_restart_takes_nothing_away()
    {
        using var before = new FollowingNode("repl-backlog-persist yes", "save 1 1", "replica-freshness-period-ms 0");
        before.FullSync(FollowingNode.IdA, FollowingNode.Rdb(1));
        before.Do("REPLICAOF NO ONE");
        foreach (var command in (string[])["SET a 1", "SELECT 3", "RPUSH list x y", "MULTI", "INCR n", "INCR n", "EXEC"]) before.Do(command);
        before.Do("SHUTDOWN");
        using var node = new FollowingNode("repl-backlog-persist yes", "replica-freshness-period-ms 0");
        foreach (var (name, content) in before.Engine.Files.Files) node.Engine.Files.Files[name] = content;
        node.Engine.Node.UpdateTime();
        AofSet.Load(node.Engine);
        Assert.Equal(":1|", node.Do("EXISTS a"));
        node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(2), former: Parted);
        Assert.True(node.Link.IsUp);
        Assert.Equal("SELECT 0/SELECT 0/SET a 1/SELECT 3/RPUSH list x y/MULTI/INCR n/INCR n/EXEC", Commands(ReportOf(node)));
        Assert.Equal(("1", "4", "0"), ReportsIn(node.Info()));
    }

    /// <summary>The same of one that was killed, with an append-only file.</summary>
    [Theory]
    [InlineData(
        "@1000\nSELECT 2\nSET a 1\n@1050\nMULTI\nSELECT 3\nSET b 1\nEXEC\n~PING\n@1143\nSET c 1\n@1170",
        "SELECT 0/SELECT 2/SET a 1/MULTI/SELECT 3/SET b 1/EXEC/SET c 1", "3")]
    [InlineData("@1000\n@1000\nSET a 1\n@1027", "SELECT 0/SET a 1", "1")]
    [InlineData("SELECT 5\n@1000\nSET a 1\n@1027", "SELECT 0/SET a 1", "1")] // that is what the mark says
    public void What_an_append_only_file_holds_is_not_lost(string file, string saved, string commands)
    {
        using var node = new FollowingNode(AofSet.Start(AofSet.Bytes(AofSet.Marked(file, FollowingNode.IdA)), "replica-freshness-period-ms 0"));
        node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(2), former: Parted);
        Assert.True(node.Link.IsUp);
        Assert.Equal(saved, Commands(ReportOf(node)));
        Assert.Equal(("1", commands, "0"), ReportsIn(node.Info()));
    }

    /// <summary>A backlog that a former version has left does not tell where units begin in it.</summary>
    [Fact]
    public void What_is_held_and_cannot_be_read_is_not_said_to_be_gone()
    {
        Promote();
        _node.Do("SET a 1");
        var log = _node.Engine.Node.Replication.Protocol.Log;
        log.BeginRecovery(1001);
        log.Append(Encoding.ASCII.GetBytes("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n"));
        log.EndRecovery(0, null);
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(2), former: Parted);
        Assert.Contains(
            "The replication log holds it, but not where a command begins there: 27 bytes of writes are lost without a divergence report.",
            _node.Engine.LogLines);
        Assert.Empty(Reports());
    }

    /// <summary>The primary was restarted with an older state: its replica has what it has lost.</summary>
    [Fact]
    public void A_replica_that_is_ahead_saves_that_too()
    {
        _node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(1));
        _node.Hear("*2\r\n$6\r\nSELECT\r\n$1\r\n4\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\n1\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\n2\r\n");
        BreakLink();
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0), former: (FollowingNode.IdA, 1024 + 27));
        Assert.True(_node.Link.IsUp);
        Assert.Equal("SELECT 4/SET k 2", Commands(TheFile().Lines[1]));
    }

    [Fact]
    public void A_head_that_is_not_held_is_stated()
    {
        using var node = new FollowingNode("replica-freshness-period-ms 0", "repl-backlog-size 16kb", "repl-backlog-sole-copy-size 0");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(1));
        node.Do("REPLICAOF NO ONE");
        node.Do("SELECT 2");
        for (var i = 0; i < 1000; i++)
        {
            node.Engine.Clock.Advance(2);
            node.Do($"SET key:{i:0000} {new string('v', 100)}");
        }

        var info = node.Info();
        var end = long.Parse(info["master_repl_offset"]);
        node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0), former: Parted);
        Assert.True(node.Link.IsUp);
        var after = node.Info();
        var missing = long.Parse(after["redouble_divergence_last_missing_bytes"]);
        var name = after["redouble_divergence_last_file"];
        Assert.InRange(missing, long.Parse(info["repl_backlog_first_byte_offset"]) - 1001, long.Parse(info["repl_backlog_first_byte_offset"]) - 1001 + 200);
        Assert.Equal(end - 1000 - missing, long.Parse(after["redouble_divergence_last_bytes"]));
        Assert.EndsWith($"-{1001 + missing}.aof", name, StringComparison.Ordinal);
        var lines = Split(node.Engine.Files.Files[$"/data/{name}"]);
        Assert.Contains($"Missing at the head: {missing} bytes.", lines[0], StringComparison.Ordinal);
        var commands = Commands(lines[1]).Split('/');
        Assert.Equal("SELECT 2", commands[0]);
        Assert.Equal(commands.Length - 1, long.Parse(after["redouble_divergence_last_commands"]));
        for (var i = 1; i < commands.Length; i++) Assert.StartsWith($"SET key:{1000 - commands.Length + i:0000} v", commands[i], StringComparison.Ordinal);
    }

    /// <summary>After a restart nothing of the stream is held: that is said, and the sync goes on, for waiting would not bring it back.</summary>
    [Fact]
    public void Where_nothing_is_held_the_loss_is_stated()
    {
        Promote();
        _node.Do("SET a 1");
        _node.Engine.Node.Replication.Protocol.Log.Create(_node.Engine.Node.Replication.Protocol.Log.EndOffset);
        var end = long.Parse(_node.Info()["master_repl_offset"]);
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0), former: (FollowingNode.IdA, 501));
        Assert.True(_node.Link.IsUp);
        Assert.Empty(Reports());
        Assert.Equal((end - 500).ToString(), _node.Info()["redouble_divergence_last_missing_bytes"]);
        Assert.Contains(_node.Engine.LogLines, line => line.Contains($"{end - 500} bytes of writes are lost", StringComparison.Ordinal));
    }

    /// <summary>INFO is refused, or the names of two failovers ago are forgotten: what no replica has acknowledged is saved.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_unknown_point_of_parting_is_said_to_be_unknown(bool tells)
    {
        Promote();
        _node.Do("SET a 1");
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0), former: tells ? (new string('c', 40), 700) : null);
        var (_, lines) = TheFile();
        Assert.Contains("where the histories part is not known", lines[0], StringComparison.Ordinal);
        Assert.Contains(tells ? "no name in common" : "-ERR it does not tell", lines[0], StringComparison.Ordinal);
        Assert.Equal("SELECT 0/SELECT 0/SET a 1", Commands(lines[1]));
        Assert.Equal("0", _node.Info()["redouble_divergence_last_parting_known"]);
    }

    [Fact]
    public void A_copy_that_was_never_written_to_has_nothing_to_save_for_a_stranger()
    {
        _node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(3));
        _node.Hear("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\n1\r\n");
        BreakLink();
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0));
        Assert.True(_node.Link.IsUp);
        Assert.Equal(["/data/dump.rdb"], _node.Engine.Files.Files.Keys);
    }

    [Theory]
    [InlineData("create")]
    [InlineData("write")]
    [InlineData("sync")]
    [InlineData("rename")]
    public void Without_a_report_there_is_no_sync_until_it_is_forced(string failsAt)
    {
        Promote();
        _node.Do("SET a 1");
        _node.Engine.Files.FailsAt = failsAt;
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0), former: Parted);
        Assert.False(_node.Link.IsUp);
        Assert.Equal("$1|1|", _node.Do("GET a"));
        var info = _node.Info();
        Assert.Equal("Permission denied", info["redouble_divergence_last_error"]);
        Assert.Equal(
            "full sync, payload: The divergence report cannot be written: Permission denied. The data set here is kept, for it has writes that the primary "
            + "has not got (replica-divergence-report). REPLICAOF again to go on without.", info["master_link_last_error"]);
        Assert.Equal(["/data/dump.rdb"], _node.Engine.Files.Files.Keys);

        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0), former: Parted); // time alone does not change it
        Assert.Equal("$1|1|", _node.Do("GET a"));
        Assert.Equal("+OK|", _node.Do("CONFIG SET repl-diskless-load swapdb")); // nothing else needs the disk
        Assert.Equal("+OK|", _node.Do("REPLICAOF primary 6379"));
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0), former: Parted);
        Assert.True(_node.Link.IsUp);
        Assert.Equal(":0|", _node.Do("DBSIZE"));
        Assert.Equal("Permission denied", _node.Info()["redouble_divergence_last_error"]);
        Assert.StartsWith("+OK Already connected", _node.Do("REPLICAOF primary 6379"), StringComparison.Ordinal);
    }

    /// <summary>Which attempt is under way when the operator decides must not matter, nor how often he says so.</summary>
    [Fact]
    public void It_is_forced_while_the_sync_is_tried_again_too()
    {
        BeRefusedASync(failingAt: "write");
        Assert.Equal("+OK|", _node.Do("CONFIG SET repl-diskless-load swapdb")); // nothing else needs the disk
        _node.Engine.Clock.MonotonicMicroseconds = Math.Max(_node.Engine.Clock.MonotonicMicroseconds, _node.Link.NextDeadline);
        _node.Turn();
        StartPayload(_node, Parted);
        Assert.True(_node.Engine.Node.Replication.Divergence.IsWriting);
        Assert.Equal("+OK|", _node.Do("REPLICAOF primary 6379"));
        Assert.Equal("+OK|", _node.Do("REPLICAOF primary 6379"));
        _node.Settle();
        Assert.Equal(PrimaryLinkState.Payload, _node.Link.State);
        _node.Hear(FollowingNode.Rdb(0));
        _node.Settle();
        Assert.True(_node.Link.IsUp);
        Assert.Equal(":0|", _node.Do("DBSIZE"));
        Assert.StartsWith("+OK Already connected", _node.Do("REPLICAOF primary 6379"), StringComparison.Ordinal);
    }

    /// <summary>The file is still there, whatever becomes of the next one.</summary>
    [Fact]
    public void A_report_that_is_given_up_does_not_hide_the_last()
    {
        Promote();
        _node.Do("SET a 1");
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0), former: Parted);
        var before = Told();
        Assert.NotEqual("", before[0]);
        Assert.Equal("+OK|", _node.Do("REPLICAOF NO ONE"));
        _node.Do("SET b 1");
        StartSync((FollowingNode.IdB, 1001));
        _node.Turn();
        Assert.True(_node.Engine.Node.Replication.Divergence.IsWriting);
        Assert.Equal(before, Told());
        Assert.Equal("+OK|", _node.Do("REPLICAOF NO ONE"));
        Assert.Equal(before, Told());

        string[] Told() => [.. _node.Info().Where(static field => field.Key.StartsWith("redouble_divergence_last_", StringComparison.Ordinal))
            .Select(static field => field.Value)];
    }

    [Fact]
    public void A_disk_that_has_room_again_is_enough()
    {
        BeRefusedASync(failingAt: "write");
        _node.Engine.Files.FailsAt = "";
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0), former: Parted);
        Assert.True(_node.Link.IsUp);
        Assert.Single(Reports());
        Assert.Equal("", _node.Info()["redouble_divergence_last_error"]);
    }

    [Fact]
    public void It_can_be_turned_off_also_while_a_sync_is_refused()
    {
        BeRefusedASync(failingAt: "create");
        Assert.Equal("+OK|", _node.Do("CONFIG SET replica-divergence-report no repl-diskless-load swapdb")); // nothing else needs the disk
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0), former: Parted);
        Assert.True(_node.Link.IsUp);
        Assert.Equal(["/data/dump.rdb"], _node.Engine.Files.Files.Keys);
    }

    [Fact]
    public void A_sync_that_is_tried_again_needs_no_second_report()
    {
        Promote();
        _node.Do("SET a 1");
        StartSync(Parted);
        _node.Settle();
        BreakLink();
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0), former: Parted);
        Assert.True(_node.Link.IsUp);
        Assert.Single(Reports());
        Assert.Equal("1", _node.Info()["redouble_divergence_reports"]);
    }

    /// <summary>A report goes on while the link is down; who is a primary again has lost nothing, and needs none.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_link_that_breaks_meanwhile(bool becomesPrimary)
    {
        Promote();
        for (var i = 0; i < 3000; i++) _node.Do($"SET key:{i} {new string('v', 1000)}");
        StartSync(Parted);
        _node.Turn();
        Assert.True(_node.Engine.Node.Replication.Divergence.IsWriting);
        BreakLink();
        if (becomesPrimary) _node.Do("REPLICAOF NO ONE");
        _node.Settle();
        Assert.Equal(becomesPrimary ? 0 : 1, Reports().Length);
        Assert.Equal(":3000|", _node.Do("DBSIZE"));
        if (!becomesPrimary) Assert.Equal(3000, Commands(TheFile().Lines[1]).Split('/').Count(command => command.StartsWith("SET", StringComparison.Ordinal)));
    }

    /// <summary>The head of the log being lost, a report that begins further back has the name of the one that it takes the place of.</summary>
    [Fact]
    public void One_that_takes_the_place_of_another_is_whole()
    {
        using var node = new FollowingNode("replica-freshness-period-ms 0", "repl-backlog-size 16kb", "repl-backlog-sole-copy-size 0");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(1));
        node.Do("REPLICAOF NO ONE");
        for (var i = 0; i < 1000; i++)
        {
            node.Engine.Clock.Advance(2);
            node.Do($"SET key:{i:0000} {new string('v', 100)}");
        }

        StartSync(node, Parted);
        node.Turn();
        Assert.True(node.Engine.Node.Replication.Divergence.IsWriting);
        StartSync(node, (FollowingNode.IdA, 1000), "other");
        node.Settle();
        Assert.Equal("", node.Info()["redouble_divergence_last_error"]);
        var file = Assert.Single(node.Engine.Files.Files, file => file.Key.Contains("divergence-", StringComparison.Ordinal));
        Assert.StartsWith("/data/divergence-", file.Key, StringComparison.Ordinal);
        Assert.Contains("behind offset 999.", Split(file.Value)[0], StringComparison.Ordinal);
    }

    /// <summary>What nobody else has is kept beyond the backlog's size, and costs no client an error.</summary>
    [Fact]
    public void The_log_of_a_sole_copy_does_not_count_against_maxmemory()
    {
        using var node = new FollowingNode("replica-freshness-period-ms 0", "repl-backlog-size 16kb");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(1));
        node.Do("REPLICAOF NO ONE");
        var before = Memory(node, "used_memory");
        for (var i = 0; i < 40; i++) node.Do($"SET a {new string('v', 100_000)}");
        var grown = Memory(node, "used_memory");
        Assert.InRange(grown - before, 3_000_000, 6_000_000);
        Assert.InRange(Memory(node, "mem_not_counted_for_evict"), 3_000_000, 6_000_000);
        node.Do($"CONFIG SET maxmemory {grown - 1_000_000}");
        Assert.Equal("+OK|", node.Do("SET b 1"));
        node.Do("CONFIG SET maxmemory 100000");
        Assert.StartsWith("-OOM", node.Do("SET b 1"), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_primary_that_has_everything_needs_no_report()
    {
        Promote();
        _node.Do("SET a 1");
        StartSync(Parted);
        _node.Turn();
        Assert.True(_node.Engine.Node.Replication.Divergence.IsWriting);
        var (id, end) = (_node.Info()["master_replid"], long.Parse(_node.Info()["master_repl_offset"]));
        _node.Do("REPLICAOF other 6379");
        _node.Link.OnConnected(_node.Engine.Clock.MonotonicMicroseconds);
        _node.Hear("+PONG\r\n+OK\r\n+OK\r\n+OK\r\n");
        if (_node.Link.State == PrimaryLinkState.PlaceReply) _node.Hear(FollowingNode.Place(id, end, Parted));
        _node.Hear("+CONTINUE\r\n");
        Assert.True(_node.Link.IsUp);
        _node.Settle();
        Assert.Empty(Reports());
        Assert.Equal("0", _node.Info()["redouble_divergence_reports"]);
    }

    private static long Memory(FollowingNode node, string field) =>
        long.Parse(node.Do("INFO memory").Split('|').First(line => line.StartsWith($"{field}:", StringComparison.Ordinal))[(field.Length + 1)..]);

    // Writes that the primary has not got, and a disk that does not take their report.
    private void BeRefusedASync(string failingAt)
    {
        Promote();
        _node.Do("SET a 1");
        _node.Engine.Files.FailsAt = failingAt;
        _node.FullSync(FollowingNode.IdB, FollowingNode.Rdb(0), former: Parted);
        Assert.False(_node.Link.IsUp);
    }

    private void Promote()
    {
        _node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(1));
        Assert.True(_node.Link.IsUp);
        Assert.Equal("+OK|", _node.Do("REPLICAOF NO ONE"));
    }

    private void Write(params string[] commands)
    {
        foreach (var command in commands) _node.Do(command);
    }

    private void BreakLink()
    {
        _node.Turn(2000);
        _node.Link.OnClosed(_node.Engine.Clock.MonotonicMicroseconds, "connection closed by the primary");
    }

    private void StartSync((string Id, long Offset) former) => StartSync(_node, former);

    // As far as the payload.
    private static void StartSync(FollowingNode node, (string Id, long Offset) former, string host = "primary")
    {
        node.Do($"REPLICAOF {host} 6379");
        StartPayload(node, former);
    }

    private static void StartPayload(FollowingNode node, (string Id, long Offset) former)
    {
        node.Link.OnConnected(node.Engine.Clock.MonotonicMicroseconds);
        node.Hear("+PONG\r\n+OK\r\n+OK\r\n+OK\r\n");
        Assert.Equal(PrimaryLinkState.PlaceReply, node.Link.State);
        node.Hear(FollowingNode.Place(FollowingNode.IdB, 1000, former));
        node.Hear($"+FULLRESYNC {FollowingNode.IdB} 1000\r\n${FollowingNode.Rdb(0).Length}\r\n");
        Assert.Equal(PrimaryLinkState.Payload, node.Link.State);
    }

    // As far as the payload, with the stream under way on the link's own connection.
    private SnapshotChannel StartChannelSync()
    {
        var now = _node.Engine.Clock.MonotonicMicroseconds;
        _node.Do("REPLICAOF primary 6379");
        _node.Link.OnConnected(now);
        _node.Hear("+PONG\r\n+OK\r\n+OK\r\n+OK\r\n");
        Assert.Equal(PrimaryLinkState.PlaceReply, _node.Link.State);
        _node.Hear(FollowingNode.Place(FollowingNode.IdB, 1000, Parted));
        _node.Hear("+DUALCHANNELSYNC\r\n");
        var channel = _node.Link.Channel;
        channel.OnConnected(now);
        _node.Hear(channel, Encoding.ASCII.GetBytes($"+OK\r\n$ENDOFF:1000 {FollowingNode.IdB} 0 42\r\n"));
        _node.Hear($"+OK\r\n+CONTINUE {FollowingNode.IdB}\r\n");
        _node.Hear(channel, Encoding.ASCII.GetBytes($"$EOF:{Mark}\r\n"));
        Assert.Equal(SnapshotChannelState.Payload, channel.State);
        _node.Turn();
        return channel;
    }

    private static (string Reports, string Commands, string MissingBytes) ReportsIn(Dictionary<string, string> info) => (
        info["redouble_divergence_reports"], info["redouble_divergence_last_commands"], info["redouble_divergence_last_missing_bytes"]);

    private static string ReportOf(FollowingNode node) =>
        Split(node.Engine.Files.Files.Single(file => file.Key.StartsWith("/data/divergence-", StringComparison.Ordinal)).Value)[1];

    private string[] Reports() => [.. _node.Engine.Files.Files.Keys.Where(file => file.StartsWith("/data/divergence-", StringComparison.Ordinal))];

    private (string Name, string[] Lines) TheFile()
    {
        var path = Assert.Single(Reports());
        return (path["/data/".Length..], Split(_node.Engine.Files.Files[path]));
    }

    private static string[] Split(byte[] file)
    {
        var text = Encoding.Latin1.GetString(file);
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        Assert.InRange(end, 1, 1023); // what a reader of AOFs takes as a comment
        return [text[..end], text[(end + 1)..]];
    }

    private static string Commands(string text) => string.Join('/', text.Split('*', StringSplitOptions.RemoveEmptyEntries).Select(Words));

    private static string Words(string frame) => string.Join(' ', frame.Split("\r\n")[2..].Where((_, i) => i % 2 == 0)).Trim();
}
