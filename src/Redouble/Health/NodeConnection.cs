using System.Net;
using System.Net.Sockets;
using System.Text;
using Redouble.Protocol.Replies;

namespace Redouble.Health;

/// <summary>One connection for questions. Every wait ends with its token; what ends the connection is an <see cref="IOException"/> that says why.</summary>
internal sealed class NodeConnection : IDisposable
{
    /// <summary>INFO has some ten thousand bytes; with a line for each of many replicas, databases and errors a few more.</summary>
    private const int ReplyMaxBytes = 4 << 20;

    private readonly Socket _socket;
    private byte[] _input = new byte[16 * 1024];
    private int _length;

    private NodeConnection(Socket socket) => _socket = socket;

    /// <summary>Connects to the first of the addresses that takes the connection.</summary>
    public static async Task<NodeConnection> OpenAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken end)
    {
        for (int i = 0; ; i++)
        {
            Socket socket = new(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(addresses[i], port, end);
                return new NodeConnection(socket);
            }
            catch (Exception failure)
            {
                socket.Dispose();
                if (failure is not SocketException || i == addresses.Count - 1)
                {
                    throw;
                }
            }
        }
    }

    /// <summary>Sends one command and returns its reply.</summary>
    public async Task<RespValue> CallAsync(string[] words, CancellationToken end)
    {
        ReadOnlyMemory<byte> request = Request(words);
        while (!request.IsEmpty)
        {
            request = request[await _socket.SendAsync(request, end)..];
        }

        ReplyReader reader = default;
        while (true)
        {
            ReplyStatus status = reader.TryRead(_input.AsSpan(0, _length), out RespValue value, out int consumed);
            if (status == ReplyStatus.Complete)
            {
                _input.AsSpan(consumed, _length - consumed).CopyTo(_input);
                _length -= consumed;
                return value;
            }

            if (status == ReplyStatus.Error)
            {
                throw new IOException($"the answer is not RESP: {Shown(_input.AsSpan(0, _length))}");
            }

            await ReceiveAsync(end);
        }
    }

    public void Dispose() => _socket.Dispose();

    private async Task ReceiveAsync(CancellationToken end)
    {
        if (_length == _input.Length)
        {
            if (_length == ReplyMaxBytes)
            {
                throw new IOException($"the answer is longer than {ReplyMaxBytes} bytes");
            }

            Array.Resize(ref _input, Math.Min(_length * 4, ReplyMaxBytes));
        }

        int received = await _socket.ReceiveAsync(_input.AsMemory(_length), end);
        _length += received > 0 ? received : throw new IOException(_length == 0 ? "it closed the connection" : "it closed the connection within its answer");
    }

    private static byte[] Request(string[] words)
    {
        StringBuilder text = new();
        text.Append('*').Append(words.Length).Append("\r\n");
        foreach (string word in words)
        {
            text.Append('$').Append(Encoding.UTF8.GetByteCount(word)).Append("\r\n").Append(word).Append("\r\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The beginning of what is no reply, printable.</summary>
    private static string Shown(ReadOnlySpan<byte> bytes)
    {
        string text = Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 40)]);
        return $"'{string.Concat(text.TakeWhile(c => c != '\r').Select(c => c is >= ' ' and <= '~' ? c : '.'))}'";
    }
}
