namespace Redouble.Simulation.Tests.Machinery;

/// <summary>Who holds an end of a connection.</summary>
internal interface IEndpointOwner
{
    /// <summary>Bytes have arrived, there is room to send again, or the connection is over: look at it.</summary>
    void OnReady(Endpoint end);
}

/// <summary>One end of a <see cref="Connection"/>, with what has arrived there and was not read.</summary>
internal sealed class Endpoint(Connection connection, IEndpointOwner owner)
{
    public Connection Connection { get; } = connection;

    public IEndpointOwner Owner { get; } = owner;

    public Endpoint Peer { get; set; } = null!;

    /// <summary>What the owner keeps with it.</summary>
    public object? Tag { get; set; }

    public ByteQueue Arrived { get; } = new();

    /// <summary>Bytes on their way here.</summary>
    public int InFlight { get; set; }

    /// <summary>Earliest time of the next arrival here: bytes stay in order.</summary>
    public long NotBefore { get; set; }

    /// <summary>Of the bytes in flight when the connection broke, those that still arrive.</summary>
    public int Surviving { get; set; }

    /// <summary>The owner has closed it.</summary>
    public bool IsClosed { get; set; }

    /// <summary>The owner can find out that the connection is over, once it has read what arrived.</summary>
    public bool IsOver { get; set; }

    /// <summary>A send did not fit: the owner is to be told of room.</summary>
    public bool WantsRoom { get; set; }

    /// <summary>There is room for what did not fit.</summary>
    public bool HasRoom { get; set; }

    /// <summary>Up to this time everything comes late here.</summary>
    public long LateUntil { get; set; }

    public bool IsReadable => Arrived.Count > 0 || IsOver;

    /// <summary>Reads what has arrived; 0 when nothing has, -1 at the end.</summary>
    public int Receive(Span<byte> destination) => Connection.Receive(this, destination);

    /// <summary>Sends as much as there is room for; -1 when the connection is known to be over.</summary>
    public int Send(ReadOnlySpan<byte> bytes) => Connection.Send(this, bytes);

    public void Close() => Connection.Close(this);
}
