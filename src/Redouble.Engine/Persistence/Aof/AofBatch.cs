using System.Runtime.InteropServices;
using Redouble.Core.Memory;
using Redouble.Core.Platform;
using Redouble.Persistence.Aof;
using Redouble.Replication.Identity;

namespace Redouble.Engine.Persistence.Aof;

/// <summary>
/// What is written to the append-only file at once: pieces of the replication log, where they lie, and a few bytes of its own between them.
/// <code>
///   text     │ SELECT │                                    │ mark │
///   pieces   [  text  ] [ block, 200..16000 ] [ block, 0..9100 ] [ text ]
/// </code>
/// The data thread makes it and holds the blocks; the file thread writes. Short pieces go through one buffer, so that a batch of many is one system call.
/// </summary>
/// <param name="files">File thread: writes it.</param>
/// <param name="onDone">Data thread: takes note of how that went; false keeps it, to be written again.</param>
internal sealed class AofBatch(AofFiles files, Func<AofBatch, bool> onDone) : IAofWork
{
    private const int BufferBytes = 64 * 1024;
    private const int DirectMin = 8 * 1024;

    private readonly List<Piece> _pieces = [];
    private byte[]? _buffer; // file thread
    private byte[] _text = new byte[512];
    private int _textLength;
    private ReplicationId _markId;
    private long _markOffset;
    private int _markDatabase;
    private bool _markIsReplica;
    private bool _hasMark; // it ends with one
    private bool _isPrepared; // file thread

    private readonly record struct Piece(Block Block, int Position, int Length, int Omitted = 0, bool IsStream = false);

    /// <summary>Bytes to write.</summary>
    public long Length { get; private set; }

    /// <summary>Offset of the last byte of the log that it takes the file to.</summary>
    public long EndOffset { get; set; }

    /// <summary>Whether the file is to be synced behind it.</summary>
    public bool Syncs { get; set; }

    /// <summary>Why it was not written, or null. Nothing of it counts as written then.</summary>
    public string? WriteError { get; private set; }

    /// <summary>Why the part that was written could not be taken back, or null.</summary>
    public string? TruncateError { get; private set; }

    /// <summary>Why it was not synced, or null.</summary>
    public string? SyncError { get; private set; }

    /// <summary>Microseconds that writing took.</summary>
    public long WriteMicroseconds { get; private set; }

    /// <summary>Microseconds that syncing took.</summary>
    public long SyncMicroseconds { get; private set; }

    /// <summary>Bytes of it that count as waiting, though they are in the log no more.</summary>
    public long AsideBytes { get; set; }

    /// <summary>Whether there is data in it, and not only lines that tell of the stream.</summary>
    public bool HasData { get; set; }

    /// <summary>Adds bytes of its own.</summary>
    public void Add(ReadOnlySpan<byte> text) => Add(text, omitted: 0);

    /// <summary>Adds a line that tells of bytes of the stream, which are no data, instead of these bytes.</summary>
    public void AddOmitted(ReadOnlySpan<byte> bytes)
    {
        Span<byte> line = stackalloc byte[AofAnnotation.OmittedLengthMax];
        Add(line[..AofAnnotation.FormatOmitted(bytes, line)], bytes.Length);
    }

    private void Add(ReadOnlySpan<byte> text, int omitted)
    {
        ByteArray.MakeRoom(ref _text, _textLength, text.Length);
        text.CopyTo(_text.AsSpan(_textLength));
        _pieces.Add(new Piece(Block.None, _textLength, text.Length, omitted));
        _textLength += text.Length;
        Length += text.Length;
    }

    /// <summary>Adds bytes of the log, which stay until <see cref="Clear"/>.</summary>
    public void Add(Block block, int position, int length)
    {
        block.Retain();
        _pieces.Add(new Piece(block, position, length, IsStream: true));
        Length += length;
    }

    /// <summary>Ends it with a mark; <see cref="ReplicationId.None"/> says that the data set is in no history.</summary>
    public void SetMark(in ReplicationId id, long offset, int database, bool isReplica) =>
        (_hasMark, _markId, _markOffset, _markDatabase, _markIsReplica) = (true, id, offset, database, isReplica);

    /// <summary>Whether blocks of the log are kept for it.</summary>
    public bool HoldsLog => _pieces.Exists(static piece => !piece.Block.IsNone);

    /// <summary>It will be written later: takes copies, so that the log may go on without it.</summary>
    public void Detach(BlockPool blocks)
    {
        var copy = new byte[Length];
        var at = 0;
        foreach (ref var piece in CollectionsMarshal.AsSpan(_pieces))
        {
            BytesOf(piece).CopyTo(copy.AsSpan(at));
            if (!piece.Block.IsNone) blocks.Release(piece.Block);
            piece = piece with { Block = Block.None, Position = at }; // what it is stays known: the marker has to be told
            at += piece.Length;
        }

        (_text, _textLength) = (copy, at);
        WriteError = TruncateError = SyncError = null;
    }

    /// <summary>Empties it, for the next one.</summary>
    public void Clear(BlockPool blocks)
    {
        foreach (ref readonly var piece in CollectionsMarshal.AsSpan(_pieces))
        {
            if (!piece.Block.IsNone) blocks.Release(piece.Block);
        }

        const int retainedMax = 4096;
        _pieces.Clear();
        if (_text.Length > retainedMax) _text = new byte[512];
        _textLength = 0;
        Length = EndOffset = 0;
        Syncs = HasData = _hasMark = _isPrepared = false;
        WriteError = TruncateError = SyncError = null; // where there is no file, nothing is written, nor fails
    }

    /// <inheritdoc/>
    public void Run() => files.Write(this);

    /// <inheritdoc/>
    public bool Complete() => onDone(this);

    /// <summary>File thread: writes it, all or nothing, and syncs. The last error is in the properties.</summary>
    public void Run(IAppendFile file, AofMarker marker, IClock clock)
    {
        if (!_isPrepared) Prepare(marker);
        var started = clock.MonotonicMicroseconds;
        WriteError = TruncateError = SyncError = null;
        SyncMicroseconds = 0;
        var length = file.Length;
        try
        {
            Write(file);
        }
        catch (IOException error)
        {
            WriteError = error.Message;
            TakeBack(file, length);
        }

        var written = clock.MonotonicMicroseconds;
        WriteMicroseconds = written - started;
        if (!Syncs || WriteError != null) return;
        try
        {
            file.Sync();
        }
        catch (IOException error)
        {
            SyncError = error.Message;
        }

        SyncMicroseconds = clock.MonotonicMicroseconds - written;
    }

    /// <summary>File thread: there is nothing that it may be written to.</summary>
    public void Refuse(string why)
    {
        WriteError = why;
        TruncateError = SyncError = null;
        WriteMicroseconds = SyncMicroseconds = 0;
    }

    // Once, however often it has to be written: the marker has then counted it.
    private void Prepare(AofMarker marker)
    {
        _isPrepared = true;
        Span<byte> line = stackalloc byte[AofAnnotation.LengthMax];
        if (marker.Tie(line) is var tie and > 0)
        {
            var isTimed = _pieces is [{ IsStream: false } first, ..] && AofAnnotation.IsTimestamp(BytesOf(first)); // which is in front of all else
            var at = isTimed ? 1 : 0;
            Add(line[..tie]);
            _pieces.Insert(at, _pieces[^1]);
            _pieces.RemoveAt(_pieces.Count - 1);
        }

        foreach (ref readonly var piece in CollectionsMarshal.AsSpan(_pieces))
        {
            if (piece.Omitted > 0) marker.AppendOmitted(BytesOf(piece), piece.Omitted);
            else if (piece.IsStream) marker.AppendStream(BytesOf(piece));
            else marker.AppendOther(BytesOf(piece));
        }

        if (!_hasMark) return;
        if (_markId.IsNone)
        {
            marker.AppendNone();
            Add(AofAnnotation.None);
            return;
        }

        Add(line[..marker.Mark(_markId.Bytes, _markOffset, _markDatabase, _markIsReplica, line)]);
    }

    private void Write(IAppendFile file)
    {
        var buffer = _buffer ??= new byte[BufferBytes];
        var filled = 0;
        foreach (ref readonly var piece in CollectionsMarshal.AsSpan(_pieces))
        {
            var bytes = BytesOf(piece);
            if (filled + bytes.Length > BufferBytes || bytes.Length >= DirectMin)
            {
                if (filled > 0) file.Write(buffer.AsSpan(0, filled));
                filled = 0;
            }

            if (bytes.Length >= DirectMin)
            {
                file.Write(bytes);
                continue;
            }

            bytes.CopyTo(buffer.AsSpan(filled));
            filled += bytes.Length;
        }

        if (filled > 0) file.Write(buffer.AsSpan(0, filled));
    }

    // Where the file cannot be cut, the next attempt writes the same bytes to the same place.
    private void TakeBack(IAppendFile file, long length)
    {
        try
        {
            file.Truncate(length);
        }
        catch (IOException error)
        {
            TruncateError = error.Message;
        }
    }

    // Only the log's end grows while this reads, and only behind what is read here.
    private ReadOnlySpan<byte> BytesOf(in Piece piece) =>
        piece.Block.IsNone ? _text.AsSpan(piece.Position, piece.Length) : piece.Block.Data.Slice(piece.Position, piece.Length);
}
