using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Sentinel;

/// <summary>
/// A real Sentinel that watches one primary under the name <c>fleet</c>. It asks more often than it would by default, so that a test takes seconds; and it
/// does not take a busy machine for a clock that jumps (its TILT mode).
/// </summary>
internal sealed class SentinelProcess : IDisposable
{
    public const string Fleet = "fleet";
    private const int DownAfterMs = 2000;
    private const int FailoverTimeoutMs = 10_000;

    private readonly ServerProcess _process;

    private SentinelProcess(ServerProcess process) => _process = process;

    public static SentinelProcess Start(Scenario scenario, string name, int primaryPort, int quorum)
    {
        ServerProcess process = scenario.CreateWithFile(ServerKind.Redis, name);
        File.WriteAllLines(process.ConfigPath,
        [
            $"port {process.Port}", "bind 127.0.0.1", $"dir {process.Directory.Path}",
            $"sentinel monitor {Fleet} 127.0.0.1 {primaryPort} {quorum}",
            $"sentinel down-after-milliseconds {Fleet} {DownAfterMs}",
            $"sentinel failover-timeout {Fleet} {FailoverTimeoutMs}",
            $"sentinel parallel-syncs {Fleet} 2",
        ]);
        process.StartWith(process.ConfigPath, "--sentinel");

        // A Sentinel that has not heard of a failover yet sends the new primary back after four publish periods; it is told within a second and one period.
        process.Once("SENTINEL", "DEBUG", "info-period", "300", "publish-period", "600", "ask-period", "200", "tilt-trigger", "60000");
        return scenario.Own(new SentinelProcess(process));
    }

    public Reply Once(params ReadOnlySpan<string> args) => _process.Once(args);

    /// <summary>What it knows of the primary.</summary>
    public Dictionary<string, string> Primary() => Fields(Once("SENTINEL", "MASTER", Fleet));

    /// <summary>What it knows of the replicas, by port.</summary>
    public Dictionary<int, Dictionary<string, string>> Replicas() =>
        Once("SENTINEL", "REPLICAS", Fleet).Items.Select(Fields).ToDictionary(fields => int.Parse(fields["port"]));

    public void Dispose() => _process.Kill();

    private static Dictionary<string, string> Fields(Reply reply) => reply.Items.Chunk(2).ToDictionary(pair => pair[0].String, pair => pair[1].String);
}
