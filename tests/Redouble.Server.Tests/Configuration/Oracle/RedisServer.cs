using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Redouble.Server.Tests.Configuration.Oracle;

/// <summary>A real redis-server on a free loopback port in a directory of its own, and one connection to it. Gone after Dispose.</summary>
internal sealed class RedisServer : IDisposable
{
    private const int TimeoutMs = 10_000;
    private readonly Process _process;
    private readonly TcpClient _client;
    private readonly BufferedStream _stream;

    /// <param name="configText">The configuration file, one byte per character; "{port}" and "{dir}" are replaced.</param>
    public RedisServer(string configText)
    {
        Port = FreePort();
        Directory = System.IO.Directory.CreateTempSubdirectory("redouble-config-").FullName;
        ConfigFile = System.IO.Path.Combine(Directory, "redis.conf");
        ConfigText = configText.Replace("{port}", $"{Port}", StringComparison.Ordinal).Replace("{dir}", Directory, StringComparison.Ordinal);
        File.WriteAllText(ConfigFile, ConfigText, Encoding.Latin1);
        _process = Process.Start(new ProcessStartInfo(Path!, [ConfigFile]) { WorkingDirectory = Directory, RedirectStandardOutput = true })!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _client = Connect(Port);
        _stream = new BufferedStream(_client.GetStream());
    }

    public static string? Path { get; } = Find("redis-server");

    public int Port { get; }

    public string Directory { get; }

    public string ConfigFile { get; }

    public string ConfigText { get; }

    /// <summary>Runs redis-server until it exits by itself and returns what it wrote to standard error.</summary>
    public static string RunToExit(string directory, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Path!, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeoutMs)) process.Kill();
        Assert.True(process.WaitForExit(TimeoutMs));
        return errors.Result;
    }

    /// <summary>The version it reports, "7.0.15".</summary>
    public static string Version()
    {
        using Process process = Process.Start(new ProcessStartInfo(Path!, ["--version"]) { RedirectStandardOutput = true })!;
        string line = process.StandardOutput.ReadToEnd();
        return line[(line.IndexOf("v=", StringComparison.Ordinal) + 2)..].Split(' ')[0];
    }

    /// <summary>Calls a command. Replies: a status with '+', an error with '-', text as it is; the elements of an array in a row.</summary>
    public List<string> Call(params string[] words)
    {
        _stream.Write(Encoding.Latin1.GetBytes($"*{words.Length}\r\n{string.Concat(words.Select(static word => $"${word.Length}\r\n{word}\r\n"))}"));
        _stream.Flush();
        List<string> reply = [];
        Read(reply);
        return reply;
    }

    public string Get(string name) => Call("config", "get", name) is [_, var value] ? value : "(none)";

    public void Dispose()
    {
        _client.Dispose();
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit(TimeoutMs);
        _process.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => System.IO.Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static int FreePort()
    {
        using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    private static TcpClient Connect(int port)
    {
        for (int waitedMs = 0; ; waitedMs += 20)
        {
            TcpClient client = new() { ReceiveTimeout = TimeoutMs };
            try
            {
                client.Connect(IPAddress.Loopback, port);
                return client;
            }
            catch (SocketException) when (waitedMs < TimeoutMs)
            {
                client.Dispose();
                Thread.Sleep(20);
            }
        }
    }

    private void Read(List<string> reply)
    {
        string line = ReadLine();
        int length = line[0] is '$' or '*' ? int.Parse(line[1..]) : 0;
        if (line[0] == '*')
        {
            for (int i = 0; i < length; i++) Read(reply);
        }
        else if (line[0] == '$')
        {
            byte[] bytes = new byte[length + 2];
            _stream.ReadExactly(bytes);
            reply.Add(Encoding.Latin1.GetString(bytes, 0, length));
        }
        else
        {
            reply.Add(line);
        }
    }

    private string ReadLine()
    {
        StringBuilder line = new();
        int value;
        while ((value = _stream.ReadByte()) is not ('\r' or -1)) line.Append((char)value);
        Assert.Equal('\n', _stream.ReadByte());
        return line.ToString();
    }
}
