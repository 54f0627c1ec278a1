using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Redouble.Server.Polling;

/// <summary>What the base library cannot do with files.</summary>
internal static unsafe partial class FileCalls
{
    private const int OpenReadOnlyCloseOnExec = 0x80000;

    /// <summary>fsync of a directory: renames in it survive a power loss.</summary>
    /// <exception cref="IOException">The directory cannot be opened or synced.</exception>
    public static void SyncDirectory(string path)
    {
        var descriptor = Open(path, OpenReadOnlyCloseOnExec);
        if (descriptor < 0) throw Failure(path);
        var result = FSync(descriptor);
        var failure = result < 0 ? Failure(path) : null;
        SocketCalls.Close(descriptor);
        if (failure != null) throw failure;
    }

    /// <summary>rename: at once, or not at all. The base library copies where the file systems differ.</summary>
    /// <exception cref="IOException">It did not take place.</exception>
    public static void Rename(string from, string to)
    {
        if (RenameFile(from, to) < 0) throw new IOException(Marshal.GetLastPInvokeErrorMessage());
    }

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

    private static IOException Failure(string path) => new($"{Marshal.GetLastPInvokeErrorMessage()}: '{path}'");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameFile(string from, string to);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long length, uint flags);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int FAdvise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);
}
