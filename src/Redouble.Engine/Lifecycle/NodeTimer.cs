namespace Redouble.Engine.Lifecycle;

/// <summary>What is done <c>hz</c> times a second, whatever clients do.</summary>
internal sealed class NodeTimer(Node node)
{
    /// <summary>Does it; returns the milliseconds to the next time.</summary>
    public long Tick()
    {
        if (!node.Debug.TimerPaused && !node.Shutdown.HasEnded) Run(); // nothing begins in the turn that is the last
        return 1000 / Math.Max(1, node.Config.Hz);
    }

    private void Run()
    {
        node.Replication.ApplySettings();
        node.Replication.Sample();
        node.Expiry.Tick();
        node.Defragmentation.Tick();
        node.Saves.Check();
        node.AppendOnly.Tick();
        node.Verification.Tick();
        var now = node.Parts.Clock.MonotonicMicroseconds;
        node.Rates.Tick(now);
        node.Clients.Tick();
        node.Report.Tick(now);
        node.Tracking.EnforceLimit(requester: null);
        node.Stats.TimerMicroseconds += node.Parts.Clock.MonotonicMicroseconds - now;
    }
}
