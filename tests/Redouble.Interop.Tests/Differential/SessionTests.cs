using System.Diagnostics;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>Behaviour that takes several connections or time; each test runs on both servers, so that what it expects is what Redis does.</summary>
public sealed class SessionTests
{
    public static TheoryData<string> Kinds() => [nameof(ServerKind.Redis), nameof(ServerKind.Redouble)];

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void PauseHoldsCommandsBack(string kind) => On(kind, [], (s, server) =>
    {
        RespClient admin = s.Connect(server);
        RespClient client = s.Connect(server);
        admin.Must("CLIENT", "PAUSE", "10000", "WRITE");
        Assert.Equal("$(null)", client.Call("GET", "k").ToString());
        client.Send("SET", "k", "v");
        Assert.False(Answers(client));
        admin.Must("CLIENT", "UNPAUSE");
        Assert.Equal(Reply.Ok, client.Read());
        admin.Must("CLIENT", "PAUSE", "300");
        var clock = Stopwatch.StartNew();
        Assert.Equal("$v", client.Call("GET", "k").ToString());
        Assert.InRange(clock.ElapsedMilliseconds, 150, 5000);
        admin.Must("CLIENT", "PAUSE", "10000", "WRITE");
        client.Send("MULTI");
        client.Send("SET", "k", "w");
        client.Send("EXEC");
        Assert.Equal(Reply.Ok, client.Read());
        Assert.False(Answers(client)); // A write is not even queued.
        admin.Must("CLIENT", "UNPAUSE");
        Assert.Equal("+QUEUED", client.Read().ToString());
        Assert.Equal("*[+OK]", client.Read().ToString());
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void PausedWritesDoNotExpireKeys(string kind) => On(kind, [], (s, server) =>
    {
        RespClient admin = s.Connect(server);
        admin.Must("SET", "k", "v", "PX", "50");
        admin.Must("CLIENT", "PAUSE", "10000", "WRITE");
        Thread.Sleep(120);
        Assert.True(admin.Must("GET", "k").IsNull);
        Assert.Equal(1, admin.Must("DBSIZE").Integer);
        admin.Must("CLIENT", "UNPAUSE");
        Poll.Until("the expiry", () => admin.Must("DBSIZE").Integer == 0);
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void AFailedBindKeepsTheOldListeners(string kind) => On(kind, [], (s, server) =>
    {
        RespClient client = s.Connect(server);
        Assert.Equal(
            "-ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified addresses.",
            client.Call("CONFIG", "SET", "bind", "127.0.0.1 192.0.2.1").ToString());
        Assert.Equal("127.0.0.1", client.Must("CONFIG", "GET", "bind")[1].String);
        Assert.Equal("+PONG", server.Once("PING").ToString());
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void MonitorShowsEveryCommand(string kind) => On(kind, [], (s, server) =>
    {
        RespClient monitor = s.Connect(server);
        RespClient client = s.Connect(server);
        Assert.Equal(Reply.Ok, monitor.Must("MONITOR"));
        client.Must("SELECT", "3");
        client.Must("SET", "k", "a \"b\"\r\n\0\u00ff");
        client.Call("AUTH", "secret");
        client.Call("GET");
        client.Must("MULTI");
        client.Must("GET", "k");
        client.Must("EXEC");
        client.Must("CONFIG", "SET", "hz", "10");
        client.Must("PING");
        string from = $@"127\.0\.0\.1:{client.LocalPort}\]";
        string[] expected =
        [
            $@"\[3 {from} ""SELECT"" ""3""", $@"\[3 {from} ""SET"" ""k"" ""a \\""b\\""\\r\\n\\x00\\xff""", $@"\[3 {from} ""MULTI""",
                $@"\[3 {from} ""GET"" ""k""",
            $@"\[3 {from} ""EXEC""", $@"\[3 {from} ""PING""",
        ];
        var lines = new List<string>();
        do
        {
            lines.Add(monitor.Read().String);
        }
        while (!lines[^1].EndsWith("\"PING\"", StringComparison.Ordinal));
        Assert.All(lines, l => Assert.Matches(@"^\d+\.\d{6} \[", l));
        lines.RemoveAll(l => l.Contains("\"AUTH\"", StringComparison.Ordinal) && l.Contains("redacted", StringComparison.Ordinal));
        Assert.Equal(expected.Length, lines.Count);
        Assert.All(expected.Zip(lines), p => Assert.Matches($"{p.First}$", p.Second));
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void ClientKillClosesByEveryFilter(string kind) => On(kind, [], (s, server) =>
    {
        RespClient admin = s.Connect(server);
        RespClient Victim()
        {
            RespClient victim = s.Connect(server, 3000);
            victim.Must("PING");
            return victim;
        }

        RespClient byId = Victim();
        Assert.Equal(1, admin.Must("CLIENT", "KILL", "ID", byId.Must("CLIENT", "ID").Integer.ToString()).Integer);
        Assert.True(byId.IsClosedByServer());
        RespClient byAddress = Victim();
        Assert.Equal(1, admin.Must("CLIENT", "KILL", "ADDR", $"127.0.0.1:{byAddress.LocalPort}").Integer);
        Assert.True(byAddress.IsClosedByServer());
        RespClient byOldForm = Victim();
        Assert.Equal(Reply.Ok, admin.Must("CLIENT", "KILL", $"127.0.0.1:{byOldForm.LocalPort}"));
        Assert.True(byOldForm.IsClosedByServer());
        RespClient byLocal = Victim();
        Poll.Until("the clients before to be gone", () => admin.Must("CLIENT", "LIST").String.AsSpan().Count('\n') == 2);
        Assert.Equal(1, admin.Must("CLIENT", "KILL", "LADDR", $"127.0.0.1:{server.Port}", "SKIPME", "yes").Integer);
        Assert.True(byLocal.IsClosedByServer());
        RespClient byType = Victim();
        Assert.Equal(1, admin.Must("CLIENT", "KILL", "TYPE", "normal").Integer);
        Assert.True(byType.IsClosedByServer());
        RespClient byUser = Victim();
        Assert.Equal(1, admin.Must("CLIENT", "KILL", "USER", "default").Integer);
        Assert.True(byUser.IsClosedByServer());
        Assert.Equal(1, admin.Must("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no").Integer);
        Assert.True(admin.IsClosedByServer());
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void UnblockEndsAWait(string kind) => On(kind, [], (s, server) =>
    {
        RespClient admin = s.Connect(server);
        RespClient client = s.Connect(server);
        string id = client.Must("CLIENT", "ID").Integer.ToString();
        client.Must("SET", "k", "v");
        client.Send("WAIT", "1", "0");
        Poll.Until("the client to block", () => admin.Info("clients")["blocked_clients"] == "1");
        Assert.Contains("flags=b ", admin.Must("CLIENT", "LIST", "ID", id).String);
        Assert.Equal(1, admin.Must("CLIENT", "UNBLOCK", id).Integer);
        Assert.Equal(":0", client.Read().ToString());
        client.Send("WAIT", "1", "0");
        Poll.Until("the client to block", () => admin.Info("clients")["blocked_clients"] == "1");
        Assert.Equal(1, admin.Must("CLIENT", "UNBLOCK", id, "ERROR").Integer);
        Assert.Equal("-UNBLOCKED client unblocked via CLIENT UNBLOCK", client.Read().ToString());
        Assert.Equal(0, admin.Must("CLIENT", "UNBLOCK", id).Integer);
        client.Send("WAIT", "1", "0");
        client.Send("PING");
        Poll.Until("the client to block", () => admin.Info("clients")["blocked_clients"] == "1");
        client.Dispose();
        Poll.Until("the client to be gone", () => admin.Info("clients")["blocked_clients"] == "0");
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void IdleClientsAreClosed(string kind) => On(kind, ["--timeout", "1"], (s, server) =>
    {
        RespClient client = s.Connect(server, 6000);
        client.Must("PING");
        var clock = Stopwatch.StartNew();
        Assert.True(client.IsClosedByServer());
        Assert.InRange(clock.ElapsedMilliseconds, 900, 5000);
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void UnixSocketServesAndHasItsPermissions(string kind) => On(kind, ["--unixsocket", "./s.sock", "--unixsocketperm", "700"], (s, server) =>
    {
        string path = server.Directory["s.sock"];
        using var client = new RespClient(new System.Net.Sockets.UnixDomainSocketEndPoint(path));
        client.Must("SET", "k", "v");
        Assert.Contains("flags=U ", client.Must("CLIENT", "INFO").String);
        Assert.Equal("v", server.Once("GET", "k").String);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path));
        }

        client.Must("SET", "k", "w");
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void SlowlogKeepsWhatWasSlow(string kind) => On(kind, ["--slowlog-log-slower-than", "0", "--slowlog-max-len", "5"], (s, server) =>
    {
        RespClient client = s.Connect(server);
        client.Must("CLIENT", "SETNAME", "me");
        client.Must("SLOWLOG", "RESET");
        client.Must("SET", "k", new string('x', 200));
        client.Must(["MGET", .. Enumerable.Range(0, 40).Select(i => $"k{i}")]);
        Reply[] entries = client.Must("SLOWLOG", "GET").Items;
        Assert.Equal("MGET", entries[0][3][0].String);
        Assert.Equal(32, entries[0][3].Items.Length);
        Assert.Equal("... (10 more arguments)", entries[0][3][31].String);
        Assert.Equal($"{new string('x', 128)}... (72 more bytes)", entries[1][3][2].String);
        Assert.Equal($"127.0.0.1:{client.LocalPort}", entries[1][4].String);
        Assert.Equal("me", entries[1][5].String);
        Assert.Equal(entries[1][0].Integer + 1, entries[0][0].Integer);
        for (int i = 0; i < 10; i++)
        {
            client.Must("PING");
        }

        Assert.Equal(5, client.Must("SLOWLOG", "LEN").Integer);
        Assert.Equal(2, client.Must("SLOWLOG", "GET", "2").Items.Length);
        Assert.Equal(5, client.Must("SLOWLOG", "GET", "-1").Items.Length);
    });

    [PairTheory]
    [MemberData(nameof(Kinds))]
    public void LatencyEventsAreRecorded(string kind) => On(kind, ["--latency-monitor-threshold", "5"], (s, server) =>
    {
        RespClient client = s.Connect(server);
        client.Must("LATENCY", "RESET"); // on a busy machine the first commands may have been slow, too
        client.Must("DEBUG", "SLEEP", "0.02");
        Reply latest = client.Must("LATENCY", "LATEST");
        Reply entry = latest.Items.Single(i => i[0].String == "command");
        Assert.InRange(entry[2].Integer, 15, 5000);
        Assert.Equal(entry[2].Integer, entry[3].Integer);
        Assert.Equal(entry[2].Integer, client.Must("LATENCY", "HISTORY", "command")[0][1].Integer);
        Assert.StartsWith("command - high ", client.Must("LATENCY", "GRAPH", "command").String);
        client.Must("CONFIG", "SET", "latency-monitor-threshold", "60000"); // on a busy machine the next may be slow, too
        Assert.Equal(1, client.Must("LATENCY", "RESET", "command").Integer);
        Assert.Empty(client.Must("LATENCY", "LATEST").Items);
        client.Must("SET", "k", "v");
        Reply histogram = client.Must("LATENCY", "HISTOGRAM", "set");
        Assert.Equal("set", histogram[0].String);
        Assert.Equal("calls", histogram[1][0].String);
        Assert.Equal(1, histogram[1][1].Integer);

        // A container's name stands for all its subcommands; one of them has a name of its own.
        client.Must("CONFIG", "RESETSTAT");
        client.Must("CLIENT", "ID");
        client.Must("CLIENT", "LIST");
        Assert.Equal(["client|id", "client|list"], client.Must("LATENCY", "HISTOGRAM", "client").Items.Where((_, i) => i % 2 == 0).Select(name => name.String).Order());
        Assert.Equal("client|id", client.Must("LATENCY", "HISTOGRAM", "CLIENT|ID", "client|none")[0].String);
    });

    private static bool Answers(RespClient client)
    {
        int timeout = client.TimeoutMs;
        client.TimeoutMs = 150;
        try
        {
            client.Read();
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            client.TimeoutMs = timeout;
        }
    }

    private static void On(string kind, string[] directives, Action<Scenario, ServerProcess> body) =>
        Scenario.Run(s => body(s, s.Start(Enum.Parse<ServerKind>(kind), "server", directives)));
}
