using Redouble.Core.Platform;

namespace Redouble.Engine.Persistence;

/// <summary>
/// A file that is opened by whoever writes to it first. A snapshot's files are opened so by the helper thread: a directory on a disk that hangs
/// then holds up the helper, and not the data thread.
/// </summary>
/// <param name="open">Opens it; throws <see cref="IOException"/> when it cannot.</param>
/// <param name="isIncremental">
/// Whether it goes to the disk while it is being written, 4 MB at a time (rdb-save-incremental-fsync, aof-rewrite-incremental-fsync), and not all at once at
/// its end, where fsyncs of other files would have to wait for it.
/// </param>
internal sealed class LateFile(Func<IWritableFile> open, bool isIncremental) : IWritableFile
{
    private const long WriteBackBytes = 4 << 20;

    private IWritableFile? _file;
    private long _sinceWriteBack;

    /// <summary>Whether it has been opened.</summary>
    public bool IsOpen => _file != null;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        _file ??= open();
        _file.Write(bytes);
        _sinceWriteBack += bytes.Length;
        if (!isIncremental || _sinceWriteBack < WriteBackBytes) return;
        _sinceWriteBack = 0;
        _file.WriteBack();
    }

    public void Sync() => (_file ??= open()).Sync();

    public void Dispose() => _file?.Dispose();
}
