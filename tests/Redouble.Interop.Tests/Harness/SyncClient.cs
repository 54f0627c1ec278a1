using System.Net;
using System.Net.Sockets;

namespace Redouble.Interop.Tests.Harness;

/// <summary>
/// A replica made of nothing but a socket: it sends SYNC or PSYNC, takes the payload, then records each command of the stream with the offset behind
/// it, and acknowledges like a replica does. It shows what a primary really sends.
/// </summary>
internal sealed class SyncClient : IDisposable
{
    private readonly Socket _socket;
    private readonly WireReader _reader;
    private readonly Thread _thread;
    private readonly Timer _acks;
    private readonly Lock _lock = new();
    private readonly List<StreamCommand> _commands = [];
    private Exception? _end;
    private long _base;

    private SyncClient(int port, bool psync, string[] options)
    {
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 15_000 };
        _socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
        _reader = new WireReader(_socket);
        if (options.Length > 0)
        {
            Send(["REPLCONF", .. options]);
            _reader.ReadLine();
        }

        Send(psync ? ["PSYNC", "?", "-1"] : ["SYNC"]);
        if (psync)
        {
            string[] words = ReadNonEmptyLine().Split(' ');
            Assert.Equal("+FULLRESYNC", words[0]);
            ReplId = words[1];
            Offset = long.Parse(words[2]);
        }

        Payload = SyncPayload.Read(_reader);
        _base = Offset - _reader.Consumed;
        _socket.ReceiveTimeout = 0;

        // An acknowledgement that comes before the primary has seen its own transfer end is lost, so they are repeated, as a replica does.
        _acks = new Timer(_ => Acknowledge(), null, 0, 100);
        _thread = new Thread(Follow) { IsBackground = true, Name = $"sync client of port {port}" };
        _thread.Start();
    }

    /// <summary>The replication id from +FULLRESYNC; empty after SYNC.</summary>
    public string ReplId { get; } = "";

    /// <summary>The primary's offset up to which commands have been recorded (relative to 0 after SYNC).</summary>
    public long Offset { get; private set; }

    public SyncPayload Payload { get; }

    /// <summary>Attaches with PSYNC and <c>capa eof</c>, as a current replica does.</summary>
    public static SyncClient Psync(int port) => new(port, psync: true, ["capa", "eof", "capa", "psync2"]);

    /// <summary>Attaches with PSYNC but without <c>capa eof</c>: the payload then comes with its length.</summary>
    public static SyncClient PsyncWithoutEof(int port) => new(port, psync: true, []);

    /// <summary>Attaches with SYNC, as redis-cli --replica does.</summary>
    public static SyncClient Sync(int port) => new(port, psync: false, []);

    /// <summary>All commands recorded so far, PING and REPLCONF included.</summary>
    public StreamCommand[] Commands()
    {
        lock (_lock)
        {
            return [.. _commands];
        }
    }

    /// <summary>Waits for a command that passes the test and returns everything up to and including it.</summary>
    public StreamCommand[] WaitFor(string what, Func<StreamCommand, bool> test, int timeoutMs = 10_000)
    {
        StreamCommand[] found = [];
        int scanned = 0;
        Poll.Until(
            $"{what} in the stream",
            () =>
            {
                lock (_lock)
                {
                    for (; scanned < _commands.Count; scanned++)
                    {
                        if (test(_commands[scanned]))
                        {
                            found = [.. _commands[..(scanned + 1)]];
                            return true;
                        }
                    }

                    return _end is null ? false : throw new InvalidOperationException($"the stream ended: {_end.Message}");
                }
            },
            timeoutMs,
            () => $"The last commands were: {string.Join("; ", Commands().TakeLast(5))}");
        return found;
    }

    /// <summary>Forgets what was recorded.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _commands.Clear();
        }
    }

    public void Dispose()
    {
        _acks.Dispose();
        _socket.Shutdown(SocketShutdown.Both);
        _socket.Dispose();
        _thread.Join(2000);
    }

    private void Follow()
    {
        try
        {
            while (true)
            {
                Reply request = ReplyReader.Read(_reader);
                if (request.Type != '*')
                {
                    throw new InvalidDataException($"not a command in the stream: {request}");
                }

                string[] args = [.. request.Items.Select(i => i.String)];
                Offset = _base + _reader.Consumed;
                if (args is ["REPLCONF", "GETACK", ..] or ["PING"])
                {
                    Acknowledge();
                }

                lock (_lock)
                {
                    _commands.Add(new StreamCommand(args, Offset));
                }
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidDataException or TimeoutException)
        {
            lock (_lock)
            {
                _end = e;
            }
        }
    }

    private void Acknowledge()
    {
        try
        {
            Send(["REPLCONF", "ACK", Offset.ToString()]);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The reading thread reports how the link ended.
        }
    }

    private void Send(string[] args)
    {
        byte[] request = Latin1.Request(args);
        lock (_socket)
        {
            _socket.Send(request);
        }
    }

    private string ReadNonEmptyLine()
    {
        while (true)
        {
            string line = _reader.ReadLine();
            if (line.Length > 0)
            {
                return line;
            }
        }
    }
}

/// <summary>A command of a replication stream and the offset behind it.</summary>
internal sealed record StreamCommand(string[] Args, long Offset)
{
    public string Name => Args[0].ToUpperInvariant();

    public override string ToString() => Latin1.Quote(Args);
}
