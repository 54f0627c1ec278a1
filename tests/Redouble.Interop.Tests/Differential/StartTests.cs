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
        ServerProcess server = s.CreateUnder(["/bin/sh", "-c", "ulimit -n 300; exec \"$@\"", "sh"], "server").Start();
        Assert.Equal("*[$maxclients, $268]", server.Once("CONFIG", "GET", "maxclients").ToString());
        Assert.Contains("# You requested maxclients of 10000 requiring at least 10032 max file descriptors.", server.Log());
        Assert.Contains("maxclients has been reduced to 268 to compensate for low ulimit", server.Log());
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
