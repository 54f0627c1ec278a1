using System.Diagnostics;
using Redouble.Health;

namespace Redouble.Tests.Health;

public sealed class FleetTests
{
    private const string Id = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    [Theory]
    [InlineData("INFO: the answer is not RESP: 'HTTP/1.1 400 Bad Request'", "HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("INFO: it closed the connection", "close")]
    [InlineData("INFO: NOAUTH Authentication required.", "-NOAUTH Authentication required.\r\n")]
    [InlineData("INFO: the answer is no INFO: +OK", "+OK\r\n")]
    [InlineData("INFO: the answer is no INFO: null", "$-1\r\n")]
    [InlineData("INFO: the answer is no INFO: [\"a\" :1]", "*2\r\n$1\r\na\r\n:1\r\n")]
    [InlineData("INFO: the answer tells no role", "$4\r\nwhat\r\n")]
    [InlineData("INFO: it is a Sentinel, which holds no data", "$19\r\nredis_mode:sentinel\r\n")]
    [InlineData("INFO: no answer within 0.5 s", null)]
    [InlineData("INFO: no answer within 0.5 s", "$1000\r\nrole:master")]
    [InlineData("INFO: no answer within 0.5 s", "$400000000\r\nrole:master")]
    public async Task Wrong_answers_are_named_with_their_step(string expected, string? answer)
    {
        using FakeNode node = new(_ => answer);
        Assert.Equal(expected, (await RowOf(node, expected.Contains("no answer") ? Impatient() : Options())).Failure);
    }

    [Fact]
    public async Task Nobody_listening_is_named()
    {
        FakeNode gone = new(_ => null);
        int port = gone.Port;
        gone.Dispose();
        using Fleet fleet = await Fleet.AskAsync(Options() with { Nodes = [new NodeAddress("127.0.0.1", port)] });
        Assert.Equal("connect: Connection refused", Assert.Single(FleetRows.Of(fleet)).Failure);
        using Fleet unknown = await Fleet.AskAsync(Options() with { Nodes = [new NodeAddress("no-such-host.invalid", 1)], Timeout = TimeSpan.FromSeconds(10) });
        Assert.StartsWith("resolve: ", Assert.Single(FleetRows.Of(unknown)).Failure);
    }

    [Fact]
    public async Task An_answer_that_never_ends_is_cut_off()
    {
        string much = new('x', 5 << 20);
        using FakeNode node = new(_ => $"${much.Length}\r\n{much}\r\n");
        Assert.Equal("INFO: the answer is longer than 4194304 bytes", (await RowOf(node)).Failure);
    }

    [Fact]
    public async Task An_answer_that_comes_byte_by_byte_does_not_move_the_end()
    {
        Stopwatch clock = Stopwatch.StartNew();
        using FakeNode node = new(_ => "1", drip: true);
        Assert.Equal("INFO: no answer within 0.5 s", (await RowOf(node, Impatient())).Failure);
        Assert.InRange(clock.ElapsedMilliseconds, 0, 10_000);
    }

    [Theory]
    [InlineData("+OK\r\n", null)]
    [InlineData("-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?\r\n", null)]
    [InlineData("-ERR Client sent AUTH, but no password is set\r\n", null)]
    [InlineData("-WRONGPASS invalid username-password pair or user is disabled.\r\n", "AUTH: WRONGPASS invalid username-password pair or user is disabled.")]
    [InlineData(null, "AUTH: no answer within 0.5 s")]
    public async Task Logging_in_comes_first(string? answer, string? failure)
    {
        List<string> asked = [];
        using FakeNode node = new(words =>
        {
            asked.Add(string.Join(' ', words));
            return words[0] == "AUTH" ? answer : FakeNode.Bulk("role:master\r\n");
        });
        Assert.Equal(failure, (await RowOf(node, (answer == null ? Impatient() : Options()) with { User = "ops", Password = "sesame" })).Failure);
        Assert.Equal(failure == null ? ["AUTH ops sesame", "INFO"] : ["AUTH ops sesame"], asked);
    }

    [Theory]
    [InlineData("redis_version:7.2.4\r\nredouble_version:0.1.0", "redouble 0.1.0")]
    [InlineData("redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1", "valkey 8.0.1")]
    [InlineData("redis_version:7.0.15", "redis 7.0.15")]
    public async Task Kinds_are_told_apart(string lines, string expected)
    {
        using FakeNode node = FakeNode.Saying(() => $"{lines}\r\nrole:master\r\n");
        Assert.Equal(expected, (await RowOf(node)).Kind);
    }

    [Fact]
    public async Task A_replica_that_catches_up_is_watched_until_it_has()
    {
        using FakeNode primary = FakeNode.Saying(() => PrimaryInfo(1000));
        long offset = 400;
        using FakeNode replica = FakeNode.Saying(() => ReplicaInfo(primary.Port, offset += 100));
        NodeRow row = Assert.Single(await RowsOf(Options() with { Patience = TimeSpan.FromSeconds(20) }, primary, replica), row => row.Role == "replica");
        Assert.Equal((400, "measured"), (row.BytesBehind, row.Lag!.Source));
        Assert.InRange(row.Lag.Seconds, 0.001, 20);
    }

    [Fact]
    public async Task A_replica_that_comes_nearer_slowly_is_estimated()
    {
        using FakeNode primary = FakeNode.Saying(() => PrimaryInfo(1_000_000_000));
        Stopwatch clock = Stopwatch.StartNew();
        using FakeNode replica = FakeNode.Saying(() => ReplicaInfo(primary.Port, clock.ElapsedMilliseconds * 1000));
        NodeRow row = await ReplicaRow(primary, replica);
        Assert.Equal("estimated", row.Lag!.Source);
        Assert.InRange(row.Lag.Seconds, 900, 1100);
        Assert.Contains(Judge.Of([row], Thresholds.Default), finding => finding.Severity == Severity.Critical);
    }

    [Fact]
    public async Task What_a_Redouble_tells_of_its_replica_counts_more_than_an_estimate()
    {
        int replicaPort = 0;
        using FakeNode primary = FakeNode.Saying(() => PrimaryInfo(1_000_000)
            + $"slave0:ip=127.0.0.1,port={replicaPort},state=online,offset=10,lag=1\r\nredouble_replica0:ip=127.0.0.1,port={replicaPort},ms_behind=12345\r\n");
        long offset = 0;
        using FakeNode replica = FakeNode.Saying(() => ReplicaInfo(primary.Port, offset++));
        replicaPort = replica.Port;
        Assert.Equal(new Lag(12.345, "primary"), (await ReplicaRow(primary, replica)).Lag);
    }

    [Fact]
    public async Task A_Redouble_knows_how_old_its_data_is_where_its_primary_does_not_tell()
    {
        using FakeNode primary = FakeNode.Saying(() => PrimaryInfo(1000));
        using FakeNode replica = FakeNode.Saying(() => ReplicaInfo(primary.Port, 5) + "redouble_staleness_ms:7500\r\nredouble_bytes_behind:77\r\n");
        NodeRow row = await RowOf(replica);
        Assert.Equal((new Lag(7.5, "replica"), 77), (row.Lag, row.BytesBehind));
        row = await ReplicaRow(primary, replica);
        Assert.Equal((new Lag(7.5, "replica"), 995), (row.Lag, row.BytesBehind));
        using FakeNode ignorant = FakeNode.Saying(() => ReplicaInfo(1, 5) + "redouble_staleness_ms:-1\r\n");
        Assert.Null((await RowOf(ignorant)).Lag);
    }

    [Fact]
    public async Task A_replica_that_stands_still_is_as_late_as_its_last_sign_of_life()
    {
        using FakeNode primary = FakeNode.Saying(() => PrimaryInfo(1000));
        using FakeNode replica = FakeNode.Saying(() => ReplicaInfo(primary.Port, 5) + "master_last_io_seconds_ago:44\r\n");
        Assert.Equal(new Lag(44, "acknowledged"), (await ReplicaRow(primary, replica)).Lag);
    }

    [Fact]
    public async Task Below_a_link_that_is_down_data_is_as_old_as_that()
    {
        using FakeNode primary = FakeNode.Saying(() => PrimaryInfo(1000));
        using FakeNode middle = FakeNode.Saying(() => ReplicaInfo(primary.Port, 5, "down") + "master_link_down_since_seconds:70\r\n");
        using FakeNode last = FakeNode.Saying(() => ReplicaInfo(middle.Port, 5));
        IReadOnlyList<NodeRow> rows = await RowsOf(Options(), primary, middle, last);
        Assert.Equal([LinkState.None, LinkState.Down, LinkState.Up], rows.Select(row => row.Link));
        Assert.Equal(new Lag(70, "link"), rows[2].Lag);
        Assert.All(rows, row => Assert.Equal($"127.0.0.1:{primary.Port}", row.Root));
    }

    [Fact]
    public async Task Replicas_that_follow_each_other_have_no_primary()
    {
        int port = 0;
        using FakeNode one = FakeNode.Saying(() => ReplicaInfo(port, 5));
        using FakeNode other = FakeNode.Saying(() => ReplicaInfo(one.Port, 5));
        port = other.Port;
        IReadOnlyList<NodeRow> rows = await RowsOf(Options() with { Discover = true }, one, other);
        Assert.Equal([null, null], rows.Select(row => row.Root));
        Assert.All(rows, row => Assert.Null(row.Lag));
    }

    [Fact]
    public async Task An_address_that_only_its_primary_knows_is_told_by_its_port_if_one_has_it()
    {
        int port = 0;
        string more = "";
        using FakeNode primary = FakeNode.Saying(() => PrimaryInfo(10) + $"slave0:ip=192.0.2.1,port={port},state=online,offset=10,lag=0\r\n{more}");
        using FakeNode replica = FakeNode.Saying(() => ReplicaInfo(primary.Port, 10));
        port = replica.Port;
        Assert.Equal([true, true], (await RowsOf(Options(), primary, replica)).Select(row => row.Asked));
        more = $"slave1:ip=192.0.2.2,port={port},state=online,offset=10,lag=0\r\n";
        Assert.Equal([true, true, false, false], (await RowsOf(Options(), primary, replica)).Select(row => row.Asked));
    }

    [Fact]
    public async Task The_two_connections_of_a_Valkey_in_full_sync_are_one_replica()
    {
        using FakeNode primary = FakeNode.Saying(() => PrimaryInfo(10) + "slave0:ip=127.0.0.1,port=9,state=send_bulk,offset=0,lag=0,type=rdb-channel\r\n"
            + "slave1:ip=127.0.0.1,port=9,state=bg_transfer,offset=0,lag=0,type=main-channel\r\n");
        IReadOnlyList<NodeRow> rows = await RowsOf(Options(), primary);
        Assert.Equal([(0, 1), (0, 0)], rows.Select(row => row.Replicas));
        Assert.Equal(LinkState.Syncing, rows[1].Link);
    }

    [Fact]
    public async Task What_goes_to_a_terminal_is_printable()
    {
        using FakeNode replica = FakeNode.Saying(() => ReplicaInfo(1, 0, "down") + "master_link_last_error:\e[2Jgone\r\n");
        Assert.Equal(".[2Jgone", (await RowOf(replica)).LinkError);
        using FakeNode error = new(_ => "-ERR \a\r\n");
        Assert.Equal("INFO: ERR .", (await RowOf(error)).Failure);
    }

    [Fact]
    public async Task A_full_sync_is_dated_by_the_age_of_its_connection()
    {
        int port = 0;
        using FakeNode primary = new(words => FakeNode.Bulk(words[0] == "CLIENT"
            ? "id=1 addr=127.0.0.1:5 age=400 flags=S\nid=2 addr=127.0.0.1:6 age=7 flags=S\n"
            : PrimaryInfo(10) + $"slave0:ip=127.0.0.1,port={port},state=wait_bgsave,offset=0,lag=0\r\n"
                + "slave1:ip=127.0.0.1,port=9,state=send_bulk,offset=0,lag=0\r\n"));
        using FakeNode replica = FakeNode.Saying(() => ReplicaInfo(primary.Port, 0, "down"));
        port = replica.Port;
        IReadOnlyList<NodeRow> rows = await RowsOf(Options(), primary, replica);
        Assert.Equal(new SyncState("waiting", 400, null, null), rows[1].Sync);
        Assert.Equal((false, new SyncState("receiving", 7, null, null)), (rows[2].Asked, rows[2].Sync));
        Assert.Equal("Warning", Assert.Single(Judge.Of(rows, Thresholds.Default)).Severity.ToString());
    }

    /// <summary>The present connection of a replica that is dropped in each of its syncs is always young.</summary>
    [Fact]
    public async Task A_full_sync_is_as_old_as_the_link_is_down()
    {
        int port = 0;
        string history = "";
        using FakeNode primary = new(words => FakeNode.Bulk(words[0] == "CLIENT"
            ? "id=1 addr=127.0.0.1:5 age=3 flags=S\n" : PrimaryInfo(10) + $"slave0:ip=127.0.0.1,port={port},state=send_bulk,offset=0,lag=0\r\n"));
        long down = 400;
        using FakeNode replica = FakeNode.Saying(
            () => ReplicaInfo(primary.Port, 0, "down") + $"master_sync_in_progress:1\r\nmaster_link_down_since_seconds:{down}\r\n{history}");
        port = replica.Port;
        NodeRow row = await ReplicaRow(primary, replica);
        Assert.Equal((400, new Lag(400, "link")), (row.Sync!.Seconds, row.Lag));
        Assert.Contains(Judge.Of([row], Thresholds.Default), finding => finding.Severity == Severity.Critical);

        down = 8; // it took what a connection takes to be made again
        row = await ReplicaRow(primary, replica);
        Assert.Equal((8, null, 0), (row.Sync!.Seconds, row.Lag, row.Sync.Failures));

        history = "redouble_sync_history0:kind=full,result=failed,times=3,error=Payload: cut\r\n"
            + "redouble_sync_history1:kind=full,result=failed,times=1,error=other\r\nredouble_sync_history2:kind=full,result=ok,times=1,error=\r\n"
            + "redouble_sync_history3:kind=full,result=failed,times=9,error=old\r\n";
        row = await ReplicaRow(primary, replica);
        Assert.Equal((4, "Payload: cut", new Lag(8, "link")), (row.Sync!.Failures, row.Sync.Error, row.Lag));
        Assert.Equal("Warning", Assert.Single(Judge.Of([row], Thresholds.Default)).Severity.ToString());
    }

    [Fact]
    public async Task Progress_of_transfer_and_load_is_shown()
    {
        using FakeNode transfer = FakeNode.Saying(() => ReplicaInfo(1, 0, "down")
            + "master_sync_in_progress:1\r\nmaster_sync_total_bytes:1000\r\nmaster_sync_read_bytes:250\r\nredouble_sync_eta_ms:36000\r\n"
            + "master_link_down_since_seconds:12\r\n");
        Assert.Equal(new SyncState("receiving", 12, 25, 250, 36), (await RowOf(transfer)).Sync);
        using FakeNode load = FakeNode.Saying(() => ReplicaInfo(1, 0, "down") + "master_sync_in_progress:1\r\nloading:1\r\n"
            + "loading_total_bytes:200\r\nloading_loaded_bytes:100\r\nmaster_link_down_since_seconds:-1\r\n");
        Assert.Equal(new SyncState("loading", null, 50, 100), (await RowOf(load)).Sync);
    }

    [Fact]
    public async Task Those_that_nodes_report_are_asked_when_that_is_wanted()
    {
        int port = 0;
        using FakeNode primary = FakeNode.Saying(() => PrimaryInfo(10) + $"slave0:ip=127.0.0.1,port={port},state=online,offset=10,lag=0\r\nrun_id:1\r\n");
        using FakeNode replica = FakeNode.Saying(() => ReplicaInfo(primary.Port, 10) + "run_id:2\r\n");
        port = replica.Port;
        IReadOnlyList<NodeRow> reported = await RowsOf(Options(), primary);
        Assert.Equal([(true, "primary", 10), (false, "replica", 10L)], reported.Select(row => (row.Asked, row.Role, row.Offset)));
        Assert.Equal([true, true], (await RowsOf(Options() with { Discover = true }, primary)).Select(row => row.Asked));
        IReadOnlyList<NodeRow> upwards = await RowsOf(Options() with { Discover = true }, replica);
        Assert.Equal([("primary", primary.Port), ("replica", replica.Port)], upwards.Select(row => (row.Role, int.Parse(row.Node.Split(':')[1]))));
    }

    [Fact]
    public async Task A_node_with_two_names_is_one_row()
    {
        using FakeNode node = FakeNode.Saying(() => PrimaryInfo(10) + "run_id:1\r\n");
        NodeAddress[] names = [new("127.0.0.1", node.Port), new("127.0.0.1", node.Port), new("localhost", node.Port)];
        using Fleet fleet = await Fleet.AskAsync(Options() with { Nodes = names });
        Assert.Single(FleetRows.Of(fleet));
    }

    /// <summary>Times that a busy machine does not exceed.</summary>
    private static HealthOptions Options() => new() { Timeout = TimeSpan.FromSeconds(20), Patience = TimeSpan.FromSeconds(0.3) };

    private static HealthOptions Impatient() => Options() with { Timeout = TimeSpan.FromSeconds(0.5) };

    private static string PrimaryInfo(long offset) => $"role:master\r\nmaster_replid:{Id}\r\nmaster_repl_offset:{offset}\r\n";

    private static string ReplicaInfo(int primaryPort, long offset, string link = "up") =>
        $"role:slave\r\nmaster_host:127.0.0.1\r\nmaster_port:{primaryPort}\r\nmaster_link_status:{link}\r\n"
        + $"slave_repl_offset:{offset}\r\nmaster_replid:{Id}\r\n";

    private static async Task<NodeRow> RowOf(FakeNode node, HealthOptions? options = null) => Assert.Single(await RowsOf(options ?? Options(), node));

    private static async Task<NodeRow> ReplicaRow(FakeNode primary, FakeNode replica) =>
        Assert.Single(await RowsOf(Options(), primary, replica), row => row.Role == "replica");

    private static async Task<IReadOnlyList<NodeRow>> RowsOf(HealthOptions options, params FakeNode[] nodes)
    {
        using Fleet fleet = await Fleet.AskAsync(options with { Nodes = [.. nodes.Select(node => new NodeAddress("127.0.0.1", node.Port))] });
        return FleetRows.Of(fleet);
    }
}
