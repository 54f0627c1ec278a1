using Redouble.Core.Platform;

namespace Redouble.Engine.Persistence.Aof;

/// <summary>
/// The data thread's hold on the file thread: one thing at a time, in order. Each says afterwards, on the data thread, whether it is to stay at the head of
/// the queue, as a batch does that could not be written. What may make room on the disk does not wait for it.
/// <code>
///   AddFirst ─► first ───────────────────────┐
///   Add ──────► queue ─► failed, for Retry ──┴─► current
/// </code>
/// </summary>
/// <param name="executor">The file thread.</param>
internal sealed class AofThread(IBackgroundExecutor executor) : IBackgroundJob
{
    private readonly Queue<IAofWork> _first = new();
    private Queue<IAofWork> _queue = new();
    private IAofWork? _current;
    private IAofWork? _failed;

    /// <summary>What is being done, or null.</summary>
    public IAofWork? Current => _current;

    /// <summary>Whether something has failed and waits for <see cref="Retry"/>.</summary>
    public bool HasFailed => _failed != null;

    /// <summary>Whether nothing is done, and nothing is left to do.</summary>
    public bool IsIdle => _current == null && _failed == null && _queue.Count == 0; // of those first one is always under way

    /// <summary>Adds something behind all else, and begins with it if there is nothing else.</summary>
    public void Add(IAofWork work)
    {
        _queue.Enqueue(work);
        Begin();
    }

    /// <summary>Adds something in front of all that waits, also of what has failed.</summary>
    public void AddFirst(IAofWork work)
    {
        _first.Enqueue(work);
        Begin();
    }

    /// <summary>Takes out what has failed and all that waits for it up to <paramref name="last"/>. Only while nothing is being done.</summary>
    public IReadOnlyList<IAofWork> TakeThrough(IAofWork last)
    {
        if (_current != null || _failed is not { } failed) throw new InvalidOperationException("Nothing waits for something that has failed.");
        List<IAofWork> taken = [failed];
        _failed = null;
        while (taken[^1] != last) taken.Add(_queue.Dequeue());
        return taken;
    }

    /// <summary>Puts back what was taken out, as it was.</summary>
    public void PutBack(IReadOnlyList<IAofWork> taken)
    {
        if (taken.Count == 0) return;
        _failed = taken[0];
        _queue = new Queue<IAofWork>([.. taken.Skip(1), .. _queue]);
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
        if (_failed is not { } work || _current != null) return;
        _failed = null;
        Begin(work);
    }

    /// <summary>Waits until all is done, or something has failed that has to be tried again.</summary>
    public void FinishAll()
    {
        Begin(); // asked by what has just been done, before the next has begun
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
        if (_current != null) return;
        if (_first.TryDequeue(out var work) || (_failed == null && _queue.TryDequeue(out work))) Begin(work);
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
