using Redouble.Core.Platform;

namespace Redouble.Engine.Replication;

/// <summary>
/// The file of a divergence report, written by the helper from copies: under a temporary name, fsynced, renamed. So a file with the final name is whole,
/// whenever the process or the machine dies; and a disk that hangs holds the helper, not the data thread.
/// </summary>
internal sealed class DivergenceFile : IBackgroundJob
{
    private const int ChunkBytes = 64 * 1024;
    private const int ChunksMax = 8; // under way: what the data thread may be ahead of the disk

    private readonly Lock _lock = new();
    private readonly Queue<(byte[] Bytes, int Length)> _written = new();
    private readonly Stack<byte[]> _free = new();
    private readonly IFileSystem _files;
    private readonly IBackgroundExecutor _executor;
    private readonly string _directory;
    private readonly string _name;
    private readonly string _temporaryName;
    private readonly Action _onProgress;
    private IWritableFile? _file; // helper
    private string? _error;
    private bool _posted, _ends, _keeps, _isClosed;

    /// <param name="files">The disk.</param>
    /// <param name="executor">The helper.</param>
    /// <param name="directory">Where.</param>
    /// <param name="name">Its name there.</param>
    /// <param name="temporaryName">Until then. Its own: one that was dropped may still be there when the next one begins.</param>
    /// <param name="onProgress">Data thread: the helper has got on.</param>
    public DivergenceFile(IFileSystem files, IBackgroundExecutor executor, string directory, string name, string temporaryName, Action onProgress)
    {
        _files = files;
        _executor = executor;
        _directory = directory;
        _name = name;
        _temporaryName = temporaryName;
        _onProgress = onProgress;
        for (var i = 0; i < ChunksMax; i++) _free.Push(new byte[ChunkBytes]);
    }

    /// <summary>What went wrong, or null.</summary>
    public string? Error
    {
        get
        {
            lock (_lock) return _error;
        }
    }

    /// <summary>Whether it has ended: there under its name, or gone.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_lock) return _isClosed;
        }
    }

    /// <summary>Whether there is room for another chunk.</summary>
    public bool HasRoom
    {
        get
        {
            lock (_lock) return _free.Count > 0;
        }
    }

    /// <summary>Room for the next bytes, to be given back by <see cref="Write"/>. Only with <see cref="HasRoom"/>.</summary>
    public byte[] Rent()
    {
        lock (_lock) return _free.Pop();
    }

    /// <summary>Has the first bytes of a rented chunk written.</summary>
    public void Write(byte[] chunk, int length)
    {
        lock (_lock) _written.Enqueue((chunk, length));
        Post();
    }

    /// <summary>Nothing more comes: what was written becomes a file of its name, or none.</summary>
    public void End(bool keep)
    {
        lock (_lock)
        {
            _keeps = keep && !(_ends && !_keeps);
            _ends = true;
        }

        Post();
    }

    /// <inheritdoc/>
    public bool RunSlice()
    {
        (byte[] Bytes, int Length) chunk;
        bool keeps;
        lock (_lock)
        {
            if (!_written.TryDequeue(out chunk) && (!_ends || _isClosed)) return _posted = false;
            keeps = _keeps && _error == null;
        }

        try
        {
            if (chunk.Bytes == null) Close(keeps);
            else if (Error == null) Open().Write(chunk.Bytes.AsSpan(0, chunk.Length));
        }
        catch (IOException failure)
        {
            lock (_lock) _error ??= failure.Message;
        }

        lock (_lock)
        {
            if (chunk.Bytes != null) _free.Push(chunk.Bytes);
            else _isClosed = _file == null;
        }

        return true;
    }

    /// <inheritdoc/>
    public void OnPaused() => _onProgress();

    private string TemporaryPath => Path.Combine(_directory, _temporaryName);

    private IWritableFile Open() => _file ??= _files.Create(TemporaryPath);

    // Comes again, to drop the file, when it cannot be kept.
    private void Close(bool keeps)
    {
        if (keeps)
        {
            Open().Sync();
            _file!.Dispose();
            _files.Rename(TemporaryPath, Path.Combine(_directory, _name));
            _file = null;
            return;
        }

        var file = _file;
        _file = null;
        if (file == null) return;
        try
        {
            file.Dispose();
            _files.Delete(TemporaryPath);
        }
        catch (IOException)
        {
            // It is known already why there is no report; what is left is a temporary file.
        }
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
}
