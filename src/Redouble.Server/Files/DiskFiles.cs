using Microsoft.Win32.SafeHandles;
using Redouble.Core.Platform;
using Redouble.Engine.Persistence;

namespace Redouble.Server.Files;

/// <summary>Files on the machine's disks.</summary>
public sealed class DiskFiles : IFileSystem
{
    private int _spools;

    /// <inheritdoc/>
    public ISpoolFile Create(string path) => Guard(() => new DiskFile(File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite)));

    /// <inheritdoc/>
    public ISpoolFile CreateUnlinked(string directory) => Guard(() =>
    {
        // Numbered: the data thread and the helper may both create one within the clock's grain.
        var number = Interlocked.Increment(ref _spools);
        var path = Path.Combine(directory, $"{TemporaryFile.Begin}{Environment.ProcessId}-{Environment.TickCount64:x}-{number:x}.spool");
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        File.Delete(path);
        return new DiskFile(handle, isNameless: true);
    });

    /// <inheritdoc/>
    public IAppendFile OpenAppend(string path) =>
        Guard(() => new DiskFile(File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete), isAppended: true));

    /// <inheritdoc/>
    public void CreateDirectory(string path) => Guard(() =>
    {
        if (Directory.Exists(path)) return 0;
        Directory.CreateDirectory(path);
        Polling.FileCalls.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return 0;
    });

    /// <inheritdoc/>
    public IReadableFile? OpenRead(string path)
    {
        // Only a file that is not there is none. One that may not be read, or something else under its name, must not pass for an empty data set.
        if (Directory.Exists(path)) throw new IOException("Is a directory");
        try
        {
            return Guard(() => new DiskReader(File.OpenHandle(path, options: FileOptions.SequentialScan)));
        }
        catch (IOException error) when (error.InnerException is FileNotFoundException or DirectoryNotFoundException || IsNoName(error.InnerException))
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Rename(string from, string to) => Guard(() =>
    {
        using var replaced = LargeFile.TryHold(to);
        Polling.FileCalls.Rename(from, to);
        replaced?.GiveBack();
        Polling.FileCalls.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(to))!);
        return 0;
    });

    /// <inheritdoc/>
    public void Delete(string path) => Guard(() =>
    {
        using var held = LargeFile.TryHold(path);
        File.Delete(path);
        held?.GiveBack();
        return 0;
    });

    /// <inheritdoc/>
    public bool Exists(string path) => File.Exists(path);

    // Refused access is a failure of the disk to its callers like any other, and its text that of the system.
    private static T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (IsOfDisk(error))
        {
            throw Failure(error);
        }
    }

    // A file that is open may be refused, too: made immutable, or on a network file system.
    private static int Read(SafeFileHandle handle, long offset, Span<byte> buffer)
    {
        try
        {
            return RandomAccess.Read(handle, buffer, offset);
        }
        catch (Exception error) when (IsOfDisk(error))
        {
            throw Failure(error);
        }
    }

    private static IOException Failure(Exception error) => new(TextOf(error), error);

    private static bool IsOfDisk(Exception error) => error is UnauthorizedAccessException or IOException || IsNoName(error);

    // What the base library takes for a mistake in the program: a name that is empty or has a zero in it, which no file has.
    private static bool IsNoName(Exception? error) => error is ArgumentException { ParamName: "path" };

    private static string TextOf(Exception error)
    {
        const int errnoMax = 133; // the base library passes on a number that it has no exception for
        return error switch
        {
            FileNotFoundException or DirectoryNotFoundException or ArgumentException => Text(Polling.Errno.NoEntry),
            PathTooLongException => Text(Polling.Errno.NameTooLong),
            IOException { HResult: > 0 and <= errnoMax } => Text(error.HResult),
            UnauthorizedAccessException { InnerException: IOException { HResult: > 0 and <= errnoMax } cause } => Text(cause.HResult),
            UnauthorizedAccessException => Text(Polling.Errno.AccessDenied),
            _ => error.Message,
        };
    }

    private static string Text(int errno) => System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno);

    private sealed class DiskFile(SafeFileHandle handle, bool isAppended = false, bool isNameless = false) : ISpoolFile, IAppendFile
    {
        private long _backFrom; // on its way to the disk
        private long _backTo;
        private bool _isClosed;

        public long Length { get; private set; } = isAppended ? RandomAccess.GetLength(handle) : 0;

        public void Write(ReadOnlySpan<byte> bytes)
        {
            try
            {
                RandomAccess.Write(handle, bytes, Length);
            }
            catch (ArgumentOutOfRangeException error)
            {
                throw new IOException("File too large", error); // EFBIG, which the base library takes for a wrong argument
            }
            catch (Exception error) when (IsOfDisk(error))
            {
                throw Failure(error);
            }

            Length += bytes.Length;
        }

        public int ReadAt(long offset, Span<byte> buffer) => DiskFiles.Read(handle, offset, buffer);

        public void Sync()
        {
            // What is appended for ever needs its data and its length on the disk, and no times of its last change.
            if (isAppended)
            {
                Polling.FileCalls.SyncData(handle);
                return;
            }

            // In steps: the end of a write of 300 MB is 10 ms of work in the kernel, during which whoever wants that core waits.
            const long stepBytes = 4 << 20;
            while (Length - _backTo > stepBytes) WriteBackTo(_backTo + stepBytes);
            Guard(() =>
            {
                RandomAccess.FlushToDisk(handle);
                return 0;
            });
        }

        public void WriteBack() => WriteBackTo(Length);

        private void WriteBackTo(long end)
        {
            Polling.FileCalls.WriteBack(handle, _backFrom, _backTo - _backFrom, waits: true);
            (_backFrom, _backTo) = (_backTo, end);
            Polling.FileCalls.WriteBack(handle, _backFrom, _backTo - _backFrom, waits: false);
        }

        public void Truncate(long length)
        {
            Length = length;
            Guard(() =>
            {
                RandomAccess.SetLength(handle, length);
                return 0;
            });
        }

        public void Dispose()
        {
            if (_isClosed) return;
            _isClosed = true;
            if (isNameless) LargeFile.Nameless(handle, Length).GiveBack();
            else handle.Dispose();
        }
    }

    private sealed class DiskReader : IReadableFile
    {
        private readonly SafeFileHandle _handle;
        private readonly FileStream? _pipe;
        private readonly long _length;
        private long _position;

        public DiskReader(SafeFileHandle handle)
        {
            _handle = handle;
            try
            {
                _length = RandomAccess.GetLength(handle);
            }
            catch (NotSupportedException)
            {
                _pipe = new FileStream(handle, FileAccess.Read, bufferSize: 0);
            }
        }

        // A pipe has none, and must not pass for an empty data set.
        public long Length => _pipe == null ? _length : throw new IOException(Text(Polling.Errno.InvalidSeek));

        public int Read(Span<byte> buffer)
        {
            if (_pipe != null) return _pipe.Read(buffer);
            var read = DiskFiles.Read(_handle, _position, buffer);
            _position += read;
            return read;
        }

        public void Dispose()
        {
            _pipe?.Dispose();
            _handle.Dispose();
        }
    }
}
