using Microsoft.Win32.SafeHandles;

namespace Redouble.Server.Files;

/// <summary>
/// A large file that is about to lose its name, or has none. With the last hold on it the system frees the pages that it has of it, all at once and in the
/// kernel: 12 to 20 ms for 400 MB, and with its place on the disk 70 to 220 ms for a gigabyte, in which whoever has deleted or closed it does nothing else, and
/// others on the same core may have to wait. So it is held, and its pages are given back in steps, on a thread of its own. The bytes of one that had a name
/// stay as they are: it may have another one, or somebody who reads it, such as a backup. One without is shortened, and its room on the disk comes back
/// in 2.2 s per gigabyte. The thread is an ordinary one, whoever has started it: the runtime begins none as idle, so it gets on beside a busy data
/// thread.
/// <code>
///   TryHold ─► the name goes: unlink, or a rename over it ─► GiveBack ─► pages of 4 MB ─► pause ─► pages of 4 MB ─► … ─► closed
///        └──── that fails: Dispose, and nothing has happened    ▲
///   Nameless ───────────────────────────────────────────────────┘ (1 MB)
/// </code>
/// </summary>
internal sealed class LargeFile : IDisposable
{
    private const long LargeBytes = 4 << 20;
    private const long PageStepBytes = 4 << 20;    // 0.15 ms
    private const long ShortenStepBytes = 1 << 20; // 0.08 ms; 4 MB were 0.22 to 0.9
    private const int PauseMs = 2;

    private SafeFileHandle? _handle;

    private readonly long _length;
    private readonly bool _isNameless;

    private LargeFile(SafeFileHandle handle, long length, bool isNameless) => (_handle, _length, _isNameless) = (handle, length, isNameless);

    /// <summary>One that has no name and no other reader: takes over its handle.</summary>
    public static LargeFile Nameless(SafeFileHandle handle, long length) => new(handle, length, isNameless: true);

    /// <summary>Holds the file of that name; null when there is none, or it is small.</summary>
    public static LargeFile? TryHold(string path)
    {
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists || info.Length <= LargeBytes || info.LinkTarget != null) return null;
            var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return new LargeFile(handle, info.Length, isNameless: false);
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
        if (_length <= LargeBytes)
        {
            handle.Dispose();
            return;
        }

        try
        {
            new Thread(() => Forget(handle), 128 * 1024) { IsBackground = true, Name = "release" }.Start();
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

    private void Forget(SafeFileHandle handle)
    {
        var step = _isNameless ? ShortenStepBytes : PageStepBytes;
        using (handle)
        {
            for (long done = 0; done < _length; done += step)
            {
                if (!_isNameless) Polling.FileCalls.ForgetPages(handle, done, step);
                else if (!TryShorten(handle, _length - done - step)) return;
                Thread.Sleep(PauseMs);
            }
        }
    }

    // What cannot be shortened goes at once.
    private static bool TryShorten(SafeFileHandle handle, long length)
    {
        try
        {
            RandomAccess.SetLength(handle, Math.Max(0, length));
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
