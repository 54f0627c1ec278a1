using Redouble.Core.Platform;

namespace Redouble.Server.Rehearsal;

/// <summary>Runs helper jobs where they are waited for.</summary>
internal sealed class InlineExecutor : IBackgroundExecutor
{
    private readonly Queue<IBackgroundJob> _jobs = new();

    public bool IsIdle => _jobs.Count == 0;

    public void Post(IBackgroundJob job) => _jobs.Enqueue(job);

    public void Drain()
    {
        while (_jobs.TryDequeue(out var job))
        {
            while (job.RunSlice())
            {
                // to its end
            }

            job.OnPaused();
        }
    }
}
