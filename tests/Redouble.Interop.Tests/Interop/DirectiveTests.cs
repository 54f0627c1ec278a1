using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>The directives of a running link, each doing what it does in a real Redis.</summary>
public sealed class DirectiveTests
{
    private const string NoReplicas = "-NOREPLICAS Not enough good replicas to write.";

    public static TheoryData<string> Kinds() => new() { "Redis", "Redouble" };

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void MinReplicasToWrite(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary", "--min-replicas-to-write", "1", "--min-replicas-max-lag", "1");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        RespClient client = s.Connect(primary);
        Assert.Equal(NoReplicas, client.Call("SET", "k", "v").ToString());
        Assert.Equal("$(null)", client.Call("GET", "k").ToString());
        Assert.Equal("0", primary.Info("replication")["min_slaves_good_slaves"]);
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        Poll.Until("a good replica", () => !client.Call("SET", "k", "v").IsError);
        Assert.Equal("1", primary.Info("replication")["min_slaves_good_slaves"]);
        client.Must("MULTI");
        client.Must("SET", "k", "w");
        replica.Signal("STOP");
        Poll.Until("the replica to be late", () => primary.Info("replication")["min_slaves_good_slaves"] == "0");
        Assert.Equal("-EXECABORT Transaction discarded because of: NOREPLICAS Not enough good replicas to write.", client.Call("EXEC").ToString());
        Assert.Equal(NoReplicas, client.Call("DEL", "k").ToString());
        client.Must("CONFIG", "SET", "min-replicas-max-lag", "0");
        client.Must("DEL", "k");
        client.Must("CONFIG", "SET", "min-replicas-max-lag", "10");
        client.Must("CONFIG", "SET", "min-replicas-to-write", "2");
        Assert.Equal(NoReplicas, client.Call("DEL", "k").ToString());
        client.Must("CONFIG", "SET", "min-replicas-to-write", "0");
        client.Must("DEL", "k");
        replica.Signal("CONT");
    });

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void TheLinkComesFromTheSourceAddress(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary", "--protected-mode", "no"); // to a Redis 127.0.0.9 is no loopback
        ServerProcess replica = s.Start(Kind(replicaKind), "replica", "--bind-source-addr", "127.0.0.9");
        Link.Attach(replica, primary);
        Assert.StartsWith("ip=127.0.0.9,", primary.Info("replication")["slave0"]);
        replica.Once("CONFIG", "SET", "bind-source-addr", "192.0.2.1"); // nobody has it
        replica.Once("CLIENT", "KILL", "TYPE", "master");
        Poll.Until("the link to come from elsewhere", () => primary.Info("replication").GetValueOrDefault("slave0")?.StartsWith("ip=127.0.0.1,") == true);
        Link.WaitUp(replica);
    });

    [RedoubleFact]
    public void PingPeriodAndBacklogAreChangedLive() => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary", "--repl-ping-replica-period", "3600", "--repl-backlog-size", "8mb");
        ServerProcess replica = s.Subject("replica");
        RespClient client = s.Connect(primary);
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        string value = new('x', 100_000);
        for (int i = 0; i < 40; i++)
        {
            client.Must("SET", "k", value);
        }

        Link.WaitEqual(primary, replica);
        long offset = Link.Offset(primary);
        Assert.True(long.Parse(primary.Info("replication")["repl_backlog_histlen"]) > 4_000_000);
        client.Must("CONFIG", "SET", "repl-backlog-size", "64kb");
        Poll.Until("memory to be given back although nothing is written", () => long.Parse(primary.Info("replication")["repl_backlog_histlen"]) < 128 << 10);
        Assert.Equal("65536", primary.Info("replication")["repl_backlog_size"]);
        Assert.Equal(offset, Link.Offset(primary));
        client.Must("CONFIG", "SET", "repl-ping-replica-period", "1");
        Poll.Until("PINGs in the new period", () => Link.Offset(primary) >= offset + 28);
        client.Must("CONFIG", "SET", "repl-backlog-size", "8mb");
        client.Must("SET", "k", value);
        Link.WaitEqual(primary, replica);
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void BacklogTtl(string kind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(kind), "primary", "--repl-backlog-ttl", "1");
        ServerProcess replica = s.Subject("replica");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        string replid = primary.Info("replication")["master_replid"];
        replica.Kill();
        primary.WaitForLog("Replication backlog freed after 1 seconds without connected replicas.");
        Dictionary<string, string> info = primary.Info("replication");
        Assert.Equal(("0", "0", "0"), (info["repl_backlog_active"], info["repl_backlog_first_byte_offset"], info["repl_backlog_histlen"]));
        Assert.NotEqual(replid, info["master_replid"]);
        Assert.Equal(new string('0', 40), info["master_replid2"]);
    });

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void AnnouncedAddress(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        LinkProxy proxy = s.Own(new LinkProxy(0));
        ServerProcess replica = s.Start(
            Kind(replicaKind), "replica", "--replica-announce-ip", "localhost", "--replica-announce-port", proxy.Port.ToString(), "--replica-priority", "7",
            "--replica-announced", "no");
        proxy.Retarget(replica.Port);
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        string online = $"ip=localhost,port={proxy.Port},state=online";
        Poll.Until("the replica to be online", () => primary.Info("replication")["slave0"].StartsWith(online, StringComparison.Ordinal));
        Assert.Contains($"*[$localhost, ${proxy.Port}, ", primary.Once("ROLE").ToString());
        Dictionary<string, string> info = replica.Info("replication");
        Assert.Equal(("7", "0"), (info["slave_priority"], info["replica_announced"]));
        primary.Once("FAILOVER", "TO", "LOCALHOST", proxy.Port.ToString(), "TIMEOUT", "20000");
        Poll.Until("the failover by that address", () => primary.Info("replication")["role"] == "slave" && replica.Info("replication")["role"] == "master");
        Link.WaitUp(primary);
        Link.WaitEqual(replica, primary);
    });

    [PairFact]
    public void StaleDataIsRefusedAsRedisDoes() => Scenario.Run(s =>
    {
        ServerProcess[] servers = [s.Redis("oracle"), s.Subject("subject")];
        string[] commands =
        [
            "PING", "GET k", "SET k v", "DEL k", "DBSIZE", "EXISTS k", "SELECT 1", "MULTI", "GET k", "EXEC", "DISCARD", "ECHO x", "WATCH k",
            "UNWATCH", "ROLE", "CONFIG GET replica-serve-stale-data", "PUBLISH c m", "SUBSCRIBE c", "UNSUBSCRIBE c", "OBJECT ENCODING k", "TYPE k", "SCAN 0", "KEYS *",
            "RANDOMKEY", "FLUSHALL", "WAIT 0 0", "CLIENT ID x", "COMMAND COUNT x", "LASTSAVE x", "PSYNC ? -1", "SYNC", "FAILOVER", "EXPIRE k 1", "MEMORY USAGE k",
            "REPLICAOF NO ONE", "GET k",
        ];
        var replies = new List<string[]>();
        foreach (ServerProcess server in servers)
        {
            RespClient client = s.Connect(server);
            client.Must("CONFIG", "SET", "replica-serve-stale-data", "no");
            client.Must("REPLICAOF", "127.0.0.1", "1");
            replies.Add([.. commands.Select(line => $"{line}: {client.Call(line.Split(' '))}")]);
        }

        Assert.Equal(replies[0], replies[1]);

        // Queued while the link was up, run when it is down.
        ServerProcess primary = s.Redis("primary");
        foreach (ServerProcess server in servers)
        {
            server.Follow(primary.Port);
            Link.WaitUp(server);
        }

        RespClient[] clients = [s.Connect(servers[0]), s.Connect(servers[1])];
        foreach (RespClient client in clients)
        {
            client.Must("MULTI");
            client.Must("GET", "k");
        }

        primary.Kill();
        Array.ForEach(servers, server => Link.WaitDown(server));
        Assert.Equal(clients[0].Call("EXEC").ToString(), clients[1].Call("EXEC").ToString());
        Assert.Equal(clients[0].Call("EXEC").ToString(), clients[1].Call("EXEC").ToString());
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void AnErrorOfTheStreamEndsTheReplicaIfToldSo(string kind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Redis("primary");
        ServerProcess replica = s.Start(
            Kind(kind), "replica", "--replica-read-only", "no", "--propagation-error-behavior", "panic-on-replicas", "--use-exit-on-panic", "yes");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        replica.Once("SET", "a", "string");
        replica.Once("SET", "b", "string");
        primary.Once("LPUSH", "a", "x"); // a writable replica is not expected to be a copy
        Poll.Until("the error to be counted", () => replica.Info("stats")["unexpected_error_replies"] == "1");
        replica.Once("CONFIG", "SET", "replica-read-only", "yes");
        primary.Once("LPUSH", "b", "x");
        replica.WaitForLog("This replica panicked sending an error to its master after processing the command 'lpush'");
        Poll.Until("the end", () => replica.HasExited);
    });

    [PairTheory]
    [InlineData("Redis", "no")]
    [InlineData("Redis", "yes")]
    [InlineData("Redouble", "no")]
    [InlineData("Redouble", "yes")]
    public void AReplicaThatCannotSaveEndsUnlessToldToGoOn(string kind, string ignores) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Redis("primary");
        using var directory = new TempDirectory("gone");
        ServerProcess replica = s.Start(
            Kind(kind), "replica", "--dir", directory.Path, "--save", "3600 100000", "--use-exit-on-panic", "yes",
            "--replica-ignore-disk-write-errors", ignores);
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        Directory.Delete(directory.Path, recursive: true);
        replica.Once("BGSAVE");
        Poll.Until("the save to fail", () => replica.Info("persistence")["rdb_last_bgsave_status"] == "err");
        primary.Once("SET", "k", "v");
        if (ignores == "yes")
        {
            replica.WaitForLog("Replica is applying a command even though it is unable to write to disk.");
            Poll.Until("the key", () => replica.Once("EXISTS", "k").Integer == 1);
        }
        else
        {
            replica.WaitForLog("Replica was unable to write command to disk.");
            Poll.Until("the end", () => replica.HasExited);
        }
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void AWritableReplicaLetsItsOwnKeysExpire(string kind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary");
        ServerProcess replica = s.Start(Kind(kind), "replica", "--replica-read-only", "no");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        primary.Once("SET", "shared", "1");
        Link.WaitEqual(primary, replica);
        replica.Once("SET", "local", "1", "PX", "200");
        replica.Once("PEXPIRE", "shared", "200");
        Assert.Equal("2", replica.Info("stats")["slave_expires_tracked_keys"]);
        Poll.Until("the replica to have removed both", () => replica.Once("DBSIZE").Integer == 0);
        Assert.Equal(1, primary.Once("EXISTS", "shared").Integer);
        Assert.Equal(Link.Offset(primary), Link.Offset(replica));
    });
}
