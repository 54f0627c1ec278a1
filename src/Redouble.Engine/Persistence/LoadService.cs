using Redouble.Core.Platform;
using Redouble.Persistence.Rdb;

namespace Redouble.Engine.Persistence;

/// <summary>
/// Loads the RDB file at start, in slices between turns of the loop, so that clients are answered (mostly with -LOADING) meanwhile.
/// </summary>
public sealed class LoadService
{
    private const int ChunkSize = 64 * 1024;
    private readonly Node _node;
    private readonly byte[] _chunk = new byte[ChunkSize];
    private IReadableFile? _file;
    private RdbLoad? _load;
    private string _path = "";

    internal LoadService(Node node) => _node = node;

    /// <summary>Unix time in seconds of the start of the load.</summary>
    public long StartedSeconds { get; private set; }

    /// <summary>Bytes of the file.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>Bytes read.</summary>
    public long LoadedBytes => _load?.Position ?? 0;

    /// <summary>used-mem of the file, bytes.</summary>
    public long UsedMemoryOfFile => _load?.State.UsedMemory ?? 0;

    /// <summary>Seconds that the last load took.</summary>
    public double SecondsTaken { get; private set; }

    /// <summary>Keys loaded by the last load.</summary>
    public long LastKeysLoaded { get; private set; }

    /// <summary>Keys left out as expired by the last load.</summary>
    public long LastKeysExpired { get; private set; }

    /// <summary>What the last file said about its place in a replication history.</summary>
    internal RdbLoadState? LastState { get; private set; }

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
        _path = path;
        _started = _node.Parts.Clock.MonotonicMicroseconds;
        StartedSeconds = _node.Keyspace.NowMs / 1000;
        TotalBytes = _file.Length;
        _load = new RdbLoad(_node, _node.Keyspace, dropsExpired: !_node.IsReplica);
        var state = _load.State;
        state.Loader.Replaces = merges;
        state.OnExpired = (database, key) => _node.KeyExpiredInFile(state, database, key);
        _node.IsLoading = true;
        _node.UpdateRefuseMask();
        return true;
    }

    /// <summary>Loads until <paramref name="untilMicroseconds"/> on the monotonic clock; true while more is left.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or holds what this version cannot load.</exception>
    public bool Slice(long untilMicroseconds)
    {
        if (_load == null) return false;
        var policy = _node.Keyspace.ExpiryPolicy;
        _node.Keyspace.ExpiryPolicy = Redouble.Storage.Keyspace.ExpiryPolicy.Ignore;
        var status = RdbReadStatus.NeedMore;
        do
        {
            var read = _file!.Read(_chunk.AsSpan(0, (int)Math.Min(ChunkSize, _node.Config.LoadingProcessEventsIntervalBytes)));
            status = read == 0 ? _load.Finish() : _load.Feed(_chunk.AsSpan(0, read), out _);
        }
        while (status == RdbReadStatus.NeedMore && _node.Parts.Clock.MonotonicMicroseconds < untilMicroseconds);
        _node.Keyspace.ExpiryPolicy = policy;
        if (status == RdbReadStatus.NeedMore) return true;
        var failure = status == RdbReadStatus.Failed ? _load.ErrorText : null;
        if (failure == null) End();
        else Fail();
        return failure == null ? false : throw new InvalidDataException($"{failure} in {_path}");
    }

    private void Fail()
    {
        _file!.Dispose();
        _file = null;
        _load = null;
        _node.IsLoading = false;
        _node.UpdateRefuseMask();
    }

    private void End()
    {
        _file!.Dispose();
        _file = null;
        var state = _load!.State;
        LastState = state;
        LastKeysLoaded = state.Keys;
        LastKeysExpired = state.ExpiredKeys;
        _node.Functions.Clear();
        _node.Functions.AddRange(state.Functions);
        _node.IsLoading = false;
        _node.UpdateRefuseMask();
        _node.Saves.CountAsSaved();
        _load.LogEnd();
        _load = null;
        SecondsTaken = (_node.Parts.Clock.MonotonicMicroseconds - _started) / 1e6;
    }
}
