using Redouble.Engine.Configuration;
using Redouble.Engine.Persistence;
using Redouble.Server.Logging;

namespace Redouble.Server.Files;

/// <summary>
/// What processes that were killed in the middle of a save, a full sync or a rewrite have left, as large as the data set. It is removed at a start.
/// <code>
///   of our own making     its name (<see cref="TemporaryFile"/>): temp-20240101.rdb is somebody's backup, and temp-4711.rdb is a Redis'
///   nobody writes to it   an open file holds a lock (the runtime's, flock), which goes with its process, however that ends. A process number would tell
///                         nothing of another container that has the volume, too
///   …                     the lock comes some microseconds after the file: an empty one is left alone for a minute
///   no locks              network and user-space file systems: an hour without a change
/// </code>
/// </summary>
internal static class Leftovers
{
    private static readonly TimeSpan EmptyFor = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan UnlockedFor = TimeSpan.FromHours(1);

    /// <summary>Removes them from the folders of a server that is about to start.</summary>
    public static void Remove(ServerConfig config, ServerLog log)
    {
        Remove(config.Paths.Directory, log);
        Remove(config.Paths.AppendDirectory, log);
    }

    /// <summary>Removes those of a folder.</summary>
    public static void Remove(string folder, ServerLog log)
    {
        foreach (var path in Find(folder))
        {
            var name = Path.GetFileName(path);
            try
            {
                if (TryRemove(path)) log.Write(ConfigLogLevel.Notice, $"Removed {name}, which a process that is gone had not completed");
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                log.Write(ConfigLogLevel.Warning, $"Can't remove {name}, which a process that is gone had not completed: {error.Message}");
            }
        }
    }

    private static string[] Find(string folder)
    {
        try
        {
            return Directory.GetFiles(folder, TemporaryFile.Begin + "*");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    // False when somebody has it open, or might.
    private static bool TryRemove(string path)
    {
        var info = new FileInfo(path);
        if (!info.Exists || info.LinkTarget != null) return false;
        var unchanged = DateTime.UtcNow - info.LastWriteTimeUtc;
        if (unchanged < (HasLocks(path) ? info.Length == 0 ? EmptyFor : TimeSpan.MinValue : UnlockedFor)) return false;
        try
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.None);
            File.Delete(path);
            return true;
        }
        catch (IOException error) when (error.HResult == Polling.Errno.Again)
        {
            return false;
        }
    }

    private static bool HasLocks(string path)
    {
        var drive = new DriveInfo(path);
        return drive.DriveType != DriveType.Network && !drive.DriveFormat.StartsWith("fuse", StringComparison.Ordinal);
    }
}
