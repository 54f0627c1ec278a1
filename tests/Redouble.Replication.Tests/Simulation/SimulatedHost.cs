using System.Text;
using Redouble.Protocol.Replies;
using Redouble.Replication.Primary;
using Redouble.Replication.Replica;

namespace Redouble.Replication.Tests.Simulation;

/// <summary>What the replication of a simulated node asks for: one life of the node.</summary>
internal sealed class SimulatedHost(World world, SimulatedNode node) : IPrimaryHost, IReplicaHost, IStreamApplier
{
    private readonly StringBuilder _payload = new();
    private readonly int _incarnation = node.Incarnation;
    private int _snapshots;      // streams that are being fed
    private int _sync;           // number of the present full sync
    private int _database;
    private bool _loadsInPlace;

    public bool CanBeginSnapshot => _snapshots == 0 && !node.IsFlushed;

    public bool IsOffsetFrozen => false;

    public bool AreWritesPaused => false;

    public bool WantsPayload => true;

    private bool IsAlive => node.IsUp && node.Incarnation == _incarnation;

    public bool TryBeginSnapshot(in SnapshotPlace place, ReadOnlySpan<SnapshotStream> streams)
    {
        world.Trace($"{node} begins a snapshot at {place.Offset} of {SimulatedNode.Name(place.Id)} for {streams.Length}");
        if (world.FaultsAreOn && world.Chance(0.03)) return false;
        if (world.Bug == PlantedBug.MissingSelect) node.Replication.Log.NoteStreamDatabase(node.Replication.Log.StreamDatabase);
        var bytes = node.Data.Serialize(place.StreamDatabase);
        foreach (var stream in streams)
        {
            _snapshots++;
            Feed(stream, bytes, isSpooled: false);
        }

        return true;
    }

    public void OnSnapshotCredit(SnapshotStream stream)
    {
    }

    public void OnSnapshotAbandoned(SnapshotStream stream)
    {
    }

    public void Disconnect(ReplicaLink link) => node.CloseServer(link);

    public void OnAcknowledged() => node.OnAcknowledged();

    public void PromoteForFailover() => world.Fail("nobody asked for a failover");

    public void Execute(ReplicaLink link, in CommandFrame command, ReplyWriter reply) => world.Fail($"{node} was sent {Wire.Text(command[0])} by a replica");

    public void Log(LogLevel level, string text)
    {
        world.Trace($"{node}: {text}");
        if (text.Contains("inline protocol", StringComparison.Ordinal)) world.Fail($"{node} has lost its place in the stream");
    }

    public void Connect(PrimaryLink link, string host, int port) => node.Connect(host);

    public void Disconnect(PrimaryLink link) => node.CloseClient();

    public void BeginFullSync(PrimaryLink link, in FullSyncStart start)
    {
        _payload.Clear();
        _sync++;
        _loadsInPlace = world.Chance(0.5);
        world.FullSyncs++;
    }

    public void ReceivePayload(ReadOnlySpan<byte> bytes) => _payload.Append(Encoding.ASCII.GetString(bytes));

    public void EndPayload(PrimaryLink link)
    {
        var sync = _sync;
        if (_loadsInPlace)
        {
            node.IsFlushed = true;
            node.Loads++;
            node.Data.Clear();
        }

        if (world.Chance(0.3)) Load(link, sync);
        else world.After(world.Between(0, world.Chance(0.1) ? 5_000_000 : 200_000), () => Load(link, sync));
    }

    public bool AbortFullSync()
    {
        _sync++;
        return !node.IsFlushed;
    }

    public void OnMark(ReadOnlySpan<byte> argument, long offset)
    {
    }

    public void BeginStream(int database) => _database = database;

    public void Prepare(in CommandBatch batch)
    {
    }

    public bool Knows(in CommandFrame command) => true;

    public void BeginTransaction()
    {
    }

    public ApplyStatus Apply(in CommandFrame command)
    {
        var words = new string[command.Count];
        for (var i = 0; i < words.Length; i++) words[i] = Wire.Text(command[i]);
        if (words[0] == "SELECT") _database = int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture);
        else if (words[0] != "ping" && !node.Data.Execute(_database, words)) world.Fail($"{node} was sent {words[0]}");
        return ApplyStatus.Applied;
    }

    public void EndTransaction()
    {
    }

    private void Load(PrimaryLink link, int sync)
    {
        if (!IsAlive || sync != _sync || link.State != PrimaryLinkState.Loading) return;
        node.Replication.BeginTurn(world.Now);
        if (world.FaultsAreOn && world.Chance(0.05))
        {
            link.OnLoadFailed("simulated", !node.IsFlushed, world.Now);
        }
        else
        {
            node.Data = KeyValueModel.Deserialize(_payload.ToString(), out var database);
            node.IsFlushed = false;
            node.Loads++;
            link.OnLoadCompleted(database, world.Now);
        }

        node.Turn();
    }

    private void Feed(SnapshotStream stream, byte[] bytes, bool isSpooled)
    {
        var spools = stream.Format.HasLength && !isSpooled;
        world.After(world.Between(100, spools ? 300_000 : 10_000), () =>
        {
            if (!IsAlive) return;
            var isLate = world.Bug == PlantedBug.LateSnapshot && stream.WrittenBytes == 0 && !isSpooled;
            if (isLate) bytes = node.Data.Serialize(node.Replication.Log.StreamDatabase);
            if (spools) stream.Announce(bytes.Length);
            var isLost = world.FaultsAreOn && world.Chance(0.01);
            if (isLost) stream.Fail("simulated");
            var rest = bytes.AsSpan((int)stream.WrittenBytes);
            if (stream.HasCredit && !isLost && !spools) stream.Append(rest[..(int)Math.Min(rest.Length, world.Between(1, 400))]);
            if (stream.WrittenBytes == bytes.Length) stream.Complete();
            if (stream.Status == SnapshotStatus.Writing && stream.Readers > 0) Feed(stream, bytes, isSpooled: true);
            else _snapshots--;
            node.Turn();
        });
    }
}
