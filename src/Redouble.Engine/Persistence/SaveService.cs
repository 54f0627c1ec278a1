using Redouble.Engine.Configuration;

namespace Redouble.Engine.Persistence;

/// <summary>SAVE, BGSAVE and the save points: the RDB file of a node.</summary>
public sealed class SaveService
{
    private const string MisconfText =
        "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this "
        + "instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details "
        + "about the RDB error.";

    private const int RetrySeconds = 5;
    private readonly Node _node;
    private long _dirtyAtStart;
    private bool _toFile;

    internal SaveService(Node node)
    {
        _node = node;
        LastSaveSeconds = node.Keyspace.NowMs / 1000;
    }

    /// <summary>Unix time in seconds of the last successful save, or of the start.</summary>
    public long LastSaveSeconds { get; private set; }

    /// <summary>Unix time in seconds of the last attempt to save in the background.</summary>
    public long LastTrySeconds { get; private set; }

    /// <summary>Whether the last background save succeeded.</summary>
    public bool LastStatusOk { get; private set; } = true;

    /// <summary>Duration of the last background save in seconds, -1 for none.</summary>
    public long LastDurationSeconds { get; private set; } = -1;

    /// <summary>Successful saves.</summary>
    public long Saves { get; private set; }

    /// <summary>CONFIG RESETSTAT.</summary>
    internal void ResetCounters() => Saves = 0;

    /// <summary>Whether a background save to the file is running.</summary>
    public bool IsRunning => _toFile && _node.Snapshots.IsRunning;

    /// <summary>Whether an RDB is being saved in the background, to the file or for replicas: to Redis that is the same.</summary>
    public bool IsSaving => _node.Snapshots.IsRunning && !_node.AppendOnly.Rewrites.HasSnapshot;

    /// <summary>Whether BGSAVE SCHEDULE waits for its turn.</summary>
    public bool IsScheduled { get; set; }

    /// <summary>The file.</summary>
    public string Path => _node.Config.Paths.DbFile;

    /// <summary>Starts a background save; false, with the error, when it cannot be.</summary>
    public bool TryStartBackground(out string error)
    {
        if (!TryStart(Done, out error)) return false;
        _node.Parts.Host.Log(ConfigLogLevel.Notice, "Background saving started");
        return true;
    }

    /// <summary>
    /// Saves now, while everything else waits; false, with the error, when it failed. There is one snapshot at a time: that of a rewrite is brought to its end
    /// before.
    /// </summary>
    public bool TrySaveNow(out string error)
    {
        string? failure = null;
        if (_node.AppendOnly.Rewrites.HasSnapshot) _node.Snapshots.RunToEnd();
        if (TryStart(outcome => failure = outcome, out error))
        {
            _node.Snapshots.RunToEnd();
            _toFile = false;
            error = failure ?? "";
        }

        if (error.Length > 0)
        {
            // The status that refuses writes is that of the last background save: whoever saves in the foreground is told.
            if (error != SnapshotEncoder.Abandoned) _node.Parts.Host.Log(ConfigLogLevel.Warning, error);
            return false;
        }

        Succeeded();
        _node.Parts.Host.Log(ConfigLogLevel.Notice, "DB saved on disk");
        return true;
    }

    /// <summary>
    /// FLUSHALL: what a running background save would write is no longer wanted, and with save points the file becomes the empty data set at once.
    /// While a snapshot for replicas is under way the file has to wait for it; on a replica for the edge of a unit, since the offset is
    /// behind the data while the stream is being applied.
    /// </summary>
    public void DataSetFlushed()
    {
        if (IsRunning) _node.Snapshots.AbortNow();
        if (_node.Config.SavePoints.Length == 0) return;
        if (_node.Snapshots.IsRunning || _node.IsReplica) IsScheduled = true;
        else TrySaveNow(out _);
    }

    /// <summary>Timer: save points, and a scheduled save.</summary>
    public void Check()
    {
        if (_node.Snapshots.IsRunning || _node.IsLoading) return;
        var now = _node.Keyspace.NowMs / 1000;
        if (IsScheduled && (LastStatusOk || now - LastTrySeconds > RetrySeconds))
        {
            IsScheduled = false;
            TryStartBackground(out _);
            return;
        }

        foreach (var point in _node.Config.SavePoints)
        {
            if (_node.Dirty < point.Changes || now - LastSaveSeconds <= point.Seconds || !(LastStatusOk || now - LastTrySeconds > RetrySeconds)) continue;
            _node.Parts.Host.Log(ConfigLogLevel.Notice, $"{point.Changes} changes in {point.Seconds} seconds. Saving...");
            TryStartBackground(out _);
            return;
        }
    }

    /// <summary>Recomputes whether writes are refused because saving, or writing the append-only file, fails.</summary>
    public void UpdateDiskError()
    {
        var config = _node.Config;
        var cannotSave = config.StopWritesOnBgsaveError && config.SavePoints.Length > 0 && !LastStatusOk;
        _node.DiskError = cannotSave ? MisconfText : _node.AppendOnly.DiskError;
        _node.UpdateRefuseMask();
    }

    /// <summary>A data set was loaded from, or is as good as saved in, the file.</summary>
    public void CountAsSaved()
    {
        _node.Dirty = 0;
        LastSaveSeconds = _node.Keyspace.NowMs / 1000;
    }

    private bool TryStart(Action<string?> whenDone, out string error)
    {
        error = "";
        if (_node.Snapshots.IsRunning)
        {
            error = "Another snapshot is being taken";
            return false;
        }

        LastTrySeconds = _node.Keyspace.NowMs / 1000;
        var paths = _node.Config.Paths;
        var sink = new FileSnapshotSink(
            _node.Parts.Files, paths.Directory, TemporaryFile.NameOf(_node, ".rdb"), paths.DbFileName, _node.Config.RdbSaveIncrementalFsync);
        _dirtyAtStart = _node.Dirty;
        _toFile = true;
        _node.Snapshots.Start([(sink, _node.Snapshots.NeededDialect)], _node.ReplicationFields(), whenDone);
        return true;
    }

    private void Done(string? failure)
    {
        _toFile = false;
        LastDurationSeconds = _node.Keyspace.NowMs / 1000 - LastTrySeconds;
        if (failure != null)
        {
            Failed(failure);
            return;
        }

        Succeeded();
        _node.Parts.Host.Log(ConfigLogLevel.Notice, "DB saved on disk");
        _node.Parts.Host.Log(ConfigLogLevel.Notice, "Background saving terminated with success");
    }

    private void Succeeded()
    {
        _node.Dirty -= _dirtyAtStart;
        LastSaveSeconds = _node.Keyspace.NowMs / 1000;
        LastStatusOk = true;
        Saves++;
        UpdateDiskError();
    }

    private void Failed(string error)
    {
        if (error == SnapshotEncoder.Abandoned)
        {
            _node.Parts.Host.Log(ConfigLogLevel.Warning, "Background saving terminated, it is not wanted any more");
            return;
        }

        LastStatusOk = false;
        _node.Parts.Host.Log(ConfigLogLevel.Warning, error);
        _node.Parts.Host.Log(ConfigLogLevel.Warning, "Background saving error");
        UpdateDiskError();
    }
}
