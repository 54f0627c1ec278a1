namespace Redouble.Engine.Monitoring;

/// <summary>Stalls of at least <c>latency-monitor-threshold</c> milliseconds, by what caused them.</summary>
public sealed class LatencyMonitor(Node node)
{
    private readonly SortedDictionary<string, LatencySeries> _series = new(StringComparer.Ordinal);

    /// <summary>The events that were too slow, by name.</summary>
    public IReadOnlyDictionary<string, LatencySeries> Series => _series;

    /// <summary>Notes how long an event took, if that was too long.</summary>
    public void Offer(string name, long microseconds)
    {
        var threshold = node.Config.LatencyMonitorThreshold;
        if (threshold <= 0 || microseconds / 1000 < threshold) return;
        if (!_series.TryGetValue(name, out var series)) _series[name] = series = new LatencySeries();
        series.Add(node.Parts.Clock.UnixMicroseconds / 1_000_000, microseconds / 1000);
    }

    /// <summary>Forgets one event; false when there is nothing about it.</summary>
    public bool Reset(string name) => _series.Remove(name);

    /// <summary>Forgets all events; returns how many there were.</summary>
    public int ResetAll()
    {
        var count = _series.Count;
        _series.Clear();
        return count;
    }
}
