using System.Globalization;
using Redouble.Engine.Configuration;
using Redouble.Persistence.Aof;

namespace Redouble.Engine.Persistence.Aof;

/// <summary>
/// BGREWRITEAOF: a new base from a snapshot, while what is done meanwhile goes to a file of its own.
/// <code>
///   data thread   edge of a unit: EndFile, snapshot begins ──────────────► walk … ─► Install
///   file thread   … batches ─► BeginIncremental ─► batches of the new file …         ─► base and manifest renamed ─► history deleted
///   helper                                        frames ─► temp-rewriteaof-bg-PID.aof ─► fsync
/// </code>
/// One that fails leaves the set as it was, with a file more. Behind three failures in a row those that nobody has asked for wait: a minute, then two,
/// four, up to an hour.
/// </summary>
public sealed class AofRewrites
{
    private const int FailuresMax = 3;
    private const int WaitMinutesMax = 60;

    private readonly Node _node;
    private readonly AppendOnlyFile _file;
    private readonly AofFiles _files;
    private readonly AofThread _thread;
    private bool _isFirst;      // the one under way is what the file is switched on with
    private bool _isRdb;
    private bool _isInstalling;
    private string? _failure;   // of the file for what is done meanwhile
    private int _waitMinutes;
    private long _waitUntilSeconds;
    private long _startedSeconds = -1;

    internal AofRewrites(Node node, AppendOnlyFile file, AofFiles files, AofThread thread)
    {
        _node = node;
        _file = file;
        _files = files;
        _thread = thread;
    }

    /// <summary>Whether one is under way.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>Whether the snapshot that is being taken is its own: while its base is put in place, another one may already be taken.</summary>
    internal bool HasSnapshot => IsRunning && !_isInstalling;

    /// <summary>Whether one begins as soon as no other snapshot is being taken.</summary>
    public bool IsScheduled { get; set; }

    /// <summary>Whether the last one succeeded.</summary>
    public bool LastStatusOk { get; private set; } = true;

    /// <summary>Seconds that the last one took, -1 for none.</summary>
    public long LastDurationSeconds { get; private set; } = -1;

    /// <summary>Seconds since the one under way began, -1 for none.</summary>
    public long CurrentSeconds => IsRunning ? Seconds - _startedSeconds : -1;

    /// <summary>How many have been begun.</summary>
    public long Count { get; private set; }

    /// <summary>How many have failed since the last success.</summary>
    public long ConsecutiveFailures { get; private set; }

    /// <summary>Bytes that writes made the last one keep beside the data set.</summary>
    public long LastCopiedBytes { get; private set; }

    private long Seconds => _node.Keyspace.NowMs / 1000;

    private string TemporaryName => string.Create(CultureInfo.InvariantCulture, $"temp-rewriteaof-bg-{_node.Parts.Host.ProcessId}.aof");

    /// <summary>Begins one, between units; false while another snapshot is being taken.</summary>
    public bool TryStart()
    {
        if (_node.Snapshots.IsRunning || _isInstalling || _node.IsLoading || _node.Propagation.HasStaged) return false;
        if (_file.IsElsewhere)
        {
            _file.Move(); // which comes back here
            return IsRunning;
        }

        IsScheduled = false;
        IsRunning = true;
        Count++;
        _failure = null;
        _startedSeconds = Seconds;
        _isRdb = _node.Config.AofUseRdbPreamble;
        _isFirst = _file.State == AppendOnlyState.WaitRewrite;
        BeginFile();
        var sink = new AofSnapshotSink(_node.Parts.Files, _files.Directory, TemporaryName, asCommands: !_isRdb, _node.Config.AofRewriteIncrementalFsync);
        _node.Snapshots.Start([(sink, _node.Snapshots.NeededDialect)], null, OnSnapshotDone, isAofBase: true);
        Log(ConfigLogLevel.Notice, $"Background append only file rewriting started by pid {_node.Parts.Host.ProcessId}");
        return true;
    }

    /// <summary>Timer: what is scheduled, and what has grown.</summary>
    internal void Tick()
    {
        if (_node.Snapshots.IsRunning || _isInstalling || _node.IsLoading) return;
        if (IsScheduled)
        {
            if (!MustWait()) TryStart();
            return;
        }

        var config = _node.Config;
        if (_file.State != AppendOnlyState.On || config.AutoAofRewritePercentage == 0 || _file.Size <= config.AutoAofRewriteMinSize) return;
        var growth = (long)(_file.Size * 100.0 / Math.Max(1, _file.BaseSize)) - 100;
        if (growth < config.AutoAofRewritePercentage || MustWait()) return;
        Log(ConfigLogLevel.Notice, $"Starting automatic rewriting of AOF on {growth}% growth");
        TryStart();
    }

    /// <summary>The file is switched on: the first base.</summary>
    internal void BeginFirst()
    {
        if (_node.Snapshots.IsRunning || _isInstalling)
        {
            IsScheduled = true;
            Log(
                ConfigLogLevel.Notice,
                "AOF was enabled but there is already another background operation. An AOF background was scheduled to start when possible.");
        }
        else if (_node.Executor.Current is { } session && session.Has(Sessions.SessionFlags.Multi) || _node.Propagation.HasStaged)
        {
            IsScheduled = true;
            Log(ConfigLogLevel.Notice, "AOF was enabled during a transaction. An AOF background was scheduled to start when possible.");
        }
        else if (!TryStart())
        {
            IsScheduled = true;
        }
    }

    /// <summary>It is not wanted any more; waits until nothing of it is under way.</summary>
    internal void Abort()
    {
        if (HasSnapshot)
        {
            Log(ConfigLogLevel.Notice, $"Killing running AOF rewrite child: {_node.Parts.Host.ProcessId}");
            _node.Snapshots.AbortNow();
        }

        _thread.FinishAll();
        IsScheduled = false;
    }

    /// <summary>Makes the first base of an empty set, here and now. Returns the set with it.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    internal AofManifest MakeFirstBase(string directory, AofManifest manifest)
    {
        var isRdb = _node.Config.AofUseRdbPreamble;
        var next = manifest.WithNextBase(_node.Config.AppendFileName, isRdb);
        var name = next.Base!.Name;
        string? failure = null;
        var sink = new AofSnapshotSink(_node.Parts.Files, directory, TemporaryName, asCommands: !isRdb, _node.Config.AofRewriteIncrementalFsync)
        {
            FinalName = ConfigText.ToPath(name),
        };
        _node.Snapshots.Start([(sink, _node.Snapshots.NeededDialect)], null, outcome => failure = outcome, isAofBase: true);
        _node.Snapshots.RunToEnd();
        if (failure != null) throw new IOException(failure);
        Log(ConfigLogLevel.Notice, $"Creating AOF base file {name} on server start");
        return next;
    }

    /// <summary>Has the files deleted that a rewrite has replaced, unless they are to stay (aof-disable-auto-gc).</summary>
    internal void RemoveHistory()
    {
        if (_node.Config.AofDisableAutoGc) return;
        IReadOnlyList<string> removed = [];
        _thread.Add(new AofErrand(() => removed = _files.RemoveHistory(), failure =>
        {
            foreach (var name in removed) Log(ConfigLogLevel.Notice, $"Removing the history file {name} in the background");
            if (failure != null) Log(ConfigLogLevel.Warning, $"Can't remove the history files of the AOF: {failure}");
        }));
    }

    // What is done from here on goes to another file, if to any.
    private void BeginFile()
    {
        switch (_file.State)
        {
            case AppendOnlyState.On:
                _file.EndFile();
                var name = "";
                _thread.Add(new AofErrand(() => name = _files.BeginIncremental(), failure =>
                {
                    if (failure == null) _file.OnFileEnded();
                    OnFileBegun(failure, name);
                }));
                _file.MarkBegin();
                break;
            case AppendOnlyState.WaitRewrite:
                _file.BeginFeed();
                var temporary = AofFile.TemporaryIncrementalName(_node.Config.AppendFileName);
                _thread.Add(new AofErrand(_files.BeginTemporary, failure => OnFileBegun(failure, temporary)));
                _file.MarkBegin();
                break;
            default:
                _files.Name(_node.Config.Paths.AppendDirectory, _node.Config.AppendFileName);
                _thread.Add(new AofErrand(_files.BeginAlone, failure => OnFileBegun(failure, null)));
                break;
        }
    }

    private void OnFileBegun(string? failure, string? name)
    {
        if (failure == null)
        {
            if (name != null) Log(ConfigLogLevel.Notice, $"Creating AOF incr file {name} on background rewrite");
            return;
        }

        _failure = $"Can't open the append-only file: {failure}";
        if (_node.Snapshots.IsRunning && HasSnapshot) _node.Snapshots.Abort(_failure);
    }

    private void OnSnapshotDone(string? failure)
    {
        LastCopiedBytes = _node.Snapshots.SavedBeforeWriteBytes;
        failure ??= _failure;
        if (failure != null)
        {
            Fail(failure);
            return;
        }

        Log(ConfigLogLevel.Notice, $"Successfully created the temporary AOF base file {TemporaryName}");
        Log(ConfigLogLevel.Notice, "Background AOF rewrite terminated with success");
        _isInstalling = true;
        var (isRdb, isFirst) = (_isRdb, _isFirst);
        var path = Path.Combine(_files.Directory, TemporaryName); // beside its place: appenddirname may be a disk of its own, and dir another one by now
        var installed = (Base: "", Incremental: (string?)null, Bytes: 0L);
        _thread.Add(new AofErrand(() => installed = _files.Install(path, isRdb, isFirst), error =>
        {
            _isInstalling = false;
            if (error == null)
            {
                Succeed(installed.Base, installed.Incremental, installed.Bytes);
                return;
            }

            Fail($"Error trying to rename the temporary AOF base file {TemporaryName}: {error}");
            _isInstalling = true; // no other one is begun under that name before it is gone
            _thread.Add(new AofErrand(() => _files.Delete(path), _ => _isInstalling = false));
        }));
    }

    private void Succeed(string basis, string? incremental, long bytes)
    {
        IsRunning = false;
        LastStatusOk = true;
        LastDurationSeconds = Seconds - _startedSeconds;
        ConsecutiveFailures = 0;
        if (_file.State != AppendOnlyState.Off) _file.Size = _file.BaseSize = bytes;
        Log(ConfigLogLevel.Notice, $"Successfully renamed the temporary AOF base file {TemporaryName} into {basis}");
        if (incremental != null)
        {
            var temporary = AofFile.TemporaryIncrementalName(_node.Config.AppendFileName);
            Log(ConfigLogLevel.Notice, $"Successfully renamed the temporary AOF incr file {temporary} into {incremental}");
        }

        if (_isFirst && _file.State == AppendOnlyState.WaitRewrite) _file.OnComplete();
        RemoveHistory();
        Log(ConfigLogLevel.Notice, "Background AOF rewrite finished successfully");
    }

    private void Fail(string failure)
    {
        IsRunning = false;
        LastDurationSeconds = Seconds - _startedSeconds;
        if (failure == SnapshotEncoder.Abandoned)
        {
            Log(ConfigLogLevel.Warning, "Background AOF rewrite terminated, it is not wanted any more");
        }
        else
        {
            LastStatusOk = false;
            ConsecutiveFailures++;
            Log(ConfigLogLevel.Warning, failure);
            Log(ConfigLogLevel.Warning, "Background AOF rewrite terminated with error");
        }

        if (!_isFirst || _file.State != AppendOnlyState.WaitRewrite) return;
        _file.DropFeed();
        _thread.Add(new AofErrand(_files.DropTemporary, static _ => { }));
        IsScheduled = true;
    }

    private bool MustWait()
    {
        if (ConsecutiveFailures < FailuresMax)
        {
            (_waitMinutes, _waitUntilSeconds) = (0, 0);
            return false;
        }

        if (_waitUntilSeconds != 0)
        {
            if (Seconds < _waitUntilSeconds) return true;
            _waitUntilSeconds = 0;
            return false;
        }

        _waitMinutes = _waitMinutes == 0 ? 1 : Math.Min(_waitMinutes * 2, WaitMinutesMax);
        _waitUntilSeconds = Seconds + (_waitMinutes * 60L);
        Log(ConfigLogLevel.Warning, $"Background AOF rewrite has repeatedly failed and triggered the limit, will retry in {_waitMinutes} minutes");
        return true;
    }

    private void Log(ConfigLogLevel level, string text) => _node.Parts.Host.Log(level, text);
}
