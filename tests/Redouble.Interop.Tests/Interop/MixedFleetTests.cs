using Redouble.Interop.Tests.Differential;
using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>Three servers, Redoubles and real ones in all places: switches, cuts of both links of a chain, restarts in its middle.</summary>
public sealed class MixedFleetTests
{
    /// <summary>
    /// Everyone follows everyone: sibling, grandparent, own former replica, and back. Between the steps there is something to continue from in a database
    /// other than 0. Nobody takes a second full sync, as none would among real ones.
    /// </summary>
    [PairTheory]
    [MemberData(nameof(Pairs.Triples), MemberType = typeof(Pairs))]
    public void EverySwitchContinuesPartially(string firstKind, string secondKind, string thirdKind) => Scenario.Run(s =>
    {
        string[] options = ["--repl-ping-replica-period", "3600"]; // a Redis cannot give up a PING that its new primary never got
        ServerProcess first = s.Start(Kind(firstKind), "first", options);
        ServerProcess second = s.Start(Kind(secondKind), "second", options);
        ServerProcess third = s.Start(Kind(thirdKind), "third", options);
        DataSet.Fill(s.Connect(first), seed: 61, 1000);
        Link.Attach(second, first);
        Link.Attach(third, first);
        Assert.Equal(2, Link.FullSyncs(first));
        ServerProcess primary = first;
        int step = 0;

        void Check(string what)
        {
            using RespClient client = primary.Connect();
            client.Must("SELECT", $"{step % 7 + 2}");
            client.Must("MULTI");
            client.Must("APPEND", "log", $"{++step}");
            client.Must("RPUSH", "steps", what);
            client.Must("EXEC");
            Link.WaitEqual(primary, [.. new[] { first, second, third }.Where(node => node != primary)]);
            Assert.True(Link.FullSyncs(first, second, third) == 2, $"a full sync: {what}");
        }

        Check("siblings");
        Link.Attach(third, second);
        Check("the third has turned to its sibling");
        Link.Attach(third, first);
        Check("the third has turned to its grandparent");
        second.Once("REPLICAOF", "NO", "ONE");
        primary = second;
        Link.Attach(first, second);
        Check("the first follows its own former replica, the third stays below");
        Link.Attach(third, second);
        Check("the third has turned to its grandparent, who was its sibling");
        third.Once("REPLICAOF", "NO", "ONE");
        primary = third;
        Link.Attach(second, third);
        Check("the second follows its own former replica, the first stays below");
        Link.Attach(first, third);
        Check("siblings again");
        first.Once("REPLICAOF", "NO", "ONE");
        primary = first;
        Link.Attach(third, first);
        Link.Attach(second, third);
        Check("a chain the other way round");
    });

    /// <summary>Cuts at random bytes, in transactions too, of either link: the lower one's bytes are the upper one's, and neither needs a full sync.</summary>
    [PairTheory]
    [MemberData(nameof(Pairs.Triples), MemberType = typeof(Pairs))]
    public void BothLinksOfAChainAreCut(string firstKind, string middleKind, string lastKind) => Scenario.Run(s =>
    {
        string[] options = ["--repl-backlog-size", "32mb", "--repl-ping-replica-period", "1"];
        ServerProcess first = s.Start(Kind(firstKind), "first", options);
        ServerProcess middle = s.Start(Kind(middleKind), "middle", options);
        ServerProcess last = s.Start(Kind(lastKind), "last", options);
        LinkProxy upper = s.Own(new LinkProxy(first.Port)), lower = s.Own(new LinkProxy(middle.Port));
        DataSet.Fill(s.Connect(first), seed: 62, 1000);
        middle.Follow(upper.Port);
        Link.WaitUp(middle);
        last.Follow(lower.Port);
        Link.WaitUp(last);
        var dice = new Dice(63);
        using var load = new WriteLoad(first, seed: 64, pauseMs: 1);
        for (int cut = 0; cut < 4; cut++)
        {
            (LinkProxy proxy, ServerProcess above) = cut % 2 == 0 ? (lower, middle) : (upper, first);
            (int cuts, long resumed) = (proxy.Cuts, Link.Stat(above, "sync_partial_ok"));
            proxy.CutAfter(dice.Between(1, 60_000));
            Poll.Until("the proxy to cut", () => proxy.Cuts > cuts);
            Poll.Until("a partial resync", () => Link.Stat(above, "sync_partial_ok") > resumed, state: () => $"cut {cut}");
        }

        load.Stop();
        Assert.Null(load.Trouble);
        Link.WaitEqual(first, middle, last);
        Assert.Equal((1, 1), (Link.Stat(first, "sync_full"), Link.Stat(middle, "sync_full")));
    });

    /// <summary>A server in the middle that is stopped and started knows from its file where it stood; who was below it goes on as well.</summary>
    [PairTheory]
    [MemberData(nameof(Pairs.Triples), MemberType = typeof(Pairs))]
    public void TheMiddleOfAChainIsRestarted(string firstKind, string middleKind, string lastKind) => Scenario.Run(s =>
    {
        string[] options = ["--repl-backlog-size", "256mb"];
        ServerProcess first = s.Start(Kind(firstKind), "first", options);
        ServerProcess middle = s.Create(Kind(middleKind), "middle", [.. options, "--replicaof", "127.0.0.1", $"{first.Port}"]).Start();
        ServerProcess last = s.Start(Kind(lastKind), "last");
        DataSet.Fill(s.Connect(first), seed: 65, 1000);
        Link.WaitUp(middle);
        Link.Attach(last, middle);
        Link.WaitEqual(first, middle, last);
        using (var load = new WriteLoad(first, seed: 66, pauseMs: 1))
        {
            load.WaitForMore(200);
            using (RespClient client = middle.Connect())
            {
                client.Send("SHUTDOWN", "SAVE");
            }

            Assert.Equal(0, middle.WaitForExit());
            load.WaitForMore(200);
            middle.Start();
            Link.WaitUp(middle);
            load.WaitForMore(200);
        }

        Link.WaitEqual(first, middle, last);
        Assert.Equal((1, 1), (Link.Stat(first, "sync_full"), Link.Stat(first, "sync_partial_ok")));
        Assert.Equal((0, 1), (Link.Stat(middle, "sync_full"), Link.Stat(middle, "sync_partial_ok")));

        // Killed it comes back empty, and everything below it is new.
        middle.Kill();
        first.Once("SET", "written", "meanwhile");
        File.Delete(middle.RdbPath);
        middle.Start();
        Link.WaitEqual(first, middle, last);
        Assert.Equal((2, 1), (Link.Stat(first, "sync_full"), Link.Stat(middle, "sync_full")));
    });
}
