using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>Replicas of replicas, and promotion.</summary>
public sealed class ChainTests
{
    [PairTheory]
    [MemberData(nameof(Pairs.Chains), MemberType = typeof(Pairs))]
    public void OffsetsAndIdentityAreTheRootsOwn(string firstKind, string middleKind, string lastKind) => Scenario.Run(s =>
    {
        ServerProcess first = s.Start(Kind(firstKind), "first", "--repl-ping-replica-period", "1");
        ServerProcess middle = s.Start(Kind(middleKind), "middle");
        ServerProcess last = s.Start(Kind(lastKind), "last");
        DataSet.Fill(s.Connect(first), seed: 11, 5000);
        using var load = new WriteLoad(first, seed: 12);
        middle.Follow(first.Port);
        Link.WaitUp(middle);
        last.Follow(middle.Port);
        Link.WaitUp(last);
        load.WaitForMore(2000);
        load.Stop();
        Link.WaitEqual(first, middle, last);
        string replid = first.Info("replication")["master_replid"];
        Assert.Equal(replid, middle.Info("replication")["master_replid"]);
        Assert.Equal(replid, last.Info("replication")["master_replid"]);
    });

    [PairTheory]
    [MemberData(nameof(Pairs.Chains), MemberType = typeof(Pairs))]
    public void MiddleIsPromotedAndTheOldPrimaryFollowsIt(string firstKind, string middleKind, string lastKind) => Scenario.Run(s =>
    {
        ServerProcess first = s.Start(Kind(firstKind), "first");
        ServerProcess middle = s.Start(Kind(middleKind), "middle");
        ServerProcess last = s.Start(Kind(lastKind), "last");
        DataSet.Fill(s.Connect(first), seed: 13, 2000);
        middle.Follow(first.Port);
        Link.WaitUp(middle);
        last.Follow(middle.Port);
        Link.WaitUp(last);
        Link.WaitEqual(first, middle, last);
        string replid = first.Info("replication")["master_replid"];

        middle.Once("REPLICAOF", "NO", "ONE");
        Dictionary<string, string> promoted = middle.Info("replication");
        Assert.Equal("master", promoted["role"]);
        Assert.NotEqual(replid, promoted["master_replid"]);
        Assert.Equal(replid, promoted["master_replid2"]);
        Assert.Equal(long.Parse(promoted["master_repl_offset"]) + 1, long.Parse(promoted["second_repl_offset"]));

        first.Follow(middle.Port);
        Link.WaitUp(first);
        using (var load = new WriteLoad(middle, seed: 14))
        {
            load.WaitForMore(500);
        }

        Poll.Until("the old primary and the sub-replica to go on without a full sync", () => Link.Stat(middle, "sync_partial_ok") >= 2);
        Link.WaitEqual(middle, first, last);
        Assert.Equal(1, Link.Stat(middle, "sync_full"));
    });

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void SubReplicaSeesTheRootsStreamByteForByte(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary", "--repl-ping-replica-period", "1");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        using SyncClient atRoot = SyncClient.Psync(primary.Port);
        using SyncClient atReplica = SyncClient.Psync(replica.Port);
        Assert.Equal(atRoot.ReplId, atReplica.ReplId);
        using (var load = new WriteLoad(primary, seed: 15))
        {
            load.WaitForMore(500);
        }

        RespClient client = s.Connect(primary);
        client.Must("WAIT", "1", "100");
        client.Must("SET", "end", "1");
        StreamCommand[] above = atRoot.WaitFor("the end", c => c.Args is [_, "end", _]);
        StreamCommand[] below = atReplica.WaitFor("the end", c => c.Args is [_, "end", _]);
        long from = Math.Max(above[0].Offset, below[0].Offset);
        string[] expected = [.. above.Where(c => c.Offset >= from).Select(c => $"{c.Offset} {c}")];
        string[] actual = [.. below.Where(c => c.Offset >= from).Select(c => $"{c.Offset} {c}")];
        Assert.Equal(expected, actual);
    });

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void WritesOfAWritableReplicaStayWhereTheyAre(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica", "--replica-read-only", "no");
        ServerProcess below = s.Start(Kind(primaryKind), "below");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        below.Follow(replica.Port);
        Link.WaitUp(below);
        replica.Once("SET", "local", "1");
        replica.Once("SET", "local-expiring", "1", "PX", "1");
        primary.Once("SET", "shared", "1");
        Poll.Until("the shared key everywhere", () => below.Once("EXISTS", "shared").Integer == 1);
        Assert.Equal(0, below.Once("EXISTS", "local").Integer);
        Assert.Equal(1, replica.Once("EXISTS", "local").Integer);
        Assert.Equal(Link.Offset(primary), Link.Offset(below));
        Assert.Equal(Link.Offset(primary), Link.Offset(replica));
    });
}
