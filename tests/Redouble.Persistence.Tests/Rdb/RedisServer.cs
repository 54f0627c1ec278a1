using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Redouble.Persistence.Tests.Rdb;

/// <summary>A redis-server in a folder of its own on the loopback interface, and one connection to it. Ended, by its process, with the test.</summary>
internal sealed class RedisServer : IDisposable
{
    private const int PatienceMs = 60_000;

    private readonly Process _process;
    private readonly TcpClient _client;
    private readonly BufferedStream _stream;

    public RedisServer(byte[]? rdb = null, params string[] arguments)
    {
        Folder = Directory.CreateTempSubdirectory("redouble-rdb-").FullName;
        if (rdb != null) File.WriteAllBytes(RdbPath, rdb);
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        var start = new ProcessStartInfo(RedisFactAttribute.Find("redis-server")!) { WorkingDirectory = Folder };
        string[] settings = ["--port", Port.ToString(), "--bind", "127.0.0.1", "--save", "", "--logfile", "log", "--enable-debug-command", "yes"];
        foreach (var argument in settings.Concat(arguments)) start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _client = Connect();
        _stream = new BufferedStream(_client.GetStream(), 1 << 16);
        var clock = Stopwatch.StartNew();
        while (Call("PING") is string reply && reply.StartsWith("-LOADING", StringComparison.Ordinal) && clock.ElapsedMilliseconds < PatienceMs)
            Thread.Sleep(20);
    }

    public string Folder { get; }

    public string RdbPath => Path.Combine(Folder, "dump.rdb");

    private int Port { get; }

    /// <summary>
    /// Sends a command; arguments are text (each char a byte) or bytes. The reply: text, number, null or an array of such; errors begin with '-'.
    /// </summary>
    public object? Call(params object[] arguments)
    {
        Send(arguments);
        return Receive();
    }

    public void Send(params object[] arguments)
    {
        _stream.Write(Encoding.ASCII.GetBytes($"*{arguments.Length}\r\n"));
        foreach (var argument in arguments)
        {
            var bytes = argument as byte[] ?? RecordingTarget.Bytes(argument.ToString()!);
            _stream.Write(Encoding.ASCII.GetBytes($"${bytes.Length}\r\n"));
            _stream.Write(bytes);
            _stream.Write("\r\n"u8);
        }
    }

    public object? Receive()
    {
        _stream.Flush();
        var line = Line();
        switch (line[0])
        {
            case '+':
                return line[1..];
            case '-':
                return line;
            case ':':
                return long.Parse(line[1..]);
            case '$' or '*' when line[1..] == "-1":
                return null;
            case '$':
                var bytes = new byte[int.Parse(line[1..]) + 2];
                _stream.ReadExactly(bytes);
                return RecordingTarget.Text(bytes.AsSpan()[..^2]);
            default:
                return Enumerable.Range(0, int.Parse(line[1..])).Select(_ => Receive()).ToArray();
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _process.Kill();
        _process.WaitForExit(PatienceMs);
        _process.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private TcpClient Connect()
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                var client = new TcpClient { NoDelay = true, ReceiveTimeout = PatienceMs, SendTimeout = PatienceMs };
                client.Connect(IPAddress.Loopback, Port);
                return client;
            }
            catch (SocketException) when (clock.ElapsedMilliseconds < PatienceMs && !_process.HasExited)
            {
                Thread.Sleep(20);
            }
        }
    }

    private string Line()
    {
        var text = new StringBuilder();
        for (var b = _stream.ReadByte(); b != '\r'; b = _stream.ReadByte())
        {
            if (b < 0) throw new EndOfStreamException("redis-server closed the connection");
            text.Append((char)b);
        }

        _stream.ReadByte();
        return text.ToString();
    }
}
