using System.Diagnostics;
using Redouble.Interop.Tests.Harness;
using Xunit.Sdk;

namespace Redouble.Interop.Tests.Differential;

/// <summary>Publish and subscribe against redis-server: random programs, then what takes a script.</summary>
public sealed class PubSubTests(ServerPair pair) : IClassFixture<ServerPair>
{
    private const int Programs = 25;

    public static TheoryData<string> Kinds() => [nameof(ServerKind.Redis), nameof(ServerKind.Redouble)];

    [PairFact]
    public void RepliesAndMessagesAgree()
    {
        var runner = new PubSubRunner(pair);
        Family family = PubSubFamily.Make();
        foreach (int seed in ProgramSeeds.From(1, Programs))
        {
            TestProgram program = family.Program(seed);
            if (runner.Run(program) is { } mismatch)
            {
                (TestProgram minimal, Mismatch smallest) = Shrinker.Shrink(program, mismatch, runner.Run);
                throw new XunitException($"The servers differ at {smallest}\n\nminimal program ({minimal})\n\nREDOUBLE_DIFF_SEEDS=={seed}\n{pair.LastCrash}");
            }
        }
    }

    [PairFact]
    public void TheRunnerSeesAMessageThatIsMissing()
    {
        var runner = new PubSubRunner(pair) { Plant = args => args[0] == "PUBLISH" ? ["PUBLISH", "elsewhere", args[2]] : args };
        Step[] steps = [new Step(new Request(0, ["SUBSCRIBE", "c"])), new Step(new Request(1, ["PUBLISH", "c", "m"]))];
        Mismatch mismatch = runner.Run(new TestProgram("by hand", 0, [2, 3], steps))!;
        Assert.Equal("1> PUBLISH c m: what connection 1 gets", mismatch.Where);
        mismatch = runner.Run(new TestProgram("by hand", 0, [2, 3], [.. steps[..1], new Step(new Request(0, ["PUBLISH", "c", "m"]))]) with
        {
            Protocols = [3, 2],
        })!;
        Assert.Contains("message", mismatch.Expected, StringComparison.Ordinal);
        Assert.DoesNotContain("message", mismatch.Actual, StringComparison.Ordinal);
    }

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void PushesPassWhereRepliesAreOff(string kind) => On(kind, [], (s, server) =>
    {
        RespClient publisher = s.Connect(server);
        RespClient client = s.Connect(server);
        client.Send("CLIENT", "REPLY", "OFF");
        client.Send("SUBSCRIBE", "c", "d");
        Assert.Equal("*[$subscribe, $c, :1]", client.Read().ToString());
        Assert.Equal("*[$subscribe, $d, :2]", client.Read().ToString());
        Assert.Equal(1, publisher.Must("PUBLISH", "c", "m").Integer);
        Assert.Equal("*[$message, $c, $m]", client.Read().ToString());
        client.Send("PING"); // answers nothing
        client.Send("UNSUBSCRIBE", "c");
        Assert.Equal("*[$unsubscribe, $c, :1]", client.Read().ToString());
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void ASubscriptionInATransactionIsAnsweredInItsPlace(string kind) => On(kind, [], (s, server) =>
    {
        RespClient client = s.Connect(server);
        client.Must("MULTI");
        client.Must("SUBSCRIBE", "c");
        client.Must("PSUBSCRIBE", "*");
        client.Must("SSUBSCRIBE", "c");
        client.Must("UNSUBSCRIBE");
        client.Must("PUNSUBSCRIBE");
        Assert.Equal(
            "*[*[$subscribe, $c, :1], *[$psubscribe, $*, :2], -ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client, *[$unsubscribe, $c, :1], "
            + "*[$punsubscribe, $*, :0]]",
            client.Must("EXEC").ToString());
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void SubscribersCanBeListedAndKilled(string kind) => On(kind, [], (s, server) =>
    {
        RespClient admin = s.Connect(server);
        RespClient subscriber = s.Connect(server);
        subscriber.Must("SUBSCRIBE", "c");
        subscriber.Must("PSUBSCRIBE", "p*");
        subscriber.Must("SSUBSCRIBE", "s");
        string line = Assert.Single(admin.Must("CLIENT", "LIST", "TYPE", "pubsub").String.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(" flags=P db=0 sub=1 psub=1 ssub=1 ", line, StringComparison.Ordinal);
        Assert.Contains(" cmd=ssubscribe ", line, StringComparison.Ordinal);
        Assert.Single(admin.Must("CLIENT", "LIST", "TYPE", "normal").String.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Dictionary<string, string> info = admin.Info("stats");
        Assert.Equal(("1", "1", "1"), (info["pubsub_channels"], info["pubsub_patterns"], info["pubsubshard_channels"]));
        Assert.Equal(1, admin.Must("CLIENT", "KILL", "TYPE", "pubsub").Integer);
        Assert.True(subscriber.IsClosedByServer());
        Poll.Until("the subscriptions to go", () => admin.Must("PUBSUB", "NUMPAT").Integer == 0);
        Assert.Equal("*[$c, :0]", admin.Must("PUBSUB", "NUMSUB", "c").ToString());
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void ASlowSubscriberIsClosedAndNobodyElseWaits(string kind) => On(kind, ["--client-output-buffer-limit", "pubsub 4mb 0 0"], (s, server) =>
    {
        const int messages = 2000;
        string message = new('m', 10_000);
        RespClient publisher = s.Connect(server);
        RespClient slow = s.Connect(server);
        RespClient quick = s.Connect(server);
        RespClient other = s.Connect(server);
        slow.Must("SUBSCRIBE", "c");
        quick.Must("SUBSCRIBE", "c");
        long worstMs = 0;
        bool closed = false;
        for (int i = 0; i < messages; i++)
        {
            closed |= publisher.Must("PUBLISH", "c", message).Integer == 1;
            Assert.Equal(message, quick.Read()[2].String);
            var clock = Stopwatch.StartNew();
            other.Must("PING");
            worstMs = Math.Max(worstMs, clock.ElapsedMilliseconds);
        }

        Assert.True(closed, $"the slow subscriber still took part after {messages} messages of 10 KB");
        Assert.InRange(worstMs, 0, 500);
        Assert.Contains("scheduled to be closed ASAP for overcoming of output buffer limits", server.LogTail(200), StringComparison.Ordinal);
        Assert.True(slow.IsClosedByServer());
    });

    private static void On(string kind, string[] directives, Action<Scenario, ServerProcess> body) =>
        Scenario.Run(s => body(s, s.Start(Enum.Parse<ServerKind>(kind), kind.ToLowerInvariant(), directives)));
}
