using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Supervision;

/// <summary>Units of systemd (Type=notify) and jobs of Upstart start a server of either kind alike.</summary>
public sealed class ServiceManagerTests
{
    [PairTheory]
    [InlineData("Redis", "systemd")]
    [InlineData("Redis", "auto")]
    [InlineData("Redouble", "systemd")]
    [InlineData("Redouble", "auto")]
    public void SystemdIsToldOfTheStartAndOfTheEnd(string kind, string mode) => Scenario.Run(s =>
    {
        NotifySocket systemd = s.Own(new NotifySocket());
        ServerProcess server = s.Own(
            ServerProcess.CreateUnder(systemd.Wrapper, Enum.Parse<ServerKind>(kind), "unit", "--supervised", mode, "--daemonize", "no")).Start();
        systemd.WaitFor("READY=1");
        Assert.StartsWith("STATUS=", systemd.Messages[0], StringComparison.Ordinal);
        Assert.Contains("is loading...", systemd.Messages[0], StringComparison.Ordinal);
        Assert.Equal("systemd", server.Info("server")["process_supervised"]);
        Assert.Equal(0, server.Terminate());
        systemd.WaitFor("STOPPING=1");
    });

    [RedoubleFact]
    public void ALongLoadAsksForMoreTimeAndSaysHowFarItIs() => Scenario.Run(s =>
    {
        TempDirectory directory = s.Own(new TempDirectory("unit"));
        ServerProcess before = s.CreateIn(directory, "before").Start();
        before.Once("DEBUG", "POPULATE", "3000");
        before.Once("SAVE");
        before.Kill();
        NotifySocket systemd = s.Own(new NotifySocket());
        ServerProcess server = s.Own(ServerProcess.CreateUnder(
            systemd.Wrapper, Peers.Subject, directory, "unit", "--supervised", "systemd", "--key-load-delay", "1000",
            "--loading-process-events-interval-bytes", "1024"));
        server.Start();
        string ready = systemd.WaitFor("READY=1");
        Assert.Contains("STATUS=Ready to accept connections\n", ready, StringComparison.Ordinal);
        Assert.Contains(systemd.Messages, static message => message.StartsWith("EXTEND_TIMEOUT_USEC=", StringComparison.Ordinal)
            && message.Contains("STATUS=Loading the data set, ", StringComparison.Ordinal));
        Assert.Equal(3000, server.Once("DBSIZE").Integer);
    });

    [RedoubleFact]
    public void AReplicaSaysWhetherItIsInSync() => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary");
        NotifySocket systemd = s.Own(new NotifySocket());
        ServerProcess replica = s.CreateUnder(systemd.Wrapper, "replica", "--supervised", "systemd", "--replicaof", $"127.0.0.1 {primary.Port}").Start();
        systemd.WaitFor("READY=1");
        systemd.WaitFor($"STATUS=Ready to accept connections. Replica of 127.0.0.1:{primary.Port}, in sync");
        replica.Once("REPLICAOF", "NO", "ONE");
        systemd.WaitFor("STATUS=Ready to accept connections");
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void WithoutASocketNobodySupervises(string kind) => Scenario.Run(s =>
    {
        ServerProcess server = s.Create(Enum.Parse<ServerKind>(kind), "unit", "--supervised", "systemd").Start();
        Assert.Equal("no", server.Info("server")["process_supervised"]);
        Assert.Contains("systemd supervision error: NOTIFY_SOCKET not found!", server.Log(), StringComparison.Ordinal);
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void UpstartWaitsForTheProcessToStopItself(string kind) => Scenario.Run(s =>
    {
        ServerProcess server = s.Own(ServerProcess.CreateUnder(["env", "UPSTART_JOB=redis"], Enum.Parse<ServerKind>(kind), "job", "--supervised", "upstart"));
        server.Launch();
        Poll.Until("the process to have stopped", () => ProcessState.Of(server.Pid)[0] == "T");
        server.Signal("CONT");
        Poll.Until("an answer", () => server.Info("server")["process_supervised"] == "upstart");
    });
}
