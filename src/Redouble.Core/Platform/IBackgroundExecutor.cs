namespace Redouble.Core.Platform;

/// <summary>
/// Runs work that may wait or compute for long (encoding, disk) away from the data thread, in short slices, giving way to it.
/// The simulator runs the slices on its own queue.
/// </summary>
public interface IBackgroundExecutor
{
    /// <summary>Queues a job. Jobs of one executor run one after the other, slices in turn.</summary>
    void Post(IBackgroundJob job);

    /// <summary>
    /// Data thread: waits until a posted job has paused and calls its <see cref="IBackgroundJob.OnPaused"/>; returns at once when none is posted.
    /// </summary>
    void Drain();

    /// <summary>Data thread: whether no job is posted or paused: none of them touches any memory.</summary>
    bool IsIdle { get; }
}

/// <summary>A job of an <see cref="IBackgroundExecutor"/>.</summary>
public interface IBackgroundJob
{
    /// <summary>Helper thread: does at most 64 KB of work; true while more remains, false when done or waiting for input (post it again then).</summary>
    bool RunSlice();

    /// <summary>Data thread: called once after <see cref="RunSlice"/> returned false, in a later turn.</summary>
    void OnPaused();
}
