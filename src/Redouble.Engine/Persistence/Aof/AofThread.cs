using Redouble.Core.Platform;

namespace Redouble.Engine.Persistence.Aof;

/// <summary>
/// The data thread's hold on the file thread: one thing at a time, in order. Each says afterwards, on the data thread, whether it is to stay at the head of
/// the queue, as a batch does that could not be written.
/// </summary>
/// <param name="executor">The file thread.</param>
internal sealed class AofThread(IBackgroundExecutor executor) : IBackgroundJob
{
    private readonly Queue<IAofWork> _queue = new();
    private IAofWork? _current;
    private IAofWork? _failed;

    /// <summary>What is being done, or null.</summary>
    public IAofWork? Current => _current;

    /// <summary>Whether something has failed and waits for <see cref="Retry"/>.</summary>
    public bool HasFailed => _failed != null;

    /// <summary>Whether nothing is done, and nothing is left to do.</summary>
    public bool IsIdle => _current == null && _failed == null && _queue.Count == 0;

    /// <summary>Adds something behind all else, and begins with it if there is nothing else.</summary>
    public void Add(IAofWork work)
    {
        _queue.Enqueue(work);
        Begin();
    }

    /// <summary>Does something at once, on the thread that would else wait for it. Only while idle.</summary>
    public void RunNow(IAofWork work)
    {
        if (!IsIdle) throw new InvalidOperationException("The file thread is at something else.");
        work.Run();
        if (!work.Complete()) _failed = work;
    }

    /// <summary>Tries again what has failed.</summary>
    public void Retry()
    {
        if (_failed is not { } work) return;
        _failed = null;
        Begin(work);
    }

    /// <summary>Waits until what is being done is done.</summary>
    public void Finish()
    {
        var work = _current;
        while (work != null && _current == work) executor.Drain();
    }

    /// <summary>Waits until all is done, or something has failed that has to be tried again.</summary>
    public void FinishAll()
    {
        while (_current != null) executor.Drain();
    }

    /// <summary>What has failed and has to be tried again, and what waits for it.</summary>
    public IEnumerable<IAofWork> Waiting => _failed is { } failed ? _queue.Prepend(failed) : _queue;

    /// <summary>Takes back what has failed, or has not begun.</summary>
    public IAofWork? TakeBack()
    {
        if (_failed is { } failed)
        {
            _failed = null;
            return failed;
        }

        return _queue.TryDequeue(out var work) ? work : null;
    }

    /// <inheritdoc/>
    public bool RunSlice()
    {
        _current!.Run();
        return false;
    }

    /// <inheritdoc/>
    public void OnPaused()
    {
        var work = _current!;
        _current = null;
        if (!work.Complete()) _failed = work;
        Begin();
    }

    private void Begin()
    {
        if (_current == null && _failed == null && _queue.TryDequeue(out var work)) Begin(work);
    }

    private void Begin(IAofWork work)
    {
        _current = work;
        executor.Post(this);
    }
}

/// <summary>Something for the file thread.</summary>
internal interface IAofWork
{
    /// <summary>File thread: does it. Failures are kept for <see cref="Complete"/>.</summary>
    void Run();

    /// <summary>Data thread: it has been done; false keeps it, to be done again.</summary>
    bool Complete();
}

/// <summary>Something done seldom: files are opened, renamed, closed.</summary>
/// <param name="work">File thread: what.</param>
/// <param name="done">Data thread: told of the failure, or null.</param>
internal sealed class AofErrand(Action work, Action<string?> done) : IAofWork
{
    private string? _failure;

    public void Run()
    {
        try
        {
            work();
        }
        catch (IOException error)
        {
            _failure = error.Message;
        }
    }

    public bool Complete()
    {
        done(_failure);
        return true;
    }

    /// <summary>Data thread: it will not be done.</summary>
    public void GiveUp(string why) => done(why);
}
