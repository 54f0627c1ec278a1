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
///   freed ··· │ block │──►│ block │──►│ block │──► … ◄── Append
///                 ▲ slowest cursor        ▲ fastest cursor
///                 └───────── UnreadBytes ──────────┘   at most about BufferMax: beyond it the producer waits for credit
/// </code>
/// The data thread owns it. A producer on another thread posts its blocks to the data thread.
/// </summary>
public sealed class SnapshotStream
{
    private readonly BlockPool _pool;
    private readonly Action<SnapshotStream>? _onCredit;
    private readonly Action<SnapshotStream>? _onAbandoned;
    private Block _head;
    private Block _tail;
    private readonly List<SnapshotCursor> _cursors = [];
    private bool _isFull;
    private bool _isAbandoned;

    /// <param name="pool">Where copied bytes go, and where blocks go back to.</param>
    /// <param name="format">What is encoded.</param>
    /// <param name="bufferMax">Bytes to hold before the producer has to wait.</param>
    /// <param name="onCredit">Called when there is room again after there was none.</param>
    /// <param name="onAbandoned">Called when the last reader has gone before the end: nobody wants the rest.</param>
    public SnapshotStream(
        BlockPool pool, SnapshotFormat format, long bufferMax = 8 << 20, Action<SnapshotStream>? onCredit = null, Action<SnapshotStream>? onAbandoned = null)
    {
        _pool = pool;
        Format = format;
        BufferMax = bufferMax;
        _onCredit = onCredit;
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

    /// <summary>Memory of the blocks that they are in.</summary>
    public long MemoryBytes { get; private set; }

    /// <summary>Bytes that the slowest reader has not read.</summary>
    public long UnreadBytes
    {
        get
        {
            var slowest = WrittenBytes;
            foreach (var cursor in _cursors) slowest = Math.Min(slowest, cursor.ReadBytes);
            return WrittenBytes - slowest;
        }
    }

    /// <summary>Cursors open.</summary>
    public int Readers => _cursors.Count;

    /// <summary>Whether the producer may append. While nobody reads, nothing flows.</summary>
    public bool HasCredit => Status == SnapshotStatus.Writing && _cursors.Count > 0 && UnreadBytes < BufferMax;

    /// <summary>Whether a reader may still join: nothing has been freed.</summary>
    public bool CanJoin => Status != SnapshotStatus.Failed && BufferedBytes == WrittenBytes;

    /// <summary>Tells the length before the first byte is appended.</summary>
    public void Announce(long length)
    {
        if (WrittenBytes > 0) throw new InvalidOperationException("The length of a snapshot is told before its first byte.");
        Length = length;
    }

    /// <summary>Appends a copy of the bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0 && !_isAbandoned)
        {
            if (_tail.IsNone || _tail.Free.IsEmpty || _tail.Tag != 0) Link(_pool.Rent(), own: true);
            var part = Math.Min(bytes.Length, _tail.Free.Length);
            bytes[..part].CopyTo(_tail.Free);
            _tail.Length += part;
            Count(part);
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

        Link(block, own: false);
        Count(block.Length);
    }

    /// <summary>All bytes were appended.</summary>
    public void Complete()
    {
        if (Status == SnapshotStatus.Failed || _isAbandoned) return;
        if (Length >= 0 && Length != WrittenBytes) ThrowLength();
        Length = WrittenBytes;
        Status = SnapshotStatus.Completed;
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

    /// <summary>First block held; none before the first bytes.</summary>
    internal Block Head => _head;

    /// <summary>Readers that have not entered the first block yet, and need it.</summary>
    internal int Waiting { get; set; }

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

    /// <summary>A reader has moved on or gone: the producer may be able to go on.</summary>
    internal void OnRead()
    {
        if (!_isFull || UnreadBytes > BufferMax / 2) return;
        _isFull = false;
        if (Status == SnapshotStatus.Writing) _onCredit?.Invoke(this);
    }

    internal void Remove(SnapshotCursor cursor, Block block)
    {
        _cursors.Remove(cursor);
        Leave(block);
        if (_cursors.Count > 0)
        {
            OnRead();
            return;
        }

        FreeAll();
        _isAbandoned = true;
        if (Status == SnapshotStatus.Writing) _onAbandoned?.Invoke(this);
    }

    private void ThrowLength() => throw new InvalidOperationException($"A snapshot of {Length} bytes was announced, {WrittenBytes} were written.");

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

    private void Link(Block block, bool own)
    {
        block.Next = Block.None;
        MemoryBytes += BlockPool.MemoryBytes(block);
        block.Tag = own ? 0 : 1; // others' blocks are not written to
        if (_tail.IsNone) _head = block;
        else _tail.Next = block;
        _tail = block;
    }

    private void Count(int bytes)
    {
        if (Status != SnapshotStatus.Writing) throw new InvalidOperationException("A snapshot that has ended can't be appended to.");
        WrittenBytes += bytes;
        BufferedBytes += bytes;
        if (UnreadBytes >= BufferMax) _isFull = true;
    }
}
