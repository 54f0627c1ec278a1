using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.Monitoring;

/// <summary>What watches a node at work: the slow log, the latency monitor, the feed of MONITOR.</summary>
public sealed class NodeMonitoring
{
    private readonly Node _node;

    internal NodeMonitoring(Node node)
    {
        _node = node;
        Latency = new LatencyMonitor(node);
        Feed = new MonitorFeed(node);
    }

    /// <summary>SLOWLOG.</summary>
    public SlowLog SlowLog { get; } = new();

    /// <summary>LATENCY.</summary>
    public LatencyMonitor Latency { get; }

    /// <summary>MONITOR.</summary>
    public MonitorFeed Feed { get; }

    /// <summary>A timed call has ended.</summary>
    internal void OnCall(Session session, CommandInfo info, CommandArguments arguments, long microseconds)
    {
        var threshold = _node.Config.SlowlogLogSlowerThan;
        if (threshold >= 0 && microseconds >= threshold && (info.Flags & CommandFlags.SkipSlowlog) == CommandFlags.None)
        {
            SlowLog.Add(SlowLogEntry.Of(session, arguments, _node.Parts.Clock.UnixMicroseconds / 1_000_000, microseconds), _node.Config.SlowlogMaxLen);
        }

        Latency.Offer((info.Flags & CommandFlags.Fast) != CommandFlags.None ? "fast-command" : "command", microseconds);
    }
}
