using Redouble.Core.Platform;

namespace Redouble.Server.Threads;

/// <summary>
/// A thread beside the data thread: runs jobs in slices, in turn, and tells the loop when one has paused. The helper is one, at low priority; another writes
/// the append-only file.
/// </summary>
public sealed class BackgroundThread : IBackgroundExecutor, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Queue<IBackgroundJob> _posted = new();
    private readonly Queue<IBackgroundJob> _paused = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly AutoResetEvent _pause = new(false);
    private readonly Action _wakeLoop;
    private readonly HelperPriority _priority = new(); // of no effect on a thread that is no helper
    private readonly bool _isHelper;
    private readonly Thread _thread;
    private int _outstanding;
    private volatile bool _stopping;
    private Exception? _crash;

    /// <param name="wakeLoop">Makes the loop's wait return; called on the thread.</param>
    /// <param name="name">The thread's name.</param>
    /// <param name="isHelper">Whether it computes for long, and gives way to everybody; else it waits for disks, and not for others beside that.</param>
    public BackgroundThread(Action wakeLoop, string name = "helper", bool isHelper = true)
    {
        _wakeLoop = wakeLoop;
        _isHelper = isHelper;
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <inheritdoc/>
    public void Post(IBackgroundJob job)
    {
        lock (_lock)
        {
            _posted.Enqueue(job);
            _outstanding++;
        }

        _priority.Begin();
        _work.Release();
    }

    /// <inheritdoc/>
    public bool IsIdle => _outstanding == 0; // counted by the data thread alone; the lock may be in the hands of a helper that has no core

    /// <summary>Data thread: calls <see cref="IBackgroundJob.OnPaused"/> of the jobs that have paused.</summary>
    public void DeliverPaused()
    {
        while (true)
        {
            IBackgroundJob? job;
            lock (_lock)
            {
                if (_crash != null) throw new InvalidOperationException("The helper thread failed.", _crash);
                if (!_paused.TryDequeue(out job)) return;
                _outstanding--;
            }

            job.OnPaused();
        }
    }

    /// <summary>Data thread, on its timer: keeps the helper from starving on a core that others keep busy.</summary>
    /// <param name="now">Monotonic microseconds.</param>
    public void Watch(long now)
    {
        bool hasWork;
        lock (_lock) hasWork = _outstanding > 0;
        _priority.Watch(now, hasWork);
    }

    /// <inheritdoc/>
    public void Drain()
    {
        lock (_lock)
        {
            if (_outstanding == 0) return;
        }

        _priority.Hurry();
        if (_paused.Count == 0) _pause.WaitOne(50);
        DeliverPaused();
    }

    /// <summary>Ends the thread after its current slice.</summary>
    public void Dispose()
    {
        _stopping = true;
        _work.Release();
        _thread.Join();
        _work.Dispose();
        _pause.Dispose();
    }

    private void Run()
    {
        if (_isHelper) _priority.Introduce();
        while (true)
        {
            _work.Wait();
            if (_stopping) return;
            IBackgroundJob job;
            lock (_lock) job = _posted.Dequeue();
            try
            {
                var more = job.RunSlice();
                if (more)
                {
                    lock (_lock) _posted.Enqueue(job);
                    _work.Release();
                    continue;
                }
            }
            catch (Exception error)
            {
                // The data thread reports it and ends the process: data may be lost, never wrong.
                lock (_lock) _crash = error;
            }

            lock (_lock) _paused.Enqueue(job);
            _pause.Set();
            _wakeLoop();
        }
    }
}
