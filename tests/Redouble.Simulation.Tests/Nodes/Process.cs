using Redouble.Engine;
using Redouble.Engine.Configuration;
using Redouble.Engine.Hosting;
using Redouble.Engine.Sessions;
using Redouble.Simulation.Tests.Machinery;

namespace Redouble.Simulation.Tests.Nodes;

/// <summary>One life of a node: a whole <see cref="Engine.Node"/> and what a server's process is around it.</summary>
internal sealed class Process : INodeHost, IDirectoryResolver, IEndpointOwner
{
    private const int HeapSpan = 1 << 20;
    private const int TicketStringMin = 16_500; // just over what is kept inside a record

    private static readonly ProcessFacts AnyFacts = new(1, "redouble", "", 0, 0, 0, 0, 0, "simulated", 0, "none", []);

    private readonly SimulatedDisk.ProcessFiles _files;
    private readonly Session _operator;
    private readonly Loop _loop;
    private bool _isPromoted;
    private long _evictions;

    public Process(Machine machine)
    {
        Machine = machine;
        World = machine.Cluster.World;
        Name = machine.ToString();
        Clock = new MachineClock(World, machine.WallOffset, World.Dice.Pick(1L, 5L, 40L, 600L));
        Background = new SimulatedExecutor(World, () => _loop!.Request());
        _files = machine.Disk.Open(Clock);
        _files.Helper = Background;
        var config = ProcessConfiguration.Make(machine, this);
        Node = new Node(new NodeParts(config, this, Clock, new Dice(World.Dice.NextUInt64()), _files, Background)
        {
            HeapSpanBytes = HeapSpan,
            LogBlockBytes = World.Dice.Pick(64, 500, 4000),
            TicketStringMin = TicketStringMin,
        });
        _operator = Node.AddSession();
        _operator.Address = "127.0.0.1:1";
        Primary = new PrimaryDriver(this);
        Channel = new PrimaryDriver(this, isChannel: true);
        _loop = new Loop(this);
    }

    public Machine Machine { get; }

    public World World { get; }

    public string Name { get; }

    public Node Node { get; }

    public MachineClock Clock { get; }

    public SimulatedExecutor Background { get; }

    public PrimaryDriver Primary { get; }

    public PrimaryDriver Channel { get; }

    /// <summary>Files that it has opened to write and not given back.</summary>
    public int OpenFiles => _files.OpenCount;

    public bool IsAlive { get; private set; } = true;

    public int? ExitStatus { get; private set; }

    /// <summary>Whether it has taken a turn with its data set loaded.</summary>
    public bool HasStarted { get; set; }

    /// <summary>Whether it has evicted keys in this turn.</summary>
    public bool HasEvicted => Node.Eviction.EvictedKeys != _evictions;

    /// <summary>Times that its data set was replaced by a primary's.</summary>
    public long FullSyncs { get; private set; }

    public override string ToString() => Name;

    public void Start()
    {
        try
        {
            Node.LoadAtStart();
        }
        catch (IOException failure)
        {
            StartFailed(failure); // the machine starts it again
        }

        _loop.Request();
    }

    /// <summary>What was loaded cannot be, or no file be created: the process ends. Only a disk that fails may be the cause.</summary>
    public void StartFailed(Exception failure)
    {
        World.Trace(() => $"{this} does not start: {failure.Message}");
        var isDisk = failure.Message.Contains("Input/output error", StringComparison.Ordinal);
        Machine.Cluster.Checker.Require(isDisk, Checks.Rules.Progress, () => $"{this} does not start: {failure.Message}");
        Exit(1);
    }

    /// <summary>Runs a command of the operator in the next turn.</summary>
    public void Operate(params string[] words) => _loop.Do(() => Execute(words));

    /// <summary>
    /// REPLICAOF as the machine is configured, in the next turn; again and again while the node loads or fails over, which refuses it, or is paused, which puts
    /// it off: it may be refused then when its time comes.
    /// </summary>
    public void Follow() => _loop.Do(() =>
    {
        var primary = Machine.Primary;
        var isDone = primary == null ? Execute("REPLICAOF", "NO", "ONE") : Execute("REPLICAOF", $"node{primary.Number}", $"{primary.Port}");
        const long retry = 50_000;
        if (!isDone) World.After(retry, Follow);
    });

    /// <summary>FLUSHALL in the next turn: what clients wrote before it is promised no more.</summary>
    public void FlushAll() => _loop.Do(() =>
    {
        Machine.Cluster.Checker.Acknowledged.Flushes++;
        Execute("FLUSHALL");
    });

    /// <summary>A connection has been accepted.</summary>
    public void Accept(Endpoint end, string peer)
    {
        var session = Node.AddSession();
        session.Address = peer;
        session.Connection = end;
        end.Tag = session;
    }

    public void OnReady(Endpoint end)
    {
        if (IsAlive) _loop.OnReady(end);
    }

    /// <summary>The process is gone: nothing of it happens any more, and all of its memory must be accounted for.</summary>
    public void End(bool tellPeers)
    {
        IsAlive = false;
        Background.Stop();
        _files.IsClosed = true;
        Channel.Abandon(tellPeers);
        Primary.Abandon(tellPeers);
        for (var slot = 0; slot < Node.Sessions.Top; slot++)
        {
            if (Node.Sessions[slot] is not { } session) continue;
            if (session.Connection is Endpoint end)
            {
                if (tellPeers) end.Close();
                else end.Connection.Cut(silently: true);
                end.IsClosed = true;
            }

            Node.RemoveSession(session);
            if (Node.Sessions[slot] != null) Node.RemoveSession(session); // it was to stay until the node is a primary
        }

        Machine.Cluster.Checker.Memory.AtEnd(this);
        Node.Dispose();
    }

    /// <summary>A run has failed: only gives the memory back.</summary>
    public void Discard()
    {
        IsAlive = false;
        Background.Stop();
        Node.Heap.Dispose();
    }

    public void Log(ConfigLogLevel level, string message)
    {
        World.Trace(() => $"{this}: {message}");
        if (message is "MASTER <-> REPLICA sync: Flushing old data" or "MASTER <-> REPLICA sync: Swapping active DB with loaded DB")
        {
            FullSyncs++;
            Machine.Cluster.FullSyncs++;
        }

        if (message == "MASTER <-> REPLICA sync: Swapping active DB with loaded DB") Machine.Cluster.Exchanges++;
        if (message.Contains("a full resynchronization. Of the file: ", StringComparison.Ordinal)) Machine.Cluster.PlacesDoubted++;
        if (message.StartsWith("DB loaded from append only file", StringComparison.Ordinal)) Machine.Cluster.AppendOnlyLoads++;
        if (message == "MASTER <-> REPLICA sync: Finished with success" && Node.Replication.Protocol.Primary.IsDual) Machine.Cluster.ChannelSyncs++;
        if (message == "Successful partial resynchronization with master.") Machine.Cluster.PartialSyncs++;
        if (message.StartsWith("I/O error trying to sync with MASTER", StringComparison.Ordinal)) Machine.Cluster.BrokenPayloads++;
        if (message.StartsWith("DB loaded from append only file", StringComparison.Ordinal)) PlantedNode.OnFilesLoaded(this);
        if (IsAlive) Machine.Cluster.Checker.OnLog(this, message);
    }

    public ProcessFacts Facts() => AnyFacts;

    public void Exit(int status) => ExitStatus = status;

    public void OpenPrimaryLink(string host, int port) => Primary.Open(port);

    public void ClosePrimaryLink() => Primary.Close();

    public void OpenSnapshotChannel(string host, int port) => Channel.Open(port);

    public void CloseSnapshotChannel() => Channel.Close();

    public void OnRoleChanged(bool isReplica) => _isPromoted |= Node.IsReplica && !isReplica;

    /// <summary>After each turn: what it has evicted is promised no more.</summary>
    public void NoteEvictions()
    {
        if (!HasEvicted) return;
        Machine.Cluster.Checker.Acknowledged.Flushes++;
        Machine.Cluster.Evictions += Node.Eviction.EvictedKeys - _evictions;
        _evictions = Node.Eviction.EvictedKeys;
    }

    /// <summary>After each turn: whether it has become a primary in it, by REPLICAOF or by a failover.</summary>
    public void NotePromotion()
    {
        if (!_isPromoted) return;
        _isPromoted = false;
        if (Node.IsReplica || Node.IsLoading) return;
        Machine.Cluster.Promotions++;
        PlantedNode.OnPromoted(this);
        Machine.Cluster.Checker.Acknowledged.OnPromoted(this);
    }

    public bool TryResolve(string current, string path, out string resolved, out string error)
    {
        (resolved, error) = (path, "");
        return true;
    }

    /// <summary>A file of its machine, whole.</summary>
    public byte[] ReadFile(string path)
    {
        using var file = _files.OpenRead(path) ?? throw new InvalidOperationException($"There is no {path}.");
        var bytes = new byte[file.Length];
        file.Read(bytes);
        return Machine.Cluster.Bug == PlantedBug.ShortReport ? bytes[..(bytes.AsSpan().LastIndexOf("\r\n*"u8) + 2)] : bytes;
    }

    public void RequestTurn() => _loop.Request();

    // False when the node refuses it for now, because it is loading or failing over, or has not answered: a pause holds up the operator, too.
    private bool Execute(params string[] words)
    {
        World.Trace(() => $"{this}: {string.Join(' ', words)}");
        var request = Wire.Command(words);
        Node.Executor.ProcessInput(_operator); // what a pause that has just ended had put off
        _operator.Output.Clear();
        request.CopyTo(_operator.Input.PrepareReceive(Node.Blocks));
        _operator.Input.Received(request.Length, Node.Blocks);
        Node.Executor.ProcessInput(_operator);
        var isDone = _operator.Output.TryPeek(out var reply)
            && !reply.Bytes.StartsWith("-LOADING"u8) && !reply.Bytes.StartsWith("-ERR REPLICAOF not allowed while failing over"u8);
        _operator.Output.Clear();
        return isDone;
    }
}
