using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>
/// Clocks that differ by an hour, by libfaketime. Expiries in the stream are points of the primary's time, and only the primary deletes: to a replica that is
/// ahead all that is to expire within the hour has long expired, and it must apply every write to it all the same.
/// </summary>
public sealed class ClockTests
{
    private const int Hour = 3600; // seconds

    [ClockTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void AReplicaAnHourAheadIsACopy(string primaryKind, string replicaKind) =>
        Scenario.Run(s => CopiesAndCounts(s, Pair(s, primaryKind, replicaKind, Hour)));

    [ClockTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void AReplicaAnHourBehindIsACopy(string primaryKind, string replicaKind) =>
        Scenario.Run(s => CopiesAndCounts(s, Pair(s, primaryKind, replicaKind, -Hour)));

    /// <summary>Keys that are an hour past for the new primary go with its promotion, and not before.</summary>
    [ClockTheory]
    [MemberData(nameof(Pairs.PrimaryAndReplica), MemberType = typeof(Pairs))]
    public void PromotedItDeletesByItsOwnClock(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        (ServerProcess primary, ServerProcess replica) = Pair(s, primaryKind, replicaKind, Hour);
        primary.Once("SET", "soon", "v", "EX", "1000");
        primary.Once("SET", "later", "v", "EX", "10000");
        Link.Attach(replica, primary);
        primary.Once("APPEND", "soon", "w");
        Link.WaitEqual(primary, replica);
        replica.Once("REPLICAOF", "NO", "ONE");
        Poll.Until("the key to go", () => replica.Once("DBSIZE").Integer == 1);
        Link.Attach(primary, replica);
        Link.WaitEqual(replica, primary);
        Assert.Equal(0, primary.Once("EXISTS", "soon").Integer);
        Assert.Equal(0, Link.Stat(replica, "sync_full"));
    });

    private static void CopiesAndCounts(Scenario s, (ServerProcess Primary, ServerProcess Replica) pair)
    {
        (ServerProcess primary, ServerProcess replica) = pair;
        RespClient client = s.Connect(primary);
        DataSet.Fill(client, seed: 71, 500);
        client.Must("SET", "from-file", "1", "EX", "1000");
        client.Must("RPUSH", "list-from-file", "a");
        client.Must("EXPIRE", "list-from-file", "1000");
        using var load = new WriteLoad(primary, seed: 72, pauseMs: 1);
        load.WaitForMore(200);
        Link.Attach(replica, primary);
        client.Must("SET", "from-stream", "1", "EX", "1000");
        for (int i = 0; i < 20; i++)
        {
            client.Must("INCR", "from-file");
            client.Must("RPUSH", "list-from-file", $"{i}");
            client.Must("INCR", "from-stream");
            client.Must("SETNX", "from-stream", "never");
        }

        load.WaitForMore(1000);
        load.Stop();
        Assert.Null(load.Trouble);
        Link.WaitEqual(primary, replica);
        using RespClient reader = replica.Connect();
        long theirs = long.Parse(reader.Must("TIME")[0].String), ours = long.Parse(client.Must("TIME")[0].String);
        Assert.InRange(Math.Abs(theirs - ours), 3590, 3610); // or the test is none

        // Its clients see its own time.
        Assert.Equal(theirs > ours, reader.Must("GET", "from-stream").IsNull);
        Assert.Equal("21", client.Must("GET", "from-stream").String);
        Assert.Equal(1, Link.Stat(primary, "sync_full"));
    }

    /// <summary>
    /// A primary and a replica whose clock is ahead by so much. It is always a Redouble's that is moved: redis-server and its jemalloc do not start under
    /// libfaketime.
    /// </summary>
    private static (ServerProcess Primary, ServerProcess Replica) Pair(Scenario s, string primaryKind, string replicaKind, int ahead)
    {
        string[] options = ["--repl-ping-replica-period", "3600"];
        return Kind(replicaKind) == ServerKind.Redouble
            ? (s.Start(Kind(primaryKind), "primary", options), s.CreateUnder(FakeTime.Wrapper(ahead), "replica", options).Start())
            : (s.CreateUnder(FakeTime.Wrapper(-ahead), "primary", options).Start(), s.Start(Kind(replicaKind), "replica", options));
    }
}
