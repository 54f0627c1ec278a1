using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>repl-diskless-load: payloads that are loaded as they come, in place or beside the data set that is there.</summary>
public sealed class DirectLoadTests
{
    public static TheoryData<string, string, string> PrimariesAndLoads()
    {
        var data = new TheoryData<string, string, string>();
        foreach (string primary in (string[])["Redis", "Redouble"])
        {
            foreach (string load in (string[])["on-empty-db", "swapdb"])
            {
                data.Add(primary, load, "yes");
                data.Add(primary, load, "no");
            }
        }

        return data;
    }

    [PairTheory]
    [MemberData(nameof(PrimariesAndLoads))]
    public void ALiveDataSetIsCopied(string primaryKind, string load, string diskless) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary", "--repl-diskless-sync", diskless, "--repl-diskless-sync-delay", "0");
        ServerProcess replica = s.Subject("replica", "--repl-diskless-load", load);
        DataSet.Fill(s.Connect(primary), seed: 61, 20_000);
        if (load == "swapdb") DataSet.Fill(s.Connect(replica), seed: 62, 2000);
        using var writes = new WriteLoad(primary, seed: 63);
        writes.WaitForMore(500);
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        writes.WaitForMore(1000);
        writes.Stop();
        Assert.Null(writes.Trouble);
        Link.WaitEqual(primary, replica);
        string log = replica.Log();
        Assert.Contains("to parser", log);
        Assert.Equal(load == "swapdb", log.Contains("Swapping active DB with loaded DB"));
        Assert.Equal(load != "swapdb", log.Contains("Flushing old data"));
        Assert.False(File.Exists(replica.RdbPath));
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void AReplicaThatHasDataSpoolsWhereItsDataSetHasToBeEmpty(string primaryKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Subject("replica", "--repl-diskless-load", "on-empty-db");
        replica.Once("SET", "mine", "1");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        Assert.Contains("to disk", replica.Log());
        Link.WaitEqual(primary, replica);
    });

    // Redis is asked the same, so that what is tested is what Redis does.
    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void TheOldDataSetIsServedWhileALaterStateOfItIsLoaded(string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Redis("primary", "--repl-diskless-sync-delay", "0", "--repl-backlog-size", "16kb");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica", "--repl-diskless-load", "swapdb", "--loading-process-events-interval-bytes", "1024");
        RespClient writer = s.Connect(primary);
        writer.Must("SET", "k", "old");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        Poll.Until("the key", () => replica.Once("GET", "k").Equals(Reply.Bulk("old")));
        RespClient reader = s.Connect(replica);
        reader.Must("WATCH", "k");
        reader.Must("CONFIG", "SET", "key-load-delay", "500");
        replica.Signal("STOP"); // so that it cannot come back before the backlog has moved on
        writer.Must("CLIENT", "KILL", "TYPE", "replica");
        for (int i = 0; i < 3000; i++) writer.Must("SET", $"key:{i}", new string('v', 50));
        writer.Must("SET", "k", "new");
        replica.Signal("CONT");
        using RespClient client = replica.Connect();
        Poll.Until("async_loading", () => client.Info("persistence")["async_loading"] == "1");
        Dictionary<string, string> info = client.Info("persistence");
        Assert.Equal("0", info["loading"]);
        Assert.Equal(
            ["loading_start_time", "loading_total_bytes", "loading_rdb_used_mem", "loading_loaded_bytes", "loading_loaded_perc", "loading_eta_seconds"],
            info.Keys.Where(k => k.StartsWith("loading_", StringComparison.Ordinal)));
        Assert.Equal(("0", "1"), (info["loading_total_bytes"], client.Info("replication")["master_sync_in_progress"]));
        Assert.Equal("old", client.Must("GET", "k").String);
        Assert.Equal(1, client.Must("DBSIZE").Integer);
        Assert.StartsWith("-LOADING", client.Call("BGSAVE").ToString());
        Assert.StartsWith("-LOADING", client.Call("REPLICAOF", "NO", "ONE").ToString());
        Assert.Equal("+PONG", client.Must("PING").ToString());
        client.Must("CONFIG", "SET", "key-load-delay", "0");
        Poll.Until("the new data set", () => client.Must("GET", "k").String == "new");
        Link.WaitEqual(primary, replica);
        reader.Must("MULTI");
        reader.Must("PING");
        Assert.True(reader.Must("EXEC").IsNull); // the exchange has touched what was watched
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void AnotherDataSetIsLoadedBehindClosedDoorsAndTheOldOneComesBackWhenThatFails(string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Redis("primary", "--repl-diskless-sync-delay", "0");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica", "--repl-diskless-load", "swapdb", "--loading-process-events-interval-bytes", "1024",
            "--key-load-delay", "500");
        RespClient writer = s.Connect(primary);
        var dice = new Differential.Dice(64);
        for (int i = 0; i < 5000; i++) writer.Must("SET", $"key:{i}", dice.Bytes(8000)); // more than sockets hold
        replica.Once("SET", "mine", "kept");
        string digest = replica.Digest();
        replica.Follow(primary.Port);
        using RespClient client = replica.Connect();
        Poll.Until("loading", () => client.Info("persistence")["loading"] == "1");
        Assert.Equal("0", client.Info("persistence")["async_loading"]);
        Assert.StartsWith("-LOADING", client.Call("GET", "mine").ToString());
        primary.Kill();
        Poll.Until("the end of the load", () => client.Info("persistence")["loading"] == "0");
        Assert.Equal("kept", client.Must("GET", "mine").String);
        Assert.Equal(digest, replica.Digest());
        Assert.Contains("Discarding temporary DB in background", replica.Log());
    });
}
