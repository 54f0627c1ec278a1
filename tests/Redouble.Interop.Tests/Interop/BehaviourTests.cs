using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>What a client sees of replication: WAIT, read-only replicas, expiry, ROLE, INFO, CLIENT LIST.</summary>
public sealed class BehaviourTests
{
    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void WaitCountsTheReplicasThatHaveTheWrite(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        LinkProxy proxy = s.Own(new LinkProxy(primary.Port));
        replica.Follow(proxy.Port);
        Link.WaitUp(replica);
        RespClient client = s.Connect(primary);
        Poll.Until("the replica to be online", () => primary.Info("replication").GetValueOrDefault("slave0")?.Contains("state=online",
            StringComparison.Ordinal) == true);
        for (int i = 0; i < 20; i++)
        {
            client.Must("SET", "k", i.ToString());
            Assert.Equal(1, client.Must("WAIT", "1", "5000").Integer);
            Assert.Equal(i.ToString(), replica.Once("GET", "k").String);
        }

        client.Must("SET", "k", "two wanted");
        Assert.Equal(1, client.Must("WAIT", "2", "50").Integer);
        client.Must("MULTI");
        client.Must("SET", "k", "in a unit");
        client.Must("WAIT", "1", "0");
        Assert.Equal('*', client.Must("EXEC").Type);
        client.Must("WAIT", "1", "5000");
        proxy.BlackHole = true;
        client.Must("SET", "k", "nobody hears");
        Assert.Equal(0, client.Must("WAIT", "1", "100").Integer);
    });

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void ReplicasHideExpiredKeysAndOnlyThePrimaryDeletesThem(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        RespClient client = s.Connect(primary);
        RespClient reader = s.Connect(replica);
        client.Must("DEBUG", "SET-ACTIVE-EXPIRE", "0");
        client.Must("SET", "from-file", "v", "PX", "300");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        client.Must("SET", "from-stream", "v", "PX", "300");
        client.Must("SET", "stays", "v", "EX", "1000");
        Link.WaitEqual(primary, replica);
        Assert.InRange(reader.Must("TTL", "stays").Integer, 900, 1000);
        Thread.Sleep(350);
        Assert.True(reader.Must("GET", "from-file").IsNull);
        Assert.True(reader.Must("GET", "from-stream").IsNull);
        Assert.Equal(0, reader.Must("EXISTS", "from-file", "from-stream").Integer);
        Assert.Equal(-2, reader.Must("PTTL", "from-stream").Integer);
        Assert.Equal(3, reader.Must("DBSIZE").Integer);
        Assert.Equal(3, client.Must("DBSIZE").Integer);
        Assert.True(client.Must("GET", "from-file").IsNull);
        client.Must("DEBUG", "SET-ACTIVE-EXPIRE", "1");
        Poll.Until("the deletions to arrive", () => reader.Must("DBSIZE").Integer == 1);
        Link.WaitEqual(primary, replica);
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void WritesToAReplicaAreRefused(string primaryKind) => Scenario.Run(s =>
    {
        const string readOnly = "-READONLY You can't write against a read only replica.";
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Subject("replica");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        RespClient client = s.Connect(replica);
        Assert.Equal(readOnly, client.Call("SET", "k", "v").ToString());
        Assert.Equal(readOnly, client.Call("DEL", "k").ToString());
        Assert.Equal(readOnly, client.Call("FLUSHALL").ToString());
        Assert.Equal("$(null)", client.Call("GET", "k").ToString());
        client.Must("MULTI");
        Assert.Equal(readOnly, client.Call("SET", "k", "v").ToString());
        Assert.Equal("-EXECABORT Transaction discarded because of previous errors.", client.Call("EXEC").ToString());
        Assert.Equal("+OK Already connected to specified master", client.Call("REPLICAOF", "127.0.0.1", primary.Port.ToString()).ToString());
        Assert.Equal("-ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable "
            + "(which is not the default) writes to replicas are just local and are not propagated.", client.Call("WAIT", "1", "0").ToString());
        client.Must("CONFIG", "SET", "replica-read-only", "no");
        client.Must("SET", "k", "v");
        client.Must("REPLICAOF", "NO", "ONE");
        client.Must("SET", "k", "v2");
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void StaleReplicasAnswerOrRefuseAsTold(string primaryKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Subject("replica");
        primary.Once("SET", "k", "v");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
        primary.Kill();
        Link.WaitDown(replica);
        RespClient client = s.Connect(replica);
        Assert.Equal("v", client.Must("GET", "k").String);
        client.Must("CONFIG", "SET", "replica-serve-stale-data", "no");
        Assert.Equal("-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", client.Call("GET", "k").ToString());
        Assert.Equal("-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", client.Call("PING").ToString());
        Assert.Equal('$', client.Call("INFO").Type);
    });

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void RoleAndInfoTellBothSides(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        Assert.Equal("*[$master, :0, *[]]", primary.Once("ROLE").ToString());
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        primary.Once("SET", "k", "v");
        Link.WaitEqual(primary, replica);
        long offset = Link.Offset(primary);
        Poll.Until("the acknowledged offset", () => primary.Once("ROLE").ToString() == $"*[$master, :{offset}, *[*[$127.0.0.1, ${replica.Port}, ${offset}]]]",
            state: () => primary.Once("ROLE").ToString());
        Assert.Equal($"*[$slave, $127.0.0.1, :{primary.Port}, $connected, :{offset}]", replica.Once("ROLE").ToString());
        Assert.Matches($"^ip=127.0.0.1,port={replica.Port},state=online,offset={offset},lag=[01]$", primary.Info("replication")["slave0"]);
        Dictionary<string, string> info = replica.Info("replication");
        Assert.Equal("slave", info["role"]);
        Assert.Equal("127.0.0.1", info["master_host"]);
        Assert.Equal(primary.Port.ToString(), info["master_port"]);
        Assert.Equal("0", info["master_sync_in_progress"]);
        Assert.Equal(offset.ToString(), info["slave_read_repl_offset"]);
        Assert.Equal("1", info["slave_read_only"]);
        Assert.Equal(primary.Info("replication")["master_replid"], info["master_replid"]);
        Assert.Contains("flags=S ", primary.Once("CLIENT", "LIST", "TYPE", "replica").String);
        Assert.Matches($@"^id=\d+ addr=127\.0\.0\.1:{primary.Port} laddr=127\.0\.0\.1:\d+ fd=\d+ name= age=\d{{1,2}} idle=\d{{1,2}} flags=M .* user=\(superuser\) ",
            replica.Once("CLIENT", "LIST", "TYPE", "master").String);
        Assert.Equal(1, replica.Once("CLIENT", "KILL", "ADDR", $"127.0.0.1:{primary.Port}").Integer);
        Poll.Until("the link to come back", () => Link.Stat(primary, "sync_partial_ok") == 1);
        Link.WaitUp(replica);
        primary.Once("CLIENT", "KILL", "TYPE", "replica");
        Poll.Until("the link to come back", () => Link.Stat(primary, "sync_partial_ok") == 2);
    });

    [PairFact]
    public void InfoReplicationHasRedisFieldsInRedisOrder() => Scenario.Run(s =>
    {
        ServerProcess primary = s.Redis("primary");
        ServerProcess expected = s.Redis("oracle");
        ServerProcess actual = s.Subject("subject");
        string[] Names(ServerProcess server) => [.. server.Once("INFO", "replication").String.Split("\r\n").Select(l => l.Split(':')[0])
            .Where(n => n.Length > 0 && !FieldNames.IsBeyondRedis(n))];
        Assert.Equal(Names(expected), Names(actual));
        expected.Follow(primary.Port);
        actual.Follow(primary.Port);
        Link.WaitUp(expected);
        Link.WaitUp(actual);
        Assert.Equal(Names(expected), Names(actual));
        primary.Kill();
        Link.WaitDown(expected);
        Link.WaitDown(actual);
        Assert.Equal(Names(expected), Names(actual));
        Assert.Equal("-1", actual.Info("replication")["master_last_io_seconds_ago"]);
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void TooFewGoodReplicasStopWrites(string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary", "--min-replicas-to-write", "1", "--min-replicas-max-lag", "10");
        RespClient client = s.Connect(primary);
        Assert.Equal("-NOREPLICAS Not enough good replicas to write.", client.Call("SET", "k", "v").ToString());
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        Poll.Until("a good replica", () => client.Call("SET", "k", "v").Equals(Reply.Ok));
        Assert.Equal("1", primary.Info("replication")["min_slaves_good_slaves"]);
    });
}
