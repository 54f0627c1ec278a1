using System.Net;
using System.Net.Sockets;

namespace Redouble.Interop.Tests.Harness;

/// <summary>
/// A TCP relay to a server on loopback whose connections can be cut after a number of bytes towards the client, delayed, or made to swallow
/// everything. Client = who connected to the proxy (a replica), server = the target (its primary).
/// </summary>
internal sealed class LinkProxy : IDisposable
{
    private readonly Socket _listener;
    private readonly Lock _lock = new();
    private readonly List<Socket> _open = [];
    private int _target;
    private long _cutAfter = long.MaxValue;
    private volatile bool _closed;

    public LinkProxy(int targetPort)
    {
        _target = targetPort;
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(64);
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        new Thread(Accept) { IsBackground = true, Name = "proxy accept" }.Start();
    }

    public int Port { get; }

    /// <summary>Connections accepted so far.</summary>
    public int Connections { get; private set; }

    /// <summary>Connections cut by <see cref="CutAfter"/> or <see cref="CutNow"/> so far.</summary>
    public int Cuts { get; private set; }

    /// <summary>Bytes relayed from the server to the client on all connections.</summary>
    public long BytesToClient { get; private set; }

    /// <summary>New connections are closed at once while this is set.</summary>
    public bool Refuse { get; set; }

    /// <summary>Bytes in both directions are taken and dropped while this is set; the connections stay open.</summary>
    public bool BlackHole { get; set; }

    /// <summary>Pause before each piece that is passed on, in milliseconds.</summary>
    public int DelayMs { get; set; }

    /// <summary>Cuts the connection once this many more bytes went from the server to the client; once only.</summary>
    public void CutAfter(long bytes)
    {
        lock (_lock)
        {
            _cutAfter = BytesToClient + bytes;
        }
    }

    /// <summary>Where connections made from now on go.</summary>
    public void Retarget(int port) => _target = port;

    /// <summary>Cuts every open connection.</summary>
    public void CutNow()
    {
        lock (_lock)
        {
            Cuts += _open.Count > 0 ? 1 : 0;
            CloseAll();
        }
    }

    public void Dispose()
    {
        _closed = true;
        _listener.Dispose();
        lock (_lock)
        {
            CloseAll();
        }
    }

    private void CloseAll()
    {
        foreach (Socket socket in _open)
        {
            // Shutdown wakes a thread that is blocked in Receive; closing alone would not reliably do so.
            try
            {
                socket.Shutdown(SocketShutdown.Both);
            }
            catch (SocketException)
            {
                // The other side was faster.
            }

            socket.Dispose();
        }

        _open.Clear();
    }

    private void Accept()
    {
        while (!_closed)
        {
            Socket client;
            try
            {
                client = _listener.Accept();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            Connections++;
            if (Refuse || !TryConnect(out Socket server))
            {
                client.Dispose();
                continue;
            }

            client.NoDelay = true;
            lock (_lock)
            {
                _open.Add(client);
                _open.Add(server);
            }

            new Thread(() => Relay(server, client, toClient: true)) { IsBackground = true, Name = "proxy to client" }.Start();
            new Thread(() => Relay(client, server, toClient: false)) { IsBackground = true, Name = "proxy to server" }.Start();
        }
    }

    private bool TryConnect(out Socket server)
    {
        server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            server.Connect(new IPEndPoint(IPAddress.Loopback, _target));
            return true;
        }
        catch (SocketException)
        {
            server.Dispose();
            return false;
        }
    }

    private void Relay(Socket from, Socket to, bool toClient)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (true)
            {
                int n = from.Receive(buffer);
                if (n == 0)
                {
                    break;
                }

                if (DelayMs > 0)
                {
                    Thread.Sleep(DelayMs);
                }

                if (!BlackHole && !Pass(buffer.AsSpan(0, n), to, toClient))
                {
                    break;
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Cut.
        }

        Close(from, to);
    }

    /// <summary>Passes bytes on, up to the cut; false when the connection has to end here.</summary>
    private bool Pass(ReadOnlySpan<byte> bytes, Socket to, bool toClient)
    {
        bool cut = false;
        if (toClient)
        {
            lock (_lock)
            {
                long left = _cutAfter - BytesToClient;
                cut = left <= bytes.Length;
                if (cut)
                {
                    bytes = bytes[..(int)Math.Max(left, 0)];
                    _cutAfter = long.MaxValue;
                    Cuts++;
                }

                BytesToClient += bytes.Length;
            }
        }

        while (!bytes.IsEmpty)
        {
            bytes = bytes[to.Send(bytes)..];
        }

        return !cut;
    }

    private void Close(Socket a, Socket b)
    {
        lock (_lock)
        {
            foreach (Socket socket in (ReadOnlySpan<Socket>)[a, b])
            {
                if (_open.Remove(socket))
                {
                    try
                    {
                        socket.Shutdown(SocketShutdown.Both);
                    }
                    catch (SocketException)
                    {
                        // The other side was faster.
                    }

                    socket.Dispose();
                }
            }
        }
    }
}
