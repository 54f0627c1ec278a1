namespace Redouble.Simulation.Tests.Machinery;

/// <summary>
/// A byte stream in both directions, as TCP gives it: latency, a window, short reads, and sudden ends. It breaks at any byte: a part of
/// what is on its way is lost, and each end learns of it, or (half-open) does not.
/// </summary>
internal sealed class Connection
{
    private readonly World _world;
    private readonly long _latencyMin;
    private readonly long _latencyMax;
    private readonly int _window;
    private int _carriesAtMost = int.MaxValue;

    public Connection(World world, IEndpointOwner client, IEndpointOwner server)
    {
        _world = world;
        _latencyMin = world.Dice.Between(20, 200);
        _latencyMax = _latencyMin + (world.Dice.Chance(0.2) ? 50_000 : 1_000);
        _window = world.Dice.Chance(0.3) ? 700 : 64_000;
        Client = new Endpoint(this, client);
        Server = new Endpoint(this, server) { Peer = Client };
        Client.Peer = Server;
    }

    /// <summary>The end that has connected.</summary>
    public Endpoint Client { get; }

    public Endpoint Server { get; }

    /// <summary>Nothing is carried any more, whether or not the ends know.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Changes what is sent, for planted bugs.</summary>
    public Func<Endpoint, byte[], byte[]>? Tamper { get; set; }

    /// <summary>Up to this time everything comes late, at both ends.</summary>
    public void DelayUntil(long time) => (Client.LateUntil, Server.LateUntil) = (time, time);

    public int Send(Endpoint sender, ReadOnlySpan<byte> bytes)
    {
        if (sender.IsClosed || sender.IsOver) return -1;
        var receiver = sender.Peer;
        var count = Math.Min(bytes.Length, _window - receiver.InFlight - receiver.Arrived.Count);
        if (count < bytes.Length) sender.WantsRoom = true;
        if (count <= 0) return 0;
        if (_world.Dice.Chance(0.05)) count = (int)_world.Dice.Between(1, count);
        var sent = count;
        var breaks = count >= _carriesAtMost && _world.FaultsAreOn;
        if (breaks) count = _carriesAtMost;
        else if (_carriesAtMost != int.MaxValue) _carriesAtMost = Math.Max(0, _carriesAtMost - count);
        var chunk = bytes[..count].ToArray();
        if (Tamper != null) chunk = Tamper(sender, chunk);
        receiver.InFlight += chunk.Length;
        if (IsBroken) return sent; // into the void, until the window is full
        receiver.NotBefore = Math.Max(receiver.NotBefore, _world.Now + LatencyTo(receiver));
        _world.After(receiver.NotBefore - _world.Now, () => Arrive(receiver, chunk));
        if (!breaks) return sent;
        Cut(silently: _world.Dice.Chance(0.3));
        receiver.Surviving = receiver.InFlight;
        return sent;
    }

    public int Receive(Endpoint receiver, Span<byte> destination)
    {
        if (receiver.IsClosed) return -1;
        var count = Math.Min(receiver.Arrived.Count, destination.Length);
        if (count == 0) return receiver.IsOver && receiver.Arrived.Count == 0 ? -1 : 0;
        if (_world.Dice.Chance(0.1)) count = (int)_world.Dice.Between(1, count);
        receiver.Arrived.Bytes[..count].CopyTo(destination);
        receiver.Arrived.Remove(count);
        var sender = receiver.Peer;
        if (sender.WantsRoom && !IsBroken)
        {
            sender.WantsRoom = false;
            _world.After(LatencyTo(sender), () =>
            {
                sender.HasRoom = true;
                Tell(sender);
            });
        }

        return count;
    }

    /// <summary>The connection breaks behind so many bytes more, which still arrive: in the middle of whatever is sent then.</summary>
    public void CutAfter(int bytes) => _carriesAtMost = bytes;

    /// <summary>The connection breaks; each end learns of it, or (silently) finds out by itself.</summary>
    public void Cut(bool silently = false)
    {
        if (IsBroken) return;
        IsBroken = true;
        foreach (var end in new[] { Client, Server })
        {
            end.Surviving = (int)_world.Dice.Between(0, end.InFlight);
            if (silently && _world.Dice.Chance(0.7)) continue;
            _world.After(Math.Max(0, end.NotBefore - _world.Now) + _world.Dice.Between(0, 20_000), () => End(end));
        }
    }

    /// <summary>
    /// One end closes: the other sees it when it has read what was on its way. That is lost, or a part of it, only where the closing end had not read
    /// everything itself: then TCP resets the connection.
    /// </summary>
    public void Close(Endpoint end)
    {
        if (end.IsClosed) return;
        end.IsClosed = true;
        if (IsBroken) return;
        IsBroken = true;
        var peer = end.Peer;
        var isReset = end.Arrived.Count > 0 || end.InFlight > 0;
        peer.Surviving = isReset && _world.Dice.Chance(0.5) ? (int)_world.Dice.Between(0, peer.InFlight) : peer.InFlight;
        _world.After(Math.Max(0, peer.NotBefore - _world.Now) + LatencyTo(peer), () => End(peer));
    }

    private long LatencyTo(Endpoint end) =>
        _world.Dice.Between(_latencyMin, _latencyMax) + (_world.Now < end.LateUntil ? _world.Dice.Between(0, end.LateUntil - _world.Now) : 0);

    private static void End(Endpoint end)
    {
        end.IsOver = true;
        Tell(end);
    }

    private static void Tell(Endpoint end)
    {
        if (!end.IsClosed) end.Owner.OnReady(end);
    }

    private void Arrive(Endpoint receiver, byte[] chunk)
    {
        receiver.InFlight -= chunk.Length;
        var length = chunk.Length;
        if (IsBroken)
        {
            length = Math.Min(length, receiver.Surviving);
            receiver.Surviving = length < chunk.Length ? 0 : receiver.Surviving - length; // what follows a gap is lost too
        }

        if (length == 0 || receiver.IsClosed) return;
        receiver.Arrived.Add(chunk.AsSpan(0, length));
        Tell(receiver);
    }
}
