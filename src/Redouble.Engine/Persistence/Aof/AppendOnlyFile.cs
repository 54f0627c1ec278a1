using Redouble.Engine.Configuration;

namespace Redouble.Engine.Persistence.Aof;

/// <summary>
/// The append-only file of a node: what the replication log says, on disk.
/// <code>
///   units ─► ReplicationLog ─► AofFeed (a cursor) ─► AofBatch ─► write, fsync ─► Complete: offsets, errors
///                                   │ one batch for all that a turn has done, written before the turn sends anything
///                                   │ always: with an fsync
///                                   │ everysec: an fsync each second, on the file thread
/// </code>
/// So what a client has been told of survives the process, and with always the machine. While an fsync goes on nothing is written, as a write would wait for
/// it in the kernel: a slow disk makes the log longer and nobody wait, up to a point (<see cref="AofDelay"/>). Where a batch cannot be written, writes are
/// refused, and it is tried again each second; with always the process ends, once there is a set that may lack what could not be written.
/// </summary>
public sealed class AppendOnlyFile : IDisposable
{
    private const long Second = 1_000_000;
    private const long MessageMarkMicroseconds = Second / 10;
    private const long BatchBytesMax = 16 << 20;
    private const long ErrorLogMicroseconds = 30 * Second;
    private const string ClosedWithoutText = "The append-only file is closed without what could not be written to it.";
    private const string NotWritten = "the append-only file before it could not be written";

    private readonly Node _node;
    private readonly AofFeed _feed;
    private readonly AofFiles _files;
    private readonly AofThread _thread;
    private readonly AofDelay _delay;
    private readonly Stack<AofBatch> _free = new();
    private string _directory = ""; // while it is on
    private long _lastBatch = long.MinValue / 2;
    private long _lastSync;
    private long _retryAt;
    private long _writtenOffset; // batches that are written
    private long _durableOffset; // and synced
    private bool _isUnsynced;
    private bool _hasUnsyncedData;
    private int _batches;        // under way
    private long _asideBytes;    // of those that wait, and count as if they were still in the log
    private long _stampedSecond;
    private long _errorLogged = long.MinValue / 2;
    private string? _writeError;
    private string? _syncError;
    private bool _isLax; // with always: what was done before it holds is not all on the disk yet
    private bool _isStopping;
    private bool _hasEnded; // with always, after an error

    internal AppendOnlyFile(Node node)
    {
        _node = node;
        _files = new AofFiles(node.Parts.Files, node.Parts.Clock);
        _thread = new AofThread(node.Parts.FileThread);
        _delay = new AofDelay(node);
        _feed = new AofFeed(node) { OnHistoryEnds = ReadAll, OnMemoryChanges = LetGoOfLog, OnCutBack = CutBack };
        Rewrites = new AofRewrites(node, this, _files, _thread);
    }

    /// <summary>Whether it is written.</summary>
    public AppendOnlyState State { get; private set; }

    /// <summary>Where the set is that counts: appenddirname in dir, but behind CONFIG SET dir where it was, until a rewrite has moved it.</summary>
    public string Directory => State == AppendOnlyState.On ? _directory : WantedDirectory;

    /// <summary>BGREWRITEAOF.</summary>
    public AofRewrites Rewrites { get; }

    /// <summary>Offset of the last byte of the stream that is on the disk; 0 while there is no complete set of files, -1 while there is none at all.</summary>
    public long DurableOffset => State switch
    {
        AppendOnlyState.Off => -1,
        AppendOnlyState.WaitRewrite => 0,
        _ => _durableOffset,
    };

    /// <summary>Bytes of the set of files, without what is being written.</summary>
    public long Size { get; internal set; }

    /// <summary>Bytes of the set behind the last rewrite.</summary>
    public long BaseSize { get; internal set; }

    /// <summary>Bytes that wait to be written.</summary>
    public long BufferedBytes => _feed.PendingBytes + _asideBytes;

    /// <summary>Whether an fsync is under way.</summary>
    public bool IsSyncing => _thread.Current is AofBatch { Syncs: true };

    /// <summary>Times that the disk was so slow that writers had to wait.</summary>
    public long DelayedSyncs => _delay.Count;

    /// <summary>CONFIG RESETSTAT.</summary>
    internal void ResetCounters()
    {
        _delay.ResetCount();
        Rewrites.ResetCounters();
    }

    /// <summary>Whether the disk is so slow that no more may be written now: writers are held, and the primary's stream.</summary>
    public bool IsBehind => _delay.IsBehind;

    /// <summary>Whether the last write and the last fsync succeeded.</summary>
    public bool LastWriteOk => LastError == null;

    /// <summary>The error for writes while the file cannot be written, or null.</summary>
    public string? DiskError => State != AppendOnlyState.Off && LastError is { } error ? $"MISCONF Errors writing to the AOF file: {error}" : null;

    /// <summary>Why the first rewrite cannot go on, or null: with always there must be nothing that could not be written.</summary>
    internal string? FirstError =>
        State == AppendOnlyState.WaitRewrite && IsAlways && LastError is { } error ? $"Error writing to the AOF file: {error}" : null;

    private string? LastError => _writeError ?? _syncError;

    /// <summary>Microseconds that turns have waited for the disk.</summary>
    public long WaitedMicroseconds { get; private set; }

    /// <summary>
    /// Whether nothing may be sent to anybody: what was done is not in the file yet, with always not on the disk (see <see cref="Commit"/>). Not even the
    /// answer to a read, which may tell of it.
    /// </summary>
    public bool HoldsOutput => _hasEnded || (_feed.IsOpen && (Policy == AppendFsync.Always ? _batches > 0 || MustCommit : MayWrite));

    /// <summary>Monotonic microseconds at which <see cref="Follow"/> has something to do.</summary>
    public long NextDeadline
    {
        get
        {
            if (!_feed.IsOpen || _hasEnded) return long.MaxValue;
            if (_thread.HasFailed && _thread.Current == null) return _retryAt;
            if (!_thread.IsIdle) return long.MaxValue;
            var deadline = _feed.PendingBytes > 0 ? 0 : _feed.HasNewPlace ? NextMark : long.MaxValue;
            return _isUnsynced && WantsSync && MaySync ? Math.Min(deadline, _lastSync + Second) : deadline;
        }
    }

    // With always an error ends the process, which loses nothing that anybody was told of. Until that is so, and where the file is given up, it does not.
    private AppendFsync Policy => IsAlways && (_isLax || _isStopping) ? AppendFsync.EverySecond : _node.Config.AppendFsync;

    private bool IsAlways => _node.Config.AppendFsync == AppendFsync.Always;

    private long Now => _node.Replication.Protocol.Log.Now;

    // Data can be written here and now: nothing that would have to be waited for is being done to the file.
    private bool MayWrite => _feed.PendingBytes > 0 && _thread.IsIdle;

    // What is no data moves the place, too, and a replica that has got it is ahead of a node that comes back without. So a keepalive is told before it is sent,
    // and a message unless there are many. Where nobody follows they are no hurry.
    private long NextMark => _node.Replication.ReplicaSessions.Count == 0 ? _lastBatch + Second
        : _feed.HasNewKeepalive ? 0 : _lastBatch + MessageMarkMicroseconds;

    // With always: there are data that are not on the disk; they may have been written under another policy, or during a rewrite that forbade fsyncs.
    private bool MustCommit => _feed.PendingBytes > 0 || (_hasUnsyncedData && MaySync);

    // With no, too, where one has failed (SHUTDOWN's, or from before CONFIG SET): writes are refused until one succeeds.
    private bool WantsSync => Policy != AppendFsync.No || _syncError != null;

    private bool MaySync => !(_node.Config.NoAppendFsyncOnRewrite && _node.Snapshots.IsRunning);

    /// <summary>
    /// A node has loaded what there was and starts with <c>appendonly yes</c>: an empty set gets a base, and what follows is written behind the last file.
    /// </summary>
    /// <param name="found">What was loaded.</param>
    /// <exception cref="IOException">A file cannot be created.</exception>
    internal void Start(AofRecovery found)
    {
        var config = _node.Config;
        _directory = WantedDirectory;
        try
        {
            _node.Parts.Files.CreateDirectory(_directory);
        }
        catch (IOException error)
        {
            throw new IOException($"Can't open or create append-only dir {config.AppendDirName}: {error.Message}", error);
        }

        KeepLog();
        var manifest = found.Manifest.HasNoData ? Rewrites.MakeFirstBase(_directory, found.Manifest) : found.Manifest;
        var (isNew, name) = _files.Start(_directory, config.AppendFileName, manifest, found.LastFileMarker);
        (BaseSize, Size) = _files.Sizes();
        Log(ConfigLogLevel.Notice, $"{(isNew ? "Creating" : "Opening")} AOF incr file {name} on server start");
        State = AppendOnlyState.On;
        BeginFeed();
        NoteDurable();
        Rewrites.RemoveHistory();
    }

    /// <summary>CONFIG SET appendonly yes; false, and nothing has changed, when the rewrite that it begins with cannot begin.</summary>
    public bool TryEnable()
    {
        if (State != AppendOnlyState.Off || TryBegin(waits: true)) return true;
        Disable();
        Log(
            ConfigLogLevel.Warning,
            "Redis needs to enable the AOF but can't trigger a background AOF rewrite operation. Check the above logs for more info about the error.");
        return false;
    }

    private bool TryBegin(bool waits)
    {
        (_writeError, _syncError) = (null, null);
        _isLax = true;
        State = AppendOnlyState.WaitRewrite;
        KeepLog();
        var begins = Rewrites.BeginFirst(waits);
        NoteDurable();
        return begins;
    }

    /// <summary>Whether the set is not where it belongs, since CONFIG SET dir: a start would not look for it there.</summary>
    internal bool IsElsewhere => State == AppendOnlyState.On && _directory != WantedDirectory;

    /// <summary>Where it belongs.</summary>
    internal string WantedDirectory => _node.Config.Paths.AppendDirectory;

    /// <summary>CONFIG SET appendonly no: what is there is written and synced, and stays.</summary>
    public void Disable()
    {
        Stop();
        _node.Replication.Protocol.Replicas.KeepLog(isNeeded: false);
    }

    /// <summary>The data set is about to be replaced by a primary's: the files stay as they are, until there is a base of the new one.</summary>
    public void BeforeReplacement() => Stop();

    /// <summary>The data set has been replaced, or will not be: it is written again.</summary>
    public void AfterReplacement()
    {
        if (_node.Config.AppendOnly && State == AppendOnlyState.Off) TryBegin(waits: false); // what fails is tried again
    }

    /// <summary>What clients of a writable replica do, if it has to be written; else null. It is in no log.</summary>
    internal AofLocalWrites? LocalWrites => _feed.IsOpen ? _feed.Local : null;

    /// <summary>Start of a turn: the time of what is done in it.</summary>
    internal void BeginTurn()
    {
        NoteDelay();
        if (_feed.IsOpen) Stamp();
    }

    private void Stamp()
    {
        if (!_node.Config.AofTimestampEnabled) return;
        var second = _node.Keyspace.NowMs / 1000;
        if (second <= _stampedSecond) return;
        _stampedSecond = second;
        _feed.Stamp(second);
    }

    /// <summary>Between units, also in the middle of a long turn: all that is not <see cref="Commit"/>'s.</summary>
    internal void Follow()
    {
        NoteDelay();
        if (!_feed.IsOpen || _hasEnded) return;
        if (!_thread.IsIdle) LetGoOfMessages();
        var now = Now;
        if (_thread.HasFailed)
        {
            Rewrites.TryInstall();
            if (now >= _retryAt) _thread.Retry();
            return;
        }

        if (!_thread.IsIdle || _feed.PendingBytes > 0) return;
        if (IsSyncDue(now)) _thread.Add(NextBatch(now, syncs: true));
        else if (IsMarkDue(now)) Mark(now);
        else if (!_isUnsynced) NoteDurable(_node.Replication.Protocol.Log.EndOffset);
    }

    /// <summary>
    /// Before a turn sends anything: everything that it has done goes to the file, all at once, and with always to the disk. The thread that would have to
    /// wait does it itself.
    /// </summary>
    public void Commit()
    {
        if (!HoldsOutput || _hasEnded) return;
        var started = _node.Parts.Clock.MonotonicMicroseconds;
        if (Policy == AppendFsync.Always) CommitToDisk();
        else CommitToFile();
        NoteDelay();
        WaitedMicroseconds += _node.Parts.Clock.MonotonicMicroseconds - started;
    }

    /// <summary>Writes and syncs all there is, and waits for it; false when that failed. What cannot be synced is still written.</summary>
    public bool Flush()
    {
        if (!_feed.IsOpen) return true;
        if (_thread.HasFailed) _thread.Retry();
        _thread.FinishAll();
        var syncs = true;
        while (!_thread.HasFailed && !_hasEnded && (_feed.PendingBytes > 0 || _feed.HasNewPlace || (_isUnsynced && syncs)))
        {
            _thread.RunNow(NextBatch(Now, syncs));
            syncs &= _syncError == null;
        }

        return syncs && !_thread.HasFailed && !_hasEnded;
    }

    /// <summary>Timer.</summary>
    internal void Tick() => Rewrites.Tick();

    /// <summary>
    /// CONFIG SET appendfsync: with always nothing is left for later, nor what was written before; false where that cannot be written, which would be the end.
    /// </summary>
    internal bool TryChangePolicy()
    {
        if (!IsAlways) return true;
        _thread.FinishAll(); // a first base may be about to count
        if (State != AppendOnlyState.On) return true;
        _isLax = true;
        var isWritten = Flush();
        _isLax = false;
        return isWritten;
    }

    /// <summary>
    /// The first base is about to count, and with always from then on an error is the end: all that was done meanwhile, and told without waiting for the disk,
    /// is to be there. False, and <see cref="FirstError"/> says why, when it cannot be; else nothing is told any more before it is written.
    /// </summary>
    internal bool TryBeginToCount()
    {
        if (IsAlways && !Flush()) return false;
        _isLax = false;
        return true;
    }

    /// <summary>What was done up to here goes to the file at hand, and what follows to the next one.</summary>
    internal void EndFile()
    {
        ReadAll();
        _feed.BeginFile();
        _stampedSecond = 0;
        Stamp();
    }

    /// <summary>
    /// A file that is begun, and what a node that starts adds to one, has a mark before anything else. Whoever is killed before there is more knows its place
    /// from it: a base of commands does not say it, and that is all there is as soon as the rewrite is done. And what follows is known to be the stream from
    /// there on (<see cref="AofTail"/>).
    /// </summary>
    internal void MarkBegin() => _thread.Add(NextBatch(Now, syncs: false));

    /// <summary>The file that was begun by <see cref="EndFile"/> is there, and the one before is synced.</summary>
    internal void OnFileEnded()
    {
        _isUnsynced = _hasUnsyncedData = false;
        NoteDurable(_writtenOffset);
        if (_syncError == null) return;
        _syncError = null;
        _node.Saves.UpdateDiskError();
    }

    /// <summary>The first rewrite begins here: what follows is written.</summary>
    internal void BeginFeed()
    {
        _feed.Open();
        _isUnsynced = _hasUnsyncedData = false;
        _stampedSecond = 0;
        Stamp();
        _lastSync = Now;
        _writtenOffset = _durableOffset = _node.Replication.Protocol.Log.EndOffset;
    }

    /// <summary>
    /// The first rewrite has failed: what was written is worth nothing without it, and what could not be written is not wanted. Its error would else stay until
    /// the next rewrite has begun, which may be an hour.
    /// </summary>
    internal void DropFeed()
    {
        _feed.Close();
        _isLax = true;
        TakeBack(NotWritten);
        _isUnsynced = _hasUnsyncedData = false;
        if (LastWriteOk) return;
        (_writeError, _syncError) = (null, null);
        _node.Saves.UpdateDiskError();
    }

    /// <summary>What could not be written is in a durable base, and another file is begun behind that.</summary>
    /// <param name="works">What would have written it, and have begun files.</param>
    internal void OnInBase(IReadOnlyList<IAofWork> works)
    {
        foreach (var work in works)
        {
            if (work is not AofBatch batch) continue;
            _writtenOffset = batch.EndOffset;
            Free(batch);
        }

        if (_writeError != null) OnSolved();
        OnFileEnded();
    }

    /// <summary>There is a new base. The first one makes the set count.</summary>
    /// <param name="directory">Where the set is.</param>
    /// <param name="bytes">Of all its files.</param>
    internal void OnRewritten(string directory, long bytes)
    {
        if (State == AppendOnlyState.Off) return;
        if (State == AppendOnlyState.On && _directory != directory)
        {
            Log(
                ConfigLogLevel.Warning,
                $"The append-only files are in {directory} from now on; those in {_directory} stay as they are. A start has to be told that dir "
                    + "(CONFIG REWRITE): else it loads the old ones.");
        }

        Size = BaseSize = bytes;
        _directory = directory;
        State = AppendOnlyState.On;
        NoteDurable();
    }

    /// <summary>Gives back memory and file; what was not written is not written any more.</summary>
    public void Dispose()
    {
        _feed.Close();
        _isStopping = true;
        TakeBack(why: null);
        _files.Drop();
    }

    private void Stop()
    {
        if (State == AppendOnlyState.Off) return;
        _isStopping = true; // who waits for this disk is told that there is none, as in Redis, though what he waits for is on it in a moment
        Rewrites.Abort();
        if (State == AppendOnlyState.On && !Flush()) Log(ConfigLogLevel.Warning, ClosedWithoutText);
        _feed.Close();
        TakeBack(NotWritten);
        _thread.FinishAll();
        if (State == AppendOnlyState.On) _thread.RunNow(new AofErrand(_files.Close, OnClosed));
        State = AppendOnlyState.Off;
        Rewrites.IsScheduled = false; // by one that has just been given up
        _isUnsynced = _hasUnsyncedData = _isStopping = false;
        _node.Saves.UpdateDiskError();
        NoteDurable();
    }

    private void OnClosed(string? failure)
    {
        if (failure != null) Log(ConfigLogLevel.Warning, $"Fail to fsync the AOF file: {failure}");
    }

    private void KeepLog() => _node.Replication.Protocol.Replicas.KeepLog(isNeeded: true);

    // What waits behind a batch that could not be written: whoever gave an errand is told that it will not be done, unless the node itself is gone.
    private void TakeBack(string? why)
    {
        _thread.FinishAll();
        var errands = new List<AofErrand>(); // told when nothing waits any more: they may have others done
        while (_thread.TakeBack() is { } work)
        {
            if (work is AofBatch batch) Free(batch);
            else errands.Add((AofErrand)work);
        }

        if (why == null) return;
        foreach (var errand in errands) errand.GiveUp(why);
        _thread.FinishAll();
    }

    private void CommitToDisk()
    {
        while (HoldsOutput && !_hasEnded)
        {
            if (_thread.HasFailed) _thread.Retry();
            _thread.FinishAll();
            if (_thread.IsIdle && MustCommit) _thread.RunNow(NextBatch(Now, MaySync));
        }
    }

    private void CommitToFile()
    {
        var now = Now;
        while (MayWrite) _thread.RunNow(NextBatch(now, syncs: false));
        if (_thread.IsIdle && IsSyncDue(now)) _thread.Add(NextBatch(now, syncs: true));
    }

    private void Mark(long now)
    {
        _thread.RunNow(NextBatch(now, syncs: false)); // a place that is lost with the machine costs a full sync, and no data
    }

    private bool IsMarkDue(long now) => _feed.HasNewName || (_feed.HasNewPlace && now >= NextMark);

    private bool IsSyncDue(long now) => WantsSync && _isUnsynced && now - _lastSync >= Second && MaySync;

    private AofBatch NextBatch(long now, bool syncs)
    {
        var batch = _free.TryPop(out var free) ? free : new AofBatch(_files, OnDone);
        batch.HasData = _feed.PendingBytes > 0;
        _feed.Read(batch, BatchBytesMax);
        batch.Syncs = syncs;
        if (syncs) _lastSync = now;
        _lastBatch = now;
        _batches++;
        return batch;
    }

    // Everything there is, at once: the history is about to be dropped, or another file begun.
    private void ReadAll()
    {
        while (_feed.PendingBytes > 0 || _feed.HasNewPlace) _thread.Add(NextBatch(Now, Policy == AppendFsync.Always && MaySync));
    }

    // What the file thread has of the log is about to be written over: it is to be done with it, and what waits behind a failure has to be copied.
    private void LetGoOfLog()
    {
        _thread.FinishAll();
        foreach (var work in _thread.Waiting) (work as AofBatch)?.Detach(_node.Blocks);
    }

    // What is no data is not written, and the log is not made longer for it, however long nothing can be written: where data lie in between, they wait by
    // themselves. As much as a backlog is there in any case.
    private void LetGoOfMessages()
    {
        if (_feed.OmittedBytes <= _node.Config.ReplBacklogSize) return;
        _feed.SkipOmitted();
        while (_feed.OmittedBytes > _node.Config.ReplBacklogSize)
        {
            var batch = NextBatch(Now, syncs: false);
            batch.Detach(_node.Blocks);
            batch.AsideBytes = batch.Length;
            _asideBytes += batch.Length;
            _thread.Add(batch);
        }

        foreach (var work in _thread.Waiting)
        {
            if (work is AofBatch { HoldsLog: true } waiting) waiting.Detach(_node.Blocks);
        }
    }

    // What takes the offsets of keepalives that were given up is neither written nor on the disk because those were.
    private void CutBack(long endOffset)
    {
        foreach (var work in _thread.Waiting)
        {
            if (work is AofBatch batch) batch.EndOffset = Math.Min(batch.EndOffset, endOffset);
        }

        (_writtenOffset, _durableOffset) = (Math.Min(_writtenOffset, endOffset), Math.Min(_durableOffset, endOffset));
        _node.Replication.Protocol.Primary.DurableOffset = DurableOffset;
    }

    private bool OnDone(AofBatch batch)
    {
        var latency = _node.Monitoring.Latency;
        latency.Offer("aof-write", batch.WriteMicroseconds);
        latency.Offer(_node.Snapshots.IsRunning ? "aof-write-active-child" : "aof-write-alone", batch.WriteMicroseconds);
        if (batch.WriteError != null) return OnWriteFailed(batch);
        if (_writeError != null) OnSolved();
        Size += batch.Length;
        _writtenOffset = batch.EndOffset;
        _isUnsynced = true;
        _hasUnsyncedData |= batch.HasData;
        if (batch.Syncs) OnSynced(batch.SyncError, batch.SyncMicroseconds);
        Free(batch);
        return true;
    }

    private bool OnWriteFailed(AofBatch batch)
    {
        var now = Now;
        if (now - _errorLogged > ErrorLogMicroseconds || Policy == AppendFsync.Always)
        {
            _errorLogged = now;
            Log(ConfigLogLevel.Warning, $"Error writing to the AOF file: {batch.WriteError}");
            if (batch.TruncateError != null)
            {
                Log(
                    ConfigLogLevel.Warning,
                    "Could not remove short write from the append-only file.  Redis may refuse to load the AOF the next time it starts.  "
                        + $"ftruncate: {batch.TruncateError}");
            }
        }

        if (Policy == AppendFsync.Always)
        {
            End("Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...");
            Free(batch);
            return true;
        }

        var isFirst = _writeError == null;
        _writeError = batch.WriteError;
        if (isFirst) batch.Detach(_node.Blocks);
        _retryAt = now + Second;
        _node.Saves.UpdateDiskError();
        return false;
    }

    private void OnSolved()
    {
        Log(ConfigLogLevel.Warning, "AOF write error looks solved. The server can write again.");
        _writeError = null;
        _node.Saves.UpdateDiskError();
    }

    private void OnSynced(string? error, long microseconds)
    {
        if (Policy == AppendFsync.Always) _node.Monitoring.Latency.Offer("aof-fsync-always", microseconds);
        if (error == null)
        {
            _isUnsynced = _hasUnsyncedData = false;
            NoteDurable(_writtenOffset);
        }
        else if (Policy == AppendFsync.Always)
        {
            End($"Can't persist AOF for fsync error when the AOF fsync policy is 'always': {error}. Exiting...");
        }
        else if (_syncError == null)
        {
            Log(ConfigLogLevel.Warning, $"Fail to fsync the AOF file: {error}");
        }

        if (_syncError == error) return;
        _syncError = error;
        _node.Saves.UpdateDiskError();
    }

    // Nothing of what was done may be told to anybody, so nobody is told anything any more.
    private void End(string why)
    {
        Log(ConfigLogLevel.Warning, why);
        _hasEnded = true;
        _node.Parts.Host.Exit(1);
    }

    // What cannot be written at all is refused, and not waited for; but a replica that is to ignore it goes on.
    private void NoteDelay()
    {
        var counts = _feed.IsOpen && !_hasEnded && !_thread.IsIdle && (_writeError == null || _node.IsReplica);
        _delay.Note(counts ? BufferedBytes : 0, isFailing: _writeError != null, IsSyncing, Now);
    }

    private void Free(AofBatch batch)
    {
        _batches--;
        _asideBytes -= batch.AsideBytes;
        batch.AsideBytes = 0;
        batch.Clear(_node.Blocks);
        _free.Push(batch);
    }

    private void NoteDurable(long offset)
    {
        if (offset == _durableOffset) return;
        _durableOffset = offset;
        NoteDurable();
    }

    private void NoteDurable()
    {
        _node.Replication.Protocol.Primary.DurableOffset = DurableOffset;
        if (!_isStopping) _node.Waits.Check();
    }

    private void Log(ConfigLogLevel level, string text) => _node.Parts.Host.Log(level, text);
}
