using Redouble.Core.Memory;
using Redouble.Core.Platform;
using Redouble.Protocol.Replies;
using Redouble.Replication.Primary;

namespace Redouble.Engine.Persistence;

/// <summary>
/// The rest of a payload for replicas that are too slow for those they share it with: a file without a name, into which the helper writes what a reader of its
/// own gets to read.
/// <code>
///   stream ─► source ─► batch, held by the data thread ─► helper: the file ─► ReadAt, data thread: slow replicas
///   place of the first byte: _start                                           up to End
/// </code>
/// The stream waits for this reader as for any other, so a slow disk costs no memory. A file that fails, or gets too large, has no end: the replicas that read
/// it are dropped.
/// </summary>
internal sealed class PayloadSpool : ISnapshotFile, IBackgroundJob
{
    private const int SliceSize = 64 * 1024;
    private readonly OutputSegment[] _batch = new OutputSegment[32];
    private readonly SnapshotCursor _source;
    private readonly IBackgroundExecutor _executor;
    private readonly Func<ISpoolFile> _create;
    private readonly Action<PayloadSpool> _onClosed;
    private readonly BlockPool _blocks;
    private readonly long _start;
    private readonly long _bytesMax;
    private ISpoolFile? _file; // the helper creates it
    private string? _error;    // helper, then data thread
    private int _count;
    private int _next;         // helper
    private bool _isPosted;
    private bool _isWanted = true;
    private bool _isClosed;

    /// <param name="source">Reads the stream; is closed here.</param>
    /// <param name="blocks">Where blocks go back to.</param>
    /// <param name="executor">The helper.</param>
    /// <param name="create">Helper: creates the file.</param>
    /// <param name="bytesMax">What the file may take.</param>
    /// <param name="onClosed">Called when the file has been given up.</param>
    public PayloadSpool(
        SnapshotCursor source, BlockPool blocks, IBackgroundExecutor executor, Func<ISpoolFile> create, long bytesMax, Action<PayloadSpool> onClosed)
    {
        _source = source;
        _blocks = blocks;
        _executor = executor;
        _create = create;
        _bytesMax = bytesMax;
        _onClosed = onClosed;
        _start = End = source.ReadBytes;
    }

    /// <inheritdoc/>
    public long End { get; private set; }

    /// <inheritdoc/>
    public string? Failure { get; private set; }

    /// <summary>Bytes in the file.</summary>
    public long FileBytes => End - _start;

    /// <inheritdoc/>
    public int ReadAt(long position, Span<byte> into) => _file!.ReadAt(position - _start, into);

    /// <inheritdoc/>
    public void OnAppended()
    {
        if (_isPosted || _isClosed || !_isWanted) return;
        _count = _source.Peek(_batch);
        if (_count == 0) return;
        for (var i = 0; i < _count; i++) _batch[i].Block.Retain();
        _next = 0;
        _isPosted = true;
        _executor.Post(this);
    }

    /// <inheritdoc/>
    public bool RunSlice()
    {
        try
        {
            _file ??= _create();
            for (var written = 0; _next < _count && written < SliceSize; _next++)
            {
                _file.Write(_batch[_next].Bytes);
                written += _batch[_next].Length;
            }
        }
        catch (IOException error)
        {
            _error = error.Message;
        }

        return _error == null && _next < _count;
    }

    /// <inheritdoc/>
    public void OnPaused()
    {
        _isPosted = false;
        long bytes = 0;
        for (var i = 0; i < _count; i++)
        {
            bytes += _batch[i].Length;
            _blocks.Release(_batch[i].Block);
        }

        if (_isWanted && _error == null)
        {
            _source.Advance(bytes);
            End += bytes;
            if (FileBytes > _bytesMax) _error = $"its file would get larger than {_bytesMax} bytes";
        }

        if (_error != null) Failure = $"Spooling the rest of a payload for slow replicas: {_error}";
        if (!_isWanted || _error != null) Close();
        else OnAppended();
    }

    /// <summary>Nobody reads it any more.</summary>
    public void Dispose()
    {
        _isWanted = false;
        if (!_isPosted) Close();
    }

    private void Close()
    {
        if (_isClosed) return;
        _isClosed = true;
        _file?.Dispose();
        _source.Close();
        _onClosed(this);
    }
}
