using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Redouble.Server.Polling;

/// <summary>What the base library cannot do with files.</summary>
public static unsafe partial class FileCalls
{
    private const int CloseOnExec = 0x80000;
    private const int AllMayWrite = 0x1B6; // 0666, less what the umask takes away
    private const int WorkingDirectory = -100; // AT_FDCWD

    /// <summary>fsync of a directory: renames in it survive a power loss, as far as its file system knows how to see to that.</summary>
    /// <exception cref="IOException">The directory cannot be opened or synced.</exception>
    public static void SyncDirectory(string path)
    {
        var descriptor = Open(path, CloseOnExec, 0);
        if (descriptor < 0) throw Failure(path);
        var result = FSync(descriptor);
        var isRefused = result < 0 && Marshal.GetLastPInvokeError() is Errno.InvalidArgument or Errno.BadDescriptor; // not for directories
        var failure = result < 0 && !isRefused ? Failure(path) : null;
        SocketCalls.Close(descriptor);
        if (failure != null) throw failure;
    }

    /// <summary>rename: at once, or not at all. The base library copies where the file systems differ.</summary>
    /// <exception cref="IOException">It did not take place.</exception>
    public static void Rename(string from, string to)
    {
        if (RenameFile(from, to) < 0) throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }

    /// <summary>Whether this process may open files in a directory whose names it knows.</summary>
    public static bool MayEnter(string directory) => Access(directory, mode: 1) == 0;

    /// <summary>fdatasync: what was written survives a power loss.</summary>
    /// <exception cref="IOException">It may not.</exception>
    public static void SyncData(SafeFileHandle file)
    {
        if (FDataSync(file) < 0) throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }

    /// <summary>sync_file_range: begins to write a part of a file to the disk, or waits for that.</summary>
    /// <exception cref="IOException">It could not be written.</exception>
    public static void WriteBack(SafeFileHandle file, long offset, long length, bool waits)
    {
        if (length == 0 || !OperatingSystem.IsLinux()) return;
        const uint waitBefore = 1;
        const uint write = 2;
        const uint waitAfter = 4;
        if (SyncFileRange(file, offset, length, waits ? waitBefore | write | waitAfter : write) == 0) return;
        var error = Marshal.GetLastPInvokeError();
        if (error is not (Errno.NotImplemented or Errno.InvalidSeek)) throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }

    /// <summary>posix_fadvise: the system need not keep its pages of a part of a file. A hint, which cannot fail in a way that matters.</summary>
    public static void ForgetPages(SafeFileHandle file, long offset, long length)
    {
        const int dontNeed = 4;
        if (OperatingSystem.IsLinux()) FAdvise(file, offset, length, dontNeed);
    }

    /// <summary>Opens a file that every write goes to the end of, and creates it when there is none. Count is the descriptor.</summary>
    public static IoResult OpenAppend(string path)
    {
        const int writeOnly = 1;
        const int create = 0x40;
        const int append = 0x400;
        const int noTerminal = 0x100;
        return SocketCalls.Result(Open(path, writeOnly | create | append | noTerminal | CloseOnExec, AllMayWrite));
    }

    /// <summary>Writes all of it, or as much as the system takes.</summary>
    public static IoResult WriteAll(int descriptor, ReadOnlySpan<byte> bytes)
    {
        var result = IoResult.Done(0);
        // Invariant: the bytes are pinned for the calls, each of which reads at most the rest of them.
        fixed (byte* pointer = bytes)
        {
            for (var at = 0; at < bytes.Length && result.IsDone; at += result.Count)
            {
                result = SocketCalls.Result(NativeCalls.Write(descriptor, pointer + at, (nuint)(bytes.Length - at)));
                if (result.Errno == Errno.Interrupted) result = IoResult.Done(0);
                else if (result is { IsDone: true, Count: 0 }) break;
            }
        }

        return result;
    }

    /// <summary>Which file is open; false when the system does not tell.</summary>
    public static bool TryIdentify(int descriptor, out FileIdentity identity) => TryIdentify(descriptor, "", out identity, out _);

    /// <summary>Which file has that name; false when there is none.</summary>
    public static bool TryIdentify(string path, out FileIdentity identity) => TryIdentify(WorkingDirectory, path, out identity, out _);

    /// <summary>Whether that is the name of a pipe: to open one waits for who is at its other end.</summary>
    public static bool IsPipe(string path)
    {
        const int kindMask = 0xF000;
        const int pipe = 0x1000;
        return TryIdentify(WorkingDirectory, path, out _, out var mode) && (mode & kindMask) == pipe;
    }

    // statx, whose answer has the same layout on all processors.
    private static bool TryIdentify(int directory, string path, out FileIdentity identity, out int mode)
    {
        const int emptyPath = 0x1000;
        const uint kind = 1;
        const uint number = 0x100;
        const int modeAt = 28;
        const int numberAt = 32;
        const int deviceAt = 136; // major and minor, four bytes each
        var answer = stackalloc byte[256];
        // Invariant: the call writes a struct statx, which is 256 bytes long.
        var found = StatX(directory, path, path.Length == 0 ? emptyPath : 0, kind | number, answer) == 0;
        identity = found ? new FileIdentity(*(ulong*)(answer + deviceAt), *(ulong*)(answer + numberAt)) : default;
        mode = found ? *(ushort*)(answer + modeAt) : 0;
        return found;
    }

    private static IOException Failure(string path) => new($"{Marshal.GetLastPInvokeErrorMessage()}: '{path}'");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int directory, string path, int flags, uint mask, void* answer);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameFile(string from, string to);

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long length, uint flags);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int FAdvise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);
}
