using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>WAIT while replicas come, go, freeze and change their roles.</summary>
public sealed class WaitTests
{
    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void AReplicaThatComesBackAnswersWhoWaits(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        LinkProxy proxy = s.Own(new LinkProxy(primary.Port));
        RespClient client = s.Connect(primary);
        client.Must("SET", "before", "any replica");
        client.Send("WAIT", "1", "0");
        Thread.Sleep(100);
        Assert.False(client.HasData);
        replica.Follow(proxy.Port); // with what was written before there was a history to write it into
        Assert.Equal(1, client.Read().Integer);
        proxy.Refuse = true;
        proxy.CutNow();
        Poll.Until("the replica to be gone", () => primary.Info("replication")["connected_slaves"] == "0");
        client.Must("SET", "while", "it was gone");
        client.Send("WAIT", "1", "0");
        Thread.Sleep(100);
        Assert.False(client.HasData);
        proxy.Refuse = false;
        Assert.Equal(1, client.Read().Integer);
        Assert.Equal("it was gone", replica.Once("GET", "while").String);
        Assert.Equal(1, Link.Stat(primary, "sync_partial_ok"));
    });

    /// <summary>Not for redis-server 7.0.15: there a WAIT waits for the GETACK of the one before, too.</summary>
    [PairFact]
    public void AFrozenReplicaTimesOutAndUnblocks() => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary");
        ServerProcess[] replicas = [s.Subject("first"), s.Redis("second")];
        foreach (ServerProcess replica in replicas)
        {
            replica.Follow(primary.Port);
            Link.WaitUp(replica);
        }

        RespClient client = s.Connect(primary);
        Poll.Until("both to be online", () => client.Must("WAIT", "2", "100").Integer == 2);
        replicas[1].Signal("STOP");
        client.Must("SET", "k", "1");
        Assert.Equal(1, client.Must("WAIT", "1", "5000").Integer);
        Assert.Equal(1, client.Must("WAIT", "2", "100").Integer);
        Assert.Equal(1, client.Must("WAIT", "0", "0").Integer);
        Assert.Equal(1, client.Must("WAIT", "-1", "0").Integer);
        Assert.Equal("-ERR timeout is negative", client.Call("WAIT", "1", "-1").ToString());
        Assert.Equal("-ERR value is not an integer or out of range", client.Call("WAIT", "x", "1").ToString());
        Assert.Equal("-ERR timeout is not an integer or out of range", client.Call("WAIT", "1", "x").ToString());

        // Who has only read waits for nothing.
        Assert.Equal(2, primary.Once("WAIT", "2", "0").Integer);

        string id = client.Must("CLIENT", "ID").Integer.ToString();
        client.Send("WAIT", "2", "0");
        Poll.Until("the client to wait", () => primary.Info("clients")["blocked_clients"] == "1");
        Assert.Equal(1, primary.Once("CLIENT", "UNBLOCK", id).Integer);
        Assert.Equal(1, client.Read().Integer);
        client.Send("WAIT", "2", "0");
        Poll.Until("the client to wait", () => primary.Info("clients")["blocked_clients"] == "1");
        primary.Once("CLIENT", "UNBLOCK", id, "ERROR");
        Assert.Equal("-UNBLOCKED client unblocked via CLIENT UNBLOCK", client.Read().ToString());

        client.Must("MULTI");
        client.Must("SET", "k", "2");
        client.Must("WAIT", "2", "0");
        Assert.Equal("*[+OK, :0]", client.Must("EXEC").ToString().Replace(":1", ":0", StringComparison.Ordinal));

        client.Send("WAIT", "2", "0");
        Poll.Until("the client to wait", () => primary.Info("clients")["blocked_clients"] == "1");
        replicas[1].Signal("CONT");
        Assert.Equal(2, client.Read().Integer);
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void ADemotionSendsAwayWhoWaits(string kind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(kind), "primary");
        RespClient client = s.Connect(primary);
        client.Must("SET", "k", "1");
        client.Send("WAIT", "1", "0");
        Poll.Until("the client to wait", () => primary.Info("clients")["blocked_clients"] == "1");
        primary.Once("REPLICAOF", "127.0.0.1", "1");
        Assert.Equal("-UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)", client.Read().ToString());
        Assert.True(client.IsClosedByServer());
    });

    /// <summary>A pause holds back the question, not the answer: it comes with the replica's own second.</summary>
    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void APauseDoesNotMoveTheOffset(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary", "--repl-ping-replica-period", "3600");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        RespClient client = s.Connect(primary);
        Poll.Until("the replica to be online", () => client.Must("WAIT", "1", "100").Integer == 1);
        client.Must("SET", "expiring", "1", "PX", "50");
        client.Must("CLIENT", "PAUSE", "60000", "WRITE");
        long offset = Link.Offset(primary);
        Assert.Equal(1, client.Must("WAIT", "1", "5000").Integer);
        Thread.Sleep(300);
        Assert.True(client.Must("GET", "expiring").IsNull);
        Assert.Equal(offset, Link.Offset(primary));
        client.Must("CLIENT", "UNPAUSE");
        Poll.Until("the pause to be over", () => Link.Offset(primary) > offset);
        Link.WaitEqual(primary, replica);
    });

    /// <summary>A replica that is paused itself takes the stream in, and applies none of it.</summary>
    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void APausedReplicaAppliesNothing(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary", "--repl-ping-replica-period", "3600");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        RespClient client = s.Connect(primary);
        Poll.Until("the replica to be online", () => client.Must("WAIT", "1", "100").Integer == 1);
        client.Must("SET", "before", "1");
        Poll.Until("the replica to be there", () => Place(replica, "slave_repl_offset") == Link.Offset(primary));
        long offset = Link.Offset(primary);
        replica.Once("CLIENT", "PAUSE", "60000", "WRITE");
        client.Must("SET", "meanwhile", "1");
        Poll.Until("the replica to have read it", () => Place(replica, "slave_read_repl_offset") == Link.Offset(primary));
        Thread.Sleep(200);
        Assert.Equal(offset, Place(replica, "slave_repl_offset"));
        Assert.True(replica.Once("GET", "meanwhile").IsNull);
        replica.Once("CLIENT", "UNPAUSE");
        Link.WaitEqual(primary, replica);
        Assert.Equal("1", replica.Once("GET", "meanwhile").String);
        Assert.Equal(1, Link.Stat(primary, "sync_full"));
    });

    private static long Place(ServerProcess replica, string field) => long.Parse(replica.Info("replication")[field]);
}
