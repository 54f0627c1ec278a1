namespace Redouble.Health;

/// <summary>Makes rows of what the nodes said: the primaries first, each with its replicas, then what belongs to nobody.</summary>
internal static class FleetRows
{
    public static IReadOnlyList<NodeRow> Of(Fleet fleet)
    {
        NodeRow RowOf(Node node) => node.Failure != null ? Failed(fleet, node) : node.IsPrimary ? Primary(fleet, node) : Replica(fleet, node);
        List<NodeRow> rows = [.. fleet.Nodes.Select(RowOf)];
        HashSet<ReplicaReport?> asked = [.. fleet.Nodes.Where(node => !node.IsPrimary).Select(fleet.ReportOf)];
        rows.AddRange(fleet.Reports.Where(report => !asked.Contains(report)).Select(report => Reported(fleet, report)));
        List<string> primaries = [.. rows.Where(row => row.Role == "primary").Select(row => row.Node)];
        int Place(NodeRow row) => row.Root == null ? primaries.Count : primaries.IndexOf(row.Root);
        return [.. rows.OrderBy(Place).ThenBy(row => row.Role != "primary")];
    }

    /// <summary>What its primary says about a node that does not answer is all there is to show of it.</summary>
    private static NodeRow Failed(Fleet fleet, Node node)
    {
        NodeRow row = fleet.ReportOf(node) is { } report ? Reported(fleet, report) : new NodeRow { Node = "" };
        return row with { Node = node.Address.ToString(), Asked = true, Failure = node.Failure };
    }

    private static NodeRow Common(Fleet fleet, Node node) => new()
    {
        Node = node.Address.ToString(),
        Kind = KindOf(node.Info),
        Root = fleet.RootOf(node)?.Address.ToString(),
        Offset = node.Offset,
        Backlog = BacklogOf(node.Info),
        Replicas = (fleet.Reports.Count(report => report.From == node && report.IsOnline), fleet.Reports.Count(report => report.From == node)),
        ReplId = node.Info["master_replid"] ?? "",
        SecondReplId = node.Info["master_replid2"] ?? "",
    };

    private static NodeRow Primary(Fleet fleet, Node node) => Common(fleet, node) with { Role = "primary", LoadedPercent = LoadedPercent(node.Info) };

    private static NodeRow Replica(Fleet fleet, Node node)
    {
        InfoFields info = node.Info;
        ReplicaReport? report = fleet.ReportOf(node);
        bool up = info["master_link_status"] == "up";
        bool syncing = !up && (info["master_sync_in_progress"] == "1" || report is { IsOnline: false });
        long? downFor = info.Number("master_link_down_since_seconds");
        NodeRow row = Common(fleet, node) with
        {
            Role = "replica",
            Follows = new NodeAddress(info["master_host"] ?? "?", (int)(info.Number("master_port") ?? 0)).ToString(),
            Link = up ? LinkState.Up : syncing ? LinkState.Syncing : LinkState.Down,
            LinkError = info["master_link_last_error"] ?? "",
            Drop = report?.Drop,
        };
        if (up)
        {
            return row with { BytesBehind = fleet.LagOf(node)?.BytesBehind ?? Told(info, "redouble_bytes_behind"), Lag = LagOf(fleet, node, report) };
        }

        if (syncing)
        {
            SyncState sync = SyncOf(info, report);
            return row with { Sync = sync, Lag = IsLongAgo(sync, downFor, report) ? new Lag(downFor!.Value, "link") : null };
        }

        // A link that was never up is down for no longer than its node runs.
        return row with
        {
            WasUp = downFor >= 0,
            DownSeconds = downFor >= 0 ? downFor : info.Number("uptime_in_seconds"),
            Lag = downFor >= 0 ? new Lag(downFor.Value, "link") : null,
            LoadedPercent = LoadedPercent(info),
        };
    }

    private static NodeRow Reported(Fleet fleet, ReplicaReport report) => new()
    {
        Node = report.Address,
        Asked = false,
        Role = "replica",
        Root = fleet.RootOf(report.From)?.Address.ToString(),
        Follows = report.From.Address.ToString(),
        Link = report.IsOnline ? LinkState.Up : LinkState.Syncing,
        Offset = report.Offset,
        BytesBehind = report.IsOnline ? Math.Max(0, report.From.Offset - report.Offset) : null,
        Lag = !report.IsOnline ? null : report.BehindMs is { } ms ? new Lag(ms / 1e3, "primary") : new Lag(report.AckAgeSeconds, "acknowledged"),
        Sync = report.IsOnline ? null : new SyncState(report.State == "wait_bgsave" ? "waiting" : "receiving", report.ConnectedSeconds, null, null),
        Drop = report.Drop,
    };

    /// <summary>What was seen counts more than what is told, and what is told more than an estimate.</summary>
    private static Lag? LagOf(Fleet fleet, Node replica, ReplicaReport? report)
    {
        LagMeter? meter = fleet.LagOf(replica);
        if (meter is { Reached: true })
        {
            return new Lag(meter.Seconds!.Value, "measured");
        }

        // Whatever its own link is, a replica gets nothing new while one above it is down.
        foreach (Node above in fleet.Above(replica))
        {
            if (above.Info["master_link_status"] != "up" && above.Info.Number("master_link_down_since_seconds") is >= 0 and long since)
            {
                return new Lag(since, "link");
            }
        }

        if (report?.BehindMs is { } told)
        {
            return new Lag(told / 1e3, "primary");
        }

        if (Told(replica.Info, "redouble_staleness_ms") is { } age)
        {
            return new Lag(age / 1e3, "replica");
        }

        if (meter?.Seconds is { } estimate)
        {
            return new Lag(estimate, "estimated");
        }

        return meter == null ? null : new Lag(Math.Max(report?.AckAgeSeconds ?? 0, replica.Info.Number("master_last_io_seconds_ago") ?? 0), "acknowledged");
    }

    /// <summary>
    /// A full sync that takes its time is judged as one. The data is older than that where it is not the first try, or where the link had been down before.
    /// </summary>
    private static bool IsLongAgo(SyncState sync, long? downFor, ReplicaReport? report) =>
        downFor >= 0 && (sync.Failures > 1 || downFor - report?.ConnectedSeconds > Thresholds.Default.Lag.Warning);

    /// <summary>How often in a row a Redouble's full syncs have failed, up to now, and how the last one did.</summary>
    private static (long Times, string Error) FailuresOf(InfoFields info)
    {
        long times = 0;
        string? error = null;
        foreach (Dictionary<string, string> sync in info.Lines("redouble_sync_history"))
        {
            if (sync.GetValueOrDefault("result") != "failed")
            {
                break;
            }

            times += InfoFields.Number(sync, "times") ?? 1;
            error ??= sync.GetValueOrDefault("error");
        }

        return (times, error ?? "");
    }

    private static SyncState SyncOf(InfoFields info, ReplicaReport? report)
    {
        bool loading = info["loading"] == "1";
        long? bytes = info.Number(loading ? "loading_loaded_bytes" : "master_sync_read_bytes");
        long? total = info.Number(loading ? "loading_total_bytes" : "master_sync_total_bytes");
        double? since = info.Number("master_link_down_since_seconds") is >= 0 and long down ? down : null;
        (long failures, string error) = FailuresOf(info);

        // The connection is as old as the present try, the link is down since the first one.
        double? seconds = since > report?.ConnectedSeconds ? since : report?.ConnectedSeconds ?? since;
        return new SyncState(loading ? "loading" : bytes > 0 ? "receiving" : "waiting", seconds,
            total > 0 ? Math.Clamp(100.0 * (bytes ?? 0) / total.Value, 0, 100) : null, bytes, Told(info, "redouble_sync_eta_ms") / 1e3, failures, error);
    }

    /// <summary>A field of ours; there -1 stands for what cannot be told.</summary>
    private static long? Told(InfoFields info, string name) => info.Number(name) is >= 0 and long told ? told : null;

    private static double? LoadedPercent(InfoFields info)
    {
        double total = info.Number("loading_total_bytes") ?? 0;
        return info["loading"] != "1" ? null : total > 0 ? Math.Clamp(100 * (info.Number("loading_loaded_bytes") ?? 0) / total, 0, 100) : 0;
    }

    private static string KindOf(InfoFields info)
    {
        foreach (string kind in (string[])["redouble", "valkey", "redis"])
        {
            if (info[$"{kind}_version"] is { } version)
            {
                return $"{kind} {version}";
            }
        }

        return "unknown";
    }

    private static BacklogState BacklogOf(InfoFields info)
    {
        bool active = info["repl_backlog_active"] == "1";
        return new BacklogState(info.Number("repl_backlog_size") ?? 0, active ? info.Number("repl_backlog_histlen") ?? 0 : 0,
            active && info.Number("redouble_backlog_covers_ms") is { } ms ? ms / 1e3 : null);
    }
}
