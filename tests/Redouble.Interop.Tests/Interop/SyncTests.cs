using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>Full synchronisation in both directions while the primary is being written to, and the stream behind it.</summary>
public sealed class SyncTests
{
    private const int Keys = 20_000;

    public static TheoryData<string, string, string> PairsAndTransfers()
    {
        var data = new TheoryData<string, string, string>();
        foreach (object[] pair in PrimaryAndReplica())
        {
            data.Add((string)pair[0], (string)pair[1], "yes");
            data.Add((string)pair[0], (string)pair[1], "no");
        }

        return data;
    }

    [PairTheory]
    [MemberData(nameof(PairsAndTransfers))]
    public void ReplicaCopiesALiveDataSet(string primaryKind, string replicaKind, string diskless) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary", "--repl-diskless-sync", diskless);
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        DataSet.Fill(s.Connect(primary), seed: 1, Keys);
        DataSet.Fill(s.Connect(replica), seed: 2, 500);

        using var load = new WriteLoad(primary, seed: 3);
        load.WaitForMore(500);
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        load.WaitForMore(3000);
        load.Stop();

        Assert.Null(load.Trouble);
        Link.WaitEqual(primary, replica);
        Assert.Equal(1, Link.Stat(primary, "sync_full"));
    });

    [PairTheory]
    [InlineData("Redouble")]
    [InlineData("Redis")]
    public void SeveralReplicasOfBothKindsAttachAtOnce(string primaryKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        DataSet.Fill(s.Connect(primary), seed: 4, Keys);
        ServerProcess[] replicas =
            [s.Start(ServerKind.Redouble, "first"), s.Start(ServerKind.Redis, "second"), s.Start(ServerKind.Redouble, "third"),
                s.Start(ServerKind.Redis, "fourth")];

        using var load = new WriteLoad(primary, seed: 5);
        foreach (ServerProcess replica in replicas)
        {
            replica.Follow(primary.Port);
        }

        foreach (ServerProcess replica in replicas)
        {
            Link.WaitUp(replica);
        }

        load.WaitForMore(2000);
        load.Stop();
        Assert.Null(load.Trouble);
        Link.WaitEqual(primary, replicas);
        Assert.Equal("4", primary.Info("replication")["connected_slaves"]);
    });

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void LargeValuesPassWhole(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        RespClient client = s.Connect(primary);
        string big = new Differential.Dice(6).Bytes(8 << 20);
        client.Must("SET", "before", big);
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        client.Must("SET", "after", big);
        client.Must("APPEND", "before", big[..100_000]);
        Link.WaitEqual(primary, replica);
    });

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void ReplicaNamedInTheConfigurationFile(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        DataSet.Fill(s.Connect(primary), seed: 7, 300);
        ServerProcess replica = s.Start(Kind(replicaKind), "replica", "--replicaof", "127.0.0.1", primary.Port.ToString());
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
    });

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void ReplicaTurnsToAnotherPrimary(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess first = s.Start(Kind(primaryKind), "first");
        ServerProcess second = s.Start(Kind(primaryKind), "second");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        DataSet.Fill(s.Connect(first), seed: 8, 1000);
        DataSet.Fill(s.Connect(second), seed: 9, 1000);
        replica.Follow(first.Port);
        Link.WaitUp(replica);
        Link.WaitEqual(first, replica);
        replica.Follow(second.Port);
        Poll.Until("the other data set", () => replica.Info("replication")["master_port"] == second.Port.ToString());
        Link.WaitUp(replica);
        Link.WaitEqual(second, replica);
    });

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void PasswordsAndUsers(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary", "--requirepass", "secret");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        using RespClient admin = primary.Connect();
        admin.Must("AUTH", "secret");
        admin.Must("SET", "k", "v");
        replica.Follow(primary.Port);
        replica.WaitForLog("NOAUTH");
        replica.Once("CONFIG", "SET", "masterauth", "wrong");
        replica.WaitForLog("Unable to AUTH to MASTER");
        replica.Once("CONFIG", "SET", "masterauth", "secret");
        Link.WaitUp(replica);
        Poll.Until("the key", () => replica.Once("GET", "k").Equals(Reply.Bulk("v")));
        replica.Once("CONFIG", "SET", "masteruser", "default");
        admin.Must("CLIENT", "KILL", "TYPE", "replica");
        Poll.Until("the replica to come back as that user", () => admin.Info("stats")["sync_partial_ok"] == "1");
    });
}
