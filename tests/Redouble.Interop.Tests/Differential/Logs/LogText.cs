using System.Text.RegularExpressions;

namespace Redouble.Interop.Tests.Differential.Logs;

/// <summary>
/// The lines of a server's log as they are compared: role, level and text, with numbers, names of histories and addresses masked. Those of Redis 7.0
/// are turned into those of 7.2.
/// </summary>
internal static partial class LogText
{
    /// <summary>Redis forks to write a snapshot. What it says of the child, of the pipe to it and of the memory that fork needs has no counterpart.</summary>
    private static readonly string[] OfFork =
    [
        "Fork CoW for RDB", "Diskless rdb transfer, done reading from pipe", "WARNING Memory overcommit", "WARNING overcommit_memory",
        "WARNING you have Transparent Huge Pages",
    ];

    /// <summary>Redis looks for an append-only file even when it has none to keep.</summary>
    private const string OfAppendOnlyFile = "The AOF directory";

    /// <summary>What Redouble says beside what Redis says.</summary>
    private static readonly string[] OfRedouble = ["Rehearsal finished"];

    /// <summary>Lines of the timer: when they come is chance.</summary>
    private static readonly string[] OfTimer = ["DB N: ", "N clients connected"];

    /// <summary>Lines that were warnings in 7.0 and are notices in 7.2 (<c>7.0-vs-7.2.md</c>, section 16).</summary>
    private static readonly string[] NoticesSince72 =
    [
        "Redis is starting", "Redis version=", "Configuration loaded", "Server initialized", "User requested shutdown...", "Connection with replica",
        "Connection with master lost.", "Setting secondary replication ID", "Master replication ID changed to", "DB reloaded by DEBUG RELOAD",
    ];

    /// <summary>The comparable lines of a part of a log; <paramref name="isRedis70"/> for one that 7.0 has written.</summary>
    public static List<string> Lines(string log, bool isRedis70)
    {
        var lines = new List<string>();
        bool isForReplicas = false;
        foreach (string line in log.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string masked = Mask(line);
            if (isRedis70)
            {
                masked = To72(masked);
            }

            // What Redis saves for replicas it keeps as its own file; Redouble's has no name.
            isForReplicas = (isForReplicas || masked.Contains("SYNC with target: disk", StringComparison.Ordinal)) && !masked.Contains("terminated", StringComparison.Ordinal);
            if (!IsLeftOut(masked) && !(isForReplicas && masked.Contains("DB saved on disk", StringComparison.Ordinal)))
            {
                lines.Add(masked);
            }
        }

        return lines;
    }

    /// <summary>The lines of the timer, each once.</summary>
    public static SortedSet<string> TimerLines(string log) =>
        [.. log.Split('\n').Select(Mask).Where(static line => OfTimer.Any(text => line.Contains(text, StringComparison.Ordinal)))];

    private static bool IsLeftOut(string line) =>
        OfFork.Concat(OfRedouble).Concat(OfTimer).Append(OfAppendOnlyFile).Any(text => line.Contains(text, StringComparison.Ordinal));

    private static string Mask(string line)
    {
        Match head = Head().Match(line);
        string text = head.Success ? $"{head.Groups["role"].Value} {head.Groups["level"].Value} {line[head.Length..]}" : line;
        text = text.Replace("Redouble is starting", "Redis is starting", StringComparison.Ordinal).Replace(" lib-name= lib-ver=", "", StringComparison.Ordinal);
        text = Version().Replace(text, "Redis version=V");
        text = Directory().Replace(text, "(in server root dir D)");
        text = Temporary().Replace(text, "temp-N.");
        text = Errors().Replace(text, "(Redis V)");
        text = text.Replace("cmd=psync", "cmd=replconf", StringComparison.Ordinal); // whichever comes first, the ACK or the cut
        text = LinkCommand().Replace(text, "${flags}C");
        text = HistoryName().Replace(text, "H");
        text = Port().Replace(text, "127.0.0.1:P");
        return Number().Replace(text, "N");
    }

    private static string To72(string line)
    {
        // The child writes as C what here the server does itself.
        if (line.Contains("DB saved on disk", StringComparison.Ordinal) || line.Contains("Error moving temp DB file", StringComparison.Ordinal))
        {
            line = line.Replace("C ", "M ", StringComparison.Ordinal);
        }

        if (NoticesSince72.Any(text => line.Contains(text, StringComparison.Ordinal)))
        {
            line = line.Replace(" # ", " * ", StringComparison.Ordinal);
        }

        return line
            .Replace(" by pid N", "", StringComparison.Ordinal)
            .Replace("REPLCONF ACK from slave", "REPLCONF ACK from replica", StringComparison.Ordinal)
            .Replace("Redis instance. Connection aborted.", "Redis instance. Connection from N.N:P aborted.", StringComparison.Ordinal)
            .Replace("Ready to accept connections", "Ready to accept connections tcp", StringComparison.Ordinal)
            .Replace("The server is now ready to accept connections at ./server.sock", "Ready to accept connections unix", StringComparison.Ordinal)
            .Replace("Fatal error loading the DB: Invalid argument. Exiting.", "Fatal error loading the DB, check server logs. Exiting.", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^\d+:(?<role>[MSC]|signal-handler) (\d\d \w{3} \d{4} [\d:.]+ (?<level>[.\-*#])|\(\d+\)) ")]
    private static partial Regex Head();

    [GeneratedRegex("Redis version=.*")]
    private static partial Regex Version();

    [GeneratedRegex(@"\(in server root dir [^)]*\)")]
    private static partial Regex Directory();

    [GeneratedRegex(@"temp-redouble-[^. ]*\.")]
    private static partial Regex Temporary();

    [GeneratedRegex(@"\(Redis [\d.]+\)")]
    private static partial Regex Errors();

    // What the link has carried last: a PING or GETACK may have come in time, or not.
    [GeneratedRegex("(?<flags>flags=M .* cmd=)[^ ]*")]
    private static partial Regex LinkCommand();

    [GeneratedRegex("[0-9a-f]{40}")]
    private static partial Regex HistoryName();

    [GeneratedRegex(@"127\.0\.0\.1:\d+")]
    private static partial Regex Port();

    [GeneratedRegex(@"\d+(\.\d+)?")]
    private static partial Regex Number();
}
