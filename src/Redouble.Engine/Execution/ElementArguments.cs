namespace Redouble.Engine.Execution;

/// <summary>
/// The indexes of a command's arguments that are fields or members of its first key's value, in order, the memory of the next ones on its way where the
/// value has a table: their buckets, then their records.
/// </summary>
internal ref struct ElementArguments
{
    private const int BucketsAhead = 12;
    private const int RecordsAhead = 6;

    private readonly CommandContext _command;
    private readonly int _step;
    private readonly ulong _key;
    private readonly bool _hasTable;
    private int _bucket; // argument whose bucket is to be asked for next
    private int _record;

    /// <param name="c">The command.</param>
    /// <param name="first">Index of the first element.</param>
    /// <param name="step">Distance to the next.</param>
    public ElementArguments(CommandContext c, int first, int step)
    {
        _command = c;
        _step = step;
        _bucket = _record = first;
        Current = first - step;
        if (c.Count <= first + step) return; // one alone has been fetched with its request
        _key = c.Hash(1);
        _hasTable = c.Database.HasElements(_key);
    }

    /// <summary>Index of the present element.</summary>
    public int Current { get; private set; }

    /// <summary>For foreach.</summary>
    public readonly ElementArguments GetEnumerator() => this;

    /// <summary>Goes on to the next element; false behind the last.</summary>
    public bool MoveNext()
    {
        Current += _step;
        if (Current >= _command.Count) return false;
        if (_hasTable) FetchAhead();
        return true;
    }

    private void FetchAhead()
    {
        var database = _command.Database;
        for (var end = Math.Min(_command.Count, Current + (BucketsAhead * _step)); _bucket < end; _bucket += _step)
        {
            database.PrefetchElementBucket(_key, _command.Keyspace.Hash(_command[_bucket]));
        }

        for (var end = Math.Min(_command.Count, Current + (RecordsAhead * _step)); _record < end; _record += _step)
        {
            database.PrefetchElement(_key, _command.Keyspace.Hash(_command[_record]));
        }
    }
}
