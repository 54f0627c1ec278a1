using System.Diagnostics;
using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>Ways of a full sync: who shares a snapshot, what is left on disks, what a client gets that wants the payload only.</summary>
[Collection(Lanes.Syncs)]
public sealed class TransferTests
{
    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void EnoughReplicasDoNotWaitForMore(string primaryKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary", "--repl-diskless-sync-delay", "60", "--repl-diskless-sync-max-replicas", "3");
        DataSet.Fill(s.Connect(primary), seed: 81, 1000);
        ServerProcess[] replicas = [s.Subject("first"), s.Subject("second"), s.Redis("third")];
        replicas[0].Follow(primary.Port);
        replicas[1].Follow(primary.Port);
        Poll.Until("two that wait", () => primary.Info("replication")["connected_slaves"] == "2");
        primary.WaitForLog("Delay next BGSAVE for diskless SYNC");
        Assert.Contains("state=wait_bgsave", primary.Info("replication")["slave1"]);
        replicas[2].Follow(primary.Port);
        foreach (ServerProcess replica in replicas) Link.WaitUp(replica);
        Link.WaitEqual(primary, replicas);
        Assert.Equal(("3", "1"), (primary.Info("stats")["sync_full"], primary.Info("stats")["total_forks"]));
        primary.WaitForLog("Diskless rdb transfer, done reading from pipe, 3 replicas still up");
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void ALateReplicaJoinsASaveToAFile(string primaryKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary", "--repl-diskless-sync", "no", "--rdb-key-save-delay", "2000");
        DataSet.Fill(s.Connect(primary), seed: 82, 1000);
        ServerProcess[] replicas = [s.Subject("first"), s.Redis("second"), s.Subject("third")];
        replicas[0].Follow(primary.Port);
        Poll.Until("the save", () => primary.Info("persistence")["rdb_bgsave_in_progress"] == "1");
        RespClient writer = s.Connect(primary);
        writer.Must("SET", "between", "1");
        replicas[1].Follow(primary.Port);
        replicas[2].Follow(primary.Port);
        foreach (ServerProcess replica in replicas) Link.WaitUp(replica);
        Link.WaitEqual(primary, replicas);
        Assert.Equal(("3", "1"), (primary.Info("stats")["sync_full"], primary.Info("stats")["total_forks"]));
        Assert.Contains("Waiting for end of BGSAVE for SYNC", primary.Log());
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void AReplicaThatDiesBeforeItsFirstSaveComesBackFromTheFileOfItsSync(string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Redis("primary", "--repl-diskless-sync-delay", "0");
        ServerProcess replica = s.Create(Kind(replicaKind), "replica", "--replicaof", "127.0.0.1", primary.Port.ToString());
        DataSet.Fill(s.Connect(primary), seed: 83, 1000);
        replica.Start();
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
        Poll.Until("the file", () => File.Exists(replica.RdbPath));
        replica.Kill();
        primary.Once("SET", "meanwhile", "1");
        replica.Start();
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
        Assert.Equal((1, 1), (Link.Stat(primary, "sync_full"), Link.Stat(primary, "sync_partial_ok")));
        Assert.DoesNotContain(Directory.GetFiles(replica.Directory["."]), f => Path.GetFileName(f).StartsWith("temp-", StringComparison.Ordinal));
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void NothingStaysOnTheDiskOfAReplicaWithoutPersistenceThatShallHaveNothing(string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Redis("primary", "--repl-diskless-sync-delay", "0");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica", "--rdb-del-sync-files", "yes");
        replica.Once("SET", "mine", "1");
        replica.Once("SAVE");
        Assert.True(File.Exists(replica.RdbPath));
        DataSet.Fill(s.Connect(primary), seed: 84, 1000);
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        Poll.Until("the file to go", () => !File.Exists(replica.RdbPath));
        replica.WaitForLog("Removing the RDB file obtained from the master. This replica has persistence disabled");
        Link.WaitEqual(primary, replica);
    });

    [PairTheory]
    [InlineData("Redis", "--rdb", "yes")]
    [InlineData("Redouble", "--rdb", "yes")]
    [InlineData("Redouble", "--rdb", "no")]
    [InlineData("Redis", "--functions-rdb", "yes")]
    [InlineData("Redouble", "--functions-rdb", "yes")]
    [InlineData("Redouble", "--functions-rdb", "no")]
    public void RedisCliGetsThePayloadOnly(string primaryKind, string option, string diskless) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary", "--repl-diskless-sync-delay", "0", "--repl-diskless-sync", diskless);
        DataSet.Fill(s.Connect(primary), seed: 85, 1000);
        ServerProcess reader = s.Create(ServerKind.Redis, "reader");
        using Process cli = Process.Start(new ProcessStartInfo("redis-cli", ["-p", primary.Port.ToString(), option, reader.RdbPath])
        { RedirectStandardError = true, RedirectStandardOutput = true })!;
        Task<string> said = cli.StandardError.ReadToEndAsync();
        Assert.True(cli.WaitForExit(15_000));
        Assert.Equal(0, cli.ExitCode);
        Assert.Contains("Transfer finished with success", said.Result + cli.StandardOutput.ReadToEnd());
        reader.StartLoaded();
        if (option == "--rdb") Assert.Equal(primary.Digest(), reader.Digest());
        else Assert.Equal(0, reader.Once("DBSIZE").Integer);
        Poll.Until("it to be gone", () => primary.Info("replication")["connected_slaves"] == "0");
        if (primary.Kind == ServerKind.Redouble) Assert.Contains("RDB transfer completed, rdb only replica", primary.Log());
    });
}
