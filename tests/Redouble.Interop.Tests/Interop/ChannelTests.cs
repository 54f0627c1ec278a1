using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>Full syncs over two channels between Redoubles, and what happens where the other side does not speak it.</summary>
[Collection(Lanes.Links)]
public sealed class ChannelTests
{
    private const string Dual = "--dual-channel-replication-enabled";

    [RedoubleTheory]
    [InlineData("dual-channel-replication-enabled", "disabled")]
    [InlineData("dual-channel-replication-enabled", "swapdb")]
    [InlineData("dual-channel-replication-enabled", "on-empty-db")]
    [InlineData("repl-rdb-channel", "disabled")]
    public void ALiveDataSetIsCopied(string directive, string load) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary", $"--{directive}", "yes", "--repl-diskless-sync-delay", "0", "--rdb-key-save-delay", "20");
        ServerProcess replica = s.Subject("replica", $"--{directive}", "yes", "--repl-diskless-load", load);
        DataSet.Fill(s.Connect(primary), seed: 51, 20_000);
        using var writes = new WriteLoad(primary, seed: 52, pauseMs: 2); // less than the replica may hold, however slow the save is
        writes.WaitForMore(500);
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        writes.WaitForMore(2000);
        writes.Stop();
        Assert.Null(writes.Trouble);
        Link.WaitEqual(primary, replica);
        Assert.Contains("PSYNC is not possible, initialize RDB channel.", replica.Log());
        Dictionary<string, string> info = replica.Info("replication");
        Assert.True(long.Parse(info["replicas_repl_buffer_peak"]) > 0); // the stream came during the transfer, and was held here
        Assert.Equal("0", info["replicas_repl_buffer_size"]);
        Dictionary<string, string> stats = primary.Info("stats");
        Assert.Equal(("1", "0"), (stats["sync_full"], stats["sync_partial_ok"]));
        Dictionary<string, string> seen = primary.Info("replication");
        Assert.Equal("1", seen["connected_slaves"]);
        Assert.Contains("state=online", seen["slave0"]);
    });

    [PairTheory]
    [InlineData("Redis", "Redouble")]
    [InlineData("Redouble", "Redis")]
    public void WhoDoesNotSpeakItSyncsOverOneChannel(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = Start(s, primaryKind, "primary");
        ServerProcess replica = Start(s, replicaKind, "replica");
        DataSet.Fill(s.Connect(primary), seed: 53, 3000);
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
        Assert.Equal(1, Link.Stat(primary, "sync_full"));
    });

    [RedoubleFact]
    public void APasswordIsAskedForOnBothConnections() => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary", Dual, "yes", "--requirepass", "secret", "--repl-diskless-sync-delay", "0");
        ServerProcess replica = s.Subject("replica", Dual, "yes", "--masterauth", "secret");
        using RespClient admin = primary.Connect();
        admin.Must("AUTH", "secret");
        admin.Must("SET", "k", "v");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        Assert.Equal("v", replica.Once("GET", "k").String);
        Assert.Contains("initialize RDB channel", replica.Log());
    });

    [RedoubleFact]
    public void ReplicasOfBothWaysShareOneSnapshot() => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary", Dual, "yes", "--repl-diskless-sync-delay", "2");
        DataSet.Fill(s.Connect(primary), seed: 54, 3000);
        ServerProcess[] replicas = [s.Subject("two", Dual, "yes"), s.Subject("one"), s.Subject("two again", Dual, "yes")];
        foreach (ServerProcess replica in replicas) replica.Follow(primary.Port);
        foreach (ServerProcess replica in replicas) Link.WaitUp(replica);
        Link.WaitEqual(primary, replicas);
        Assert.Equal(("3", "1"), (primary.Info("stats")["sync_full"], primary.Info("stats")["total_forks"]));
        Assert.Equal("3", primary.Info("replication")["connected_slaves"]);
    });

    [RedoubleTheory]
    [InlineData("main")]
    [InlineData("channel")]
    public void AConnectionThatIsKilledDuringTheTransferIsMadeAgain(string which) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary", Dual, "yes", "--repl-diskless-sync-delay", "0", "--rdb-key-save-delay", "2000");
        ServerProcess replica = s.Subject("replica", Dual, "yes");
        DataSet.Fill(s.Connect(primary), seed: 55, 2000);
        replica.Once("SET", "mine", "kept until there is something better");
        replica.Follow(primary.Port);
        Poll.Until("the transfer", () => primary.Info("replication").GetValueOrDefault("slave0")?.Contains("state=bg_transfer") == true);
        Assert.Equal("1", primary.Info("replication")["connected_slaves"]);
        string[] lines = primary.Once("CLIENT", "LIST", "TYPE", "replica").String.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        string line = lines.Single(l => l.Contains("cmd=sync") == (which == "channel"));
        primary.Once("CONFIG", "SET", "rdb-key-save-delay", "0");
        primary.Once("CLIENT", "KILL", "ID", line.Split(' ')[0][3..]);
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
        Assert.Equal(2, Link.Stat(primary, "sync_full"));
    });

    [RedoubleFact]
    public void AtItsLimitTheReplicaLeavesTheStreamToThePrimary() => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary", Dual, "yes", "--repl-diskless-sync-delay", "0", "--rdb-key-save-delay", "2000");
        ServerProcess replica = s.Subject("replica", Dual, "yes", "--replica-full-sync-buffer-limit", "100kb");
        DataSet.Fill(s.Connect(primary), seed: 56, 1000);
        replica.Follow(primary.Port);
        Poll.Until("the transfer", () => primary.Info("replication").GetValueOrDefault("slave0")?.Contains("state=bg_transfer") == true);
        RespClient client = s.Connect(primary);
        string value = new('v', 100_000);
        for (int i = 0; i < 200; i++) client.Must("SET", $"large{i}", value);
        replica.WaitForLog("replica-full-sync-buffer-limit is 102400");
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
        Assert.InRange(long.Parse(replica.Info("replication")["replicas_repl_buffer_peak"]), 102_400, 200_000);
    });

    private static ServerProcess Start(Scenario s, string kind, string name) =>
        Kind(kind) == ServerKind.Redouble ? s.Subject(name, Dual, "yes") : s.Redis(name);
}
