using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Redouble.Demo;

/// <summary>One server of the demo: a child process, its folder, and a connection to it. Disposing ends the process.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const int KeptLines = 30;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private ServerProcess(string name, int port, Process process)
    {
        Name = name;
        Port = port;
        _process = process;
    }

    public string Name { get; }

    public int Port { get; }

    /// <summary>The connection for questions; null until the server answers.</summary>
    public RespClient? Client { get; private set; }

    /// <summary>Starts a server and waits for its first PONG. Throws <see cref="DemoException"/> with the server's last lines when none comes.</summary>
    public static ServerProcess Start(string name, IReadOnlyList<string> command, string folder, int? primaryPort)
    {
        int port = FreePort();
        Directory.CreateDirectory(folder);
        List<string> words =
        [
            .. OwnSession(), .. command, "--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder, "--save", "",
            "--enable-debug-command", "local", "--repl-diskless-sync-delay", "0",
        ];
        if (primaryPort is { } primary)
        {
            words.AddRange(["--replicaof", "127.0.0.1", $"{primary}"]);
        }

        ProcessStartInfo start = new(words[0], words.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        ServerProcess server = new(name, port, new Process { StartInfo = start });
        try
        {
            server.Run();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>A second connection to the same server.</summary>
    public RespClient Connect() => RespClient.Connect(Port, CallLimit);

    /// <summary>How the process ended and what it said last, or null when it still runs after <paramref name="patience"/>.</summary>
    public string? Obituary(TimeSpan patience)
    {
        if (!_process.WaitForExit(patience))
        {
            return null;
        }

        _process.WaitForExit(); // until its output has been read to the end
        return $"the {Name} ended with status {_process.ExitCode}{LastLines}";
    }

    public void Dispose()
    {
        Client?.Dispose();
        try
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit(5_000);
        }
        catch (InvalidOperationException)
        {
            // It never started, or has ended already.
        }

        _process.Dispose();
    }

    private string LastLines => $"; its last lines:\n  {string.Join("\n  ", _output)}";

    private void Run()
    {
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        try
        {
            _process.Start();
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new DemoException($"cannot start the {Name}: {_process.StartInfo.FileName}: {error.Message}");
        }

        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Stopwatch waited = Stopwatch.StartNew();
        while (!TryConnect())
        {
            if (_process.HasExited || waited.Elapsed > StartLimit)
            {
                throw new DemoException(Obituary(TimeSpan.Zero) ?? $"the {Name} does not answer on port {Port}{LastLines}");
            }

            Thread.Sleep(10);
        }
    }

    private bool TryConnect()
    {
        try
        {
            Client ??= Connect();
            return Client.Call("PING") is "PONG";
        }
        catch (Exception error) when (error is SocketException or IOException or RespErrorException)
        {
            // Not listening yet, or still loading.
            return false;
        }
    }

    private void Keep(string? line)
    {
        if (line != null)
        {
            _output.Enqueue(line);
            if (_output.Count > KeptLines)
            {
                _output.TryDequeue(out _);
            }
        }
    }

    /// <summary>In a session of its own a server does not get the terminal's Ctrl-C, so the demo can still compare the data sets after it.</summary>
    private static string[] OwnSession() => File.Exists("/usr/bin/setsid") ? ["/usr/bin/setsid"] : [];

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
