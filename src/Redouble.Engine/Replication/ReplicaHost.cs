using Redouble.Engine.Configuration;
using Redouble.Engine.Persistence;
using Redouble.Persistence.Rdb;
using Redouble.Replication.Replica;
using Redouble.Storage.Keyspace;
using LogLevel = Redouble.Replication.LogLevel;

namespace Redouble.Engine.Replication;

/// <summary>
/// Replica side: a full sync as the node lives it, in one of three ways (<c>repl-diskless-load</c>):
/// <code>
/// spooled   payload ─► temporary file, and scanned: every opcode, type and the checksum ─► flush ─► Loading ─► the stream goes on
///                                          │ damaged, or a type we cannot load            the point of no return
///                                          └─► the old data set is kept, the link says why
/// in place  payload ─► flush, and loaded as it comes                       on-empty-db, where there is nothing to lose
/// beside    payload ─► loaded as it comes beside the old data set ─► exchanged          swapdb; damaged: the old one is kept
/// </code>
/// Loading runs in slices between turns; clients are answered meanwhile: with -LOADING, except where the data set that is loaded beside the old one is
/// a later state of it (the replid is ours). Then they read the old one.
/// </summary>
internal sealed class ReplicaHost(Node node) : IReplicaHost
{
    private const int ChunkSize = 256 * 1024;
    private const int DirectPieceMax = 16 * 1024;
    private const int DelayedPieceMax = 1024; // with key-load-delay
    private const long DirectSliceMicroseconds = 2000;

    private byte[] _chunk = []; // while a received file is loaded
    private LoadPlan _plan;
    private ReceivedFile? _spool;
    private RdbScanner? _scanner;
    private RdbLoad? _load;
    private Keyspace? _side;
    private PrimaryLink? _link;
    private RdbReadStatus _status;
    private FullSyncStart _start;
    private long _read;
    private long _files; // received so far
    private long _total;
    private long _startedSeconds;
    private long _spentMicroseconds; // on a direct load, since it last paused
    private bool _isPaused;
    private bool _isHeld; // the payload, until what it would destroy is saved

    private enum LoadPlan : byte
    {
        Spooled,
        InPlace,
        Beside,
    }

    /// <summary>Whether <see cref="Slice"/> has something to do.</summary>
    public bool HasWork => (_load != null && _plan == LoadPlan.Spooled) || _isPaused || node.Replication.Divergence.HasWork
        || (_isHeld && !node.Replication.Divergence.IsWriting);

    /// <summary>Whether a data set is being loaded.</summary>
    public bool IsLoading => _load != null;

    /// <summary>How far the load is.</summary>
    public LoadProgress Progress => _load == null ? default : new LoadProgress(_startedSeconds, _total, _load.Position, _load.State.UsedMemory);

    public bool WantsPayload => !_isPaused && !_isHeld;

    public int PayloadMax => _load == null ? int.MaxValue : node.Config.KeyLoadDelay != 0 ? DelayedPieceMax : DirectPieceMax;

    public bool LoadsDirectly => (_link == null ? PlanNow() : _plan) != LoadPlan.Spooled;

    /// <summary>Keys of the payload that have been loaded, or, before that, received.</summary>
    public long Keys => _load?.State.Keys ?? _scanner?.Summary.Keys ?? 0;

    public bool HoldsOutput => node.AppendOnly.HoldsOutput;

    public bool AsksForPromotion => node.Replication.Failover.AsksForPromotion;

    public long PromotionOffset => node.Replication.Failover.NeededOffset;

    public void OnPromotionAnswered(bool accepted) => node.Replication.Failover.OnAnswered(accepted);

    public void Connect(PrimaryLink link, string host, int port) => node.Parts.Host.OpenPrimaryLink(host, port);

    public void Disconnect(PrimaryLink link) => node.Parts.Host.ClosePrimaryLink();

    public void ConnectChannel(SnapshotChannel channel, string host, int port) => node.Parts.Host.OpenSnapshotChannel(host, port);

    public void DisconnectChannel(SnapshotChannel channel) => node.Parts.Host.CloseSnapshotChannel();

    public void BeginFullSync(PrimaryLink link, in FullSyncStart start)
    {
        AbortFullSync();
        _link = link;
        _plan = PlanNow();
        _start = start;
        if (node.Replication.EmptyPrimary.Refusal(start.Id, keys: -1) is { } refusal)
        {
            GiveUp(refusal);
            return;
        }

        node.Replication.Divergence.Begin(link);
        _isHeld = node.Replication.Divergence.IsWriting;
        if (!_isHeld) BeginTransfer();
    }

    private void BeginTransfer()
    {
        if (node.Replication.Divergence.Refusal is { } refusal) GiveUp(refusal);
        else if (_plan == LoadPlan.Spooled) BeginSpooling();
        else BeginDirect(_start);
    }

    public void ReceivePayload(ReadOnlySpan<byte> bytes)
    {
        if (_load != null) LoadPiece(bytes);
        else Spool(bytes);
    }

    public void EndPayload(PrimaryLink link)
    {
        if (_load != null)
        {
            if (_status == RdbReadStatus.NeedMore) _status = _load.Finish();
            if (_status == RdbReadStatus.Failed) FailLoad(_load.ErrorText);
            else if (_side != null && node.Replication.EmptyPrimary.Refusal(_start.Id, _load.State.Keys) is { } nothing) RefuseLoaded(nothing);
            else Complete();
            return;
        }

        _scanner!.Finish();
        if (Refusal(_scanner) is { } refusal) GiveUpScan(refusal);
        else if (node.Replication.EmptyPrimary.Refusal(_start.Id, _scanner.Summary.Keys) is { } empty) GiveUp(empty);
        else LoadSpooled();
    }

    public bool AbortFullSync()
    {
        var intact = _load == null || _plan == LoadPlan.Beside;
        if (_load != null) DropHalfLoaded();
        Close();
        return intact;
    }

    public void OnUp()
    {
        node.Replication.EmptyPrimary.Reset(); // its data is what is here, whatever it was refused for before
        node.Replication.Divergence.Cancel(); // one that was being written for a primary that is not followed any more
    }

    public void OnMark(ReadOnlySpan<byte> argument, long offset) => node.Verification.OnMark(argument);

    public void Log(LogLevel level, string text) => node.Parts.Host.Log((ConfigLogLevel)level, text);

    /// <summary>Works until <paramref name="untilMicroseconds"/> on the monotonic clock.</summary>
    public void Slice(long untilMicroseconds)
    {
        node.Replication.Divergence.Slice(untilMicroseconds);
        if (_isHeld && !node.Replication.Divergence.IsWriting)
        {
            var link = _link!;
            _isHeld = false;
            BeginTransfer();
            link.OnPayloadWanted(Now);
        }

        if (_isPaused)
        {
            _isPaused = false;
            _link!.OnPayloadWanted(Now);
            return;
        }

        while (_load != null && _plan == LoadPlan.Spooled && Now < untilMicroseconds)
        {
            try
            {
                LoadChunk();
            }
            catch (IOException error)
            {
                FailLoad($"Reading the temp file of MASTER <-> REPLICA synchronization: {error.Message}");
            }
        }
    }

    private long Now => node.Parts.Clock.MonotonicMicroseconds;

    private LoadPlan PlanNow() => node.Config.ReplDisklessLoad switch
    {
        ReplDisklessLoad.SwapDb => LoadPlan.Beside,
        ReplDisklessLoad.OnEmptyDb when node.Keyspace.TotalCount() == 0 => LoadPlan.InPlace,
        _ => LoadPlan.Spooled,
    };

    // What a load would refuse, known before anything is flushed.
    private string? Refusal(RdbScanner scanner)
    {
        if (scanner.Error is { } error) return $"{error.Text} (at offset {error.Offset})";
        var databases = node.Keyspace.Databases.Length;
        return scanner.Summary.DatabaseMax < databases ? scanner.Summary.Unloadable
            : $"the primary has keys in database {scanner.Summary.DatabaseMax}, and this server only {databases} databases (directive 'databases')";
    }

    private void BeginSpooling()
    {
        _scanner = new RdbScanner(node.Config.RdbChecksum);
        try
        {
            _spool = new ReceivedFile(node, ++_files);
            _chunk = new byte[ChunkSize];
        }
        catch (IOException error)
        {
            GiveUp($"Opening the temp file needed for MASTER <-> REPLICA synchronization: {error.Message}");
        }
    }

    private void Spool(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _spool!.Write(bytes);
        }
        catch (IOException error)
        {
            GiveUp($"Write error or short write writing to the DB dump file needed for MASTER <-> REPLICA synchronization: {error.Message}");
            return;
        }

        _scanner!.Feed(bytes, out _);
        if (Refusal(_scanner) is { } refusal) GiveUpScan(refusal); // what is to come would be for nothing
    }

    // The payload is loaded as it comes. What is loaded beside the old data set may be seen only when it is whole; the old one may be seen meanwhile
    // if it is an earlier state of the same history.
    private void BeginDirect(in FullSyncStart start)
    {
        var total = Math.Max(0, start.LengthBytes);
        if (_plan == LoadPlan.InPlace)
        {
            BeginLoading(node.Keyspace, total);
            return;
        }

        var history = node.Replication.Protocol.History;
        _side = node.Keyspace.CreateSide();
        Log(LogLevel.Notice, "MASTER <-> REPLICA sync: Loading DB in memory");
        Load(_side, total, isAsync: history.IsResumable && start.Id == history.Identity.Id);
    }

    private void LoadSpooled()
    {
        BeginLoading(node.Keyspace, _spool!.Length);
        _spool.Keep();
    }

    private void BeginLoading(Keyspace into, long total)
    {
        DetachReplicas();
        node.AppendOnly.BeforeReplacement();
        Log(LogLevel.Notice, "MASTER <-> REPLICA sync: Flushing old data");
        node.Snapshots.Abort();
        node.FlushAll();
        Log(LogLevel.Notice, "MASTER <-> REPLICA sync: Loading DB in memory");
        Load(into, total, isAsync: false);
    }

    // Its own replicas follow a history that ends here: they are told by being dropped, and come back when there is another.
    private void DetachReplicas()
    {
        if (node.Replication.Protocol.History.IsResumable) Log(LogLevel.Notice, "Discarding previously cached master state.");
        node.Replication.Protocol.Replicas.DisconnectAll("the data set is being replaced");
    }

    private void Load(Keyspace into, long total, bool isAsync)
    {
        _scanner = null;
        _read = _spentMicroseconds = 0;
        _total = total;
        _status = RdbReadStatus.NeedMore;
        _startedSeconds = node.Keyspace.NowMs / 1000;
        _load = new RdbLoad(node, into, dropsExpired: false);
        node.IsLoading = true;
        node.IsAsyncLoading = isAsync;
        node.UpdateRefuseMask();
    }

    private void LoadChunk()
    {
        var size = node.Config.KeyLoadDelay != 0 ? DelayedPieceMax : (int)Math.Min(ChunkSize, node.Config.LoadingProcessEventsIntervalBytes);
        var read = _spool!.ReadAt(_read, _chunk.AsSpan(0, size));
        _read += read;
        _status = read == 0 ? _load!.Finish() : Feed(_chunk.AsSpan(0, read), out _);
        if (_status == RdbReadStatus.Failed) FailLoad(_load!.ErrorText);
        else if (_status != RdbReadStatus.NeedMore) Complete();
    }

    private void LoadPiece(ReadOnlySpan<byte> bytes)
    {
        var started = Now;
        if (_status == RdbReadStatus.NeedMore)
        {
            _status = Feed(bytes, out var consumed);
            bytes = bytes[consumed..];
        }

        if (_status == RdbReadStatus.Failed)
        {
            FailLoad(_load!.ErrorText);
            return;
        }

        if (_status != RdbReadStatus.NeedMore && bytes.Length > 0)
        {
            FailLoad("there are bytes behind the end of the RDB");
            return;
        }

        _spentMicroseconds += Now - started;
        if (_spentMicroseconds < DirectSliceMicroseconds) return;
        _spentMicroseconds = 0;
        _isPaused = true; // the others have their turn first
    }

    private RdbReadStatus Feed(ReadOnlySpan<byte> bytes, out int consumed)
    {
        var policy = node.Keyspace.ExpiryPolicy;
        node.Keyspace.ExpiryPolicy = ExpiryPolicy.Ignore;
        var status = _load!.Feed(bytes, out consumed);
        node.Keyspace.ExpiryPolicy = policy;
        return status;
    }

    private void Complete()
    {
        var link = _link!;
        var load = _load!;
        load.LogEnd();
        if (_side != null) Exchange();
        EndLoading();
        if (_plan == LoadPlan.Spooled && !_spool!.HasFailed) node.Saves.CountAsSaved();
        else node.Dirty++; // no file has it
        Close();
        node.Functions.Clear();
        node.Functions.AddRange(load.State.Functions);
        node.Replication.EmptyPrimary.Reset();
        node.Replication.Divergence.Reset();
        link.OnLoadCompleted(load.State.StreamDatabase, Now);
        node.AppendOnly.AfterReplacement();
    }

    private void Exchange()
    {
        DetachReplicas();
        node.AppendOnly.BeforeReplacement();
        Log(LogLevel.Notice, "MASTER <-> REPLICA sync: Swapping active DB with loaded DB");
        node.Snapshots.Abort();
        node.ReplaceAll(_side!);
        _side = null;
        Log(LogLevel.Notice, "MASTER <-> REPLICA sync: Discarding old DB in background");
    }

    // The old data set is untouched: whatever failed, failed before the flush.
    private void GiveUp(string reason)
    {
        var link = _link!;
        Close();
        link.OnLoadFailed(reason, dataIntact: true, Now);
    }

    private void GiveUpScan(string refusal) =>
        GiveUp($"Failed trying to load the MASTER synchronization DB from disk, check server logs. {refusal}");

    private void FailLoad(string reason)
    {
        var link = _link!;
        var intact = _plan == LoadPlan.Beside;
        var source = _plan == LoadPlan.Spooled ? "" : "Failed trying to load the MASTER synchronization DB from socket, check server logs. ";
        DropHalfLoaded();
        Close();
        link.OnLoadFailed(source + reason, intact, Now);
    }

    // Nothing is exchanged. In place there was nothing to lose, and so nothing is refused: the keys here are those that were just loaded.
    private void RefuseLoaded(string refusal)
    {
        DropHalfLoaded();
        GiveUp(refusal);
    }

    // Behind a flush the append-only file stays off, as in Redis: an empty base would take the place of the last data set that there is, which a restart brings
    // back. The next load that comes through, or a promotion, switches it on.
    private void DropHalfLoaded()
    {
        _load!.Drop();
        EndLoading();
        if (_side == null)
        {
            node.FlushAll();
            return;
        }

        Log(LogLevel.Notice, "MASTER <-> REPLICA sync: Discarding temporary DB in background");
        node.Keyspace.Discard(_side);
        _side = null;
    }

    private void EndLoading()
    {
        _load = null;
        _isPaused = false;
        node.IsLoading = node.IsAsyncLoading = false;
        node.UpdateRefuseMask();
    }

    private void Close()
    {
        _spool?.Dispose();
        _spool = null;
        _chunk = [];
        _scanner = null;
        _link = null;
        _isHeld = false;
    }
}

/// <summary>How far a load is.</summary>
/// <param name="StartedSeconds">Unix time of its start.</param>
/// <param name="TotalBytes">Bytes of the RDB; 0 when that is not known.</param>
/// <param name="LoadedBytes">Bytes loaded.</param>
/// <param name="UsedMemory">Memory that the data set took where it was saved, bytes.</param>
public readonly record struct LoadProgress(long StartedSeconds, long TotalBytes, long LoadedBytes, long UsedMemory);
