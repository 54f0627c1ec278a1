namespace Redouble.Engine.Execution;

/// <summary>
/// The indexes of a command's arguments that are keys, in order, for a command that looks up all of them: <see cref="CommandContext.Hash"/> knows the hash
/// of the present one, and the memory of the next ones is on its way.
/// </summary>
/// <param name="c">The command.</param>
/// <param name="first">Index of the first key.</param>
/// <param name="step">Distance to the next.</param>
internal ref struct KeyArguments(CommandContext c, int first, int step)
{
    private int _place = c.Memory.Count; // in the queue, of what comes next
    private int _queued = first;         // index of the first argument that is not in it

    /// <summary>Index of the present key.</summary>
    public int Current { get; private set; } = first - step;

    /// <summary>For foreach.</summary>
    public readonly KeyArguments GetEnumerator() => this;

    /// <summary>Goes on to the next key; false behind the last.</summary>
    public bool MoveNext()
    {
        Current += step;
        if (Current >= c.Count) return false;
        if (_place == c.Memory.Count) Queue();
        c.Memory.BeforeExecution(_place);
        c.KnowHash(Current, c.Memory.HashOf(_place++));
        return true;
    }

    private void Queue()
    {
        c.Memory.Clear();
        _place = 0;
        var end = Math.Min(c.Count, _queued + (RequestBatch.RequestsMax * step));
        for (; _queued < end; _queued += step) c.Memory.Add(c.Hash(_queued), c.Session.Database);
    }
}
