using Redouble.Core.Platform;

namespace Redouble.Engine.Tests.Harness;

/// <summary>Runs background jobs when asked to, on the calling thread.</summary>
internal sealed class InlineExecutor : IBackgroundExecutor
{
    private readonly Queue<IBackgroundJob> _jobs = new();
    private int _drains; // one within the other

    /// <summary>Whether encoders get no turn, as if their sinks were slow; other jobs do.</summary>
    public bool EncodersWait { get; set; }

    /// <summary>Whether the file thread of the append-only files gets no turn, unless somebody who has just been told of another job waits for it.</summary>
    public bool FileThreadWaits { get; set; }

    public bool IsIdle => _jobs.Count == 0;

    public void Post(IBackgroundJob job) => _jobs.Enqueue(job);

    /// <summary>Runs one slice of the job whose turn it is; false when there is none.</summary>
    public bool Step()
    {
        for (var tries = _jobs.Count; tries > 0; tries--)
        {
            var job = _jobs.Dequeue();
            if (Waits(job))
            {
                _jobs.Enqueue(job);
                continue;
            }

            if (job.RunSlice()) _jobs.Enqueue(job);
            else job.OnPaused();
            return true;
        }

        return false;
    }

    public void Drain()
    {
        _drains++;
        while (Step())
        {
        }

        _drains--;
    }

    private bool Waits(IBackgroundJob job) =>
        (EncodersWait && job.GetType().Name == "SnapshotEncoder") || (FileThreadWaits && _drains < 2 && job.GetType().Name == "AofThread");
}
