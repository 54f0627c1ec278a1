namespace Redouble.Replication.Replica;

/// <summary>How soon a failure may be tried again.</summary>
internal enum RetryKind : byte
{
    /// <summary>At once after a link that had moved our offset or worked for a second, otherwise after 100 ms, doubling to 1 s.</summary>
    Prompt,

    /// <summary>After 1 s: the primary said that it will be able to later.</summary>
    Later,

    /// <summary>After 1 s, doubling to 10 s: the failure would repeat in full (a load that fails, a stream that cannot be applied).</summary>
    Costly,
}

/// <summary>When to try the primary again.</summary>
internal struct RetryDelay
{
    private const long FirstMicroseconds = 100_000;
    private const long SecondMicroseconds = 1_000_000;
    private const long CostlyMaxMicroseconds = 10_000_000;

    private long _prompt;
    private long _costly;

    /// <summary>The primary is well: the next failure is tried again at once.</summary>
    public void Reset() => (_prompt, _costly) = (0, 0);

    /// <summary>The link got us further: another break is tried again at once, before the backlog moves on. What failed at a cost stays slow.</summary>
    public void NoteProgress() => _prompt = 0;

    /// <summary>Microseconds to wait before the next attempt.</summary>
    public long Next(RetryKind kind)
    {
        long delay;
        switch (kind)
        {
            case RetryKind.Later:
                return SecondMicroseconds;
            case RetryKind.Costly:
                delay = Math.Clamp(_costly * 2, SecondMicroseconds, CostlyMaxMicroseconds);
                _costly = delay;
                return delay;
            default:
                delay = _prompt;
                _prompt = Math.Clamp(delay * 2, FirstMicroseconds, SecondMicroseconds);
                return delay;
        }
    }
}
