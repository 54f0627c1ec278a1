namespace Redouble.Engine.Monitoring;

/// <summary>The slowest calls of late, newest first, in the collected heap: an entry holds at most 4 KB of arguments.</summary>
public sealed class SlowLog
{
    private readonly LinkedList<SlowLogEntry> _entries = new();
    private long _nextId;

    /// <summary>Entries in the log.</summary>
    public int Count => _entries.Count;

    /// <summary>The entries, newest first.</summary>
    public IEnumerable<SlowLogEntry> Entries => _entries;

    /// <summary>Adds an entry, and drops the oldest ones beyond <paramref name="entriesMax"/>.</summary>
    public void Add(SlowLogEntry entry, long entriesMax)
    {
        entry.Id = _nextId++;
        _entries.AddFirst(entry);
        while (_entries.Count > entriesMax) _entries.RemoveLast();
    }

    /// <summary>SLOWLOG RESET; ids go on.</summary>
    public void Reset() => _entries.Clear();
}
