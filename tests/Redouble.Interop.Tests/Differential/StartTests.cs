using System.Diagnostics;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>What the process that starts a server decides for it: its options, its limits, its signals.</summary>
public sealed class StartTests
{
    [PairTheory]
    [InlineData(nameof(ServerKind.Redis))]
    [InlineData(nameof(ServerKind.Redouble))]
    public void AServerThatNobodyCanReachDoesNotStart(string kind) => Scenario.Run(s =>
    {
        ServerProcess server = s.Create(Enum.Parse<ServerKind>(kind), "server", "--port", "0");
        server.Launch();
        Assert.Equal(1, server.WaitForExit());
        Assert.Contains("# Configured to not listen anywhere, exiting.", server.Log());
        Assert.Contains("Configuration loaded", server.Log());
    });

    [PairTheory]
    [InlineData(nameof(ServerKind.Redis))]
    [InlineData(nameof(ServerKind.Redouble))]
    public void APortInUseIsNamed(string kind) => Scenario.Run(s =>
    {
        ServerProcess first = s.Start(Enum.Parse<ServerKind>(kind), "first");
        ServerProcess second = s.Create(Enum.Parse<ServerKind>(kind), "second", "--port", first.Port.ToString());
        second.Launch();
        Assert.Equal(1, second.WaitForExit());
        Assert.Contains($"# Warning: Could not create server TCP listening socket 127.0.0.1:{first.Port}: bind: Address already in use", second.Log());
        Assert.Matches($@"# Failed listening on port {first.Port} \((tcp|TCP)\), aborting\.", second.Log());
    });

    [PairTheory]
    [InlineData(nameof(ServerKind.Redis))]
    [InlineData(nameof(ServerKind.Redouble))]
    public void MoreClientsThanTheSystemAllowsAreRefused(string kind) => Scenario.Run(s =>
    {
        ServerProcess server = s.Start(Enum.Parse<ServerKind>(kind), "server");
        Assert.StartsWith(
            "-ERR CONFIG SET failed (possibly related to argument 'maxclients') - The operating system is not able to handle the specified number of clients, try with ",
            s.Connect(server).Call("CONFIG", "SET", "maxclients", "2000000").ToString());
        Assert.Equal("*[$maxclients, $10000]", server.Once("CONFIG", "GET", "maxclients").ToString());
    });

    [PairFact]
    public void MaxclientsIsLoweredToTheLimitOfDescriptors() => Scenario.Run(s =>
    {
        ServerProcess server = s.CreateUnder(["/bin/sh", "-c", "ulimit -n 300; exec \"$@\"", "sh"], "server", "--appendonly", "yes").Start();
        Match told = Regex.Match(server.Log(), "# You requested maxclients of 10000 requiring at least (\\d+) max file descriptors.");
        int clients = 300 - (int.Parse(told.Groups[1].Value) - 10000);
        Assert.InRange(clients, 100, 267); // Redis keeps 32 for itself; the runtime has more open than that
        Assert.Equal($"*[$maxclients, ${clients}]", server.Once("CONFIG", "GET", "maxclients").ToString());
        Assert.Contains($"maxclients has been reduced to {clients} to compensate for low ulimit", server.Log());

        // With all of them here, there are descriptors left for everything else.
        RespClient[] all = [.. Enumerable.Range(0, clients).Select(_ => s.Connect(server))];
        Assert.All(all, client => Assert.Equal("+PONG", client.Call("PING").ToString()));
        Assert.Equal("+OK", all[^1].Call("SAVE").ToString());
        Assert.StartsWith("+Background append only file rewriting", all[^1].Call("BGREWRITEAOF").ToString());
        Assert.Equal("+OK", all[^1].Call("REPLICAOF", "localhost", "1").ToString());
        Poll.Until("the primary's name to be looked up", () => server.Log().Contains("Error condition on socket for SYNC"), 20_000);
        Assert.Equal("+PONG", all[0].Call("PING").ToString());
    });

    [PairFact]
    public void ALimitOfDescriptorsThatIsNotEnoughIsTold() => Scenario.Run(s =>
    {
        ServerProcess server = s.CreateUnder(["/bin/sh", "-c", "ulimit -n 90; exec \"$@\"", "sh"], "server");
        server.Launch();
        Assert.Equal(1, server.WaitForExit());
        Assert.Contains("# Your current 'ulimit -n' of 90 is not enough for the server to start.", server.Log());
    });

    [PairTheory]
    [InlineData(nameof(ServerKind.Redis))]
    [InlineData(nameof(ServerKind.Redouble))]
    public void FilesAreInDir(string kind) => Scenario.Run(s =>
    {
        string[] names = ["--dir", "dü", "--logfile", "lög", "--pidfile", "pïd", "--unixsocket", "söck", "--dbfilename", "dümp.rdb"];
        ServerProcess server = s.Create(Enum.Parse<ServerKind>(kind), "server", [.. names, "--appendonly", "yes", "--appendfilename", "äof"]);
        string folder = Directory.CreateDirectory(server.Directory["dü"]).FullName;
        server.Start();
        Assert.Equal("+OK", server.Once("SET", "a", "1").ToString());
        Assert.Equal("+OK", server.Once("SAVE").ToString());
        string[] expected = ["appendonlydir", "dümp.rdb", "lög", "pïd", "söck"];
        Assert.Equal(expected, NamesIn(folder));
        Assert.Contains("äof.manifest", NamesIn(Path.Combine(folder, "appendonlydir")));
        server.Signal("TERM");
        Assert.Equal(0, server.WaitForExit());
        Assert.Equal(["appendonlydir", "dümp.rdb", "lög"], NamesIn(folder));
        server.Start();
        Poll.Until("the file to be loaded", () => server.Once("GET", "a").ToString() == "$1", 20_000);
    });

    [PairTheory]
    [InlineData(nameof(ServerKind.Redis))]
    [InlineData(nameof(ServerKind.Redouble))]
    public void AStarIsAllOfIpv4(string kind) => Scenario.Run(s =>
    {
        ServerProcess server = s.Start(Enum.Parse<ServerKind>(kind), "server", "--bind", "*", "-192.0.2.1", "--protected-mode", "no");
        Assert.Contains($"TCP listening socket 192.0.2.1:{server.Port}: bind: Cannot assign requested address", server.Log());
        using Socket socket = new(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        SocketException refused = Assert.Throws<SocketException>(() => socket.Connect(System.Net.IPAddress.IPv6Loopback, server.Port));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    });

    private static string[] NamesIn(string folder) =>
        [.. Directory.GetFileSystemEntries(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [PairFact]
    public void ALogThatMayNotGrowStopsNobody() => Scenario.Run(s =>
    {
        ServerProcess server = s.Start(Peers.Subject, "server", "--logfile", "small", "--loglevel", "verbose");
        const int size = 4000;
        using (Process limit = Process.Start("prlimit", ["--pid", $"{server.Pid}", $"--fsize={size}:{size}"])) limit.WaitForExit();
        for (int i = 0; i < 100; i++) Assert.Equal("+PONG", server.Once("PING").ToString()); // a line for each client that comes
        Assert.Equal(size, new FileInfo(server.Directory["small"]).Length);
    });

    [PairFact]
    public void InterruptsAreHeededThoughTheStarterIgnoresThem() => Scenario.Run(s =>
    {
        // As a script does with what it starts behind an &.
        ServerProcess server = s.CreateUnder(["/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh"], "server").Start();
        server.Signal("INT");
        Assert.Equal(0, server.WaitForExit());
        Assert.Contains("is now ready to exit, bye bye...", server.Log());
    });

    [PairTheory]
    [InlineData(1, "Usage: ", "-h")]
    [InlineData(1, "Usage: ", "--help")]
    [InlineData(0, "Redis server v=7.", "-v")]
    [InlineData(0, "Redis server v=7.", "--version")]
    [InlineData(1, "Please specify the amount of memory to test in megabytes.\nExample: ", "--test-memory")]
    [InlineData(0, "\nYour memory passed this test.\n", "--test-memory", "1")]
    public void QuestionsAreAnsweredAndNoServerStarted(int status, string text, params string[] words) => Scenario.Run(s =>
    {
        foreach (ServerKind kind in (ServerKind[])[ServerKind.Redis, Peers.Subject])
        {
            ServerProcess server = s.Create(kind, kind.ToString());
            server.LaunchWith(words);
            Assert.Equal(status, server.WaitForExit());
            Assert.Contains(text, server.Log());
            Assert.DoesNotContain("is starting", server.Log());
        }
    });

    [PairFact]
    public void TheSystemIsCheckedAndNoServerStarted() => Scenario.Run(s =>
    {
        ServerProcess server = s.Create(Peers.Subject, "server");
        server.LaunchWith("--check-system");
        Assert.InRange(server.WaitForExit(), 0, 1);
        Assert.StartsWith("[slow-clocksource]...", server.Log());
        Assert.DoesNotContain("Redouble is starting", server.Log());
    });
}
