using System.Net;
using System.Net.Sockets;

namespace Redouble.Interop.Tests.Harness;

/// <summary>A primary that does exactly what a script says, connection after connection, and keeps what the replica sent.</summary>
internal sealed class FakePrimary : IDisposable
{
    private readonly Socket _listener;
    private readonly Action<FakeLink> _script;
    private readonly Lock _lock = new();
    private readonly List<FakeLink> _links = [];
    private volatile bool _closed;

    /// <param name="script">Run for each connection on a thread of its own; the connection closes when it returns or throws.</param>
    public FakePrimary(Action<FakeLink> script)
    {
        _script = script;
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(16);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        new Thread(Accept) { IsBackground = true, Name = "fake primary" }.Start();
    }

    public int Port { get; }

    public FakeLink[] Links
    {
        get
        {
            lock (_lock)
            {
                return [.. _links];
            }
        }
    }

    public void Dispose()
    {
        _closed = true;
        _listener.Dispose();
        foreach (FakeLink link in Links)
        {
            link.Close();
        }
    }

    private void Accept()
    {
        while (!_closed)
        {
            try
            {
                var link = new FakeLink(_listener.Accept());
                lock (_lock)
                {
                    _links.Add(link);
                }

                new Thread(() => Serve(link)) { IsBackground = true, Name = "fake primary link" }.Start();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Serve(FakeLink link)
    {
        try
        {
            _script(link);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException or TimeoutException or InvalidDataException or FormatException)
        {
            link.End = e;
        }

        link.Close();
    }
}

/// <summary>One connection of a <see cref="FakePrimary"/>.</summary>
internal sealed class FakeLink(Socket socket)
{
    private readonly WireReader _reader = new(Bounded(socket));
    private readonly List<string[]> _received = [];

    /// <summary>What ended the script, if not its own end.</summary>
    public Exception? End { get; set; }

    /// <summary>The commands read so far.</summary>
    public string[][] Received
    {
        get
        {
            lock (_received)
            {
                return [.. _received];
            }
        }
    }

    /// <summary>The next request: an array, or a line of text as in Redis' fallback to SYNC.</summary>
    public string[] ReadCommand()
    {
        string line = _reader.ReadLine();
        string[] args = line.StartsWith('*')
            ? [.. Enumerable.Range(0, int.Parse(line.AsSpan(1))).Select(_ => ReplyReader.Read(_reader).String)]
            : line.Split(' ');
        lock (_received)
        {
            _received.Add(args);
        }

        return args;
    }

    public void Send(string latin1) => Send(Latin1.Bytes(latin1));

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[socket.Send(bytes)..];
        }
    }

    public void SendCommand(params ReadOnlySpan<string> args) => Send(Latin1.Request(args));

    /// <summary>Answers every step of a replica's handshake as Redis does, up to but not including PSYNC; returns the PSYNC request.</summary>
    public string[] Handshake()
    {
        while (true)
        {
            string[] args = ReadCommand();
            switch (args[0].ToUpperInvariant())
            {
                case "PING":
                    Send("+PONG\r\n");
                    break;
                case "PSYNC" or "SYNC":
                    return args;
                default:
                    Send("+OK\r\n");
                    break;
            }
        }
    }

    /// <summary>Reads and keeps what comes until the replica closes.</summary>
    public void Drain()
    {
        while (true)
        {
            ReadCommand();
        }
    }

    public void Close() => socket.Dispose();

    private static Socket Bounded(Socket socket)
    {
        socket.NoDelay = true;
        socket.ReceiveTimeout = 20_000;
        socket.SendTimeout = 20_000;
        return socket;
    }
}
