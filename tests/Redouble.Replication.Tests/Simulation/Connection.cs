namespace Redouble.Replication.Tests.Simulation;

/// <summary>One end of a connection: what has arrived and was not read.</summary>
internal sealed class Endpoint(SimulatedNode node)
{
    public SimulatedNode Node { get; } = node;

    public Queue<byte[]> Arrived { get; } = [];

    public int ArrivedBytes { get; set; }

    /// <summary>Bytes of the first chunk that were read.</summary>
    public int ReadOfFirst { get; set; }

    public int InFlightBytes { get; set; }

    /// <summary>Earliest time for the next arrival: bytes stay in order.</summary>
    public long NotBefore { get; set; }

    public bool IsClosed { get; set; }

    public Endpoint? Peer { get; set; }

    public Connection? Connection { get; set; }
}

/// <summary>A byte stream in both directions, with latency, a window, and sudden ends.</summary>
internal sealed class Connection
{
    private const int Window = 3000;

    private readonly World _world;
    private readonly long _latencyMax;

    public Connection(World world, SimulatedNode client, SimulatedNode server)
    {
        _world = world;
        _latencyMax = world.Chance(0.2) ? 50_000 : 2_000;
        Client = new Endpoint(client) { Connection = this };
        Server = new Endpoint(server) { Connection = this, Peer = Client };
        Client.Peer = Server;
    }

    public Endpoint Client { get; }

    public Endpoint Server { get; }

    public bool IsDead { get; private set; }

    /// <summary>Bytes that the sender may put on the wire now.</summary>
    public static int Room(Endpoint sender) => sender.IsClosed ? 0 : Math.Max(0, Window - sender.Peer!.InFlightBytes - sender.Peer.ArrivedBytes);

    public void Send(Endpoint sender, byte[] bytes)
    {
        var receiver = sender.Peer!;
        receiver.InFlightBytes += bytes.Length;
        receiver.NotBefore = Math.Max(receiver.NotBefore, _world.Now + _world.Between(50, _latencyMax));
        _world.After(receiver.NotBefore - _world.Now, () =>
        {
            receiver.InFlightBytes -= bytes.Length;
            if (IsDead || receiver.IsClosed) return;
            receiver.Arrived.Enqueue(bytes);
            receiver.ArrivedBytes += bytes.Length;
            receiver.Node.Turn();
        });
    }

    /// <summary>Reads what has arrived, up to the destination's length.</summary>
    public int Receive(Endpoint receiver, Span<byte> destination)
    {
        if (receiver.Arrived.Count == 0 || destination.IsEmpty) return 0;
        var chunk = receiver.Arrived.Peek().AsSpan(receiver.ReadOfFirst);
        var count = Math.Min(chunk.Length, destination.Length);
        if (_world.Chance(0.1)) count = (int)_world.Between(1, count);
        chunk[..count].CopyTo(destination);
        receiver.ReadOfFirst += count;
        receiver.ArrivedBytes -= count;
        if (count == chunk.Length)
        {
            receiver.Arrived.Dequeue();
            receiver.ReadOfFirst = 0;
        }

        return count;
    }

    /// <summary>The link breaks; each end learns of it, or (a silent cut) finds out by itself.</summary>
    public void Cut(bool silently = false)
    {
        if (IsDead) return;
        IsDead = true;
        _world.Connections.Remove(this);
        foreach (var end in new[] { Client, Server })
        {
            if (silently && _world.Chance(0.7)) continue;
            _world.After(_world.Between(0, 20_000), () => Report(end));
        }
    }

    /// <summary>One end closes: the other sees it when it has read, or lost, what was on its way.</summary>
    public void Close(Endpoint end)
    {
        if (end.IsClosed) return;
        end.IsClosed = true;
        var peer = end.Peer!;
        if (IsDead) return;
        var loses = _world.Chance(0.5);
        _world.After(Math.Max(0, peer.NotBefore - _world.Now) + _world.Between(50, _latencyMax), () =>
        {
            if (!loses) peer.Node.Turn();
            IsDead = true;
            _world.Connections.Remove(this);
            Report(peer);
        });
    }

    private static void Report(Endpoint end)
    {
        if (end.IsClosed) return;
        end.IsClosed = true;
        end.Node.OnClosed(end);
    }
}
