using Redouble.Core.Memory;

namespace Redouble.Engine.Persistence.Aof;

/// <summary>
/// What clients of a writable replica write (<c>replica-read-only no</c>): in no log, as a replica's log is its primary's stream, but in the file, between
/// the units of the stream where it was done. Each unit says its database, and puts back that of the stream.
/// <code>
///   stream   │ SELECT 0 │ SET … │                                    │ SET … │
///   file     │ SELECT 0 │ SET … │ SELECT 3 │ SET … │ SELECT 0 │ mark │ SET … │ mark
///                               └─ a client's ─────────────┘
/// </code>
/// </summary>
internal sealed class AofLocalWrites
{
    private const int RetainedMax = 1 << 20;

    private readonly Queue<(long Offset, int Start, int Length)> _units = new();
    private byte[] _bytes = [];
    private int _length;
    private int _start;
    private int _database;
    private bool _inUnit;
    private bool _hasCommand;

    /// <summary>Bytes that wait.</summary>
    public long PendingBytes { get; private set; }

    /// <summary>Offset of the stream that the first of them comes before; none if nothing waits.</summary>
    public long NextOffset => _units.TryPeek(out var unit) ? unit.Offset : long.MaxValue;

    /// <summary>A unit begins.</summary>
    /// <param name="effects">Its commands; more than one are a transaction.</param>
    public void Begin(int effects)
    {
        (_start, _database, _inUnit, _hasCommand) = (_length, -1, true, false);
        if (effects > 1) Add("*1\r\n$5\r\nMULTI\r\n"u8);
    }

    /// <summary>A command of the unit, or of one of its own.</summary>
    /// <param name="database">Where.</param>
    /// <param name="command">As it is to be read again.</param>
    /// <param name="offset">Of the stream, which comes behind it.</param>
    /// <param name="streamDatabase">The database that the stream has selected there, -1 for none yet.</param>
    public void Append(int database, ReadOnlySpan<byte> command, long offset, int streamDatabase)
    {
        var isAlone = !_inUnit;
        if (isAlone) Begin(1);
        AppendPart(database, command);
        if (isAlone) End(1, offset, streamDatabase);
    }

    /// <summary>The beginning of a command of the unit, or more of it; <see cref="Append"/> follows with its end.</summary>
    public void AppendPart(int database, ReadOnlySpan<byte> part)
    {
        if (database >= 0 && database != _database) Select(database);
        _database = database;
        _hasCommand = true;
        Add(part);
    }

    /// <summary>The unit ends.</summary>
    public void End(int effects, long offset, int streamDatabase)
    {
        _inUnit = false;
        if (!_hasCommand)
        {
            _length = _start; // messages only
            return;
        }

        if (effects > 1) Add("*1\r\n$4\r\nEXEC\r\n"u8);
        if (streamDatabase >= 0) Select(streamDatabase);
        _units.Enqueue((offset, _start, _length - _start));
        PendingBytes += _length - _start;
    }

    /// <summary>Hands the next unit to a batch.</summary>
    public void Take(AofBatch batch)
    {
        var (_, start, length) = _units.Dequeue();
        batch.Add(_bytes.AsSpan(start, length));
        PendingBytes -= length;
        if (_units.Count == 0) Clear();
    }

    /// <summary>
    /// The stream goes on from <paramref name="offset"/> with other bytes than were there, in <paramref name="streamDatabase"/>: nothing comes later than
    /// in front of these, and what goes back into a database of the bytes that have gone is followed by a SELECT.
    /// </summary>
    public void PullBack(long offset, int streamDatabase)
    {
        var hasPulled = false;
        for (var left = _units.Count; left > 0; left--)
        {
            var unit = _units.Dequeue();
            hasPulled |= unit.Offset > offset;
            _units.Enqueue(unit with { Offset = Math.Min(unit.Offset, offset) });
        }

        if (!hasPulled || streamDatabase < 0) return;
        _start = _length;
        Select(streamDatabase);
        _units.Enqueue((offset, _start, _length - _start));
        PendingBytes += _length - _start;
    }

    /// <summary>Drops what waits.</summary>
    public void Clear()
    {
        _units.Clear();
        (_length, PendingBytes) = (0, 0);
        if (_bytes.Length > RetainedMax) _bytes = [];
    }

    private void Select(int database)
    {
        Span<byte> select = stackalloc byte[AofSelect.LengthMax];
        Add(select[..AofSelect.Format(database, select)]);
    }

    private void Add(ReadOnlySpan<byte> bytes)
    {
        ByteArray.MakeRoom(ref _bytes, _length, bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
    }
}
