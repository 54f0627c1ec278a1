namespace Redouble.Replication.Log;

/// <summary>
/// When which offset was written: a mark opens an interval of the stream at the first execution unit after a millisecond or 64 KB. So marks are
/// also the places from which whole units can be read (<see cref="EdgeFor"/>).
/// <code>
///   offset  1          412                    66,012       66,300
///           │ mark 0   │ mark 1               │ mark 2     │ mark 3 (open)
///           ▼          ▼                      ▼            ▼
///           ├── DDDD K ┼ DDDDDDDDDDDDDDDDDDDD ┼ K ········ ┼ DD…          D data, K keepalive
///   DataEnd       ▲380                     66,011▲  none
/// </code>
/// A time is wrong by at most the millisecond of an interval. Bounded: with 16,384 marks every second one is dropped, so a long and
/// quiet history gets coarser, and the error of a mark stays small against its age.
/// </summary>
internal sealed class OffsetTimeMarks
{
    public const int CountMax = 16_384;
    public const long IntervalMicroseconds = 1_000;
    public const long IntervalBytes = 64 * 1024;

    /// <summary>In the place of a database: no unit is known to begin there.</summary>
    public const int NoEdge = -2;

    private Mark[] _marks = new Mark[64];
    private int _first;
    private int _end; // marks live in [_first, _end)
    private long _dueTime = long.MinValue;
    private long _dueOffset = long.MinValue;

    /// <param name="Start">First offset of the interval.</param>
    /// <param name="Time">Of its first byte, monotonic microseconds.</param>
    /// <param name="DataEnd">Last data offset at its end, which may lie before Start; of the open interval the log knows it.</param>
    /// <param name="Database">The stream's at its start, -1 when it has not said any, or <see cref="NoEdge"/>.</param>
    private record struct Mark(long Start, long Time, long DataEnd, int Database);

    public int Count => _end - _first;

    /// <summary>Whether a byte at <paramref name="offset"/>, written at <paramref name="now"/>, opens an interval.</summary>
    public bool IsDue(long offset, long now) => now >= _dueTime || offset >= _dueOffset;

    /// <summary>Opens an interval; <paramref name="lastDataOffset"/> is that of everything before it.</summary>
    public void Add(long offset, long now, long lastDataOffset, int database = -1)
    {
        if (Count > 0) _marks[_end - 1].DataEnd = lastDataOffset;
        if (_end == _marks.Length) MakeRoom();
        _marks[_end++] = new Mark(offset, now, 0, database);
        _dueTime = now + IntervalMicroseconds;
        _dueOffset = offset + IntervalBytes;
    }

    /// <summary>Forgets the intervals that end before <paramref name="offset"/>.</summary>
    public void TrimBefore(long offset)
    {
        while (Count > 1 && _marks[_first + 1].Start <= offset) _first++;
    }

    /// <summary>Forgets the intervals that start after <paramref name="offset"/>, which becomes the last one.</summary>
    public void TruncateAfter(long offset)
    {
        while (Count > 0 && _marks[_end - 1].Start > offset) _end--;
        _dueTime = _dueOffset = long.MinValue;
    }

    public void Clear()
    {
        _first = _end = 0;
        _dueTime = _dueOffset = long.MinValue;
    }

    /// <summary>Time of the interval that holds <paramref name="offset"/>; <paramref name="unknown"/> without marks.</summary>
    public long TimeOf(long offset, long unknown) => Count == 0 ? unknown : _marks[Find(offset)].Time;

    /// <summary>
    /// First offset of the last interval that began at or before <paramref name="time"/>; of the first one when all began later, and
    /// <paramref name="unknown"/> without marks.
    /// </summary>
    public long OffsetAt(long time, long unknown)
    {
        if (Count == 0) return unknown;
        int low = _first, high = _end - 1;
        while (low < high)
        {
            var middle = (low + high + 1) >>> 1;
            if (_marks[middle].Time <= time) low = middle;
            else high = middle - 1;
        }

        return _marks[low].Start;
    }

    /// <summary>
    /// The last mark at or before <paramref name="offset"/> that is not before <paramref name="first"/>, else the first one behind; null when there is none.
    /// </summary>
    public LogEdge? EdgeFor(long offset, long first)
    {
        if (Count == 0) return null;
        var found = Find(offset);
        while (found < _end && (_marks[found].Start < first || _marks[found].Database == NoEdge)) found++;
        return found < _end ? new LogEdge(_marks[found].Start, _marks[found].Database) : null;
    }

    /// <summary>Time of the first interval with data after <paramref name="offset"/>.</summary>
    public long TimeOfDataAfter(long offset, long lastDataOffset, long unknown)
    {
        if (Count == 0) return unknown;
        for (var i = Find(offset + 1); i < _end; i++)
        {
            var dataEnd = i == _end - 1 ? lastDataOffset : _marks[i].DataEnd;
            if (dataEnd > offset && dataEnd >= _marks[i].Start) return _marks[i].Time;
        }

        return unknown;
    }

    // Index of the last mark that starts at or before the offset, or of the first one.
    private int Find(long offset)
    {
        int low = _first, high = _end - 1;
        while (low < high)
        {
            var middle = (low + high + 1) >>> 1;
            if (_marks[middle].Start <= offset) low = middle;
            else high = middle - 1;
        }

        return low;
    }

    private void MakeRoom()
    {
        if (_first >= _marks.Length / 2)
        {
            _marks.AsSpan(_first, Count).CopyTo(_marks);
            _end = Count;
            _first = 0;
        }
        else if (_marks.Length < CountMax)
        {
            Array.Resize(ref _marks, _marks.Length * 2);
        }
        else
        {
            Thin();
        }
    }

    // Merges pairs of intervals: the earlier start and time, the later data end.
    private void Thin()
    {
        var kept = 0;
        for (var i = _first; i < _end; i += 2)
        {
            var mark = _marks[i];
            if (i + 1 < _end) mark.DataEnd = _marks[i + 1].DataEnd;
            _marks[kept++] = mark;
        }

        _first = 0;
        _end = kept;
    }
}
