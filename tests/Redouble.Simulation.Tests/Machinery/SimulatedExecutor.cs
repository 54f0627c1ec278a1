using Redouble.Core.Platform;

namespace Redouble.Simulation.Tests.Machinery;

/// <summary>The helper thread: its slices are events of their own, between turns of the node, after random delays.</summary>
internal sealed class SimulatedExecutor(World world, Action wake) : IBackgroundExecutor
{
    private readonly Queue<IBackgroundJob> _posted = new();
    private readonly Queue<IBackgroundJob> _paused = new();
    private readonly long _delayMax = world.Dice.Pick(100L, 2_000L, 40_000L);
    private long _spent; // on a slow disk
    private bool _scheduled;
    private bool _stopped;

    /// <summary>Whether a slice is running on the helper's own time.</summary>
    public bool IsInSlice { get; private set; }

    public bool IsIdle => _posted.Count == 0 && _paused.Count == 0;

    /// <summary>The present slice takes that much longer.</summary>
    public void Spend(long microseconds) => _spent += microseconds;

    public void Post(IBackgroundJob job)
    {
        _posted.Enqueue(job);
        Schedule();
    }

    public void Drain()
    {
        while (_paused.Count == 0 && _posted.Count > 0) RunSlice();
        DeliverPaused();
    }

    /// <summary>In a turn: tells the jobs that have paused.</summary>
    public void DeliverPaused()
    {
        while (_paused.TryDequeue(out var job)) job.OnPaused();
    }

    /// <summary>The process is gone: no slice will run by itself any more.</summary>
    public void Stop() => _stopped = true;

    private void Schedule()
    {
        if (_scheduled || _stopped) return;
        _scheduled = true;
        world.After(world.Dice.Between(1, _delayMax) + _spent, () =>
        {
            _scheduled = false;
            if (_stopped || _posted.Count == 0) return;
            _spent = 0;
            IsInSlice = true;
            try
            {
                RunSlice();
            }
            catch (Exception error) when (error is not SimulationException)
            {
                world.Fail("NoException", $"helper: {error.GetType().Name}: {error.Message}", error);
            }

            IsInSlice = false;
            if (_posted.Count > 0) Schedule();
        });
    }

    private void RunSlice()
    {
        var job = _posted.Dequeue();
        if (job.RunSlice())
        {
            _posted.Enqueue(job);
            return;
        }

        _paused.Enqueue(job);
        if (_spent == 0) wake();
        else world.After(_spent, wake);
    }
}
