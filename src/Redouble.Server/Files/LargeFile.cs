using Microsoft.Win32.SafeHandles;

namespace Redouble.Server.Files;

/// <summary>
/// A large file that is about to lose its name. With the last hold on it the system frees the pages that it has of it, all at once and in the kernel: 12 to
/// 20 ms for 400 MB, in which whoever has deleted it does nothing else, and others on the same core may have to wait. So it is held, and its pages are given
/// back in steps, on a thread of its own. Its bytes stay as they are: it may have another name, or somebody who reads it, such as a backup.
/// <code>
///   TryHold ─► the name goes: unlink, or a rename over it ─► GiveBack ─► pages of 4 MB ─► pause ─► pages of 4 MB ─► … ─► closed
///        └──── that fails: Dispose, and nothing has happened
/// </code>
/// </summary>
internal sealed class LargeFile : IDisposable
{
    private const long StepBytes = 4 << 20; // some 0.15 ms
    private const int PauseMs = 2;

    private SafeFileHandle? _handle;

    private readonly long _length;

    private LargeFile(SafeFileHandle handle, long length) => (_handle, _length) = (handle, length);

    /// <summary>Holds the file of that name; null when there is none, or it is small.</summary>
    public static LargeFile? TryHold(string path)
    {
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists || info.Length <= StepBytes || info.LinkTarget != null) return null;
            var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return new LargeFile(handle, info.Length);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The name is gone.</summary>
    public void GiveBack()
    {
        if (_handle is not { } handle) return;
        _handle = null;
        try
        {
            new Thread(() => Forget(handle, _length), 128 * 1024) { IsBackground = true, Name = "release" }.Start();
        }
        catch (OutOfMemoryException)
        {
            handle.Dispose(); // no thread is to be had: all at once, then
        }
    }

    /// <summary>Lets go of it, if it was not given back.</summary>
    public void Dispose()
    {
        _handle?.Dispose();
        _handle = null;
    }

    private static void Forget(SafeFileHandle handle, long length)
    {
        using (handle)
        {
            for (long at = 0; at < length; at += StepBytes)
            {
                Polling.FileCalls.ForgetPages(handle, at, StepBytes);
                Thread.Sleep(PauseMs);
            }
        }
    }
}
