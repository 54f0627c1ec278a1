using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using Redouble.Engine.Configuration;
using Redouble.Server.Logging;

namespace Redouble.Server.Files;

/// <summary>
/// What processes that were killed in the middle of a save, a full sync or a rewrite have left: <c>temp-PID.rdb</c>, <c>temp-TIME.PID.N.rdb</c>,
/// <c>temp-rewriteaof-bg-PID.aof</c> and <c>temp-PID.backlog</c>, as large as the data set. They are removed at a start where no such process lives any
/// more. One that lives may be another server in the same folder.
/// </summary>
internal static class Leftovers
{
    private static readonly (string Begin, string End)[] Names = [("temp-rewriteaof-bg-", ".aof"), ("temp-", ".rdb"), ("temp-", ".backlog")];

    /// <summary>Removes them from the folders of a server that is about to start.</summary>
    public static void Remove(ServerConfig config, ServerLog log)
    {
        foreach (var path in Find(config.Paths.Directory).Concat(Find(config.Paths.AppendDirectory)))
        {
            try
            {
                File.Delete(path);
                log.Write(ConfigLogLevel.Notice, $"Removed {Path.GetFileName(path)}, which a process that is gone had not completed");
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                log.Write(ConfigLogLevel.Warning, $"Can't remove {Path.GetFileName(path)}, which a process that is gone had not completed: {error.Message}");
            }
        }
    }

    /// <summary>Their paths in a folder.</summary>
    public static IReadOnlyList<string> Find(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder, "temp-*").Where(static path => IsOrphan(Path.GetFileName(path)))];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool IsOrphan(string name)
    {
        foreach (var (begin, end) in Names)
        {
            if (!name.StartsWith(begin, StringComparison.Ordinal) || !name.EndsWith(end, StringComparison.Ordinal)) continue;
            var digits = name.AsSpan(begin.Length, Math.Max(0, name.Length - begin.Length - end.Length));
            return (IsNumber(digits, out int id) || IsReceived(digits, out id)) && !Lives(id);
        }

        return false;
    }

    private static bool IsReceived(ReadOnlySpan<char> text, out int id)
    {
        id = 0;
        Span<Range> parts = stackalloc Range[4];
        return text.Split(parts, '.') == 3 && IsNumber(text[parts[0]], out long _) && IsNumber(text[parts[2]], out long _) && IsNumber(text[parts[1]], out id);
    }

    private static bool IsNumber<T>(ReadOnlySpan<char> text, out T number)
        where T : struct, IBinaryInteger<T> => T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    // The number of this process itself was that of another one: in a container they often have the same.
    private static bool Lives(int id)
    {
        if (id == Environment.ProcessId) return false;
        try
        {
            using var process = Process.GetProcessById(id);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
