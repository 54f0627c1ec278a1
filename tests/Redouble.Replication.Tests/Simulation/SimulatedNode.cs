using System.Globalization;
using Redouble.Core.Memory;
using Redouble.Protocol.Replies;
using Redouble.Replication.Identity;
using Redouble.Replication.Log;
using Redouble.Replication.Primary;
using Redouble.Replication.Replica;

namespace Redouble.Replication.Tests.Simulation;

/// <summary>
/// A node of the simulation: the replication code of the product around a <see cref="KeyValueModel"/>, on virtual connections, time and disk.
/// </summary>
internal sealed class SimulatedNode
{
    private readonly World _world;
    private readonly OutputSegment[] _segments = new OutputSegment[8];
    private readonly List<(ReplicaLink Link, Endpoint End)> _servers = [];
    private readonly List<(long Offset, string Key)> _waits = [];
    private readonly Dictionary<string, int> _acknowledged = []; // write → loads at that time
    private BlockPool _pool = new();
    private (KeyValueModel Data, ReplicationId Id, long Offset, int Database)? _disk;
    private (string Host, int Port)? _primary; // as configured
    private Endpoint? _client;
    private SimulatedHost? _host;
    private long _timerAt = long.MaxValue;
    private bool _inTurn;

    public SimulatedNode(World world, int number)
    {
        (_world, Number) = (world, number);
        world.Nodes.Add(this);
    }

    public int Number { get; }

    public bool IsUp => _host != null;

    public int Incarnation { get; private set; }

    /// <summary>Times the data set was replaced as a whole.</summary>
    public int Loads { get; set; }

    public ReplicationNode Replication { get; private set; } = null!;

    public KeyValueModel Data { get; set; } = new();

    /// <summary>Whether the data set is between two states: flushed, not loaded.</summary>
    public bool IsFlushed { get; set; }

    public Endpoint? Client => _client;

    public override string ToString() => $"node {Number}.{Incarnation}";

    public void Start()
    {
        Incarnation++;
        _pool = new BlockPool();
        IsFlushed = false;
        Data = _disk?.Data.Copy() ?? new KeyValueModel();
        var log = new ReplicationLog(_pool, _world.Between(200, 4000), (int)_world.Between(20, 300)) { Now = _world.Now };
        var settings = new ReplicationSettings
        {
            TimeoutSeconds = 3,
            PingPeriodSeconds = 1,
            DisklessSyncDelaySeconds = (int)_world.Between(0, 1),
            DisklessSync = _world.Chance(0.7),
            BacklogTtlSeconds = _world.Chance(0.2) ? 5 : 3600,
            AnnouncedPort = Number,
        };
        _host = new SimulatedHost(_world, this);
        Replication = new ReplicationNode(_pool, new SeededRandom(_world.Random.Next()), settings, log, _host, _host, _host);
        if (_disk is { Id.IsNone: false } disk)
        {
            var asReplica = _primary != null || _world.Bug == PlantedBug.ReusedReplicationId;
            Replication.Restore(disk.Id, disk.Offset, disk.Database, asReplica);
        }

        if (_primary is { } primary) Replication.ReplicaOf(primary.Host, primary.Port, _world.Now);
        _world.Trace($"{this} starts with {Data.Count} keys at {Replication.Log.EndOffset} of {Name(Replication.History.Identity.Id)}");
        Turn();
    }

    public void Crash()
    {
        if (!IsUp) return;
        _world.Trace($"{this} crashes");
        foreach (var (_, end) in _servers) end.Connection!.Cut();
        _client?.Connection!.Cut();
        foreach (var (link, _) in _servers.ToArray()) link.OnClosed();
        Replication.Primary.Stop(_world.Now);
        Replication.Log.Free();
        _servers.Clear();
        _waits.Clear();
        _acknowledged.Clear();
        _client = null;
        _host = null;
        _timerAt = long.MaxValue;
        if (_pool.LentBytes != 0) _world.Fail($"{this} has lost {_pool.LentBytes} bytes of blocks");
        _pool.Dispose();
    }

    public void Save()
    {
        if (!IsUp || IsFlushed) return;
        var history = Replication.History;
        var isNamed = Replication.Log.IsActive && history.IsResumable;
        _disk = (Data.Copy(), isNamed ? history.Identity.Id : ReplicationId.None, history.Log.EndOffset, history.Log.StreamDatabase);
    }

    public void ReplicaOf(SimulatedNode? primary)
    {
        _primary = primary == null ? null : ($"{primary.Number}", primary.Number);
        if (!IsUp) return;
        _world.Trace($"{this} is told to follow {primary?.ToString() ?? "no one"}");
        if (primary != null)
        {
            _waits.Clear(); // clients in WAIT are sent away: the offsets to come are another history's
            Replication.ReplicaOf($"{primary.Number}", primary.Number, _world.Now);
        }
        else if (Replication.IsReplica)
        {
            // With its data flushed and not loaded a node that is promoted has nothing; that is the operator's doing.
            Replication.ReplicaOfNoOne(_world.Now);
            if (_world.Bug == PlantedBug.MissingSelect) Replication.Log.NoteStreamDatabase(Replication.Log.StreamDatabase);
            if (!IsFlushed) CheckAcknowledged();
            IsFlushed = false;
        }

        Turn();
    }

    /// <summary>A client's write, perhaps a transaction, perhaps followed by WAIT.</summary>
    public void Write(int number)
    {
        if (!IsUp || Replication.IsReplica) return;
        BeginTurn();
        var database = (int)_world.Between(0, 2);
        var unique = $"w{number}";
        string[][] unit = _world.Random.Next(5) switch
        {
            0 => [["SET", unique, $"{number}"]],
            1 => [["INCR", $"n{_world.Between(0, 5)}"]],
            2 => [["APPEND", $"s{_world.Between(0, 5)}", $"{number % 7}{new string('x', (int)_world.Between(0, 5))}"]],
            3 => [["SET", "left", $"{number}"], ["INCR", "both"], ["SET", "right", $"{number}"]],
            _ => [["SET", unique, "1"], ["DEL", $"s{_world.Between(0, 5)}"]],
        };
        foreach (var command in unit) Data.Execute(database, command);
        Propagate(database, unit);
        if (unit[0][1] == unique && Replication.Log.IsActive && _world.Chance(0.5))
        {
            _waits.Add((Replication.Log.EndOffset, $"{database} {unique}"));
            if (_waits.Count > 20) _waits.RemoveAt(0);
            Replication.Replicas.RequestAcks();
        }

        Turn();
    }

    public void Turn()
    {
        if (!IsUp || _inTurn) return;
        _inTurn = true;
        BeginTurn();
        Read();
        Replication.OnTimer(_world.Now);
        Replication.AfterUnits(_world.Now);
        Check();
        Flush();
        _inTurn = false;
        ScheduleTimer();
    }

    public void OnClosed(Endpoint end)
    {
        if (!IsUp) return;
        BeginTurn();
        if (end == _client)
        {
            _client = null;
            Replication.Primary.OnClosed(_world.Now, "reset by peer");
        }
        else
        {
            var at = _servers.FindIndex(server => server.End == end);
            if (at < 0) return;
            var link = _servers[at].Link;
            _servers.RemoveAt(at);
            link.OnClosed();
        }

        Turn();
    }

    public void Connect(string target)
    {
        var server = _world.Nodes[int.Parse(target, CultureInfo.InvariantCulture)];
        var incarnation = Incarnation;
        var attempt = Replication.Primary.TotalAttempts;
        _world.After(_world.Between(50, 5_000), () =>
        {
            var isOld = !IsUp || Incarnation != incarnation || Replication.Primary.TotalAttempts != attempt;
            if (isOld || Replication.Primary.State != PrimaryLinkState.Connecting) return;
            if (!_world.CanReach(this, server))
            {
                if (_world.Chance(0.5)) Replication.Primary.OnClosed(_world.Now, "Connection refused");
                Turn();
                return;
            }

            var connection = new Connection(_world, this, server);
            _world.Connections.Add(connection);
            _client = connection.Client;
            server.Accept(connection.Server);
            BeginTurn();
            Replication.Primary.OnConnected(_world.Now);
            Turn();
        });
    }

    public void CloseClient()
    {
        var end = _client;
        _client = null;
        end?.Connection!.Close(end);
    }

    public void CloseServer(ReplicaLink link)
    {
        var at = _servers.FindIndex(server => server.Link == link);
        if (at < 0) return;
        var end = _servers[at].End;
        _servers.RemoveAt(at);
        end.Connection!.Close(end);
    }

    /// <summary>Replicas have acknowledged: what WAIT has promised is noted at those who promised it.</summary>
    public void OnAcknowledged()
    {
        foreach (var (offset, key) in _waits)
        {
            foreach (var (link, end) in _servers)
            {
                if (link.State != ReplicaLinkState.Online || link.AckOffset < offset) continue;
                var replica = end.Peer!.Node;
                if (replica.Client != end.Peer || end.Connection!.IsDead) continue; // it has gone on to something else
                var applied = replica.Replication.Log.EndOffset;
                if (applied < link.AckOffset) _world.Fail($"{replica} has acknowledged {link.AckOffset} and applied {applied}");
                replica._acknowledged[key] = replica.Loads;
                _world.AcknowledgedWrites++;
            }
        }

        _waits.RemoveAll(wait => Replication.Replicas.CountAcknowledged(wait.Offset) > 0);
    }

    public static string Name(ReplicationId id) => id.ToString()[..8];

    private void BeginTurn() => Replication.BeginTurn(_world.Now);

    private void Accept(Endpoint end) => _servers.Add((Replication.Replicas.CreateLink($"{end.Peer!.Node.Number}"), end));

    private void Propagate(int database, string[][] unit)
    {
        var log = Replication.Log;
        if (!log.IsActive) return;
        var framed = _world.Bug == PlantedBug.HalfTransaction ? 1 : unit.Length;
        log.BeginUnit(framed);
        log.SelectDatabase(database);
        foreach (var command in unit)
        {
            var appender = log.BeginCommand(command.Length);
            foreach (var argument in command) appender.Argument(Wire.Bytes(argument));
            appender.End();
        }

        log.EndUnit(framed);
    }

    private void Read()
    {
        while (_client is { } client && !client.Connection!.IsDead)
        {
            var count = client.Connection!.Receive(client, Replication.Primary.GetReceiveBuffer());
            if (count == 0) break;
            Replication.Primary.OnReceived(count, _world.Now);
        }

        foreach (var (link, end) in _servers.ToArray())
        {
            while (link.State != ReplicaLinkState.Closed && !end.IsClosed && !end.Connection!.IsDead)
            {
                var count = end.Connection!.Receive(end, link.GetReceiveBuffer());
                if (count == 0) break;
                link.OnReceived(count, _world.Now);
            }
        }
    }

    private void Flush()
    {
        if (_client is { } client && !client.Connection!.IsDead)
        {
            var bytes = Take(Replication.Primary.PeekSend(_segments), Connection.Room(client));
            if (bytes.Length > 0)
            {
                Replication.Primary.OnSent(bytes.Length);
                client.Connection!.Send(client, PlantedWire.Change(_world, client.Peer!.Node, bytes));
            }
        }

        foreach (var (link, end) in _servers.ToArray())
        {
            while (link.State != ReplicaLinkState.Closed && !end.IsClosed && !end.Connection!.IsDead)
            {
                var bytes = Take(link.PeekSend(_segments), Connection.Room(end));
                if (bytes.Length == 0) break;
                link.OnSent(bytes.Length, _world.Now);
                end.Connection!.Send(end, bytes);
            }
        }
    }

    private byte[] Take(int segments, int room)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < segments && bytes.Count < room; i++) bytes.AddRange(_segments[i].Bytes[..Math.Min(_segments[i].Length, room - bytes.Count)]);
        return [.. bytes];
    }

    private void Check()
    {
        var history = Replication.History;
        if (IsFlushed || !history.IsResumable || !history.Log.IsActive) return;
        _world.CheckSame(this, history.Identity.Id, history.Log.EndOffset, Data.Digest);
        for (var database = 0; database < 3; database++)
        {
            if (Data.Get(database, "left") != Data.Get(database, "right")) _world.Fail($"{this} has half of a transaction in database {database}");
        }
    }

    // No write acknowledged by WAIT is lost when a replica that acknowledged it, and was neither restarted nor synced anew, is promoted.
    private void CheckAcknowledged()
    {
        foreach (var (write, loads) in _acknowledged)
        {
            var words = write.Split(' ');
            var isThere = Data.Get(int.Parse(words[0], CultureInfo.InvariantCulture), words[1]) != null;
            if (loads == Loads && !isThere) _world.Fail($"{this} is promoted without the write {write} that it has acknowledged");
        }
    }

    private void ScheduleTimer()
    {
        if (!IsUp) return;
        var deadline = Math.Max(Replication.NextDeadline, _world.Now);
        if (deadline == long.MaxValue || deadline >= _timerAt) return;
        _timerAt = deadline;
        var incarnation = Incarnation;
        _world.After(deadline - _world.Now, () =>
        {
            if (Incarnation != incarnation || _timerAt != deadline) return;
            _timerAt = long.MaxValue;
            Turn();
        });
    }
}
