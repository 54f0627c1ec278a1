using System.Runtime.CompilerServices;
using Redouble.Core.Memory;

namespace Redouble.Replication.Log;

/// <summary>
/// The replication stream of a node: one chain of blocks, shared by the backlog and every replica, written once.
/// <code>
///                FirstOffset                                                    EndOffset (master_repl_offset)
///                     │                                                              │
///   freed ··· │ block ▼1 │──►│ block 2 │──►│ block 3 │──► ··· ──►│ tail ············ ▼│free│
///                  ▲              ▲                                   ▲
///                  │              └ cursor of a replica 20 KB behind  └ cursors of replicas that keep up
///                  └ the log's own reference: at least KeptSize bytes
///
///   index   sorted ring of the chain's blocks: offset → block by binary search
///   marks   (offset, time, last data byte) every millisecond or 64 KB: offset → time, see OffsetTimeMarks
/// </code>
/// Offsets are Redis': they count the bytes of the stream, the first byte after EndOffset 0 has offset 1, and a replica that has
/// applied everything has the offset EndOffset. Blocks are filled to their end, whatever frames they cut.
/// <para>
/// How much is kept is a number of bytes, <see cref="KeptSize"/>: the backlog's size, or, where it is to cover a time, what was
/// written in that time, within a bound; or <see cref="SoleCopySize"/>, while there is no other copy.
/// </para>
/// <para>
/// A block is dropped when the backlog is larger than its target without it and no cursor stands on it or before it. So a slow replica
/// makes the log longer, never wrong; whoever owns the replica decides how long (<see cref="LogCursor.PinnedBytes"/>). The chain is
/// dropped from its head and a cursor holds a reference on its own block only, which keeps all blocks behind it.
/// </para>
/// An append of a short frame costs its copy and about a dozen instructions. A node without replicas has no log: ask
/// <see cref="IsActive"/> before staging effects.
/// </summary>
public sealed class ReplicationLog
{
    private const int TrimBlocksMax = 64; // per new block: bounds the work after the size was lowered
    private const int RecoveredMarksMax = 4096;

    private readonly BlockPool _pool;
    private readonly int _blockCapacity;
    private readonly BlockRing _index = new();
    private readonly OffsetTimeMarks _marks = new();
    private readonly DatabaseMarks _databases = new();
    private readonly List<LogCursor> _cursors = [];
    private Block _tail;
    private int _tailFree; // bytes
    private long _partBytes; // of a command whose end is still to come
    private long _backlogSize;
    private long _lastDataOffset;
    private long _created; // time of the first byte that might have been
    private bool _isTrimmed;
    private bool _isInUnit;
    private bool _isRecovering;
    private long _applied; // of a batch of the stream that is not appended yet

    /// <param name="pool">Where blocks come from.</param>
    /// <param name="backlogSize">repl-backlog-size, bytes.</param>
    /// <param name="blockCapacity">Data bytes of a block; small ones make tests cross many edges.</param>
    public ReplicationLog(BlockPool pool, long backlogSize = 1 << 20, int blockCapacity = BlockPool.StandardCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blockCapacity, 1);
        _pool = pool;
        _blockCapacity = blockCapacity;
        BacklogSize = backlogSize;
    }

    /// <summary>Whether there is a backlog. While not, nothing is to be appended and the offset stands still.</summary>
    public bool IsActive => !_tail.IsNone;

    /// <summary>master_repl_offset: offset of the last byte appended.</summary>
    public long EndOffset { get; private set; }

    /// <summary>
    /// Replica side: offset of the last byte of the stream that the data set includes. It is ahead of <see cref="EndOffset"/> only while a batch of the
    /// stream is being applied, whose bytes are appended behind it.
    /// </summary>
    public long AppliedOffset => Math.Max(EndOffset, _applied);

    /// <summary>repl_backlog_first_byte_offset: offset of the oldest byte held, <c>EndOffset + 1</c> when none is, 0 without a backlog.</summary>
    public long FirstOffset => IsActive ? _index.First.BaseOffset : 0;

    /// <summary>repl_backlog_histlen: bytes held.</summary>
    public long HistoryLength => IsActive ? EndOffset - _index.First.BaseOffset + 1 : 0;

    /// <summary>Offset of the last byte that belongs to data; smaller than <see cref="EndOffset"/> when only keepalives and messages followed.</summary>
    public long LastDataOffset => _lastDataOffset;

    /// <summary>
    /// Offset of the end of the last unit held that a reader who knows no times of fields cannot apply (see <see cref="FieldExpiryUnits"/>); 0 for none. Such
    /// a reader may go on from there, and not from before.
    /// </summary>
    public long FieldExpiryOffset { get; private set; }

    /// <summary>Bytes held for slow replicas beyond <see cref="KeptSize"/>.</summary>
    public long PinnedBeyondBacklog => Math.Max(0, HistoryLength - KeptSize);

    /// <summary>Memory of the chain with its headers, bytes.</summary>
    public long MemoryBytes =>
        _index.Count * (_blockCapacity >= BlockPool.StandardCapacity ? BlockPool.StandardMemoryBytes : _blockCapacity + Block.HeaderSize);

    /// <summary>Of that, what is beyond the size of the backlog: kept for a replica that is behind, or because nobody else has it.</summary>
    public long MemoryBeyondBacklog => IsActive ? Math.Max(0, MemoryBytes - BacklogSize) : 0;

    /// <summary>Replica side: a command of the stream that ends there is about to be applied; 0 when what was applied has been appended.</summary>
    internal void NoteApplied(long offset) => _applied = offset;

    /// <summary>
    /// Database that the stream is in after <see cref="AppliedOffset"/>; -1 when it has not said, or that is not known: then a SELECT has to come before data.
    /// </summary>
    public int StreamDatabase { get; private set; } = -1;

    /// <summary>Whether the next data must be preceded by a SELECT even if its database is <see cref="StreamDatabase"/>.</summary>
    public bool SelectRequired { get; private set; } = true;

    /// <summary>Monotonic time of the turn, microseconds; set once per turn.</summary>
    public long Now { get; set; }

    /// <summary>repl-backlog-size, bytes. Lowering it gives memory back in steps, with each new block and each <see cref="Trim"/>.</summary>
    public long BacklogSize
    {
        get => _backlogSize;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _backlogSize = value;
        }
    }

    /// <summary>repl-backlog-seconds in microseconds: what time the backlog is to cover, if need be with more than its size; 0 for its size alone.</summary>
    public long KeptMicroseconds { get; set; }

    /// <summary>repl-backlog-size-max, bytes: what the backlog may grow to for <see cref="KeptMicroseconds"/>.</summary>
    public long BacklogSizeMax { get; set; } = long.MaxValue;

    /// <summary>Bytes that the backlog keeps at present for its size and its time.</summary>
    public long BacklogTarget => KeptMicroseconds == 0 ? _backlogSize
        : Math.Clamp(EndOffset + 1 - _marks.OffsetAt(Now - KeptMicroseconds, EndOffset + 1), _backlogSize, Math.Max(_backlogSize, BacklogSizeMax));

    /// <summary>
    /// Bytes that are kept at least, beyond the backlog, as long as what they hold is nowhere else; 0 for none. A replica that comes back may go on from them,
    /// and what is lost in a demotion is saved from them.
    /// </summary>
    public long SoleCopySize { get; set; }

    /// <summary>Bytes that are kept at present, whether or not a replica needs them.</summary>
    public long KeptSize => Math.Max(BacklogTarget, SoleCopySize);

    /// <summary>Who is told of everything that a reader of the bytes alone would miss; null for nobody.</summary>
    public ILogFollower? Follower { get; set; }

    /// <summary>Cursors open on the log.</summary>
    public int CursorCount => _cursors.Count;

    /// <summary>
    /// Starts (or restarts) with an empty history after <paramref name="endOffset"/>. Open cursors are closed: their bytes are of another
    /// history.
    /// </summary>
    public void Create(long endOffset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(endOffset);
        Free();
        EndOffset = _lastDataOffset = endOffset;
        FieldExpiryOffset = 0;
        StreamDatabase = -1;
        SelectRequired = true;
        _isInUnit = _isRecovering = false;
        _marks.Clear();
        _databases.Clear();
        _created = Now;
        _isTrimmed = false;
        AddBlock();
        Follower?.OnCreated();
    }

    /// <summary>Sets the offset of a log without a backlog: the one that was recovered from a file.</summary>
    public void SetEndOffset(long endOffset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(endOffset);
        if (IsActive) throw new InvalidOperationException("The offset of an active log moves by appends only.");
        EndOffset = _lastDataOffset = endOffset;
    }

    /// <summary>
    /// Starts with bytes of the past, from <paramref name="firstOffset"/> on: they are appended next, and <see cref="EndRecovery"/> follows. Meanwhile nothing
    /// is dropped but by <see cref="Trim"/>, and where units begin is known only as far as <see cref="NoteEdge"/> tells it.
    /// </summary>
    public void BeginRecovery(long firstOffset)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(firstOffset, 1);
        Create(firstOffset - 1);
        _isRecovering = true;
    }

    /// <summary>What comes next begins a unit, in <paramref name="database"/>, or -1 when the stream has not said one.</summary>
    public void NoteEdge(int database)
    {
        if (_marks.IsDue(EndOffset + 1, Now)) _marks.Add(EndOffset + 1, Now, _lastDataOffset, database);
    }

    /// <summary>
    /// The bytes of the past are complete. From the first unit on they are looked through once, for what a log knows that has written them itself: where units
    /// begin, in which database, and up to where there is data. When they were written is not known: they count as of now, so a time that the backlog is to
    /// cover begins with this.
    /// </summary>
    /// <param name="fieldExpiryOffset">Their <see cref="FieldExpiryOffset"/>.</param>
    /// <param name="firstUnit">The first place among them, or right behind them, where a unit begins; null when none is known.</param>
    public void EndRecovery(long fieldExpiryOffset, LogEdge? firstUnit)
    {
        FieldExpiryOffset = fieldExpiryOffset;
        _isRecovering = false;
        _marks.Clear();
        if (firstUnit?.Offset != FirstOffset) _marks.Add(FirstOffset, Now, FirstOffset - 1, OffsetTimeMarks.NoEdge);
        if (firstUnit is not { } edge || TryMarkUnits(edge)) return;
        _marks.Clear();
        _databases.Clear();
        _lastDataOffset = EndOffset;
        _marks.Add(FirstOffset, Now, EndOffset, OffsetTimeMarks.NoEdge);
    }

    // False when the bytes from there on are not whole units.
    private bool TryMarkUnits(LogEdge edge)
    {
        if (TryOpenCursor(edge.Offset) is not { } cursor) return false;
        var reader = new LogFrameReader(cursor);
        var isInUnit = false;
        var spacing = Math.Min(HistoryLength / RecoveredMarksMax, OffsetTimeMarks.IntervalBytes);
        var next = edge.Offset + spacing;
        _lastDataOffset = edge.Offset - 1; // what the bytes before it are is not known
        if (edge.Database >= 0) _databases.Note(_lastDataOffset, edge.Database);
        _marks.Add(edge.Offset, Now, _lastDataOffset, edge.Database);
        var isWhole = true;
        while (isWhole && cursor.PendingBytes > 0)
        {
            if (!isInUnit && reader.End > next)
            {
                _marks.Add(reader.End, Now, _lastDataOffset, _databases.Behind(reader.End - 1));
                next = reader.End + spacing;
            }

            isWhole = reader.TryRead();
            if (reader.Is("multi"u8)) isInUnit = true;
            else if (reader.Is("exec"u8)) isInUnit = false;
            if (reader.IsSelect(out var database)) _databases.Note(reader.End - 1, database);
            else if (reader.HasEffect) _lastDataOffset = reader.End - 1;
        }

        cursor.Close();
        return isWhole && !isInUnit;
    }

    /// <summary>
    /// Gives up what follows <paramref name="endOffset"/>, which must not be data: keepalives, messages, and a SELECT that no data has followed. Cursors
    /// behind it are closed, and the stream is in the database again that it was in there.
    /// </summary>
    public void Truncate(long endOffset)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(endOffset, _lastDataOffset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(endOffset, EndOffset);
        if (endOffset == EndOffset) return;
        Follower?.BeforeTruncate();
        CutBack(endOffset);
        Follower?.OnTruncated(endOffset);
    }

    private void CutBack(long endOffset)
    {
        for (var i = _cursors.Count - 1; i >= 0; i--)
        {
            if (_cursors[i].Offset > endOffset + 1) _cursors[i].Close();
        }

        if (endOffset + 1 < FirstOffset)
        {
            var database = _databases.Behind(endOffset);
            Create(endOffset);
            if (database >= 0) NoteStreamDatabase(database);
            return;
        }

        EndOffset = endOffset;
        StreamDatabase = _databases.Behind(endOffset);
        _databases.TruncateAfter(endOffset);
        if (!IsActive) return;
        while (_index.Last.BaseOffset > endOffset + 1) _pool.Release(_index.RemoveLast());
        _tail = _index.Last;
        _tail.Next = Block.None;
        _tail.Length = (int)(endOffset + 1 - _tail.BaseOffset);
        _tailFree = Math.Min(_tail.Capacity, _blockCapacity) - _tail.Length;
        _marks.TruncateAfter(endOffset);
    }

    /// <summary>Drops the history and closes all cursors; the offset stays.</summary>
    public void Free()
    {
        Follower?.BeforeFree();
        for (var i = _cursors.Count - 1; i >= 0; i--) _cursors[i].Close();
        while (_index.Count > 0) _pool.Release(_index.RemoveFirst());
        _tail = Block.None;
        _tailFree = 0;
        _marks.Clear();
    }

    /// <summary>Appends bytes of the stream as they are: a canonical frame, or what a replica has applied.</summary>
    public void Append(ReadOnlySpan<byte> bytes, AppendKind kind = AppendKind.Data)
    {
        if (bytes.IsEmpty) return;
        Write(bytes);
        Note(_partBytes + bytes.Length, kind);
        _partBytes = 0;
    }

    /// <summary>Appends the beginning of a command, or more of it, that becomes part of the stream when its last bytes are appended.</summary>
    public void AppendPart(ReadOnlySpan<byte> bytes)
    {
        Write(bytes);
        _partBytes += bytes.Length;
    }

    /// <summary>Begins a command of <paramref name="argumentCount"/> arguments; give exactly as many, then end it.</summary>
    public CommandAppender BeginCommand(int argumentCount, AppendKind kind = AppendKind.Data) => new(this, argumentCount, kind);

    /// <summary>Begins a unit of <paramref name="effects"/> commands: more than one are framed by MULTI and EXEC, with a SELECT inside.</summary>
    public void BeginUnit(int effects)
    {
        if (effects <= 1) return;
        Append(LogFrames.Multi);
        _isInUnit = true;
    }

    /// <summary>Ends the unit begun with the same <paramref name="effects"/>.</summary>
    public void EndUnit(int effects)
    {
        if (effects <= 1) return;
        Append(LogFrames.Exec);
        _isInUnit = false;
    }

    /// <summary>What was appended last, or is being applied, is a unit that a reader who knows no times of fields cannot apply.</summary>
    public void NoteFieldExpiry() => FieldExpiryOffset = AppliedOffset;

    /// <summary>Emits SELECT unless the stream is in <paramref name="database"/> already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // called before every effect, almost always one compare
    public void SelectDatabase(int database)
    {
        if (StreamDatabase != database || SelectRequired) AppendSelect(database);
    }

    /// <summary>Makes the next data say its database again: a replica that starts here has not seen the last SELECT.</summary>
    public void RequireSelect() => SelectRequired = true;

    /// <summary>
    /// Notes the database that the stream is in behind <see cref="AppliedOffset"/>: as a snapshot or a file tells it, or a SELECT that a replica has
    /// applied, and will append verbatim.
    /// </summary>
    public void NoteStreamDatabase(int database)
    {
        StreamDatabase = database;
        SelectRequired = false;
        _databases.Note(AppliedOffset, database);
    }

    /// <summary>
    /// Where to begin so as to read whole units from <paramref name="offset"/> on: at the last known edge up to there, or at the first one behind when what
    /// lies before is not held; null when no edge is held.
    /// </summary>
    public LogEdge? EdgeFor(long offset) => IsActive ? _marks.EdgeFor(offset, FirstOffset) : null;

    /// <summary>
    /// Opens a cursor whose first byte is the one at <paramref name="offset"/> (which may be the next to be appended), or null when that
    /// byte is not held.
    /// </summary>
    public LogCursor? TryOpenCursor(long offset)
    {
        if (!IsActive || offset < FirstOffset || offset > EndOffset + 1) return null;
        var block = _index.Find(offset);
        var cursor = new LogCursor(this, block, (int)(offset - block.BaseOffset)) { ListIndex = _cursors.Count };
        block.Retain();
        _cursors.Add(cursor);
        return cursor;
    }

    /// <summary>Opens a cursor behind the last byte.</summary>
    public LogCursor OpenCursorAtEnd() =>
        TryOpenCursor(EndOffset + 1) ?? throw new InvalidOperationException("No cursor can be opened on a log without a backlog.");

    /// <summary>Drops blocks beyond the backlog that no cursor needs, a bounded number at a time; true while more could go.</summary>
    public bool Trim()
    {
        var target = KeptSize;
        for (var i = 0; i < TrimBlocksMax && CanTrim(target); i++)
        {
            _pool.Release(_index.RemoveFirst());
            _isTrimmed = true;
        }

        if (IsActive) _marks.TrimBefore(FirstOffset);
        return CanTrim(target);
    }

    /// <summary>Time from which the byte at <paramref name="offset"/> may be, monotonic microseconds; <see cref="Now"/> when unknown.</summary>
    public long TimeOf(long offset) => _marks.TimeOf(offset, _created);

    /// <summary>Age in microseconds of the oldest data byte after <paramref name="offset"/>; 0 when there is none.</summary>
    public long DataAgeAfter(long offset) =>
        _lastDataOffset <= offset ? 0 : Math.Max(0, Now - _marks.TimeOfDataAfter(offset, _lastDataOffset, Now));

    /// <summary>
    /// Microseconds of outage that the backlog covers at present: a replica that was up to date so long ago can go on. The age of the oldest byte held, or
    /// of the whole history while nothing of it is gone.
    /// </summary>
    public long CoveredMicroseconds => !IsActive ? 0 : Math.Max(0, Now - (_isTrimmed ? _marks.TimeOf(FirstOffset, Now) : _created));

    /// <summary>Times held for the offsets of the backlog.</summary>
    internal int MarkCount => _marks.Count;

    internal Span<byte> TailFree => IsActive ? _tail.Free[.._tailFree] : [];

    internal void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _tailFree)
        {
            WriteAcrossBlocks(bytes);
            return;
        }

        bytes.CopyTo(_tail.Free);
        Advance(bytes.Length);
    }

    /// <summary>Counts bytes that were written into <see cref="TailFree"/>.</summary>
    internal void Advance(int count)
    {
        _tail.Length += count;
        _tailFree -= count;
    }

    /// <summary>Makes <paramref name="length"/> written bytes part of the stream.</summary>
    internal void Note(long length, AppendKind kind)
    {
        var start = EndOffset + 1;
        EndOffset += length;
        if (!_isInUnit && !_isRecovering && _marks.IsDue(start, Now)) _marks.Add(start, Now, _lastDataOffset, _databases.Behind(start - 1));
        if (kind == AppendKind.Data) _lastDataOffset = EndOffset;
        else if (kind != AppendKind.Select) Follower?.OnNoData(start, length, kind);
    }

    internal void Remove(LogCursor cursor)
    {
        var last = _cursors[^1];
        _cursors[cursor.ListIndex] = last;
        last.ListIndex = cursor.ListIndex;
        _cursors.RemoveAt(_cursors.Count - 1);
    }

    internal void Unpin(Block block) => _pool.Release(block);

    private bool CanTrim(long target) =>
        _index.Count > 1 && _index.First.References == 1 && HistoryLength - _index.First.Length > target;

    private void WriteAcrossBlocks(ReadOnlySpan<byte> bytes)
    {
        if (!IsActive) throw new InvalidOperationException("Nothing can be appended to a log without a backlog.");
        while (bytes.Length > 0)
        {
            if (_tailFree == 0) AddBlock();
            var part = bytes[..Math.Min(_tailFree, bytes.Length)];
            part.CopyTo(_tail.Free);
            Advance(part.Length);
            bytes = bytes[part.Length..];
        }
    }

    private void AddBlock()
    {
        var block = _pool.Rent(_blockCapacity);
        block.BaseOffset = _tail.IsNone ? EndOffset + 1 : _tail.BaseOffset + _tail.Length;
        if (!_tail.IsNone) _tail.Next = block;
        _tail = block;
        _tailFree = Math.Min(block.Capacity, _blockCapacity);
        _index.Add(block);
        if (!_isRecovering) Trim();
    }

    private void AppendSelect(int database)
    {
        Span<byte> digits = stackalloc byte[16];
        database.TryFormat(digits, out var length);
        var command = BeginCommand(2, AppendKind.Select);
        command.Argument("SELECT"u8);
        command.Argument(digits[..length]);
        command.End();
        NoteStreamDatabase(database);
    }
}
