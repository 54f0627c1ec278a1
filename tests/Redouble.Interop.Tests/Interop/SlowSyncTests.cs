using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>repl-timeout of 3 seconds, and saves and loads of 10: both sides say meanwhile that they live.</summary>
[Collection(Lanes.Syncs)]
public sealed class SlowSyncTests
{
    private const int Keys = 1000;

    [PairTheory]
    [InlineData("Redis", "Redouble", "disabled", "no")]
    [InlineData("Redouble", "Redis", "disabled", "no")]
    [InlineData("Redouble", "Redouble", "disabled", "no")]
    [InlineData("Redis", "Redouble", "swapdb", "no")]
    [InlineData("Redouble", "Redouble", "on-empty-db", "yes")]
    [InlineData("Redouble", "Redouble", "disabled", "yes")]
    public void ALoadOfTenSeconds(string primaryKind, string replicaKind, string load, string dual) => Scenario.Run(s =>
    {
        ServerProcess primary = Start(s, primaryKind, "primary", dual, "--repl-diskless-sync-delay", "0");
        ServerProcess replica = Start(s, replicaKind, "replica", dual, "--repl-diskless-load", load, "--key-load-delay", "10000",
            "--loading-process-events-interval-bytes", "1024");
        Fill(s, primary);
        OnceOnly(primary, replica);
        Assert.Equal(load == "disabled", replica.Log().Contains("to disk"));
    });

    [PairTheory]
    [InlineData("Redis", "Redouble")]
    [InlineData("Redouble", "Redis")]
    [InlineData("Redouble", "Redouble")]
    public void ASaveOfTenSecondsToAFile(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = Start(s, primaryKind, "primary", "no", "--repl-diskless-sync", "no", "--rdb-key-save-delay", "10000");
        ServerProcess replica = Start(s, replicaKind, "replica", "no");
        Fill(s, primary);
        replica.Follow(primary.Port);
        Poll.Until("the save", () => primary.Info("persistence")["rdb_bgsave_in_progress"] == "1");
        Poll.Until("the replica to wait", () => replica.Info("replication")["master_sync_in_progress"] == "1");
        Dictionary<string, string> info = replica.Info("replication");
        Assert.Equal(
            ("-1", "0", "-1", "-0.00"),
            (info["master_sync_total_bytes"], info["master_sync_read_bytes"], info["master_sync_left_bytes"], info["master_sync_perc"]));
        Assert.Contains("state=wait_bgsave", primary.Info("replication")["slave0"]);
        OnceOnly(primary, replica);
        Assert.Contains("target: disk", primary.Log());
    });

    private static void Fill(Scenario s, ServerProcess primary)
    {
        RespClient client = s.Connect(primary);
        var dice = new Differential.Dice(71);
        for (int i = 0; i < Keys; i++) client.Must("SET", $"key:{i}", dice.Bytes(100));
    }

    private static ServerProcess Start(Scenario s, string kind, string name, string dual, params string[] directives) => Kind(kind) == ServerKind.Redouble
        ? s.Subject(name, ["--repl-timeout", "3", "--repl-ping-replica-period", "1", "--dual-channel-replication-enabled", dual, .. directives])
        : s.Redis(name, ["--repl-timeout", "3", "--repl-ping-replica-period", "1", .. directives]);

    private static void OnceOnly(ServerProcess primary, ServerProcess replica)
    {
        replica.Follow(primary.Port);
        Link.WaitUp(replica, 40_000);
        Link.WaitEqual(primary, replica);
        Assert.Equal(1, Link.Stat(primary, "sync_full"));
        Assert.DoesNotContain("imeout", replica.Log());
        Assert.DoesNotContain("Disconnecting timedout", primary.Log());
    }
}
