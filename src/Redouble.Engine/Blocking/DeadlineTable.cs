namespace Redouble.Engine.Blocking;

/// <summary>Waits with a deadline, the earliest first. However many there are, a turn of the loop compares one number.</summary>
internal sealed class DeadlineTable
{
    private readonly SortedSet<BlockedState> _states = new(Comparer<BlockedState>.Create(
        static (a, b) => a.DeadlineMs != b.DeadlineMs ? a.DeadlineMs.CompareTo(b.DeadlineMs) : a.Number.CompareTo(b.Number)));

    /// <summary>Waits in it.</summary>
    public int Count => _states.Count;

    /// <summary>Unix time in milliseconds of the earliest deadline, or <see cref="long.MaxValue"/>.</summary>
    public long NextMs { get; private set; } = long.MaxValue;

    /// <summary>The wait that ends first.</summary>
    public BlockedState First => _states.Min!;

    /// <summary>Takes a wait in that has a deadline.</summary>
    public void Add(BlockedState state)
    {
        if (state.DeadlineMs == 0) return;
        _states.Add(state);
        NextMs = Math.Min(NextMs, state.DeadlineMs);
    }

    /// <summary>The wait is over.</summary>
    public void Remove(BlockedState state)
    {
        if (state.DeadlineMs == 0 || !_states.Remove(state)) return;
        if (state.DeadlineMs == NextMs) NextMs = _states.Min?.DeadlineMs ?? long.MaxValue;
    }
}
