using Redouble.Engine.Configuration;
using Redouble.Persistence.Aof;

namespace Redouble.Engine.Persistence.Aof;

/// <summary>
/// BGREWRITEAOF: a new base from a snapshot, while what is done meanwhile goes to a file of its own.
/// <code>
///   data thread   edge of a unit: EndFile, snapshot begins ──────────────► walk … ─► Install
///   file thread   … batches ─► BeginIncremental ─► batches of the new file …         ─► base and manifest renamed ─► history deleted
///   helper                                        frames ─► temp-redouble-PID-….aof ─► fsync
/// </code>
/// One that fails leaves the set as it was, with a file more. Behind three failures in a row those that nobody has asked for wait: a minute, then two,
/// four, up to an hour.
/// <para>
/// Since CONFIG SET dir the set is elsewhere: then one is due, and writes its base where the set belongs. Up to its Install all is written where it was.
/// If it belongs elsewhere again by then, that base is given up.
/// </para>
/// <para>
/// Install waits for no batch that could not be written: history is deleted behind it, which may be the only way to get room for that. If such a batch is one
/// from before the snapshot, no file could be begun behind it; but the base has all of it, so it is not written at all.
/// </para>
/// </summary>
public sealed class AofRewrites
{
    private const int FailuresMax = 3;
    private const int WaitMinutesMax = 60;

    private readonly Node _node;
    private readonly AppendOnlyFile _file;
    private readonly AofFiles _files;
    private readonly AofThread _thread;
    private AofRewriteRun? _run;
    private bool _isRemoving; // what a failed one has left: no other one is begun under that name
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
    public bool IsRunning => _run != null;

    /// <summary>Whether the snapshot that is being taken is its own: while its base is put in place, another one may already be taken.</summary>
    internal bool HasSnapshot => _run is { HasBase: false };

    /// <summary>Whether one begins as soon as no other snapshot is being taken: somebody has asked for it, or the set is not where it belongs.</summary>
    public bool IsScheduled
    {
        get => field || (_run == null && _file.IsElsewhere);
        set;
    }

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

    /// <summary>CONFIG RESETSTAT.</summary>
    internal void ResetCounters() => Count = ConsecutiveFailures = 0;

    private long Seconds => _node.Keyspace.NowMs / 1000;

    private string TemporaryName => TemporaryFile.NameOf(_node, ".aof");

    private bool MayStart => !IsBusy && !_node.IsLoading && !_node.Propagation.HasStaged;

    /// <summary>Begins one, between units; false while another snapshot is being taken.</summary>
    public bool TryStart() => MayStart && Start(waits: false);

    private bool Start(bool waits)
    {
        IsScheduled = false;
        Count++;
        _startedSeconds = Seconds;
        var run = new AofRewriteRun(_file.State, _file.WantedDirectory, TemporaryName, _node.Config.AofUseRdbPreamble);
        if (_file.IsElsewhere) Log(ConfigLogLevel.Notice, $"The append-only files are to move from {_file.Directory} to {run.Directory}");
        BeginFile(run);
        if (waits) _thread.FinishAll();
        if ((run.Failure ?? _file.FirstError) is { } failure)
        {
            Fail(run, failure);
            return false;
        }

        _run = run;
        var sink = new AofSnapshotSink(_node.Parts.Files, run.Directory, TemporaryName, asCommands: !run.IsRdb, _node.Config.AofRewriteIncrementalFsync);
        _node.Snapshots.Start([(sink, _node.Snapshots.NeededDialect)], null, failure => OnSnapshotDone(run, failure), isAofBase: true);
        Log(ConfigLogLevel.Notice, $"Background append only file rewriting started by pid {_node.Parts.Host.ProcessId}");
        return true;
    }

    /// <summary>Timer: what is scheduled, and what has grown.</summary>
    internal void Tick()
    {
        if (IsBusy || _node.IsLoading) return;
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

    /// <summary>The file is switched on: the first base, now or as soon as it can be.</summary>
    /// <param name="waits">Whether to wait until the file behind it is there, as Redis does before it answers; false is returned when it cannot be.</param>
    internal bool BeginFirst(bool waits)
    {
        if (IsBusy)
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
        else if (MayStart)
        {
            return Start(waits);
        }
        else
        {
            IsScheduled = true;
        }

        return true;
    }

    /// <summary>It is not wanted any more; waits until nothing of it is under way. One whose base is whole is brought to its end.</summary>
    internal void Abort()
    {
        if (HasSnapshot)
        {
            Log(ConfigLogLevel.Notice, $"Killing running AOF rewrite child: {_node.Parts.Host.ProcessId}");
            _node.Snapshots.AbortNow();
        }

        _thread.FinishAll();
        TryInstall();
        _thread.FinishAll();
        IsScheduled = false;
    }

    /// <summary>
    /// Puts a base in place that is whole, as soon as there is a file behind it, or cannot be one: something has failed that has to be tried again.
    /// </summary>
    internal void TryInstall()
    {
        if (_run is not { HasBase: true, IsInstalling: false } run) return;
        if (run.State == AppendOnlyState.On && run.Directory != _file.Directory && run.Directory != _file.WantedDirectory)
        {
            Fail(run, SnapshotEncoder.Abandoned);
            return;
        }

        IReadOnlyList<IAofWork> inBase = [];
        if (!run.HasBegun)
        {
            if (!_thread.HasFailed || _thread.Current != null) return;
            inBase = _thread.TakeThrough(run.Begin!);
        }

        run.IsInstalling = true;
        if (run.State == AppendOnlyState.WaitRewrite && !_file.TryBeginToCount())
        {
            Fail(run, _file.FirstError!);
            return;
        }

        var behind = !run.HasBegun ? AofBehind.New : run.State switch
        {
            AppendOnlyState.On => AofBehind.Begun,
            AppendOnlyState.WaitRewrite => AofBehind.Temporary,
            _ => AofBehind.Nothing,
        };
        var installed = (Base: "", Incremental: (string?)null, Bytes: 0L);
        _thread.AddFirst(new AofErrand(() => installed = _files.Install(run.BasePath, run.Directory, run.IsRdb, behind), error =>
        {
            if (error != null)
            {
                _thread.PutBack(inBase);
                Fail(run, $"Error trying to rename the temporary AOF base file {TemporaryName}: {error}");
                return;
            }

            if (behind == AofBehind.New)
            {
                Log(ConfigLogLevel.Notice, $"Creating AOF incr file {installed.Incremental} on background rewrite");
                _file.OnInBase(inBase);
            }

            Succeed(run, installed.Base, behind == AofBehind.Temporary ? installed.Incremental : null, installed.Bytes);
        }));
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
        if (failure != null) throw new IOException($"Can't create the AOF base file {name}: {failure}");
        Log(ConfigLogLevel.Notice, $"Creating AOF base file {name} on server start");
        return next;
    }

    /// <summary>Has the files deleted that a rewrite has replaced, unless they are to stay (aof-disable-auto-gc).</summary>
    internal void RemoveHistory()
    {
        if (_node.Config.AofDisableAutoGc) return;
        IReadOnlyList<string> removed = [];
        _thread.AddFirst(new AofErrand(() => removed = _files.RemoveHistory(), failure =>
        {
            foreach (var name in removed) Log(ConfigLogLevel.Notice, $"Removing the history file {name} in the background");
            if (failure != null) Log(ConfigLogLevel.Warning, $"Can't remove the history files of the AOF: {failure}");
        }));
    }

    private bool IsBusy => _node.Snapshots.IsRunning || _run != null || _isRemoving;

    // What is done from here on goes to another file, if to any.
    private void BeginFile(AofRewriteRun run)
    {
        var name = _node.Config.AppendFileName;
        switch (run.State)
        {
            case AppendOnlyState.On:
                _file.EndFile();
                var begun = "";
                Begin(() => begun = _files.BeginIncremental(), failure =>
                {
                    if (failure == null) _file.OnFileEnded();
                    OnFileBegun(run, failure, begun);
                });
                _file.MarkBegin();
                break;
            case AppendOnlyState.WaitRewrite:
                _file.BeginFeed();
                Begin(() => _files.BeginTemporary(run.Directory, name), failure => OnFileBegun(run, failure, AofFile.TemporaryIncrementalName(name)));
                _file.MarkBegin();
                break;
            default:
                Begin(() => _files.BeginAlone(run.Directory, name), failure => OnFileBegun(run, failure, null));
                break;
        }

        void Begin(Action work, Action<string?> done)
        {
            run.Begin = new AofErrand(work, done);
            _thread.Add(run.Begin);
        }
    }

    // It may be that of a rewrite that is over: it waited behind a batch that could not be written, and was put back there.
    private void OnFileBegun(AofRewriteRun run, string? failure, string? name)
    {
        if (failure == null)
        {
            run.HasBegun = true;
            if (name != null) Log(ConfigLogLevel.Notice, $"Creating AOF incr file {name} on background rewrite");
            if (run == _run) TryInstall();
            return;
        }

        run.Failure = $"Can't open the append-only file: {failure}";
        if (run != _run) return;
        if (run.HasBase) Fail(run, run.Failure);
        else _node.Snapshots.Abort(run.Failure);
    }

    private void OnSnapshotDone(AofRewriteRun run, string? failure)
    {
        LastCopiedBytes = _node.Snapshots.SavedBeforeWriteBytes;
        run.HasBase = failure == null;
        failure ??= run.Failure;
        if (failure != null)
        {
            Fail(run, failure);
            return;
        }

        Log(ConfigLogLevel.Notice, $"Successfully created the temporary AOF base file {TemporaryName}");
        Log(ConfigLogLevel.Notice, "Background AOF rewrite terminated with success");
        TryInstall();
    }

    private void Succeed(AofRewriteRun run, string basis, string? incremental, long bytes)
    {
        _run = null;
        LastStatusOk = true;
        LastDurationSeconds = Seconds - _startedSeconds;
        ConsecutiveFailures = 0;
        Log(ConfigLogLevel.Notice, $"Successfully renamed the temporary AOF base file {TemporaryName} into {basis}");
        if (incremental != null)
        {
            var temporary = AofFile.TemporaryIncrementalName(_node.Config.AppendFileName);
            Log(ConfigLogLevel.Notice, $"Successfully renamed the temporary AOF incr file {temporary} into {incremental}");
        }

        if (run.State != AppendOnlyState.Off) _file.OnRewritten(run.Directory, bytes);
        RemoveHistory();
        Log(ConfigLogLevel.Notice, "Background AOF rewrite finished successfully");
    }

    private void Fail(AofRewriteRun run, string failure)
    {
        _run = null;
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

        if (run.HasBase)
        {
            _isRemoving = true;
            _thread.AddFirst(new AofErrand(() => _files.Delete(run.BasePath), _ => _isRemoving = false));
        }

        if (_file.IsElsewhere) Log(ConfigLogLevel.Warning, $"The append-only files are still written in {_file.Directory}");
        if (run.State != AppendOnlyState.WaitRewrite || _file.State != AppendOnlyState.WaitRewrite) return;
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
