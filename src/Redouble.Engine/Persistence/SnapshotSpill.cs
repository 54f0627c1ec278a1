using Redouble.Core.Checksums;
using Redouble.Core.Memory;
using Redouble.Core.Platform;
using Redouble.Storage.Snapshots;

namespace Redouble.Engine.Persistence;

/// <summary>
/// The frames of a snapshot on their way to the encoders, the oldest of them in a file without a name when memory has no room for all:
/// <code>
///   TryTake ◄── pieces: │ read back │ in the file │ being written │ ◄── Store ── the queue in memory ◄── walk and writers
///                            ▲            │               │
///   helper:                  └── read ◄───┴──── write ◄───┘
/// </code>
/// What was stored is older than all that is in the queue, and nothing is taken from the queue before it, so the order is that of a snapshot
/// that never spilled. Parts of large values pass it by: there are never many. In the file large values stand within their frames: a piece is read back as one block. Space of the file is not used
/// twice: every record is emitted once, so it never holds more than the data set had. A file that fails is not written to again, and what
/// it did not take stays in memory.
/// </summary>
internal sealed class SnapshotSpill : IBackgroundJob
{
    // What can be read back as one block with room to spare; a longer piece stays in memory.
    private const long PieceMax = int.MaxValue / 2;

    private enum PieceState
    {
        InMemory, // not written after all, or read back
        Writing,
        InFile,
        Reading,
    }

    private readonly Lock _lock = new();
    private readonly Queue<Piece> _todo = new();
    private readonly List<Piece> _done = [];
    private readonly List<Piece> _settled = [];
    private readonly Queue<Piece> _pieces = new();
    private readonly SnapshotQueue _queue;
    private readonly BlockPool _blocks;
    private readonly IBackgroundExecutor _executor;
    private readonly Func<ISpoolFile> _create;
    private readonly Action _onProgress;
    private ISpoolFile? _file;   // helper
    private string? _writeError; // helper
    private long _heldBytes;
    private int _underWay;
    private bool _wasUsed;
    private bool _posted;
    private bool _closed;

    /// <param name="queue">The queue in memory.</param>
    /// <param name="blocks">For what is read back.</param>
    /// <param name="executor">The helper.</param>
    /// <param name="create">Helper: creates the file.</param>
    /// <param name="onProgress">Data thread: called when the helper has nothing left to do here.</param>
    public SnapshotSpill(SnapshotQueue queue, BlockPool blocks, IBackgroundExecutor executor, Func<ISpoolFile> create, Action onProgress)
    {
        _queue = queue;
        _blocks = blocks;
        _executor = executor;
        _create = create;
        _onProgress = onProgress;
    }

    /// <summary>Bytes in memory that no encoder has taken, those being written or read included.</summary>
    public long WaitingBytes => _queue.WaitingBytes + _heldBytes;

    /// <summary>Bytes in the file that have not been read back.</summary>
    public long FileBytes { get; private set; }

    /// <summary>Why the file takes no more, or null.</summary>
    public string? Failure { get; private set; }

    /// <summary>Why something that is in the file cannot be had, or null. The snapshot is lost.</summary>
    public string? Loss { get; private set; }

    /// <summary>Whether no frames are left.</summary>
    public bool IsEmpty => _pieces.Count == 0 && _queue.IsEmpty;

    /// <summary>Whether older frames than those of the queue are left.</summary>
    public bool IsInUse => _pieces.Count > 0;

    /// <summary>Whether the helper has nothing to do here and holds nothing.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock) return !_posted && _underWay == 0;
        }
    }

    /// <summary>Whether <see cref="TryTake"/> would get on now.</summary>
    public bool CanTake(bool evenPartial) => _queue.CanTakePart || (!_queue.IsValueOpen && CanTakeRecords(evenPartial));

    private bool CanTakeRecords(bool evenPartial) =>
        _pieces.TryPeek(out var first) ? first.State is PieceState.InMemory or PieceState.InFile : _queue.HasFullBlocks || (evenPartial && !_queue.IsEmpty);

    /// <summary>Takes the next block; false while it has to be read back, which begins then, about <paramref name="readMax"/> bytes at a time.</summary>
    public bool TryTake(bool evenPartial, long readMax, out Block block)
    {
        if (_queue.TryTakePart(out block)) return true;
        if (_queue.IsValueOpen) return false; // nothing may come between its parts
        if (!_pieces.TryPeek(out var first)) return _queue.TryTake(evenPartial, out block);
        if (first.State == PieceState.InFile) Fetch(readMax);
        if (first.State != PieceState.InMemory) return false;
        block = _pieces.Dequeue().Block;
        _heldBytes -= SnapshotQueue.BytesOf(block);
        return true;
    }

    /// <summary>Has the queue's oldest full blocks written to the file, but for about <paramref name="keepBytes"/>; none once the file has failed.</summary>
    public void Store(long keepBytes)
    {
        while (_queue.WaitingBytes > keepBytes && Failure == null && _queue.TryTake(evenPartial: false, out var block))
        {
            var length = SnapshotFrame.InlineLength(block);
            var piece = new Piece { Block = block, Length = (int)Math.Min(length, int.MaxValue), State = PieceState.InMemory };
            _pieces.Enqueue(piece);
            _heldBytes += SnapshotQueue.BytesOf(block);
            if (length <= PieceMax) Post(piece, PieceState.Writing);
        }
    }

    /// <summary>Takes note of what the helper has done.</summary>
    public void Settle()
    {
        if (_underWay == 0) return;
        lock (_lock)
        {
            _settled.AddRange(_done);
            _done.Clear();
        }

        _underWay -= _settled.Count;
        foreach (var piece in _settled) Settle(piece);
        _settled.Clear();
    }

    /// <summary>Drops what has not been taken, and the file. What the helper still holds goes when it lets go of it.</summary>
    public void Close()
    {
        if (_closed) return;
        Settle();
        lock (_lock) _closed = true;
        foreach (var piece in _pieces)
        {
            if (piece.State == PieceState.InMemory) Drop(piece);
        }

        _pieces.Clear();
        FileBytes = 0;
        if (_wasUsed) Post();
    }

    /// <inheritdoc/>
    public bool RunSlice()
    {
        bool closed;
        Piece? piece;
        lock (_lock)
        {
            closed = _closed;
            if (!_todo.TryDequeue(out piece) && !(closed && _file != null)) return _posted = false;
        }

        if (piece == null)
        {
            _file!.Dispose();
            _file = null;
            return true;
        }

        if (!closed) Run(piece);
        lock (_lock) _done.Add(piece);
        return true;
    }

    /// <inheritdoc/>
    public void OnPaused()
    {
        Settle();
        _onProgress();
    }

    private void Fetch(long bytesMax)
    {
        foreach (var piece in _pieces)
        {
            if (piece.State != PieceState.InFile || bytesMax <= 0) return;
            bytesMax -= piece.Length;
            piece.Block = _blocks.Rent(piece.Length);
            piece.Block.Resize(piece.Length);
            _queue.Adopt(piece.Block);
            _heldBytes += BlockPool.MemoryBytes(piece.Block);
            Post(piece, PieceState.Reading);
        }
    }

    private void Post(Piece piece, PieceState state)
    {
        piece.State = state;
        _underWay++;
        _wasUsed = true;
        lock (_lock) _todo.Enqueue(piece);
        Post();
    }

    private void Post()
    {
        lock (_lock)
        {
            if (_posted) return;
            _posted = true;
        }

        _executor.Post(this);
    }

    private void Run(Piece piece)
    {
        try
        {
            if (piece.State == PieceState.Reading) Read(piece);
            else Write(piece);
        }
        catch (IOException error)
        {
            piece.Error = error.Message;
        }
    }

    private void Write(Piece piece)
    {
        if (_writeError is { } earlier) throw new IOException(earlier);
        try
        {
            _file ??= _create();
            piece.Offset = _file.Length;
            piece.Checksum = SnapshotFrame.WriteInline(piece.Block, _file);
        }
        catch (IOException error)
        {
            _writeError = error.Message;
            throw;
        }
    }

    private void Read(Piece piece)
    {
        var bytes = piece.Block.Written;
        for (var done = 0; done < bytes.Length;)
        {
            var read = _file!.ReadAt(piece.Offset + done, bytes[done..]);
            if (read == 0) throw new IOException("The file ends too early");
            done += read;
        }

        if (Crc64.Append(0, bytes) != piece.Checksum) throw new IOException("What was read is not what was written");
    }

    private void Settle(Piece piece)
    {
        if (piece.State == PieceState.Writing)
        {
            Failure ??= piece.Error;
            piece.State = PieceState.InMemory;
            if (!_closed && piece.Error == null)
            {
                Drop(piece);
                piece.State = PieceState.InFile;
                FileBytes += piece.Length;
                return;
            }
        }
        else
        {
            Loss ??= piece.Error;
            piece.State = PieceState.InMemory;
            FileBytes -= _closed ? 0 : piece.Length;
        }

        if (_closed) Drop(piece);
    }

    private void Drop(Piece piece)
    {
        _heldBytes -= SnapshotQueue.BytesOf(piece.Block);
        _queue.Release(piece.Block);
        piece.Block = Block.None;
    }

    /// <summary>A block of frames, in memory or in the file.</summary>
    private sealed class Piece
    {
        public Block Block { get; set; }

        public int Length { get; init; }

        public long Offset { get; set; }

        public ulong Checksum { get; set; }

        public PieceState State { get; set; }

        public string? Error { get; set; }
    }
}
