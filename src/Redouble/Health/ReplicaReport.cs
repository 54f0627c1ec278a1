namespace Redouble.Health;

/// <summary>What a node says about one of its replicas.</summary>
/// <param name="From">Who says it.</param>
/// <param name="Ip">The replica's address as its primary knows it.</param>
/// <param name="Port">The port it listens on.</param>
/// <param name="State">wait_bgsave, send_bulk, online; newer versions have more words for a transfer.</param>
/// <param name="Offset">Acknowledged.</param>
/// <param name="AckAgeSeconds">Since the last acknowledgement, in whole seconds.</param>
/// <param name="BehindMs">From a Redouble: age of the oldest write that is not acknowledged; null from others.</param>
/// <param name="ConnectedSeconds">Since it connected; null when nobody knows.</param>
/// <param name="Drop">From a Redouble: in how many seconds it will be dropped if things go on like this, and why; null when it will not.</param>
internal sealed record ReplicaReport(Node From, string Ip, long Port, string State, long Offset, long AckAgeSeconds, long? BehindMs,
    double? ConnectedSeconds, (double Seconds, string Cause)? Drop)
{
    public bool IsOnline => State == "online";

    public string Address => new NodeAddress(Ip, (int)Port).ToString();

    /// <summary>All that a node reports. <paramref name="ages"/> are those of <see cref="Node.ReplicaAgesAsync"/>.</summary>
    public static IEnumerable<ReplicaReport> Of(Node node, long[]? ages)
    {
        List<Dictionary<string, string>> own = [.. node.Info.Lines("redouble_replica")];
        int i = 0;
        foreach (Dictionary<string, string> line in node.Info.Lines("slave"))
        {
            string ip = line.GetValueOrDefault("ip", "");
            string port = line.GetValueOrDefault("port", "");
            Dictionary<string, string>? more = own.Find(other => other.GetValueOrDefault("ip") == ip && other.GetValueOrDefault("port") == port);
            if (line.GetValueOrDefault("type") == "rdb-channel")
            {
                // Valkey's second connection of the same replica.
                i++;
                continue;
            }

            long? behindMs = more == null ? null : InfoFields.Number(more, "ms_behind");
            long? dropMs = more == null ? null : InfoFields.Number(more, "drop_in_ms");
            yield return new ReplicaReport(node, ip, InfoFields.Number(line, "port") ?? 0, line.GetValueOrDefault("state", ""),
                InfoFields.Number(line, "offset") ?? 0, InfoFields.Number(line, "lag") ?? 0, behindMs >= 0 ? behindMs : null, ages?[i],
                dropMs >= 0 ? (dropMs.Value / 1e3, more!.GetValueOrDefault("drop_cause", "")) : null);
            i++;
        }
    }
}
