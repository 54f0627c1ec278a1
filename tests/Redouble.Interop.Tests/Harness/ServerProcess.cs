using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Redouble.Interop.Tests.Harness;

/// <summary>
/// One server of either kind in a directory of its own on a free loopback port. Output goes to <c>log</c> in that directory. Whatever happens, the
/// process is gone after Dispose, and at the latest when the test process ends.
/// </summary>
internal sealed class ServerProcess : IDisposable
{
    private const string Shell =
        "log=$1; shift; exec 3<&0; (read -r _ <&3; kill -9 $$) >/dev/null 2>&1 & exec \"$@\" >>\"$log\" 2>&1 </dev/null 3<&-";

    private static readonly ConcurrentDictionary<int, Process> Running = new();

    private readonly string[] _directives;
    private readonly bool _ownsDirectory;
    private Process? _process;

    static ServerProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (Process process in Running.Values)
        {
            process.Kill();
        }
    };

    private ServerProcess(ServerKind kind, string name, string[] directives, TempDirectory? directory, int port)
    {
        Kind = kind;
        Name = name;
        _directives = directives;
        _ownsDirectory = directory is null;
        Directory = directory ?? new TempDirectory(name);
        Port = port;
    }

    public ServerKind Kind { get; }

    public string Name { get; }

    /// <summary>A command that ends with exec'ing its arguments, put before the server's own.</summary>
    public string[] Wrapper { get; init; } = [];

    public int Port { get; }

    public TempDirectory Directory { get; }

    /// <summary>The configuration file that a server of <see cref="CreateWithFile"/> is started with; CONFIG REWRITE writes it.</summary>
    public string ConfigPath => Directory["server.conf"];

    public string LogPath => Directory["log"];

    public string RdbPath => Directory["dump.rdb"];

    public int Pid => _process?.Id ?? throw new InvalidOperationException($"{Name} is not running");

    public bool HasExited => _process is null || _process.HasExited;

    /// <summary>A server that is not started yet; <paramref name="directives"/> are words of the command line and override the defaults below.</summary>
    public static ServerProcess Create(ServerKind kind, string name, params string[] directives) => new(kind, name, directives, null, Ports.Free());

    /// <summary>A server under a <see cref="Wrapper"/>.</summary>
    public static ServerProcess CreateUnder(string[] wrapper, ServerKind kind, string name, params string[] directives) =>
        new(kind, name, directives, null, Ports.Free()) { Wrapper = wrapper };

    /// <summary>The same in a directory that the server takes over.</summary>
    public static ServerProcess CreateUnder(string[] wrapper, ServerKind kind, TempDirectory directory, string name, params string[] directives) =>
        new(kind, name, directives, directory, Ports.Free()) { Wrapper = wrapper };

    public static ServerProcess CreateIn(TempDirectory directory, ServerKind kind, string name, params string[] directives) =>
        new(kind, name, directives, directory, Ports.Free());

    /// <summary>A server with a configuration file of its own; the command line overrides it as everywhere.</summary>
    public static ServerProcess CreateWithFile(ServerKind kind, string name, params string[] lines)
    {
        ServerProcess server = new(kind, name, [], null, Ports.Free());
        File.WriteAllLines(server.ConfigPath, lines);
        return server;
    }

    /// <summary>Starts the process and waits for the first PONG (or, while it loads, for -LOADING).</summary>
    public ServerProcess Start(int timeoutMs = 20_000)
    {
        Launch();
        return WaitForAnswer(timeoutMs);
    }

    /// <summary>The same with exactly these arguments.</summary>
    public ServerProcess StartWith(params string[] words)
    {
        LaunchWith(words);
        return WaitForAnswer(20_000);
    }

    private ServerProcess WaitForAnswer(int timeoutMs)
    {
        try
        {
            Poll.Until($"{Name} to answer PING", Answers, timeoutMs);
        }
        catch
        {
            Kill();
            throw new InvalidOperationException($"{Name} did not start.\n{LogTail()}");
        }

        return this;
    }

    /// <summary>Starts the process and waits until it has loaded its file.</summary>
    public ServerProcess StartLoaded()
    {
        Start();
        Poll.Until($"{Name} to load its file", () => Info("persistence")["loading"] == "0", 20_000, () => LogTail());
        return this;
    }

    /// <summary>Starts the process without waiting for anything.</summary>
    public void Launch()
    {
        var words = new List<string>();
        if (File.Exists(ConfigPath)) words.Add(ConfigPath);
        words.AddRange(
        [
            "--port", Port.ToString(), "--bind", "127.0.0.1", "--dir", Directory.Path, "--save", "", "--appendonly", "no", "--loglevel", "notice",
            "--enable-debug-command", "yes", "--repl-diskless-sync-delay", "0",
        ]);
        words.AddRange(_directives);
        // Hundreds of servers are started, each for seconds: the rehearsal would be most of what they do.
        if (Kind == ServerKind.Redouble && !_directives.Contains("--rehearsal")) words.AddRange(["--rehearsal", "no"]);
        // Tests count and cut connections: a replica has only its link unless a test wants to know how old the data is.
        if (Kind == ServerKind.Redouble && !_directives.Contains("--replica-freshness-period-ms")) words.AddRange(["--replica-freshness-period-ms", "0"]);
        LaunchWith([.. words]);
    }

    /// <summary>Starts the process with exactly these arguments.</summary>
    public void LaunchWith(params string[] words)
    {
        string[] command = Kind == ServerKind.Redis ? ["redis-server"] : [Peers.RedoubleProgram, "server"];

        // The shell redirects and execs, which keeps the process id. A file takes output that nobody reads, however much it is. The watcher that it
        // leaves behind ends the server should this test process be killed before it can clean up.
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = Directory.Path, RedirectStandardInput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Shell);
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add(LogPath);
        foreach (string word in Wrapper.Concat(command).Concat(words))
        {
            start.ArgumentList.Add(word);
        }

        if (Peers.DotnetRoot != null) start.Environment["DOTNET_ROOT"] = Peers.DotnetRoot;

        // The same of the just-in-time compiler: it looks for what to improve when nothing new was called for five seconds, and then takes what was called
        // 4,096 times, not 30 times. A third of a short life's CPU time was that. Both numbers are hexadecimal.
        if (!_directives.Contains("--rehearsal"))
        {
            start.Environment["DOTNET_TC_CallCountingDelayMs"] = "1388";
            start.Environment["DOTNET_TC_CallCountThreshold"] = "1000";
        }

        _process = Process.Start(start)!;
        Running[_process.Id] = _process;
    }

    public RespClient Connect(int timeoutMs = 10_000) => new(Port, timeoutMs);

    /// <summary>One command on a connection of its own.</summary>
    public Reply Once(params ReadOnlySpan<string> args)
    {
        using RespClient client = Connect();
        return client.Must(args);
    }

    public string Digest() => Once("DEBUG", "DIGEST").String;

    public Dictionary<string, string> Info(string section)
    {
        using RespClient client = Connect();
        return client.Info(section);
    }

    /// <summary>SIGKILL, and wait until the process is gone.</summary>
    public void Kill()
    {
        if (_process is { } process)
        {
            process.Kill();
            process.WaitForExit(5000);
            Forget();
        }
    }

    /// <summary>SIGTERM; returns the exit status.</summary>
    public int Terminate(int timeoutMs = 30_000)
    {
        Signal("TERM");
        return WaitForExit(timeoutMs);
    }

    public void Signal(string name) => Process.Start("/bin/kill", [$"-{name}", Pid.ToString()])!.WaitForExit(5000);

    public int WaitForExit(int timeoutMs = 30_000)
    {
        Process process = _process ?? throw new InvalidOperationException($"{Name} is not running");
        if (!process.WaitForExit(timeoutMs))
        {
            throw new TimeoutException($"{Name} did not end within {timeoutMs} ms.\n{LogTail()}");
        }

        int status = process.ExitCode;
        Forget();
        return status;
    }

    public string Log()
    {
        if (!File.Exists(LogPath))
        {
            return "";
        }

        using var file = new FileStream(LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file, Encoding.Latin1);
        return reader.ReadToEnd();
    }

    public void WaitForLog(string text, int timeoutMs = 30_000) =>
        Poll.Until($"{Name} to log \"{text}\"", () => Log().Contains(text, StringComparison.Ordinal), timeoutMs, () => LogTail());

    public string LogTail(int lines = 25)
    {
        string[] all = Log().TrimEnd().Split('\n');
        return $"--- {Name} ({Kind}, port {Port}), last log lines:\n{string.Join('\n', all.TakeLast(lines))}\n";
    }

    public void Dispose()
    {
        Kill();
        if (_ownsDirectory)
        {
            Directory.Dispose();
        }
    }

    private void Forget()
    {
        if (_process is { } process)
        {
            Running.TryRemove(process.Id, out _);
            process.StandardInput.Dispose();
            process.Dispose();
            _process = null;
        }
    }

    private bool Answers()
    {
        if (HasExited)
        {
            throw new ServerEndedException();
        }

        try
        {
            using RespClient client = Connect(2000);
            Reply reply = client.Call("PING");
            return reply is { Type: '+', Text: "PONG" } || reply.IsError;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private sealed class ServerEndedException : Exception;
}
