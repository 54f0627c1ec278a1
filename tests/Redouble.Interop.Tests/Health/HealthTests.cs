using Redouble.Interop.Tests.Harness;
using Redouble.Interop.Tests.Interop;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Health;

/// <summary><c>redouble health</c> of real servers.</summary>
public sealed class HealthTests
{
    /// <summary>(primary, replica) of all kinds.</summary>
    public static TheoryData<string, string> Kinds()
    {
        TheoryData<string, string> pairs = PrimaryAndReplica();
        pairs.Add(nameof(ServerKind.Redis), nameof(ServerKind.Redis));
        return pairs;
    }

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void A_healthy_pair_is_ok_under_load(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        (ServerProcess primary, ServerProcess replica) = Pair(s, primaryKind, replicaKind);
        using var load = new WriteLoad(primary, seed: 51);
        load.WaitForMore(500);
        HealthRun run = HealthRun.Of("--expect", "1", HealthRun.Name(primary), HealthRun.Name(replica));
        Assert.Equal((0, "ok", ""), (run.Status, run.Verdict, run.Error));
        Assert.Empty(run.Findings);
        Assert.Equal(("primary", "1", "1"), (run.Text(primary, "role"), run.Text(primary, "replicas"), run.Text(primary, "replicas_online")));
        Assert.StartsWith(primaryKind.ToLowerInvariant(), run.Text(primary, "kind"));
        Assert.StartsWith(replicaKind.ToLowerInvariant(), run.Text(replica, "kind"));
        Assert.Equal(("replica", "up", HealthRun.Name(primary)), (run.Text(replica, "role"), run.Text(replica, "link"), run.Text(replica, "root")));
        Assert.True(run.Row(replica).GetProperty("lag_s").GetDouble() < 5, run.Json.ToString());
        Assert.True(run.Row(primary).GetProperty("offset").GetInt64() > 10_000);
        Assert.True(run.Row(primary).GetProperty("backlog_held_bytes").GetInt64() > 0);
        Assert.Equal(primaryKind == nameof(ServerKind.Redouble), run.Row(primary).TryGetProperty("backlog_covers_s", out _));

        // What is not named is shown as its primary sees it, or asked.
        Assert.Equal("False", HealthRun.Of(HealthRun.Name(primary)).Text(replica, "asked"));
        Assert.Equal("True", HealthRun.Of("--discover", HealthRun.Name(primary)).Text(replica, "asked"));
        Assert.Equal("up", HealthRun.Of("--discover", HealthRun.Name(replica)).Text(replica, "link"));
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void What_is_dead_is_critical_and_named(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        (ServerProcess primary, ServerProcess replica) = Pair(s, primaryKind, replicaKind);
        string[] nodes = [HealthRun.Name(primary), HealthRun.Name(replica)];
        replica.Signal("STOP");
        HealthRun frozen = HealthRun.Of([.. nodes, "--timeout", "0.5"]);
        replica.Signal("CONT");
        Assert.Equal((2, "critical"), (frozen.Status, frozen.Verdict));
        Assert.Equal(["critical: INFO: no answer within 0.5 s"], frozen.Findings);
        Assert.Equal("replica", frozen.Text(replica, "role"));
        Assert.Contains(frozen.Text(replica, "link"), new[] { "up", "sync" }); // its primary may not have heard of the end of the sync

        primary.Kill();
        Link.WaitDown(replica);
        HealthRun alone = HealthRun.Of([.. nodes, "--expect", "1"]);
        Assert.Equal(2, alone.Status);
        Assert.Contains("critical: connect: Connection refused", alone.Findings);
        Assert.Contains("critical: no primary answered, of which 1 replicas are expected", alone.Findings);
        Assert.Contains(alone.Findings, finding => finding.StartsWith($"critical: the link to {nodes[0]} is down for ", StringComparison.Ordinal));
        Assert.Equal(("down", "True"), (alone.Text(replica, "link"), alone.Text(replica, "link_was_up")));
        HealthRun patient = HealthRun.Of(nodes[1], "--down-warning", "0", "--down-critical", "3600");
        Assert.True(patient.Status <= 1 && patient.Findings.Length <= 1, patient.Json.ToString());
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void A_replica_that_is_behind_is_late(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        LinkProxy proxy = s.Own(new LinkProxy(primary.Port));
        replica.Follow(proxy.Port);
        Link.WaitUp(replica);
        RespClient client = s.Connect(primary);
        client.Must("SET", "key", "acknowledged");
        Poll.Until("the replica to have acknowledged something", () => client.Must("WAIT", "1", "100").Integer == 1);
        proxy.BlackHole = true;
        client.Must("SET", "key", new string('v', 5000));
        Thread.Sleep(3000);
        string[] nodes = [HealthRun.Name(primary), HealthRun.Name(replica), "--wait", "0.2"];
        HealthRun run = HealthRun.Of([.. nodes, "--lag-warning", "1.5", "--lag-critical", "1000"]);
        Assert.Equal((1, "up"), (run.Status, run.Text(replica, "link")));
        Assert.StartsWith("warning: its data is ", Assert.Single(run.Findings, finding => !finding.StartsWith("note: ", StringComparison.Ordinal)));
        Assert.True(run.Row(replica).GetProperty("bytes_behind").GetInt64() > 5000);
        Assert.InRange(run.Row(replica).GetProperty("lag_s").GetDouble(), 2, 1000);
        Assert.Equal(primaryKind == nameof(ServerKind.Redouble) ? "primary" : "acknowledged", run.Text(replica, "lag_source"));
        Assert.Equal(2, HealthRun.Of([.. nodes, "--lag-warning", "0.5", "--lag-critical", "1.5"]).Status);
        Assert.Equal(0, HealthRun.Of([.. nodes, "--lag-warning", "1000", "--lag-critical", "2000"]).Status);
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void A_full_sync_may_take_its_time(string primaryKind, string replicaKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        RespClient client = s.Connect(primary);
        client.Pipeline([.. Enumerable.Range(0, 3000).Select(i => new[] { "SET", $"key:{i}", new string('v', 100) })]);
        client.Must("CONFIG", "SET", "rdb-key-save-delay", "100000");
        replica.Follow(primary.Port);
        string[] nodes = [HealthRun.Name(primary), HealthRun.Name(replica)];
        Poll.Until("the sync to have begun", () => primary.Info("replication").GetValueOrDefault("slave0") is { } line && !line.Contains("online"));
        Thread.Sleep(1500);
        HealthRun run = HealthRun.Of(nodes);
        Assert.Equal((0, "sync"), (run.Status, run.Text(replica, "link")));
        Assert.Contains(run.Text(replica, "sync_phase"), new[] { "waiting", "receiving" });
        Assert.InRange(run.Row(replica).GetProperty("sync_s").GetDouble(), 1, 300);
        HealthRun strict = HealthRun.Of([.. nodes, "--sync-warning", "0.5", "--expect", "1"]);
        Assert.Equal(2, strict.Status);
        Assert.Equal("critical: 0 of 1 expected replicas are up", strict.Findings[0]);
        Assert.StartsWith("warning: its full sync takes ", strict.Findings[1]);
    });

    [PairTheory]
    [InlineData(nameof(ServerKind.Redis))]
    [InlineData(nameof(ServerKind.Redouble))]
    public void It_logs_in(string kind) => Scenario.Run(s =>
    {
        ServerProcess server = s.Start(Kind(kind), "server");
        string node = HealthRun.Name(server);
        Assert.Equal(0, HealthRun.Of(node, "--password", "not needed").Status);
        s.Connect(server).Must("CONFIG", "SET", "requirepass", "sesame");
        Assert.Equal(["critical: INFO: NOAUTH Authentication required."], HealthRun.Of(node).Findings);
        HealthRun wrong = HealthRun.Of(node, "--password", "wrong");
        Assert.Equal(["critical: AUTH: WRONGPASS invalid username-password pair or user is disabled."], wrong.Findings);
        Assert.Equal((2, 0), (wrong.Status, HealthRun.Of(node, "--password", "sesame", "--user", "default").Status));
        Assert.Equal(0, HealthRun.With([("REDISCLI_AUTH", "sesame")], node).Status);
        Assert.Equal(0, HealthRun.With([("REDOUBLE_USER", "default"), ("REDOUBLE_PASSWORD", "sesame")], node).Status);
    });

    [PairFact]
    public void Two_primaries_of_one_history_are_seen() => Scenario.Run(s =>
    {
        (ServerProcess primary, ServerProcess replica) = Pair(s, nameof(ServerKind.Redouble), nameof(ServerKind.Redis));
        replica.Once("REPLICAOF", "NO", "ONE");
        HealthRun run = HealthRun.Of(HealthRun.Name(primary), HealthRun.Name(replica));
        Assert.Equal([$"critical: {HealthRun.Name(primary)} and {HealthRun.Name(replica)} are both primaries of one history"], run.Findings);
    });

    private static (ServerProcess Primary, ServerProcess Replica) Pair(Scenario s, string primaryKind, string replicaKind)
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        ServerProcess replica = s.Start(Kind(replicaKind), "replica");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        return (primary, replica);
    }
}
