using Redouble.Core.Memory;

namespace Redouble.Replication.Primary;

/// <summary>How far a <see cref="SnapshotStream"/> is.</summary>
public enum SnapshotStatus : byte
{
    /// <summary>More bytes will come.</summary>
    Writing,

    /// <summary>All bytes were appended.</summary>
    Completed,

    /// <summary>No more bytes will come.</summary>
    Failed,
}

/// <summary>
/// One encoding of one snapshot on its way to the replicas that share it: a chain of blocks, appended to as the encoder gets ready, read
/// by a cursor per replica, freed as the slowest reader passes.
/// <code>
///   freed ··· │ block │──►│ block │──►│ block │──►│ block │ ◄── Append, while there is room: BufferedBytes below BufferMax
///                 ▲ slowest cursor       │        ▲ fastest cursor
///                                        ▼ a reader as well
///   file      │ of bytes from some place on, or of all │      a page at a time for each cursor that reads it
///                    ▲ cursor A    ▲ cursor B
/// </code>
/// A file is behind a payload whose length has to be told first: all read that (<see cref="Serve"/>). And it is written for readers that others would have to
/// wait for (<see cref="Divert"/>, <see cref="SnapshotPace"/>). Readers of a file are in nobody's way; those that are together share their pages.
/// The data thread owns it. A producer on another thread posts its blocks to the data thread.
/// </summary>
public sealed class SnapshotStream
{
    /// <summary>Bytes of a file that a reader has in memory: with its header it fills two chunks of the heap.</summary>
    public const int PageSize = 120 * 1024;

    private readonly BlockPool _pool;
    private readonly Action<SnapshotStream>? _onAbandoned;
    private Block _head;
    private Block _tail;
    private readonly List<SnapshotCursor> _cursors = []; // of replicas
    private ISnapshotFile? _file;
    private string? _readError;
    private bool _isAbandoned;

    /// <param name="pool">Where copied bytes go, and where blocks go back to.</param>
    /// <param name="format">What is encoded.</param>
    /// <param name="bufferMax">Bytes to hold before the producer has to wait.</param>
    /// <param name="onAbandoned">Called when the last reader has gone before the end: nobody wants the rest.</param>
    public SnapshotStream(BlockPool pool, SnapshotFormat format, long bufferMax = 8 << 20, Action<SnapshotStream>? onAbandoned = null)
    {
        _pool = pool;
        Format = format;
        BufferMax = bufferMax;
        _onAbandoned = onAbandoned;
    }

    /// <summary>What is encoded.</summary>
    public SnapshotFormat Format { get; }

    /// <summary>Bytes to hold before the producer has to wait.</summary>
    public long BufferMax { get; }

    /// <summary>How far it is.</summary>
    public SnapshotStatus Status { get; private set; }

    /// <summary>Why it failed.</summary>
    public string Error { get; private set; } = "";

    /// <summary>Length of the whole, bytes; -1 while unknown.</summary>
    public long Length { get; private set; } = -1;

    /// <summary>Bytes appended so far.</summary>
    public long WrittenBytes { get; private set; }

    /// <summary>Bytes held for readers, block headers not counted.</summary>
    public long BufferedBytes { get; private set; }

    /// <summary>Memory of the blocks that they are in, and of pages of a file.</summary>
    public long MemoryBytes { get; private set; }

    /// <summary>Cursors open.</summary>
    public int Readers => _cursors.Count;

    /// <summary>Whether the producer should append more. What nobody reads is not kept.</summary>
    public bool HasRoom => BufferedBytes < BufferMax || _cursors.Count == 0;

    /// <summary>Whether a reader may still join: nothing has been freed.</summary>
    public bool CanJoin => Status != SnapshotStatus.Failed && BufferedBytes == WrittenBytes;

    /// <summary>Appends a copy of the bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var block = _pool.Rent();
            var part = Math.Min(bytes.Length, block.Capacity);
            bytes[..part].CopyTo(block.Data);
            block.Length = part;
            Append(block);
            bytes = bytes[part..];
        }
    }

    /// <summary>Appends a block that is written, and takes over the caller's reference.</summary>
    public void Append(Block block)
    {
        if (_isAbandoned)
        {
            _pool.Release(block);
            return;
        }

        if (Status != SnapshotStatus.Writing) throw new InvalidOperationException("A snapshot that has ended can't be appended to.");
        block.Next = Block.None;
        MemoryBytes += BlockPool.MemoryBytes(block);
        if (_tail.IsNone) _head = block;
        else _tail.Next = block;
        _tail = block;
        WrittenBytes += block.Length;
        BufferedBytes += block.Length;
        _file?.OnAppended();
    }

    /// <summary>All bytes were appended.</summary>
    public void Complete()
    {
        if (Status == SnapshotStatus.Failed || _isAbandoned) return;
        Length = WrittenBytes;
        Status = SnapshotStatus.Completed;
    }

    /// <summary>The whole of it is in that file, and all read it there. The file is closed with its last reader.</summary>
    public void Serve(ISnapshotFile file)
    {
        if (WrittenBytes > 0 || _cursors.Count == 0) throw new InvalidOperationException("A file is served whole, and to readers.");
        _file = file;
        WrittenBytes = file.End;
        Complete();
        foreach (var cursor in _cursors) cursor.MoveToFile();
    }

    /// <summary>The snapshot can't be had. Its readers are told when they look.</summary>
    public void Fail(string error)
    {
        if (Status == SnapshotStatus.Completed) return;
        (Status, Error) = (SnapshotStatus.Failed, error);
    }

    /// <summary>Opens a reader at the first byte.</summary>
    public SnapshotCursor OpenCursor()
    {
        if (!CanJoin) throw new InvalidOperationException("The start of the snapshot is gone.");
        var cursor = new SnapshotCursor(this);
        _cursors.Add(cursor);
        return cursor;
    }

    /// <summary>When readers share it: who of them others have to wait for.</summary>
    internal SnapshotPace Pace { get; } = new();

    /// <summary>First block held; none before the first bytes.</summary>
    internal Block Head => _head;

    /// <summary>Readers that have not entered the first block yet, and need it.</summary>
    internal int Waiting { get; set; }

    /// <summary>Why a reader of the file will not get the rest, or null.</summary>
    internal string? FileFailure => _readError ?? _file?.Failure;

    /// <summary>The slowest and the fastest of those that read from memory.</summary>
    internal (SnapshotCursor? Slowest, SnapshotCursor? Fastest) Extremes()
    {
        SnapshotCursor? slowest = null, fastest = null;
        foreach (var cursor in _cursors)
        {
            if (cursor.IsOnFile) continue;
            if (slowest == null || cursor.ReadBytes < slowest.ReadBytes) slowest = cursor;
            if (fastest == null || cursor.ReadBytes > fastest.ReadBytes) fastest = cursor;
        }

        return (slowest, fastest);
    }

    /// <summary>Whether half of the buffer, or more, is held for it.</summary>
    internal bool IsFarBehind(SnapshotCursor cursor) => !cursor.IsOnFile && WrittenBytes - cursor.ReadBytes >= BufferMax / 2;

    /// <summary>
    /// Lets the readers that are far behind go on from a file, which takes over what they lack. False where there is none to be had.
    /// </summary>
    /// <param name="create">Makes the file that a cursor, which it closes, is to be read into.</param>
    internal bool Divert(Func<SnapshotCursor, ISnapshotFile?> create)
    {
        if (FileFailure != null || Extremes().Slowest is not { } slowest) return false;
        if (_file == null)
        {
            var source = slowest.Duplicate();
            _file = create(source);
            if (_file == null)
            {
                source.Close();
                return false;
            }
        }

        foreach (var cursor in _cursors)
        {
            if (IsFarBehind(cursor)) cursor.MoveToFile();
        }

        _file.OnAppended();
        return true;
    }

    /// <summary>
    /// Exchanges a cursor's page for the one with the file's byte at <paramref name="position"/>: that of a reader that is there too, or one that is read.
    /// Pages end at the same places for all. False while there is none, or for good (<see cref="FileFailure"/>).
    /// </summary>
    internal bool TryReadPage(ref Block page, long position)
    {
        foreach (var other in _cursors)
        {
            if (!other.HasPageWith(position)) continue;
            ReleasePage(page);
            page = other.Page;
            page.Retain();
            return true;
        }

        if (_file == null || FileFailure != null || position >= _file.End) return false;
        if (page.IsNone || page.References > 1)
        {
            ReleasePage(page);
            page = _pool.Rent(PageSize);
            MemoryBytes += BlockPool.MemoryBytes(page);
        }

        page.BaseOffset = position;
        page.Resize(0);
        try
        {
            var length = (int)Math.Min(PageSize - (position % PageSize), _file.End - position);
            var read = _file.ReadAt(position, page.Data[..length]);
            if (read == 0) throw new IOException("the file ends too early");
            page.Resize(read);
        }
        catch (IOException error)
        {
            _readError = $"Reading the spooled snapshot: {error.Message}";
        }

        return page.Length > 0;
    }

    /// <summary>A reader has left a block, or none yet: frees what every reader has passed.</summary>
    internal void Leave(Block block)
    {
        if (!block.IsNone) _pool.Release(block);
        while (!_head.IsNone && _head != _tail && _head.References == 1 && Waiting == 0)
        {
            var next = _head.Next;
            BufferedBytes -= _head.Length;
            MemoryBytes -= BlockPool.MemoryBytes(_head);
            _pool.Release(_head);
            _head = next;
        }
    }

    internal void Remove(SnapshotCursor cursor, Block block)
    {
        var wasReader = _cursors.Remove(cursor);
        if (cursor.IsOnFile) ReleasePage(block);
        else Leave(block);
        if (!wasReader) return; // that of the file
        if (!_cursors.Exists(static other => other.IsOnFile)) CloseFile();
        if (_cursors.Count > 0) return;
        FreeAll();
        _isAbandoned = true;
        if (Status == SnapshotStatus.Writing) _onAbandoned?.Invoke(this);
    }

    private void CloseFile()
    {
        var file = _file;
        _file = null;
        file?.Dispose();
    }

    private void ReleasePage(Block page)
    {
        if (page.IsNone) return;
        if (page.References == 1) MemoryBytes -= BlockPool.MemoryBytes(page);
        _pool.Release(page);
    }

    private void FreeAll()
    {
        while (!_head.IsNone)
        {
            var next = _head.Next;
            _pool.Release(_head);
            _head = next;
        }

        _tail = Block.None;
        BufferedBytes = MemoryBytes = 0;
    }
}
