using Redouble.Core.Platform;

namespace Redouble.Engine.Tests.Harness;

/// <summary>Runs background jobs when asked to, on the calling thread.</summary>
internal sealed class InlineExecutor : IBackgroundExecutor
{
    private readonly Queue<IBackgroundJob> _jobs = new();

    public void Post(IBackgroundJob job) => _jobs.Enqueue(job);

    public void Drain()
    {
        while (_jobs.TryDequeue(out var job))
        {
            while (job.RunSlice())
            {
            }

            job.OnPaused();
        }
    }
}
