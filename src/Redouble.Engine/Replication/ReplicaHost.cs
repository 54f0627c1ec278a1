using Redouble.Core.Platform;
using Redouble.Engine.Configuration;
using Redouble.Engine.Persistence;
using Redouble.Persistence.Rdb;
using Redouble.Replication.Replica;
using Redouble.Storage.Keyspace;
using LogLevel = Redouble.Replication.LogLevel;

namespace Redouble.Engine.Replication;

/// <summary>
/// Replica side: a full sync as the node lives it, file-based (<c>repl-diskless-load disabled</c>):
/// <code>
/// Receiving: payload ─► unlinked file, and scanned: every opcode, type and the checksum   ─► flush ─► Loading ─► the stream goes on
///                                            │ damaged, or a type we cannot load              the point of no return
///                                            └─► the old data set is kept, the link says why
/// </code>
/// Loading runs in slices between turns; clients are answered meanwhile.
/// </summary>
internal sealed class ReplicaHost(Node node) : IReplicaHost
{
    private const int ChunkSize = 256 * 1024;
    private readonly byte[] _chunk = new byte[ChunkSize];
    private ISpoolFile? _spool;
    private RdbScanner? _scanner;
    private RdbLoad? _load;
    private PrimaryLink? _link;
    private FullSyncStart _start;
    private long _read;
    private bool _isHeld; // the payload, until what it would destroy is saved

    /// <summary>Whether <see cref="Slice"/> has something to do.</summary>
    public bool HasWork => _load != null || node.Replication.Divergence.HasWork || (_isHeld && !node.Replication.Divergence.IsWriting);

    /// <summary>Whether the data set is being replaced.</summary>
    public bool IsLoading => _load != null;

    /// <summary>Bytes of the payload, and how many of them have been loaded.</summary>
    public (long Loaded, long Total) Progress => _spool == null ? (0, 0) : (_read, _spool.Length);

    /// <summary>Keys of the payload that have been loaded, or, before that, received.</summary>
    public long Keys => _load?.State.Keys ?? _scanner?.Summary.Keys ?? 0;

    public bool WantsPayload => !_isHeld;

    public bool AsksForPromotion => node.Replication.Failover.AsksForPromotion;

    public long PromotionOffset => node.Replication.Failover.NeededOffset;

    public void OnPromotionAnswered(bool accepted) => node.Replication.Failover.OnAnswered(accepted);

    public void Connect(PrimaryLink link, string host, int port) => node.Parts.Host.OpenPrimaryLink(host, port);

    public void Disconnect(PrimaryLink link) => node.Parts.Host.ClosePrimaryLink();

    public void BeginFullSync(PrimaryLink link, in FullSyncStart start)
    {
        AbortFullSync();
        _link = link;
        _start = start;
        if (node.Replication.EmptyPrimary.Refusal(start.Id, keys: -1) is { } refusal)
        {
            GiveUp(refusal);
            return;
        }

        node.Replication.Divergence.Begin(link);
        _isHeld = node.Replication.Divergence.IsWriting;
        if (!_isHeld) BeginSpooling();
    }

    private void BeginSpooling()
    {
        if (node.Replication.Divergence.Refusal is { } refusal)
        {
            GiveUp(refusal);
            return;
        }

        _scanner = new RdbScanner(node.Config.RdbChecksum);
        try
        {
            _spool = node.Parts.Files.CreateUnlinked(node.Config.Dir);
        }
        catch (IOException error)
        {
            GiveUp($"Opening the temp file needed for MASTER <-> REPLICA synchronization: {error.Message}");
        }
    }

    public void ReceivePayload(ReadOnlySpan<byte> bytes)
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

    public void EndPayload(PrimaryLink link)
    {
        _scanner!.Finish();
        if (Refusal(_scanner) is { } refusal) GiveUpScan(refusal);
        else if (node.Replication.EmptyPrimary.Refusal(_start.Id, _scanner.Summary.Keys) is { } empty) GiveUp(empty);
        else BeginLoading();
    }

    public bool AbortFullSync()
    {
        var intact = _load == null;
        if (_load != null)
        {
            node.FlushAll();
            EndLoading();
        }

        Close();
        return intact;
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
            BeginSpooling();
            link.OnPayloadWanted(Now);
        }

        while (_load != null && Now < untilMicroseconds)
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

    // What a load would refuse, known before anything is flushed.
    private string? Refusal(RdbScanner scanner)
    {
        if (scanner.Error is { } error) return $"{error.Text} (at offset {error.Offset})";
        var databases = node.Keyspace.Databases.Length;
        return scanner.Summary.DatabaseMax < databases ? scanner.Summary.Unloadable
            : $"the primary has keys in database {scanner.Summary.DatabaseMax}, and this server only {databases} databases (directive 'databases')";
    }

    private void BeginLoading()
    {
        // Its own replicas follow a history that ends here: they are told by being dropped, and come back when there is another.
        if (node.Replication.Protocol.History.IsResumable) Log(LogLevel.Notice, "Discarding previously cached master state.");
        node.Replication.Protocol.Replicas.DisconnectAll("the data set is being replaced");
        Log(LogLevel.Notice, "MASTER <-> REPLICA sync: Flushing old data");
        node.Snapshots.Abort();
        node.FlushAll();
        Log(LogLevel.Notice, "MASTER <-> REPLICA sync: Loading DB in memory");
        _scanner = null;
        _read = 0;
        _load = new RdbLoad(node, node.Keyspace, dropsExpired: false);
        node.IsLoading = true;
        node.UpdateRefuseMask();
    }

    private void LoadChunk()
    {
        var read = _spool!.ReadAt(_read, _chunk);
        _read += read;
        var policy = node.Keyspace.ExpiryPolicy;
        node.Keyspace.ExpiryPolicy = ExpiryPolicy.Ignore;
        var status = read == 0 ? _load!.Finish() : _load!.Feed(_chunk.AsSpan(0, read), out _);
        node.Keyspace.ExpiryPolicy = policy;
        if (status == RdbReadStatus.NeedMore) return;
        var link = _link!;
        var load = _load!;
        if (status == RdbReadStatus.Failed)
        {
            FailLoad(load.ErrorText);
            return;
        }

        load.LogEnd();
        EndLoading();
        Close();
        node.Functions.Clear();
        node.Functions.AddRange(load.State.Functions);
        node.Saves.CountAsSaved();
        node.Replication.EmptyPrimary.Reset();
        node.Replication.Divergence.Reset();
        link.OnLoadCompleted(load.State.StreamDatabase, Now);
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
        EndLoading();
        Close();
        node.FlushAll();
        link.OnLoadFailed(reason, dataIntact: false, Now);
    }

    private void EndLoading()
    {
        _load = null;
        node.IsLoading = false;
        node.UpdateRefuseMask();
    }

    private void Close()
    {
        _spool?.Dispose();
        _spool = null;
        _scanner = null;
        _link = null;
        _isHeld = false;
    }
}
