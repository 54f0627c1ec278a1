using System.Diagnostics;
using Redouble.Health;

namespace Redouble.Demo;

/// <summary>Asks the three servers for INFO, and makes rows of the answers. Sampled often for the time axis, read once per displayed row.</summary>
internal sealed class ClusterMonitor(ServerProcess primary, IReadOnlyList<ServerProcess> replicas, WriteLoad load)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly OffsetHistory _history = new(keepSeconds: 120);
    private readonly RateMeter _writes = new();
    private readonly RateMeter[] _applied = [.. replicas.Select(_ => new RateMeter())];
    private readonly long[] _asked = new long[replicas.Count];

    private double Now => _clock.Elapsed.TotalSeconds;

    /// <summary>Notes where the primary is now. Call it every few milliseconds; it sets how fine "ms behind" is.</summary>
    public void Sample() => _history.Add(Now, Number(primary.Client!.Info("replication"), "master_repl_offset"));

    /// <summary>True when every replica's link is up.</summary>
    public bool AllLinksUp() => replicas.All(replica => replica.Client!.Info("replication").GetValueOrDefault("master_link_status") == "up");

    /// <summary>The rows of this moment, the primary's first.</summary>
    public IReadOnlyList<NodeStatus> Read()
    {
        // Replicas first: what the primary writes between the two questions makes them look later than they are, never earlier.
        List<(Dictionary<string, string> Info, double Seconds, double Rate)> answers = [];
        for (int i = 0; i < replicas.Count; i++)
        {
            RespClient client = replicas[i].Client!;
            Dictionary<string, string> info = client.Info("replication");
            double asked = Now;
            _asked[i] += 2;
            long executed = Number(client.Info("stats"), "total_commands_processed") - _asked[i];
            answers.Add((info, asked, _applied[i].Next(Now, executed)));
        }

        Dictionary<string, string> own = primary.Client!.Info("replication");
        long offset = Number(own, "master_repl_offset");
        _history.Add(Now, offset);
        List<NodeStatus> rows =
        [
            new(primary.Name, primary.Port, own["role"], $"{own["connected_slaves"]} replicas", offset, 0, 0, _writes.Next(Now, load.Written)),
        ];
        for (int i = 0; i < replicas.Count; i++)
        {
            (Dictionary<string, string> info, double seconds, double rate) = answers[i];
            long reached = Number(info, "slave_repl_offset");
            rows.Add(new NodeStatus(replicas[i].Name, replicas[i].Port, info["role"], LinkOf(info), reached, Math.Max(0, offset - reached),
                _history.MillisecondsBehind(seconds, reached), rate));
        }

        return rows;
    }

    private static string LinkOf(Dictionary<string, string> info) =>
        info.GetValueOrDefault("master_sync_in_progress") == "1" ? "sync" : info.GetValueOrDefault("master_link_status", "?");

    private static long Number(Dictionary<string, string> fields, string name) => InfoFields.Number(fields, name) ?? 0;
}
