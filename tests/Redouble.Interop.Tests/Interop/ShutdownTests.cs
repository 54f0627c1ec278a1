using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>SHUTDOWN of a primary waits for its replicas, and nothing is written meanwhile.</summary>
public sealed class ShutdownTests
{
    private const string Waits = "Waiting for replicas before shutting down.";

    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void TheEndComesWhenTheReplicaHasEverything(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        (ServerProcess primary, ServerProcess replica) = Frozen(s, primaryKind, replicaKind, "--shutdown-timeout", "3600");
        RespClient client = s.Connect(primary);
        client.Must("SET", "last", "v");
        client.Must("SET", "expiring", "v", "PX", "20");
        RespClient writer = s.Connect(primary);
        RespClient asking = s.Connect(primary);
        asking.Send("SHUTDOWN", "NOSAVE");
        primary.WaitForLog(Waits);
        long offset = Link.Offset(primary);
        writer.Send("SET", "late", "v");
        Poll.Until("the writer to wait", () => primary.Info("clients")["blocked_clients"] == "2");
        Poll.Until("the key to have expired", () => client.Must("GET", "expiring").IsNull);
        Thread.Sleep(300);
        Assert.Equal(offset, Link.Offset(primary)); // no DEL, no write, no GETACK
        Assert.False(asking.HasData);
        replica.Signal("CONT");
        Assert.Equal(0, primary.WaitForExit());
        Assert.Contains("1 of 1 replicas are in sync when shutting down.", primary.Log());
        Assert.Equal("v", replica.Once("GET", "last").String);
        Assert.Equal(0, replica.Once("EXISTS", "late").Integer);
        Assert.Equal(offset, Link.Offset(replica));
    });

    [PairTheory]
    [InlineData("Redis", "Redis")]
    [InlineData("Redouble", "Redis")]
    [InlineData("Redouble", "Redouble")]
    public void ItMayBeCalledOffAndWhoWaitedIsServed(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        (ServerProcess primary, ServerProcess replica) = Frozen(s, primaryKind, replicaKind, "--shutdown-timeout", "3600");
        RespClient client = s.Connect(primary);
        Assert.Equal("-ERR No shutdown in progress.", client.Call("SHUTDOWN", "ABORT").ToString());
        client.Must("SET", "k", "v");
        RespClient writer = s.Connect(primary);
        RespClient[] asking = [s.Connect(primary), s.Connect(primary)];
        asking[0].Send("SHUTDOWN", "NOSAVE");
        primary.WaitForLog(Waits);
        asking[1].Send("SHUTDOWN");
        writer.Send("APPEND", "k", "w");
        Poll.Until("all to wait", () => primary.Info("clients")["blocked_clients"] == "3");
        client.Must("SHUTDOWN", "ABORT");
        Assert.All(asking, one => Assert.Equal("-ERR Errors trying to SHUTDOWN. Check logs.", one.Read().ToString()));
        Assert.Equal(2, writer.Read().Integer);
        primary.WaitForLog("Shutdown manually aborted.");
        replica.Signal("CONT");
        Link.WaitEqual(primary, replica);
    });

    [PairTheory]
    [InlineData("Redis", "Redis")]
    [InlineData("Redouble", "Redis")]
    [InlineData("Redouble", "Redouble")]
    public void AReplicaThatIsLateIsWaitedForAndNamed(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        (ServerProcess primary, ServerProcess replica) = Frozen(s, primaryKind, replicaKind, "--shutdown-timeout", "1");
        RespClient client = s.Connect(primary);
        client.Must("SET", "k", "v");
        client.Send("SHUTDOWN", "NOSAVE");
        Assert.Equal(0, primary.WaitForExit());
        Assert.Contains(Waits, primary.Log());
        Assert.Matches($@"Lagging replica 127\.0\.0\.1:{replica.Port} reported offset \d+ behind master, lag=\d+, state=online\.", primary.Log());
        Assert.Contains("0 of 1 replicas are in sync when shutting down.", primary.Log());
        replica.Signal("CONT");
    });

    /// <summary>What was written in the turn of the SHUTDOWN itself was never sent: with NOSAVE it was nowhere.</summary>
    [PairTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void NowSendsWhatGoesAtOnce(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        RespClient client = s.Connect(primary);
        Poll.Until("the replica to be online", () => client.Must("WAIT", "1", "100").Integer == 1);
        for (var i = 0; i < 100; i++) client.Send("SET", $"key:{i}", "v");
        client.Send("SHUTDOWN", "NOSAVE", "NOW");
        Assert.Equal(0, primary.WaitForExit());
        Poll.Until("the replica to notice", () => replica.Info("replication")["master_link_status"] == "down");
        Assert.Equal(100, replica.Once("DBSIZE").Integer);
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void NowWaitsForNobody(string primaryKind) => Scenario.Run(s =>
    {
        (ServerProcess primary, ServerProcess replica) = Frozen(s, primaryKind, nameof(ServerKind.Redis), "--shutdown-timeout", "3600");
        RespClient client = s.Connect(primary);
        client.Must("SET", "k", "v");
        client.Send("SHUTDOWN", "NOSAVE", "NOW");
        Assert.Equal(0, primary.WaitForExit());
        Assert.DoesNotContain(Waits, primary.Log());
        Assert.Contains("0 of 1 replicas are in sync when shutting down.", primary.Log());
        replica.Signal("CONT");
    });

    // A primary with one replica that has everything and is then stopped.
    private static (ServerProcess Primary, ServerProcess Replica) Frozen(Scenario s, string primaryKind, string replicaKind, params string[] options)
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary", ["--repl-ping-replica-period", "3600", "--repl-timeout", "3600", .. options]);
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        RespClient client = s.Connect(primary);
        Poll.Until("the replica to be online", () => client.Must("WAIT", "1", "100").Integer == 1);
        Link.WaitEqual(primary, replica);
        replica.Signal("STOP");
        return (primary, replica);
    }
}
