using Redouble.Replication.Identity;

namespace Redouble.Replication.Tests.Simulation;

/// <summary>A rule of replication did not hold.</summary>
internal sealed class SimulationException(string message) : Exception(message);

/// <summary>Virtual time, one queue of events, the nodes and the connections between them. Everything random comes from the seed.</summary>
internal sealed class World
{
    private readonly PriorityQueue<Action, (long Time, long Sequence)> _events = new();
    private readonly Dictionary<(ulong Id, long Offset), (ulong Digest, string Node)> _known = [];
    private readonly List<string> _trace = [];
    private long _sequence;

    public World(int seed, PlantedBug bug = PlantedBug.None)
    {
        Seed = seed;
        Bug = bug;
        Random = new Random(seed);
    }

    public int Seed { get; }

    public PlantedBug Bug { get; }

    public Random Random { get; }

    public List<SimulatedNode> Nodes { get; } = [];

    /// <summary>Microseconds.</summary>
    public long Now { get; private set; }

    public int Events { get; private set; }

    /// <summary>While false nothing breaks any more: what is up has to come together.</summary>
    public bool FaultsAreOn { get; set; } = true;

    public HashSet<(int, int)> Partitions { get; } = [];

    public List<Connection> Connections { get; } = [];

    public int FullSyncs { get; set; }

    public int PartialSyncs { get; set; }

    public int AcknowledgedWrites { get; set; }

    public bool Keeps { get; set; }

    public void After(long delay, Action action) => _events.Enqueue(action, (Now + delay, _sequence++));

    public void RunUntil(long time)
    {
        while (_events.TryPeek(out var action, out var at) && at.Time <= time)
        {
            _events.Dequeue();
            Now = at.Time;
            Events++;
            action();
        }

        Now = time;
    }

    public long Between(long low, long high) => Random.NextInt64(low, high + 1);

    public bool Chance(double probability) => Random.NextDouble() < probability;

    public bool CanReach(SimulatedNode a, SimulatedNode b) =>
        a.IsUp && b.IsUp && !Partitions.Contains((Math.Min(a.Number, b.Number), Math.Max(a.Number, b.Number)));

    public void Trace(string text)
    {
        if (Keeps) _trace.Add($"{Now / 1e6,10:F6} {text}");
    }

    public string TraceText => string.Join('\n', _trace);

    public void Fail(string text) => throw new SimulationException($"seed {Seed}, {Now / 1e6:F6} s: {text}");

    /// <summary>Whoever is at an offset of a history has one and the same data set.</summary>
    public void CheckSame(SimulatedNode node, ReplicationId id, long offset, ulong digest)
    {
        var key = (BitConverter.ToUInt64(id.Bytes) ^ BitConverter.ToUInt64(id.Bytes[8..]) * 31, offset);
        if (_known.TryGetValue(key, out var known))
        {
            if (known.Digest != digest) Fail($"{node} differs from {known.Node} at offset {offset} of {id.ToString()[..8]}");
            return;
        }

        _known[key] = (digest, node.ToString());
    }
}
