using Redouble.Core.Memory;
using Redouble.Replication.Conversations;
using Redouble.Replication.Identity;
using Redouble.Replication.Log;
using Redouble.Replication.Tests.Primary;
using static Redouble.Replication.Tests.Conversations.Talk;

namespace Redouble.Replication.Tests.Conversations;

/// <summary>REDOUBLE TESTLINK step by step, with peers of all kinds made of strings.</summary>
public sealed class LinkTestTests : IDisposable
{
    private const string Replconf = "REPLCONF listening-port 7000 REPLCONF capa eof capa psync2 capa redouble";
    private readonly PrimaryFixture _fixture = new();
    private readonly Talk _talk = new();

    public LinkTestTests()
    {
        _fixture.Settings.AnnouncedPort = 7000;
        _fixture.Log.Create(100);
        _fixture.Log.Append(new byte[50]);
    }

    public void Dispose() => _fixture.Dispose();

    private LinkTest Begin(string host = "10.0.0.1") =>
        new(_fixture.Pool, _fixture.Settings, _fixture.Replication, "self-run-id", host, 6379, _fixture.Now);

    private static string Report(LinkTest test) => string.Join(" | ", test.Steps.Select(step => $"{step.Name} {step.Status} {step.Detail}".TrimEnd()));

    // Up to the question what PSYNC would do.
    private LinkTest ReachInfo(string capabilities = "+OK\r\n")
    {
        var test = Begin();
        test.OnConnected(1);
        Assert.Equal("PING", _talk.Said(test));
        Hear(test, "+PONG\r\n", 2);
        Assert.Equal(Replconf, _talk.Said(test));
        Hear(test, "+OK\r\n" + capabilities, 3);
        Assert.Equal("INFO server INFO replication", _talk.Said(test));
        return test;
    }

    private string Tell(string replication, string capabilities = "+OK\r\n")
    {
        var test = ReachInfo(capabilities);
        Hear(test, Bulk("# Server\r\nrun_id:other") + Bulk(replication.Replace(" ", "\r\n", StringComparison.Ordinal)), 4);
        Assert.True(test.IsOver, _talk.Said(test));
        return $"{test.Steps[^1].Name} {test.Steps[^1].Status} {test.Steps[^1].Detail}";
    }

    [Fact]
    public void ANameThatDoesNotResolveFailsAtResolve()
    {
        var test = Begin("db.example");
        Assert.Empty(test.Steps);
        test.OnFailed("the name 'db.example' does not resolve: Name or service not known", 1);
        Assert.Equal("resolve failed the name 'db.example' does not resolve: Name or service not known", Report(test));
        Assert.True(test.IsOver);
    }

    [Fact]
    public void AClosedPortFailsAtConnect()
    {
        var test = Begin("db.example");
        test.OnAddress("10.0.0.7", 1);
        test.OnFailed("Connection refused", 2);
        Assert.Equal("resolve ok 10.0.0.7 | connect failed Connection refused", Report(test));
    }

    [Fact]
    public void AWrongPasswordFailsAtAuth()
    {
        _fixture.Settings.PrimaryUser = "u";
        _fixture.Settings.PrimaryPassword = "pw";
        var test = Begin();
        test.OnConnected(1);
        Assert.Equal("AUTH u pw", _talk.Said(test));
        Hear(test, "-WRONGPASS invalid username-password pair or user is disabled.\r\n", 2);
        Assert.Equal("auth failed WRONGPASS invalid username-password pair or user is disabled.", Report(test).Split(" | ")[^1]);
    }

    [Theory]
    [InlineData("-NOAUTH Authentication required.\r\n", "ping failed NOAUTH Authentication required. masterauth is not set here")]
    [InlineData("-LOADING Redis is loading the dataset in memory\r\n", "ping failed LOADING Redis is loading the dataset in memory")]
    [InlineData("-DENIED Redis is running in protected mode because \u00e4\r\n", "ping failed DENIED Redis is running in protected mode because ?")]
    [InlineData(":7\r\n", "ping failed the answer is not PONG: :7")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "ping failed the answer is no reply of a Redis: 'SSH-2.0-OpenSSH_9.2'")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n", "ping failed the answer is no reply of a Redis: 'HTTP/1.1 400 Bad Request'")]
    [InlineData("$-5\r\n", "ping failed the answer is no reply of a Redis: '$-5'")]
    [InlineData("\u0001\u0002", "ping failed the answer is no reply of a Redis: '??'")]
    public void WhatIsNotPongFailsAtPing(string answer, string step)
    {
        var test = Begin();
        test.OnConnected(1);
        Hear(test, answer, 2);
        Assert.Equal($"resolve skipped it is an address | connect ok | auth skipped masterauth is not set here | {step}", Report(test));
    }

    [Fact]
    public void SilenceFailsAfterFiveSeconds()
    {
        var test = Begin();
        test.OnConnected(1);
        Assert.Equal(5_000_001, test.NextDeadline);
        test.OnTimer(5_000_000);
        Assert.False(test.IsOver);
        test.OnTimer(5_000_001);
        Assert.Equal("ping failed no answer within 5000 ms", Report(test).Split(" | ")[^1]);
        Assert.Equal(long.MaxValue, test.NextDeadline);
    }

    [Fact]
    public void AReplyMayComeByteByByteAndAClosedConnectionFailsWhereItStands()
    {
        var test = Begin();
        test.OnConnected(1);
        foreach (var c in "+PONG\r\n") Hear(test, c.ToString(), 2);
        test.OnClosed("the connection was closed by the other side", 3);
        Assert.Equal("ping ok PONG | replconf failed the connection was closed by the other side", string.Join(" | ", Report(test).Split(" | ")[3..]));
        Hear(test, "+OK\r\n", 4); // too late to matter
        Assert.Equal(5, test.Steps.Count);
    }

    [Fact]
    public void AnEndlessReplyIsNotKept()
    {
        var test = Begin();
        test.OnConnected(1);
        var piece = new string('x', 60_000);
        Hear(test, "$2000000\r\n", 2);
        for (var i = 0; i < 20 && !test.IsOver; i++) Hear(test, piece, 2);
        Assert.StartsWith("ping failed the answer is no reply of a Redis", Report(test).Split(" | ")[^1]);
    }

    [Fact]
    public void TheServerItselfAndItsReplicasAreRecognised()
    {
        var test = ReachInfo();
        Hear(test, Bulk("run_id:self-run-id") + Bulk("role:master"), 4);
        Assert.Equal("psync failed it is this server itself", Report(test).Split(" | ")[^1]);

        _fixture.ConnectOnline("listening-port 6379 ip-address 10.0.0.1 capa eof capa psync2");
        Assert.Equal("psync failed it is a replica of this server: none of the two would have a primary",
            Tell("role:slave master_link_status:up master_replid:x"));
    }

    [Fact]
    public void APlainRedisIsPredictedFromItsInfo()
    {
        var id = _fixture.Id;
        var other = new string('b', 40);
        const string backlog = "repl_backlog_active:1 repl_backlog_first_byte_offset:101 master_repl_offset:400";
        Assert.Equal("psync predicted by its INFO: partial resynchronization: 250 bytes are missing here, and its backlog has them",
            Tell($"role:master master_replid:{id} {backlog}"));
        Assert.Equal("psync predicted by its INFO: full resynchronization: its backlog begins 49 bytes too late",
            Tell($"role:master master_replid:{id} repl_backlog_active:1 repl_backlog_first_byte_offset:200 master_repl_offset:400"));
        Assert.Equal("psync predicted by its INFO: full resynchronization: it has no backlog", Tell($"role:master master_replid:{id} repl_backlog_active:0"));
        Assert.Equal("psync predicted by its INFO: full resynchronization: this server is 50 bytes ahead of it",
            Tell($"role:master master_replid:{id} repl_backlog_active:1 repl_backlog_first_byte_offset:1 master_repl_offset:100"));
        Assert.Equal("psync predicted by its INFO: full resynchronization: its history is not the one that this server has followed",
            Tell($"role:master master_replid:{other} {backlog}"));
        Assert.Equal("psync predicted by its INFO: partial resynchronization: 250 bytes are missing here, and its backlog has them",
            Tell($"role:master master_replid:{other} master_replid2:{id} second_repl_offset:151 {backlog}"));
        Assert.Equal("psync predicted by its INFO: full resynchronization: its history is not the one that this server has followed",
            Tell($"role:master master_replid:{other} master_replid2:{id} second_repl_offset:150 {backlog}"));
        Assert.Equal("psync failed by its INFO: NOMASTERLINK: it is a replica whose own link to its primary is down",
            Tell($"role:slave master_link_status:down master_replid:{id} {backlog}"));
        Assert.Equal("psync unknown INFO is needed to tell what PSYNC would do, and answers: NOPERM no",
            Forbidden());
    }

    /// <summary>The link gives up keepalives that its primary has not got, so that is what is asked.</summary>
    [Fact]
    public void KeepalivesThatThePeerHasNotGotAreNoReasonForAFullSync()
    {
        _fixture.Log.Append(LogFrames.Ping, AppendKind.Keepalive);
        Assert.Equal("psync predicted by its INFO: partial resynchronization: 0 bytes are missing here, and its backlog has them",
            Tell($"role:master master_replid:{_fixture.Id} repl_backlog_active:1 repl_backlog_first_byte_offset:101 master_repl_offset:150"));
    }

    private string Forbidden()
    {
        var test = ReachInfo("-ERR unknown capa\r\n");
        Hear(test, "-NOPERM no\r\n-NOPERM no\r\n", 4);
        Assert.Equal("replconf ok a Redis or its like; not critical: ERR unknown capa", Report(test).Split(" | ")[^2]);
        return Report(test).Split(" | ")[^1];
    }

    [Fact]
    public void ARedoubleIsAsked()
    {
        var test = ReachInfo("+OK redouble\r\n");
        Hear(test, Bulk("run_id:other") + Bulk("role:master"), 4);
        Assert.Equal($"REDOUBLE TRYPSYNC {_fixture.Id} 151", _talk.Said(test));
        Hear(test, Bulk("partial resynchronization, 12 bytes from offset 151 on"), 5);
        Assert.Equal("psync ok dry run: partial resynchronization, 12 bytes from offset 151 on", Report(test).Split(" | ")[^1]);

        test = ReachInfo("+OK redouble\r\n");
        Hear(test, Bulk("run_id:other") + Bulk("role:slave\r\nmaster_link_status:down"), 4);
        Hear(test, "-NOMASTERLINK Can't SYNC while not connected with my master\r\n", 5);
        Assert.Equal("psync failed NOMASTERLINK Can't SYNC while not connected with my master", Report(test).Split(" | ")[^1]);

        test = ReachInfo("+OK redouble\r\n");
        Hear(test, Bulk("run_id:other") + Bulk($"role:master\r\nmaster_replid:{new string('c', 40)}"), 4);
        Hear(test, "-ERR unknown subcommand\r\n", 5);
        Assert.Equal("psync predicted by its INFO: full resynchronization: its history is not the one that this server has followed",
            Report(test).Split(" | ")[^1]);
    }

    [Fact]
    public void WhatARedoubleSaysIsWhatItWouldDoAndChangesNothing()
    {
        Assert.Equal("partial resynchronization, 30 bytes from offset 121 on", _fixture.Replication.Forecast(Wire.Bytes(_fixture.Id), 121));
        Assert.Equal("full resynchronization: Full resync requested by replica that asks", _fixture.Replication.Forecast("?"u8, -1));
        Assert.StartsWith("full resynchronization: Unable to partial resync", _fixture.Replication.Forecast(Wire.Bytes(_fixture.Id), 5));
        Assert.Equal((0, 0, 0), (_fixture.Replication.FullSyncs, _fixture.Replication.PartialSyncs, _fixture.Replication.RefusedPartialSyncs));
        Assert.Empty(_fixture.Lines);
    }

    [Fact]
    public void ANodeWithoutAHistoryAsksForEverything()
    {
        _fixture.History.Invalidate();
        Assert.Equal("psync predicted by its INFO: full resynchronization: this server's data has no place in a replication history",
            Tell($"role:master master_replid:{_fixture.Id}"));
    }

    /// <summary>Its blocks are given back however it ends; the fixture checks that none is lent.</summary>
    [Fact]
    public void ATestThatIsGivenUpHoldsNothing()
    {
        var test = Begin();
        test.OnConnected(1);
        Assert.True(_fixture.Pool.LentBytes > BlockPool.StandardCapacity);
        test.End();
        test.End();
        Assert.Equal(ReplicationId.Length, _fixture.Id.Length);
    }
}
