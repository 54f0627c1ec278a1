using System.Diagnostics;
using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>REDOUBLE TESTLINK against real peers, and such as are none: the failing step is the last one, and nobody notices.</summary>
[Collection(Lanes.Failovers)]
public sealed class LinkTestTests
{
    private static string[] Report(RespClient client, string host, int port) =>
        [.. client.Must("REDOUBLE", "TESTLINK", host, port.ToString()).Items.Select(step => $"{step[0].String} {step[1].String} {step[2].String}".TrimEnd())];

    private static void Run(Action<Scenario, ServerProcess, RespClient> body) => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return;
        }

        ServerProcess subject = s.Subject("subject");
        body(s, subject, s.Connect(subject, 20_000));
    });

    [PairFact]
    public void ANameThatDoesNotResolve() => Run((_, _, client) =>
    {
        string step = Assert.Single(Report(client, "no-such-name.invalid", 6379));
        Assert.StartsWith("resolve failed the name 'no-such-name.invalid' does not resolve: ", step);
    });

    [PairFact]
    public void AClosedPort() => Run((_, _, client) =>
        Assert.Equal(["resolve ok 127.0.0.1", "connect failed Connection refused"], Report(client, "localhost", Ports.Free())));

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void AWrongPassword(string peerKind) => Run((s, subject, client) =>
    {
        ServerProcess peer = s.Start(Kind(peerKind), "peer", "--requirepass", "secret");
        Assert.Equal("ping failed NOAUTH Authentication required. masterauth is not set here", Report(client, "127.0.0.1", peer.Port)[^1]);
        subject.Once("CONFIG", "SET", "masterauth", "wrong");
        Assert.Equal("auth failed WRONGPASS invalid username-password pair or user is disabled.", Report(client, "127.0.0.1", peer.Port)[^1]);
        subject.Once("CONFIG", "SET", "masterauth", "secret");
        Assert.StartsWith("psync ", Report(client, "127.0.0.1", peer.Port)[^1]);
        subject.Once("CONFIG", "SET", "masteruser", "nobody");
        Assert.Equal("auth failed WRONGPASS invalid username-password pair or user is disabled.", Report(client, "127.0.0.1", peer.Port)[^1]);
    });

    [PairFact]
    public void APeerThatLoads() => Run((s, _, client) =>
    {
        TempDirectory directory = s.Own(new TempDirectory("loading"));
        using (ServerProcess writer = ServerProcess.CreateIn(directory, ServerKind.Redis, "writer").Start())
        {
            writer.Once("DEBUG", "POPULATE", "20000");
            writer.Once("SAVE");
        }

        using ServerProcess peer = ServerProcess.CreateIn(directory, ServerKind.Redis, "peer", "--key-load-delay", "1000",
            "--loading-process-events-interval-bytes", "1024").Start();
        Assert.Equal("ping failed LOADING Redis is loading the dataset in memory", Report(client, "127.0.0.1", peer.Port)[^1]);
    });

    [PairTheory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", "ping failed the answer is no reply of a Redis: 'HTTP/1.1 400 Bad Request'")]
    [InlineData("", "ping failed the connection was closed by the other side")]
    public void APeerThatIsNoRedis(string answer, string step) => Run((s, _, client) =>
    {
        FakePrimary peer = s.Own(new FakePrimary(link =>
        {
            link.ReadCommand();
            link.Send(answer);
        }));
        Assert.Equal(step, Report(client, "127.0.0.1", peer.Port)[^1]);
    });

    [PairFact]
    public void APeerThatSaysNothingHoldsUpWhoAsksAndNobodyElse() => Run((s, subject, client) =>
    {
        FakePrimary peer = s.Own(new FakePrimary(link => link.Drain()));
        RespClient other = s.Connect(subject);
        client.Send("REDOUBLE", "TESTLINK", "127.0.0.1", peer.Port.ToString());
        var watch = Stopwatch.StartNew();
        long worst = 0;
        while (!client.HasData && watch.ElapsedMilliseconds < 15_000)
        {
            long before = watch.ElapsedMilliseconds;
            Assert.Equal("+OK", other.Call("SET", "k", "v").ToString());
            worst = Math.Max(worst, watch.ElapsedMilliseconds - before);
            Thread.Sleep(5);
        }

        Assert.InRange(watch.ElapsedMilliseconds, 4900, 12_000);
        Assert.InRange(worst, 0, 2000);
        Assert.Equal("no answer within 5000 ms", client.Read().Items[^1][2].String);
    });

    [PairFact]
    public void TheServerItselfAndItsReplica() => Run((s, subject, client) =>
    {
        Assert.Equal("psync failed it is this server itself", Report(client, "127.0.0.1", subject.Port)[^1]);
        ServerProcess replica = s.Redis("replica");
        replica.Follow(subject.Port);
        Link.WaitUp(replica);
        Assert.Equal("psync failed it is a replica of this server: none of the two would have a primary", Report(client, "127.0.0.1", replica.Port)[^1]);
    });

    [PairTheory]
    [InlineData("Redis", "predicted by its INFO: ", "full resynchronization: its history is not the one that this server has followed")]
    [InlineData("Redouble", "ok dry run: ", "full resynchronization: Partial resynchronization not accepted")]
    public void AGoodPeerIsWalkedToTheEndAndNothingChangesThere(string peerKind, string label, string full) => Run((s, subject, client) =>
    {
        ServerProcess peer = s.Start(Kind(peerKind), "peer");
        peer.Once("SET", "k", "v");
        string[] Facts() => [.. peer.Info("replication").Where(f => !f.Key.EndsWith("_ms", StringComparison.Ordinal)).Select(f => $"{f.Key}:{f.Value}"),
            .. peer.Info("stats").Where(f => f.Key.StartsWith("sync_", StringComparison.Ordinal)).Select(f => $"{f.Key}:{f.Value}"), peer.Digest()];
        string[] before = Facts();
        string[] report = Report(client, "localhost", peer.Port);
        Assert.Equal(before, Facts());
        Assert.Equal(["resolve", "connect", "auth", "ping", "replconf", "psync"], report.Select(step => step.Split(' ')[0]));
        Assert.Equal(["resolve ok 127.0.0.1", "connect ok", "auth skipped masterauth is not set here", "ping ok PONG"], report[..4]);
        Assert.StartsWith($"psync {label}{full}", report[^1]);

        // A replica of it could go on: that is said, and the link is not touched.
        subject.Follow(peer.Port);
        Link.WaitUp(subject);
        Link.WaitEqual(peer, subject);
        Assert.StartsWith($"psync {label}partial resynchronization", Report(client, "127.0.0.1", peer.Port)[^1]);
        Assert.Equal((1, 0), (Link.Stat(peer, "sync_full"), Link.Stat(peer, "sync_partial_ok")));
        Assert.Equal("up", subject.Info("replication")["master_link_status"]);
    });
}
