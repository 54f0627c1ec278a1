namespace Redouble.Health;

/// <summary>The nodes of one round: who was asked, who follows whom, and what was measured.</summary>
internal sealed class Fleet : IDisposable
{
    /// <summary>A chain that is deeper, or a fleet that is larger, is asked in part; nothing that nodes report may keep the check busy for ever.</summary>
    private const int DiscoveryDepth = 8;
    private const int DiscoveryLimit = 256;

    private readonly List<Node> _nodes = [];
    private readonly HashSet<NodeAddress> _asked = [];
    private readonly List<ReplicaReport> _reports = [];
    private readonly Dictionary<Node, LagMeter> _lags = [];

    private Fleet()
    {
    }

    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>What all nodes report about their replicas.</summary>
    public IReadOnlyList<ReplicaReport> Reports => _reports;

    /// <summary>Asks everyone, in parallel, then watches the replicas that are behind.</summary>
    public static async Task<Fleet> AskAsync(HealthOptions options)
    {
        Fleet fleet = new();
        await fleet.AskAllAsync(options.Nodes.Distinct(), options);
        for (int depth = 0; options.Discover && depth < DiscoveryDepth && fleet.Unknown() is { Count: > 0 } found; depth++)
        {
            await fleet.AskAllAsync(found, options);
        }

        foreach (Node node in fleet._nodes.Where(node => node.Failure == null))
        {
            bool transfers = ReplicaReport.Of(node, null).Any(report => !report.IsOnline);
            fleet._reports.AddRange(ReplicaReport.Of(node, transfers ? await node.ReplicaAgesAsync(options.Timeout) : null));
        }

        await Task.WhenAll(fleet._nodes.Where(node => node.IsReplica).Select(replica => fleet.MeasureAsync(replica, options)).ToList());
        return fleet;
    }

    /// <summary>What was measured of a replica; null when there was nothing to measure it against.</summary>
    public LagMeter? LagOf(Node replica) => _lags.GetValueOrDefault(replica);

    /// <summary>
    /// The node that a replica follows, where that was asked. Host names and addresses may differ for the two of us; then the replication id tells, if it
    /// is that of one primary only.
    /// </summary>
    public Node? PrimaryOf(Node replica)
    {
        if (_nodes.Find(node => node != replica && node.Is(replica.Info["master_host"], replica.Info.Number("master_port"))) is { } named)
        {
            return named;
        }

        List<Node> related = _nodes.FindAll(node => node.IsPrimary && node.Info["master_replid"] == replica.Info["master_replid"]);
        return related.Count == 1 ? related[0] : null;
    }

    /// <summary>The primary at the top of a node's chain, itself included; null when that did not answer.</summary>
    public Node? RootOf(Node node) => node.IsPrimary ? node : Above(node).LastOrDefault() is { IsPrimary: true } root ? root : null;

    /// <summary>The nodes that a replica's data comes through, its own primary first. Nodes that follow each other in a circle are walked once.</summary>
    public IEnumerable<Node> Above(Node node)
    {
        HashSet<Node> seen = [node];
        for (Node? at = node; at is { IsReplica: true } && PrimaryOf(at) is { } above && seen.Add(above); at = above)
        {
            yield return above;
        }
    }

    /// <summary>
    /// What the primary of a replica says about it; of a node that does not answer, what anyone says. Where a primary knows its replicas by addresses that
    /// are not ours, the port tells, if it is that of one replica only.
    /// </summary>
    public ReplicaReport? ReportOf(Node replica)
    {
        if (replica.Failure != null)
        {
            return _reports.Find(report => replica.Is(report.Ip, report.Port));
        }

        Node? primary = PrimaryOf(replica);
        List<ReplicaReport> reports = _reports.FindAll(report => report.From == primary && report.Port == replica.Address.Port);
        bool alone = reports.Count == 1 && _nodes.Count(node => node.IsReplica && node.Address.Port == replica.Address.Port && PrimaryOf(node) == primary) == 1;
        return reports.Find(report => replica.Is(report.Ip, report.Port)) ?? (alone ? reports[0] : null);
    }

    public void Dispose() => _nodes.ForEach(node => node.Dispose());

    private async Task AskAllAsync(IEnumerable<NodeAddress> addresses, HealthOptions options)
    {
        List<Node> asked = [.. addresses.Where(_asked.Add).Select(address => new Node(address))];
        await Task.WhenAll(asked.Select(node => node.AskAsync(options)));
        foreach (Node node in asked)
        {
            // A node that has two names is one node.
            if (node.Info["run_id"] is { } id && _nodes.Exists(known => known.Info["run_id"] == id))
            {
                node.Dispose();
            }
            else
            {
                _nodes.Add(node);
            }
        }
    }

    /// <summary>Addresses that nodes report and nobody has asked.</summary>
    private List<NodeAddress> Unknown()
    {
        List<(string? Host, long? Port)> found = [];
        found.AddRange(_nodes.Where(node => node.IsReplica).Select(node => (node.Info["master_host"], node.Info.Number("master_port"))));
        found.AddRange(_nodes.SelectMany(node => ReplicaReport.Of(node, null)).Select(report => ((string?)report.Ip, (long?)report.Port)));
        bool IsNew((string? Host, long? Port) at) =>
            at is { Host.Length: > 0, Port: > 0 and <= 65535 } && !_nodes.Exists(node => node.Is(at.Host, at.Port));
        IEnumerable<NodeAddress> addresses = found.Where(IsNew).Select(at => new NodeAddress(at.Host!, (int)at.Port!)).Distinct();
        return [.. addresses.Where(address => !_asked.Contains(address)).Take(Math.Max(0, DiscoveryLimit - _asked.Count))];
    }

    private async Task MeasureAsync(Node replica, HealthOptions options)
    {
        Node? root = RootOf(replica);
        bool comparable = root != null && replica.Info["master_link_status"] == "up" && replica.Info["master_replid"] == root.Info["master_replid"];
        LagMeter? lag = comparable ? await LagMeter.MeasureAsync(root!, replica, options.Patience, options.Timeout) : null;
        lock (_lags)
        {
            if (lag != null)
            {
                _lags[replica] = lag;
            }
        }
    }
}
