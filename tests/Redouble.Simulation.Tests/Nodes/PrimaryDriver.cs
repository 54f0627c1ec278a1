using Redouble.Protocol.Replies;
using Redouble.Replication.Replica;
using Redouble.Simulation.Tests.Machinery;

namespace Redouble.Simulation.Tests.Nodes;

/// <summary>
/// Drives the link to the primary over a simulated connection, as the server's PrimaryConnector does over a socket; or its second connection, on which the
/// payload of a full sync over two channels comes.
/// </summary>
internal sealed class PrimaryDriver(Process process, bool isChannel = false)
{
    private readonly OutputSegment[] _segments = new OutputSegment[8];
    private int _attempt;
    private bool _isConnected;
    private string? _failure;

    /// <summary>Our end of the connection, or null.</summary>
    public Endpoint? End { get; private set; }

    private IPrimaryConnection Link => isChannel ? process.Node.Replication.Protocol.Primary.Channel : process.Node.Replication.Protocol.Primary;

    private long Now => process.Clock.MonotonicMicroseconds;

    private Cluster Cluster => process.Machine.Cluster;

    /// <summary>Starts to connect; the outcome is told to the link in a later turn.</summary>
    public void Open(int port)
    {
        Close();
        var world = process.World;
        var attempt = _attempt;
        world.After(world.Dice.Between(50, 5_000), () =>
        {
            if (attempt != _attempt || !process.IsAlive) return;
            var target = Cluster.Find(port);
            if (target == null || !Cluster.CanReach(process.Machine, target))
            {
                if (target?.Process != null && world.Dice.Chance(0.5)) return; // no answer at all
                _failure = "Connection refused";
            }
            else
            {
                Connect(target.Process!);
            }

            process.RequestTurn();
        });
    }

    /// <summary>Closes the connection without a word.</summary>
    public void Close()
    {
        _attempt++;
        _isConnected = false;
        _failure = null;
        End?.Close();
        if (End != null) Cluster.Links.Remove(End.Connection);
        End = null;
    }

    /// <summary>In a turn: the outcome of connecting, and what has arrived.</summary>
    public void Serve()
    {
        if (_isConnected)
        {
            _isConnected = false;
            Link.OnConnected(Now);
        }

        while (End is { IsReadable: true } end && Link.WantsRead)
        {
            var buffer = Link.GetReceiveBuffer();
            if (buffer.IsEmpty) return;
            var count = end.Receive(buffer);
            if (count < 0)
            {
                Close();
                Link.OnClosed(Now, "connection closed by the primary");
                return;
            }

            Link.OnReceived(count, Now);
            if (process.World.Dice.Chance(0.3)) return;
        }
    }

    /// <summary>Once a turn: reports failures and sends.</summary>
    public void Drive(long now)
    {
        if (_failure is { } failure)
        {
            Close();
            Link.OnClosed(now, failure);
        }

        while (End is { } end && !_isConnected)
        {
            if (Link.PeekSend(_segments) == 0) return;
            var sent = end.Send(_segments[0].Bytes);
            if (sent < 0)
            {
                Close();
                Link.OnClosed(now, "connection closed by the primary");
                return;
            }

            if (sent == 0) return;
            Link.OnSent(sent);
        }
    }

    /// <summary>Whether something waits to be read by the link.</summary>
    public bool HasInput => _isConnected || _failure != null || (End is { IsReadable: true } && Link.WantsRead);

    /// <summary>The process is gone.</summary>
    public void Abandon(bool tellPeers)
    {
        if (!tellPeers && End is { } end) end.Connection.Cut(silently: true);
        if (!isChannel) process.Node.Replication.Protocol.Primary.Stop(Now);
        Close();
    }

    private void Connect(Process server)
    {
        var connection = new Connection(process.World, process, server)
        {
            Tamper = PlantedWire.For(Cluster.Bug, Cluster.World, server),
        };
        Cluster.Links.Add(connection);
        End = connection.Client;
        server.Accept(connection.Server, $"10.0.0.{process.Machine.Number}:{process.World.Dice.Between(10_000, 60_000)}");
        _isConnected = true;
    }
}
