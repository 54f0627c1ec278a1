using System.Text.RegularExpressions;
using Redouble.Interop.Tests.Harness;
using Redouble.Interop.Tests.Interop;

namespace Redouble.Interop.Tests.Sentinel;

/// <summary>What a Sentinel reads and sends, compared with a real Redis.</summary>
[Collection(Lanes.Failovers)]
public sealed partial class SentinelTargetTests
{
    private static readonly ServerKind[] Both = [ServerKind.Redis, ServerKind.Redouble];

    [PairTheory]
    [InlineData(true, "SLAVEOF", "NO", "ONE")]
    [InlineData(true, "SLAVEOF", "127.0.0.1", "1")]
    [InlineData(false, "SLAVEOF", "NO", "ONE")]
    public void Its_transaction_does_what_it_does_to_Redis(bool withFile, params string[] slaveOf)
    {
        string[] said = [.. Both.Select(kind => Reconfigured(kind, withFile, slaveOf))];
        Assert.Equal(said[0], said[1]);
        Assert.Contains(withFile ? "*[+OK, +OK, :1, :1]" : "*[+OK, -ERR The server is running without a config file, :1, :1]", said[1]);
    }

    [PairFact]
    public void What_it_reads_is_told_as_by_Redis()
    {
        string[] said = [.. Both.Select(States)];
        Assert.Equal(said[0], said[1]);
        Assert.Contains("slave0:ip=127.0.0.1,port=P1,state=online,offset=N,lag=N", said[1]);
        Assert.Contains("master_link_down_since_seconds:N", said[1]);
    }

    [PairFact]
    public void It_takes_from_both_the_same()
    {
        string[] said = [.. Both.Select(Seen)];
        Assert.Equal(said[0], said[1]);
        Assert.Contains("slave-priority=7", said[1]);
    }

    /// <summary>Replies to the requests of a reconfiguration, in one write as Sentinel sends them, and what became of everyone who was connected.</summary>
    private static string Reconfigured(ServerKind kind, bool withFile, string[] slaveOf)
    {
        string said = "";
        Scenario.Run(s =>
        {
            ServerProcess above = s.Start(kind, "above");
            ServerProcess server = withFile ? s.CreateWithFile(kind, "target", $"replicaof 127.0.0.1 {above.Port}").Start() : s.Start(kind, "target");
            if (!withFile) server.Follow(above.Port);
            ServerProcess below = s.Start(kind, "below");
            Link.WaitUp(server);
            below.Follow(server.Port);
            Link.WaitUp(below);
            using RespClient normal = server.Connect(2000), subscriber = server.Connect(2000), sentinel = server.Connect();
            normal.Must("PING");
            subscriber.Must("SUBSCRIBE", "__sentinel__:hello");
            sentinel.Must("CLIENT", "SETNAME", "sentinel-0123456789-cmd");
            Poll.Until("other connections to be gone", () => sentinel.Must("CLIENT", "LIST", "TYPE", "normal").String.Split('\n').Length == 3);
            Reply[] replies = sentinel.Pipeline(
                [["MULTI"], slaveOf, ["CONFIG", "REWRITE"], ["CLIENT", "KILL", "TYPE", "normal"], ["CLIENT", "KILL", "TYPE", "pubsub"], ["EXEC"]]);
            said = $"{string.Join<Reply>(' ', replies)}; normal closed: {normal.IsClosedByServer()}, subscriber closed: {subscriber.IsClosedByServer()}, "
                + $"sentinel: {sentinel.Call("PING")}, role: {sentinel.Must("ROLE")[0]}";
            if (withFile) said += "; " + File.ReadAllLines(server.ConfigPath).FirstOrDefault(line => line.StartsWith("replicaof", StringComparison.Ordinal));
            said = said.Replace($"{above.Port}", "ABOVE", StringComparison.Ordinal);
        });
        return said;
    }

    /// <summary>The fields that Sentinel reads, of each role and state of the link. Numbers that move are N, ids are H.</summary>
    private static string States(ServerKind kind)
    {
        string said = "";
        Scenario.Run(s =>
        {
            ServerProcess primary = s.Start(kind, "primary", "--repl-ping-replica-period", "1");
            ServerProcess first = s.Start(kind, "first", "--replicaof", $"127.0.0.1 {primary.Port}", "--replica-priority", "7");
            Link.WaitUp(first);
            ServerProcess second = s.Start(kind, "second", "--replicaof", $"127.0.0.1 {primary.Port}", "--replica-announced", "no");
            Link.WaitUp(second);
            primary.Once("SET", "key", "value");
            Assert.Equal(2, primary.Once("WAIT", "2", "10000").Integer);
            Poll.Until("both to be online", () => primary.Once("ROLE")[2].Items.Length == 2);

            void Note(string what, ServerProcess server) => said += $"{what}:\n{Fields(server, primary, first, second)}\n";
            Note("primary", primary);
            Note("replica", first);
            Note("not announced", second);
            primary.Kill();
            Link.WaitDown(first);
            Poll.Until("the time since then to be told", () => first.Info("replication")["master_link_down_since_seconds"] != "0");
            Note("link down", first);
            first.Once("SLAVEOF", "NO", "ONE");
            Note("promoted", first);
            second.Follow(first.Port);
            Link.WaitUp(second);
            Note("reconfigured", second);
        });
        return said;
    }

    private static string Fields(ServerProcess server, params ServerProcess[] nodes)
    {
        using RespClient client = server.Connect();
        string[] read = ["run_id", "role", "slave0", "slave1", "connected_slaves", "master_link_down_since_seconds", "master_host", "master_port",
            "master_link_status", "slave_priority", "slave_repl_offset", "replica_announced"];
        string[] lines = [.. client.Must("INFO").String.Split("\r\n").Where(line => line.IndexOf(':') is > 0 and var colon && read.Contains(line[..colon]))];
        string text = string.Join('\n', lines);
        for (int i = 0; i < nodes.Length; i++)
        {
            text = text.Replace($"{nodes[i].Port}", $"P{i}", StringComparison.Ordinal);
        }

        return Id().Replace(Moving().Replace(text, "$1N"), "H");
    }

    /// <summary>What a Sentinel knows of a primary and a replica.</summary>
    private static string Seen(ServerKind kind)
    {
        string said = "";
        Scenario.Run(s =>
        {
            ServerProcess primary = s.Start(kind, "primary");
            ServerProcess first = s.Start(kind, "first", "--replicaof", $"127.0.0.1 {primary.Port}", "--replica-priority", "7");
            ServerProcess hidden = s.Start(kind, "hidden", "--replicaof", $"127.0.0.1 {primary.Port}", "--replica-announced", "no");
            Link.WaitUp(first);
            Link.WaitUp(hidden);
            SentinelProcess sentinel = SentinelProcess.Start(s, "sentinel", primary.Port, 1);
            Poll.Until("the Sentinel to know the announced replica only", () => sentinel.Replicas() is { Count: 1 } replicas
                && replicas.GetValueOrDefault(first.Port) is { } known && known["master-link-status"] == "ok" && known["flags"] == "slave", 20_000);
            primary.Once("SET", "key", "value");
            Poll.Until("the Sentinel to know the offset", () => sentinel.Replicas()[first.Port]["slave-repl-offset"] != "0");
            Dictionary<string, string> one = sentinel.Primary(), other = sentinel.Replicas()[first.Port];
            Assert.Equal(primary.Info("server")["run_id"], one["runid"]);
            Assert.Equal(first.Info("server")["run_id"], other["runid"]);
            Assert.Equal((1, $"{primary.Port}"), (sentinel.Once("SENTINEL", "CKQUORUM", SentinelProcess.Fleet).IsError ? 0 : 1, other["master-port"]));
            string[] ofPrimary = ["flags", "role-reported", "num-slaves"];
            string[] ofReplica =
                ["flags", "role-reported", "master-link-down-time", "master-link-status", "master-host", "slave-priority", "replica-announced"];
            said = string.Join(' ', ofPrimary.Select(name => $"{name}={one[name]}").Concat(ofReplica.Select(name => $"{name}={other[name]}")));
        });
        return said;
    }

    [GeneratedRegex(@"\b(offset=|lag=|slave_repl_offset:|master_link_down_since_seconds:)\d+")]
    private static partial Regex Moving();

    [GeneratedRegex(@"\b[0-9a-f]{40}\b")]
    private static partial Regex Id();
}
