using Redouble.Engine.Sessions;

namespace Redouble.Engine.Tracking;

/// <summary>
/// Broadcasting mode: prefixes with the sessions that want to hear of every key beginning with them, and the keys changed in this turn.
/// <code>
/// prefixes, ascending     ""  "user:"  "zone:"            each with its sessions
/// changed keys            | user:7, by session 12 | b, by nobody | user:7, by session 3 | …      in the order of the changes
/// end of the turn         sort by key, keep each one's last change, tell each prefix its part
/// </code>
/// The changed keys live for one turn at most, and less where they come to a megabyte, so they may be managed memory.
/// </summary>
internal sealed class BroadcastTable
{
    private const int RetainedMax = 64 * 1024;
    private readonly List<Prefix> _prefixes = [];
    private readonly Comparison<Change> _byKey;
    private byte[] _bytes = [];
    private Change[] _changes = [];
    private int _length;
    private int _count;
    private long _number; // of the next change

    public BroadcastTable() => _byKey = CompareKeys; // kept, since a sort would make one anew

    /// <summary>Prefixes that somebody listens to.</summary>
    public int PrefixCount => _prefixes.Count;

    /// <summary>Whether keys have changed that somebody is to be told of.</summary>
    public bool HasChanges => _count > 0;

    /// <summary>Bytes of keys that wait for <see cref="Drain"/>.</summary>
    public int PendingBytes => _length;

    /// <summary>Lets a session listen to a prefix; false when it does already.</summary>
    public bool Add(byte[] name, Session session)
    {
        var at = IndexOf(name);
        // Who is the first to listen hears of what changes from now on.
        if (at < 0) _prefixes.Insert(at = ~at, new Prefix(name, since: _number));
        return _prefixes[at].Sessions.Add(session);
    }

    /// <summary>The session listens to the prefix no more.</summary>
    public void Remove(byte[] name, Session session)
    {
        var at = IndexOf(name);
        _prefixes[at].Sessions.Remove(session);
        if (_prefixes[at].Sessions.Count == 0) _prefixes.RemoveAt(at);
    }

    /// <summary>A key has changed.</summary>
    /// <param name="key">The key.</param>
    /// <param name="by">Id of the session that changed it; 0 when none did.</param>
    public void Note(ReadOnlySpan<byte> key, long by)
    {
        foreach (var prefix in _prefixes)
        {
            if (!key.StartsWith(prefix.Name)) continue;
            Append(key, by);
            return;
        }
    }

    /// <summary>Hands each prefix's changed keys to <paramref name="sender"/>, and forgets them.</summary>
    public void Drain(ClientTracking sender)
    {
        if (_count == 0) return;
        var changes = SortAndMerge();
        foreach (var prefix in _prefixes)
        {
            var part = PartOf(changes, prefix);
            if (part.IsEmpty) continue;
            foreach (var session in prefix.Sessions) sender.SendChanges(session, new ChangedKeys(_bytes, part, prefix.Since));
        }

        Clear();
    }

    private int CompareKeys(Change left, Change right)
    {
        var order = _bytes.AsSpan(left.Start, left.Length).SequenceCompareTo(_bytes.AsSpan(right.Start, right.Length));
        return order != 0 ? order : left.Number.CompareTo(right.Number);
    }

    // A key that was changed several times counts once, as changed by who did it last.
    private ReadOnlySpan<Change> SortAndMerge()
    {
        var changes = _changes.AsSpan(0, _count);
        changes.Sort(_byKey);
        var kept = 0;
        for (var i = 0; i < changes.Length; i++)
        {
            if (i + 1 < changes.Length && KeyOf(changes[i]).SequenceEqual(KeyOf(changes[i + 1]))) continue;
            changes[kept++] = changes[i];
        }

        return changes[..kept];
    }

    private ReadOnlySpan<Change> PartOf(ReadOnlySpan<Change> changes, Prefix prefix)
    {
        int first = 0, high = changes.Length;
        while (first < high)
        {
            var middle = (first + high) >> 1;
            if (KeyOf(changes[middle]).SequenceCompareTo(prefix.Name) < 0) first = middle + 1;
            else high = middle;
        }

        var end = first;
        while (end < changes.Length && KeyOf(changes[end]).StartsWith(prefix.Name)) end++;
        return changes[first..end];
    }

    private ReadOnlySpan<byte> KeyOf(Change change) => _bytes.AsSpan(change.Start, change.Length);

    private void Append(ReadOnlySpan<byte> key, long by)
    {
        // The same key over and over, as a counter's, takes one place.
        if (_count > 0 && KeyOf(_changes[_count - 1]).SequenceEqual(key))
        {
            _changes[_count - 1] = _changes[_count - 1] with { Number = _number++, By = by };
            return;
        }

        var end = checked(_length + key.Length);
        if (end > _bytes.Length) Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(256, Math.Max(end, _bytes.Length * 2L))));
        if (_count == _changes.Length) Array.Resize(ref _changes, Math.Max(16, _count * 2));
        key.CopyTo(_bytes.AsSpan(_length));
        _changes[_count++] = new Change(_length, key.Length, _number++, by);
        _length = end;
    }

    private void Clear()
    {
        _count = 0;
        _length = 0;
        if (_bytes.Length > RetainedMax) _bytes = [];
        if (_changes.Length > RetainedMax / 16) _changes = [];
    }

    private int IndexOf(byte[] name)
    {
        int low = 0, high = _prefixes.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var order = _prefixes[middle].Name.AsSpan().SequenceCompareTo(name);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }

    /// <summary>A change of a key.</summary>
    /// <param name="Start">Where the key is.</param>
    /// <param name="Length">Its length.</param>
    /// <param name="Number">How many changes came before it.</param>
    /// <param name="By">Id of the session that made it, 0 for none.</param>
    internal readonly record struct Change(int Start, int Length, long Number, long By);

    private sealed class Prefix(byte[] name, long since)
    {
        public byte[] Name { get; } = name;

        public HashSet<Session> Sessions { get; } = [];

        /// <summary>Number of the first change that came after it.</summary>
        public long Since { get; } = since;
    }
}
