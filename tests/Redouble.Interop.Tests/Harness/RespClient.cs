using System.Net;
using System.Net.Sockets;

namespace Redouble.Interop.Tests.Harness;

/// <summary>A blocking client for tests. Every wait is bounded by the timeout given at the start.</summary>
internal sealed class RespClient : IDisposable
{
    private readonly Socket _socket;
    private readonly WireReader _reader;

    public RespClient(int port, int timeoutMs = 10_000)
        : this(new IPEndPoint(IPAddress.Loopback, port), timeoutMs)
    {
    }

    public RespClient(EndPoint endPoint, int timeoutMs = 10_000)
    {
        bool tcp = endPoint is IPEndPoint;
        _socket = new Socket(endPoint.AddressFamily, SocketType.Stream, tcp ? ProtocolType.Tcp : ProtocolType.Unspecified)
        {
            ReceiveTimeout = timeoutMs,
            SendTimeout = timeoutMs,
        };
        if (tcp)
        {
            _socket.NoDelay = true;
        }

        try
        {
            _socket.Connect(endPoint);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }

        _reader = new WireReader(_socket);
    }

    /// <summary>RESP3 pushes that came in between replies.</summary>
    public List<Reply> Pushes { get; } = [];

    public WireReader Reader => _reader;

    /// <summary>Whether something has come that was not read.</summary>
    public bool HasData => _reader.HasBuffered || _socket.Available > 0;

    public int LocalPort => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public int TimeoutMs
    {
        get => _socket.ReceiveTimeout;
        set => _socket.ReceiveTimeout = value;
    }

    public Reply Call(params ReadOnlySpan<string> args)
    {
        Send(args);
        return Read();
    }

    /// <summary>The reply, which must not be an error.</summary>
    public Reply Must(params ReadOnlySpan<string> args)
    {
        Reply reply = Call(args);
        return reply.IsError ? throw new InvalidOperationException($"{Latin1.Quote(args.ToArray())} answered {reply}") : reply;
    }

    public void Send(params ReadOnlySpan<string> args) => SendRaw(Latin1.Request(args));

    public void SendRaw(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[_socket.Send(bytes)..];
        }
    }

    public void SendRaw(string latin1) => SendRaw(Latin1.Bytes(latin1));

    /// <summary>The next reply; pushes before it are put aside, attributes become one reply with what they belong to.</summary>
    public Reply Read()
    {
        while (true)
        {
            Reply reply = ReplyReader.Read(_reader);
            if (reply.Type == '|')
            {
                return new Reply('|', null, [.. reply.Items, Read()]);
            }

            if (reply.Type != '>')
            {
                return reply;
            }

            Pushes.Add(reply);
        }
    }

    /// <summary>Sends all requests in one write, then reads all replies.</summary>
    public Reply[] Pipeline(IReadOnlyList<string[]> commands)
    {
        var bytes = new MemoryStream();
        foreach (string[] command in commands)
        {
            bytes.Write(Latin1.Request(command));
        }

        SendRaw(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        var replies = new Reply[commands.Count];
        for (int i = 0; i < replies.Length; i++)
        {
            replies[i] = Read();
        }

        return replies;
    }

    /// <summary>The fields of INFO; for one section or, with <c>everything</c>, all.</summary>
    public Dictionary<string, string> Info(string section = "everything")
    {
        var fields = new Dictionary<string, string>();
        foreach (string line in Must("INFO", section).String.Split("\r\n"))
        {
            int colon = line.IndexOf(':');
            if (colon > 0 && line[0] != '#')
            {
                fields[line[..colon]] = line[(colon + 1)..];
            }
        }

        return fields;
    }

    /// <summary>True once the server has closed this connection; bytes that it sent before are read and dropped.</summary>
    public bool IsClosedByServer()
    {
        try
        {
            while (true)
            {
                _reader.ReadByte();
            }
        }
        catch (EndOfStreamException)
        {
            return true;
        }
        catch (SocketException)
        {
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Ends our half of the connection; what the server still sends can be read.</summary>
    public void ShutdownSend() => _socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => _socket.Dispose();
}
