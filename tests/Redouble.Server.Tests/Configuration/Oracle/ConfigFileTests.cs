using System.Text;
using Redouble.Server.Configuration;

namespace Redouble.Server.Tests.Configuration.Oracle;

/// <summary>
/// What is printed about configuration files and command lines, against a real redis-server. Each ends with a line that no server knows, so
/// that both stop, and where they stop tells whether they took what came before.
/// </summary>
public sealed class ConfigFileTests
{
    private const string Stop = "zzz 1";

    // Not here: save "60 'x" (quotes within quotes that do not balance), which Redis takes for an empty list and we refuse.
    private static readonly string[] Texts =
    [
        "nope 1", "\n# c\n  port", "port 1 2", "port x", "port 70000", "bind \"a", "bind \"a\"b", "bind 'a", "masterauth 'a\\'b'", "masterauth \"a\\\"b",
        "include", "include a b", "include none/*.conf", "rename-command", "user", "loadmodule", "databases 0", "io-threads 0", "io-threads 129",
        "unixsocketperm 999", "unixsocketperm 1000", "unixsocketperm -1", "unixsocketperm 0777", "tcp-backlog -1", "socket-mark-id -1", "cluster-port 70000",
        "supervised x", "syslog-facility x", "enable-debug-command x", "enable-module-command LOCAL", "enable-protected-configs x", "appendfilename a/b",
        "appenddirname a/b", "dbfilename a/b", "appendfilename \"\"", "appenddirname \"\"", "dbfilename \"\"", "dir /nonexistent", "dir", "dir \"\"",
        "replicaof a", "replicaof a x", "replicaof a 70000", "replicaof no one", "replicaof a 1 b", "replicaof \"a 1\"", "save 60 1 x", "save \"60 1\"",
        "save \"60 1 30 2\"", "save 60", "save \"\"\nsave 5 6", "save", "bind", "shutdown-on-sigterm", "client-output-buffer-limit \"normal 1 2 3\"",
        "client-output-buffer-limit normal", "bind 127.0.0.1 \"-::1 a\"", "list-max-ziplist-entries 5", "list-max-ziplist-entries",
        "lua-replicate-commands yes",
        "sentinel monitor a", "sentinel", "appendonly maybe", "active-defrag-threshold-lower 5000", "slaveof 127.0.0.1 1", "port \"63\\x379\"",
        "port '6379' # c",
        "PORT 0\r\n\tBIND 127.0.0.1\r", "shutdown-on-sigterm save \"now force\"", "shutdown-on-sigterm \"now force\"", "notify-keyspace-events K E",
        "notify-keyspace-events \"K E\"", "oom-score-adj-values \"1 2 3\"", "oom-score-adj-values", "latency-tracking-info-percentiles \"\"", "port \"\"",
        "\"port\" 1", "'nope'", "timeout 5", "  # indented", "maxmemory 1.5gb", "maxmemory 2GB", "watchdog-period 5", "masterauth \"\"",
    ];

    private static readonly string[][] Lines =
    [
        ["--save", ""], ["--save"], ["--save", "--requirepass", "--x"], ["--replicaof", "127.0.0.1", "8888"], ["--save", "60", "1", "30", "2",
        "--save", "5", "6"],
        ["--requirepass"], ["--requirepass", "--foo"], ["--requirepass a"], ["--client-output-buffer-limit", "normal", "1", "2", "3"], ["--dir", "/tmp", "-x"],
        ["--save", "60", "1", ""], ["--requirepass", "a b"], ["--requirepass", "\"a"], ["--requirepass", "-"], ["--port", "7000x"], ["--PORT", "1"],
        ["--bind", "127.0.0.1 -::1"], ["--"], ["a", "b"], ["--port 1 2"], ["--masterauth", "\u00e9"], ["--save "], ["--SAVE"], ["--port", ""],
    ];

    [OracleFact]
    public void FilesStopBothAtTheSameLineWithTheSameWords()
    {
        string version = RedisServer.Version();
        string directory = Directory.CreateTempSubdirectory("redouble-config-").FullName;
        StringBuilder differences = new();
        foreach (string text in Texts)
        {
            File.WriteAllText(Path.Combine(directory, "c"), $"{text}\n{Stop}\n", Encoding.Latin1);
            string theirs = RedisServer.RunToExit(directory, "c");
            string ours = Load(directory, "c").FormatBlock(version);
            if (theirs != ours) differences.Append($"=== {text}\n--- redis{theirs}--- redouble{ours}");
        }

        Directory.Delete(directory, recursive: true);
        Assert.True(differences.Length == 0, differences.ToString());
    }

    [OracleFact]
    public void CommandLinesStopBothAtTheSameLineWithTheSameWords()
    {
        string version = RedisServer.Version();
        string directory = Directory.CreateTempSubdirectory("redouble-config-").FullName;
        StringBuilder differences = new();
        foreach (string[] line in Lines)
        {
            string[] arguments = [.. line, "--zzz", "1", "--nope", "2"];
            if (arguments[0] == "a") File.WriteAllText(Path.Combine(directory, "a"), "# one\ntimeout 5\n");
            string theirs = RedisServer.RunToExit(directory, arguments);
            string ours = Load(directory, arguments).FormatBlock(version);
            if (theirs != ours) differences.Append($"=== {string.Join(' ', line)}\n--- redis{theirs}--- redouble{ours}");
        }

        Directory.Delete(directory, recursive: true);
        Assert.True(differences.Length == 0, differences.ToString());
    }

    private static ConfigFailure Load(string directory, params string[] arguments)
    {
        DiskConfigSource source = new(new HostFiles());
        return ConfigLoader.Load(CommandLine.Parse(arguments), directory, source, source).Failure!;
    }
}
