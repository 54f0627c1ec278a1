using Redouble.Core.Platform;
using Redouble.Engine.Persistence.Aof;
using Redouble.Persistence.Aof;
using Redouble.Persistence.Rdb;

namespace Redouble.Engine.Persistence;

/// <summary>
/// Loads the files of a node at start, the RDB or the append-only files, in slices between turns of the loop, so that clients are answered (mostly with
/// -LOADING) meanwhile.
/// </summary>
public sealed class LoadService
{
    private const int ChunkSize = 64 * 1024;
    private readonly Node _node;
    private byte[] _chunk = []; // while an RDB file is loaded
    private IReadableFile? _file;
    private RdbLoad? _load;
    private string _path = "";
    private AofLoad? _aof;
    private AofTail? _tail;

    internal LoadService(Node node) => _node = node;

    /// <summary>Unix time in seconds of the start of the load.</summary>
    public long StartedSeconds { get; private set; }

    /// <summary>Bytes of the file, or of all of them.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>Bytes read.</summary>
    public long LoadedBytes => _load?.Position ?? _aof?.LoadedBytes ?? 0;

    /// <summary>used-mem of the file, bytes.</summary>
    public long UsedMemoryOfFile => _load?.State.UsedMemory ?? _aof?.UsedMemoryOfFile ?? 0;

    /// <summary>Seconds that the last load took.</summary>
    public double SecondsTaken { get; private set; }

    /// <summary>Keys loaded by the last load.</summary>
    public long LastKeysLoaded { get; private set; }

    /// <summary>Keys left out as expired by the last load.</summary>
    public long LastKeysExpired { get; private set; }

    /// <summary>What the last load has found out about the data set's place in a replication history.</summary>
    internal RestartIdentity Identity { get; private set; } = RestartIdentity.Judge(null, "there is none");

    /// <summary>What is known of the append-only files.</summary>
    internal AofRecovery AppendOnlyFiles { get; private set; } = new(AofManifest.Empty, 0, 0, null);

    /// <summary>Whether commands of an append-only file are being executed.</summary>
    internal bool AppliesFile { get; private set; }

    /// <summary>Whether the last load was of append-only files.</summary>
    internal bool LastWasAppendOnly { get; private set; }

    /// <summary>Microseconds on the monotonic clock at the start of the load.</summary>
    private long _started;

    /// <summary>Opens the file; false when there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="merges">Keys that exist already are overwritten; else they are an error.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public bool Begin(string path, bool merges = false)
    {
        try
        {
            _file = _node.Parts.Files.OpenRead(path);
        }
        catch (IOException error)
        {
            throw new IOException($"Fatal error: can't open the RDB file {Path.GetFileName(path)} for reading: {error.Message}", error);
        }

        if (_file == null) return false;
        _chunk = new byte[ChunkSize];
        _path = path;
        TotalBytes = _file.Length;
        _load = new RdbLoad(_node, _node.Keyspace, dropsExpired: !_node.IsReplica);
        var state = _load.State;
        state.Loader.Replaces = merges;
        state.OnExpired = (database, key) => _node.Start.KeyExpiredInFile(IdentityOf(state), database, key);
        Begun(appendOnly: false);
        return true;
    }

    /// <summary>Reads the manifest of the append-only files, although they are not to be loaded.</summary>
    /// <exception cref="LoadRefusedException">It makes no sense.</exception>
    public void ReadManifest() => AppendOnlyFiles = AppendOnlyFiles with { Manifest = new AofFolder(_node).Read() };

    /// <summary>The node ends: gives back what a load that is under way holds.</summary>
    public void Abort()
    {
        _load?.Drop();
        _aof?.Tail.Break();
        _aof?.Dispose();
        _file?.Dispose();
        TakeTail()?.Break();
        _load = null;
        _aof = null;
        _file = null;
    }

    /// <summary>The last bytes of the stream in the files that were loaded, once; null when there are none.</summary>
    internal AofTail? TakeTail()
    {
        var tail = _tail;
        _tail = null;
        return tail;
    }

    /// <summary>Opens the append-only files; false when there are none.</summary>
    /// <exception cref="LoadRefusedException">They are not all there; the log has been told.</exception>
    public bool BeginAppendOnly()
    {
        _aof = AofLoad.TryBegin(_node);
        if (_aof == null) return false;
        _node.Functions.Clear();
        TotalBytes = _aof.TotalBytes;
        Begun(appendOnly: true);
        return true;
    }

    /// <summary>Loads until <paramref name="untilMicroseconds"/> on the monotonic clock; true while more is left.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or holds what this version cannot load.</exception>
    public bool Slice(long untilMicroseconds)
    {
        if (_aof != null) return SliceAppendOnly(untilMicroseconds);
        if (_load == null) return false;
        var policy = _node.Keyspace.ExpiryPolicy;
        _node.Keyspace.ExpiryPolicy = Redouble.Storage.Keyspace.ExpiryPolicy.Ignore;
        var status = RdbReadStatus.NeedMore;
        var isWhole = false;
        try
        {
            do
            {
                var read = _file!.Read(_chunk.AsSpan(0, (int)Math.Min(ChunkSize, _node.Config.LoadingProcessEventsIntervalBytes)));
                status = read == 0 ? _load.Finish() : _load.Feed(_chunk.AsSpan(0, read), out _);
            }
            while (status == RdbReadStatus.NeedMore && _node.Parts.Clock.MonotonicMicroseconds < untilMicroseconds);
            if (status == RdbReadStatus.Failed) throw new InvalidDataException($"{_load.ErrorText} in {_path}");
            isWhole = true;
        }
        finally
        {
            _node.Keyspace.ExpiryPolicy = policy;
            if (!isWhole) Fail();
        }

        if (status == RdbReadStatus.NeedMore) return true;
        End();
        return false;
    }

    private bool SliceAppendOnly(long untilMicroseconds)
    {
        var policy = _node.Keyspace.ExpiryPolicy;
        var isWhole = false;
        _node.Keyspace.ExpiryPolicy = Redouble.Storage.Keyspace.ExpiryPolicy.Ignore; // for a base that is an RDB: commands have it from their session
        _node.Stats.IsPaused = AppliesFile = true;
        try
        {
            if (_aof!.Slice(untilMicroseconds)) return isWhole = true;
            isWhole = true;
            Identity = RestartIdentity.Judge(_aof.Places.Place, _aof.Places.Doubt);
            AppendOnlyFiles = _aof.Recovery;
            _tail = _aof.Tail;
            LastKeysLoaded = _aof.Keys;
            EndAppendOnly();
            return false;
        }
        finally
        {
            _node.Stats.IsPaused = AppliesFile = false;
            _node.Keyspace.ExpiryPolicy = policy;
            if (!isWhole)
            {
                _aof!.Tail.Break();
                EndAppendOnly();
            }
        }
    }

    private void EndAppendOnly()
    {
        _aof!.Dispose();
        _aof = null;
        Ended();
    }

    private void Begun(bool appendOnly)
    {
        LastWasAppendOnly = appendOnly;
        _started = _node.Parts.Clock.MonotonicMicroseconds;
        StartedSeconds = _node.Keyspace.NowMs / 1000;
        _node.IsLoading = true;
        _node.UpdateRefuseMask();
    }

    private void Ended()
    {
        _chunk = [];
        _node.IsLoading = false;
        _node.UpdateRefuseMask();
        SecondsTaken = (_node.Parts.Clock.MonotonicMicroseconds - _started) / 1e6;
    }

    private static RestartIdentity IdentityOf(RdbLoadState state) => RestartIdentity.Judge(
        state is { ReplicationId: { } id, ReplicationOffset: >= 0 } ? new RecoveredPlace(id, state.ReplicationOffset, state.StreamDatabase) : null,
        "it does not say where in a replication history it stands");

    private void Fail()
    {
        _file!.Dispose();
        _file = null;
        _load!.Drop();
        _load = null;
        Ended();
    }

    private void End()
    {
        _file!.Dispose();
        _file = null;
        var state = _load!.State;
        Identity = IdentityOf(state);
        LastKeysLoaded = state.Keys;
        LastKeysExpired = state.ExpiredKeys;
        _node.Functions.Clear();
        _node.Functions.AddRange(state.Functions);
        Ended();
        _node.Saves.CountAsSaved();
        _load.LogEnd();
        _load = null;
    }
}
