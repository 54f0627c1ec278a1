using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Redouble.Health;

namespace Redouble.Demo;

/// <summary>
/// A client for the demo: one connection, one thread, RESP2. Replies become <see cref="string"/>, <see cref="long"/>, an array of replies, or null;
/// an error reply becomes a <see cref="RespErrorException"/>, a lost connection an <see cref="IOException"/>.
/// </summary>
internal sealed class RespClient : IDisposable
{
    private readonly Stream _stream;
    private readonly byte[] _input = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <summary>Speaks over a connected stream, which it owns.</summary>
    public RespClient(Stream stream) => _stream = stream;

    /// <summary>Connects to a loopback port. Throws <see cref="SocketException"/> when nobody listens.</summary>
    public static RespClient Connect(int port, TimeSpan timeout)
    {
        TcpClient client = new("127.0.0.1", port)
        {
            NoDelay = true,
            ReceiveTimeout = (int)timeout.TotalMilliseconds,
            SendTimeout = (int)timeout.TotalMilliseconds,
        };
        return new RespClient(client.GetStream());
    }

    /// <summary>Sends one command and returns its reply.</summary>
    public object? Call(params ReadOnlySpan<string> words)
    {
        StringBuilder request = new();
        AppendCommand(request, words);
        Send(request);
        return Read();
    }

    /// <summary>Appends one command in wire form, for several to be sent at once with <see cref="Send"/>.</summary>
    public static void AppendCommand(StringBuilder request, params ReadOnlySpan<string> words)
    {
        request.Append('*').Append(words.Length).Append("\r\n");
        foreach (string word in words)
        {
            request.Append('$').Append(Encoding.Latin1.GetByteCount(word)).Append("\r\n").Append(word).Append("\r\n");
        }
    }

    /// <summary>Sends commands whose replies the caller reads with <see cref="Read"/>, one each.</summary>
    public void Send(StringBuilder request) => _stream.Write(Encoding.Latin1.GetBytes(request.ToString()));

    /// <summary>The next reply.</summary>
    public object? Read()
    {
        string line = ReadLine();
        string rest = line[1..];
        switch (line[0])
        {
            case '+':
                return rest;
            case '-':
                throw new RespErrorException(rest);
            case ':':
                return Number(rest);
            case '$':
                return Number(rest) is >= 0 and var length ? ReadBulk((int)length) : null;
            case '*':
                return Number(rest) is >= 0 and var count ? ReadArray((int)count) : null;
            default:
                throw new IOException($"not a RESP2 reply: '{line}'");
        }
    }

    /// <summary>The "name:value" lines of INFO for one section.</summary>
    public Dictionary<string, string> Info(string section) => InfoFields.Parse((string)Call("INFO", section)!);

    public void Dispose() => _stream.Dispose();

    private static long Number(string text) => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private object?[] ReadArray(int count)
    {
        object?[] items = new object?[count];
        for (int i = 0; i < count; i++)
        {
            items[i] = Read();
        }

        return items;
    }

    private string ReadLine()
    {
        StringBuilder line = new();
        while (true)
        {
            byte next = ReadByte();
            if (next == '\n')
            {
                return line.Length > 1 ? line.ToString(0, line.Length - 1) : throw new IOException("an empty reply line");
            }

            line.Append((char)next);
        }
    }

    private string ReadBulk(int length)
    {
        StringBuilder text = new(length);
        for (int i = 0; i < length; i++)
        {
            text.Append((char)ReadByte());
        }

        ReadByte();
        ReadByte();
        return text.ToString();
    }

    private byte ReadByte()
    {
        if (_start == _end)
        {
            _start = 0;
            _end = _stream.Read(_input);
            if (_end == 0)
            {
                throw new EndOfStreamException("the server closed the connection");
            }
        }

        return _input[_start++];
    }
}
