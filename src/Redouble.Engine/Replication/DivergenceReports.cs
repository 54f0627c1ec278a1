using System.Globalization;
using System.Text;
using Redouble.Engine.Configuration;
using Redouble.Engine.Persistence;
using Redouble.Replication.Identity;
using Redouble.Replication.Log;
using Redouble.Replication.Replica;

namespace Redouble.Engine.Replication;

/// <summary>
/// Replica side: <c>replica-divergence-report</c>. A primary that was cut off goes on taking writes; when it is demoted, its data set is replaced by one that
/// has not got them. They are saved first, from the replication log, as an AOF that can be read and replayed:
/// <code>
///   +FULLRESYNC ─► where do the histories part (Parting)? ──► is there data of ours behind? ──no──► the sync goes on
///                                                                  │ yes
///       data thread: LogExtract, in slices ─► chunks ─► helper: divergence-TIME-REPLID-OFFSET.aof ─► fsync, renamed ─► the sync goes on
///                                                                  │ a full disk
///                                                                  └─► the sync is refused, the data stays; REPLICAOF again goes on without
/// </code>
/// No payload is taken until the file is there. It is one line of comment, a SELECT, and the commands. Where the log does not hold the first of them any
/// more, it says how many bytes are missing. Where it is not known at which offset the histories part, it is what no replica has acknowledged. What has
/// been saved is not saved again when the sync is tried again.
/// </summary>
public sealed class DivergenceReports
{
    private const int HeadMax = 1000; // a reader of AOFs takes 1,024 bytes of a comment

    private readonly Node _node;
    private Report? _report;
    private (ReplicationId Id, long From, long To) _saved = (ReplicationId.None, 0, -1);
    private string? _refusal; // of the sync that is on
    private bool _wasRefused; // one was, and none went on since: also while it is tried again
    private bool _isForced;
    private int _begun;

    internal DivergenceReports(Node node) => _node = node;

    /// <summary>Reports written.</summary>
    public long Count { get; private set; }

    /// <summary>Name of the last file, or empty.</summary>
    public string LastFile { get; private set; } = "";

    /// <summary>Bytes of the stream that the last report saved.</summary>
    public long LastBytes { get; private set; }

    /// <summary>Commands with an effect among them.</summary>
    public long LastCommands { get; private set; }

    /// <summary>Bytes of the stream before them that were not held any more, and are lost.</summary>
    public long LastMissingBytes { get; private set; }

    /// <summary>Whether it was known where the histories had parted.</summary>
    public bool LastPartingKnown { get; private set; } = true;

    /// <summary>When the last one was made, seconds since 1970; 0 for never.</summary>
    public long LastTime { get; private set; }

    /// <summary>Why the last one could not be made, or empty.</summary>
    public string LastError { get; private set; } = "";

    /// <summary>Whether a report is being written, for which a full sync has to wait.</summary>
    public bool IsWriting => _report != null && _node.Config.ReplicaDivergenceReport;

    /// <summary>Whether <see cref="Slice"/> has something to do.</summary>
    internal bool HasWork => _report is { } report && (report.HasWork || !_node.Config.ReplicaDivergenceReport);

    /// <summary>Why a full sync must not replace the data set here, or null.</summary>
    internal string? Refusal => _node.Config.ReplicaDivergenceReport ? _refusal : null;

    /// <summary>REPLICAOF, before it is done: true when it is to the primary whose sync is refused, which forces.</summary>
    internal bool Force(string host, int port)
    {
        var link = _node.Replication.Protocol.Primary;
        var isSame = _node.IsReplica && link.Port == port && string.Equals(link.Host, host, StringComparison.OrdinalIgnoreCase);
        _isForced = (_wasRefused || _isForced) && isSame && _node.Config.ReplicaDivergenceReport;
        (_refusal, _wasRefused) = (null, false);
        return _isForced;
    }

    /// <summary>The data set is the primary's.</summary>
    internal void Reset() => (_refusal, _wasRefused, _isForced) = (null, false, false);

    /// <summary>Nothing is to be lost any more: the node is a primary again.</summary>
    public void Cancel()
    {
        Reset();
        Drop();
    }

    /// <summary>A full sync was granted: begins to save what it would destroy.</summary>
    internal void Begin(PrimaryLink link)
    {
        _refusal = null;
        var history = _node.Replication.Protocol.History;
        if (!_node.Config.ReplicaDivergenceReport || !history.IsResumable || !history.Log.IsActive) return;
        var parting = link.Parting;
        var last = history.Log.LastDataOffset;
        var from = 1 + (parting.IsKnown ? parting.Offset : history.IsSoleCopy ? history.SharedOffset : last);
        if (from > last) return;
        var id = history.Identity.Id;
        if (_report is { } present)
        {
            if (present.Id == id && present.To == last && present.From <= from) return;
            Drop();
        }

        if (_saved.Id == id && _saved.To == last && _saved.From <= from)
        {
            Log(ConfigLogLevel.Notice, $"The writes here that the primary has not got have been saved in {LastFile} already");
            return;
        }

        Begin(new LogExtract(history.Log, from, last), id, from, last, parting, link);
    }

    /// <summary>Works until <paramref name="untilMicroseconds"/> on the monotonic clock.</summary>
    internal void Slice(long untilMicroseconds)
    {
        if (_report is not { } report) return;
        if (!_node.Config.ReplicaDivergenceReport)
        {
            Drop();
            return;
        }

        while (report.HasWork && _node.Parts.Clock.MonotonicMicroseconds < untilMicroseconds) report.CopyChunk();
    }

    private void Begin(LogExtract extract, ReplicationId id, long from, long to, in Parting parting, PrimaryLink link)
    {
        var bytes = to - from + 1;
        var where = parting.IsKnown ? $"The primary has not got the last {bytes} bytes of this server's history"
            : $"Where the primary's history and this server's part is not known ({parting.Reason}), "
                + $"and no replica has acknowledged the last {bytes} bytes here";
        Log(ConfigLogLevel.Warning, $"{where} (offsets {from} to {to} of {id}).");
        if (extract.BrokenAt >= 0)
        {
            extract.Dispose();
            Fail($"the replication log holds no command at offset {extract.BrokenAt}");
            return;
        }

        if (extract.Start > to)
        {
            extract.Dispose();
            var lost = $"{extract.MissingBytes} bytes of writes are lost without a divergence report";
            NoteOutcome("", 0, 0, extract.MissingBytes, parting.IsKnown);
            var isHeld = _node.Replication.Protocol.Log is { IsActive: true } log && log.FirstOffset <= to;
            var why = isHeld ? "The replication log holds it, but not where a command begins there" : "None of it is held in the replication log any more";
            Log(ConfigLogLevel.Warning, $"{why}: {lost}.");
            return;
        }

        var time = DateTimeOffset.FromUnixTimeMilliseconds(_node.Keyspace.NowMs);
        var name = string.Create(CultureInfo.InvariantCulture, $"divergence-{time:yyyyMMdd'T'HHmmss'Z'}-{id.ToString()[..8]}-{extract.Start}.aof");
        Log(ConfigLogLevel.Warning, $"Saving it as {name} before the data set is replaced.");
        var temporary = TemporaryFile.NameOf(_node, ++_begun, ".aof");
        var file = new DivergenceFile(_node.Parts.Files, _node.Parts.Background, _node.Config.Paths.Directory, name, temporary, OnProgress);
        _report = new Report(id, from, to, name, parting.IsKnown, extract, file);
        _report.Write(Head(extract, id, from, to, parting, link, time));
    }

    private static byte[] Head(LogExtract extract, ReplicationId id, long from, long to, in Parting parting, PrimaryLink link, DateTimeOffset time)
    {
        var known = parting.IsKnown ? $"the histories part behind offset {parting.Offset}"
            : $"where the histories part is not known ({parting.Reason}), this is what no replica had acknowledged";
        var text = $"#Redouble divergence report: writes that were taken here and that the new primary {link.Host}:{link.Port} has not got. "
            + $"Replication ID {id}, offsets {from} to {to}; {known}. Missing at the head: {extract.MissingBytes} bytes. "
            + string.Create(CultureInfo.InvariantCulture, $"Saved {time:yyyy-MM-dd'T'HH:mm:ss'Z'}. ")
            + "Behind this line is an AOF; to replay: tail -n +2 FILE | redis-cli --pipe";
        return Encoding.Latin1.GetBytes(ReplicationFields.OneLine(text)[..Math.Min(text.Length, HeadMax)] + "\n");
    }

    private void OnProgress()
    {
        if (_report is not { } report) return;
        if (report.BrokenAt >= 0) report.File.End(keep: false);
        if (report.File.Error is { } error && !report.File.IsClosed) report.File.End(keep: false);
        else if (report.File.IsClosed) Complete(report, report.File.Error);
    }

    private void Complete(Report report, string? error)
    {
        _report = null;
        report.Dispose();
        if (report.BrokenAt >= 0) Fail($"the replication log holds no command at offset {report.BrokenAt}");
        else if (error != null) Fail(error);
        else if (report.Commands == 0) Log(ConfigLogLevel.Notice, "No command with an effect is among it: nothing is lost, and no divergence report kept.");
        else Succeed(report);
    }

    private void Succeed(Report report)
    {
        _saved = (report.Id, report.From, report.To);
        _wasRefused = false;
        Count++;
        NoteOutcome(report.Name, report.To - report.Start + 1, report.Commands, report.MissingBytes, report.IsPartingKnown);
        var missing = LastMissingBytes == 0 ? "" : $" The {LastMissingBytes} bytes before them were not held in the replication log any more and are lost.";
        var what = $"{LastBytes} bytes, {LastCommands} commands that the primary has not got";
        Log(ConfigLogLevel.Warning, $"Divergence report: {what} are saved in {LastFile}.{missing}");
    }

    private void NoteOutcome(string file, long bytes, long commands, long missingBytes, bool isPartingKnown)
    {
        (LastFile, LastBytes, LastCommands, LastMissingBytes, LastPartingKnown) = (file, bytes, commands, missingBytes, isPartingKnown);
        (LastTime, LastError) = (_node.Keyspace.NowMs / 1000, "");
    }

    // What the last report saved stays told: that file is still there.
    private void Fail(string error)
    {
        (LastTime, LastError) = (_node.Keyspace.NowMs / 1000, error);
        var text = $"The divergence report cannot be written: {error}";
        Log(ConfigLogLevel.Warning, _isForced ? $"{text}. Going on without, as REPLICAOF was given again." : text);
        if (_isForced) return;
        _wasRefused = true;
        _refusal = $"{text}. The data set here is kept, for it has writes that the primary has not got (replica-divergence-report). "
            + "REPLICAOF again to go on without.";
    }

    private void Drop()
    {
        if (_report is not { } report) return;
        _report = null;
        report.File.End(keep: false);
        report.Dispose();
    }

    private void Log(ConfigLogLevel level, string text) => _node.Parts.Host.Log(level, text);

    /// <summary>A report being written.</summary>
    private sealed class Report(ReplicationId id, long from, long to, string name, bool isPartingKnown, LogExtract extract, DivergenceFile file)
        : IDisposable
    {
        private byte[]? _chunk; // being filled
        private int _filled;
        private bool _isCopied;

        public ReplicationId Id => id;

        public long From => from;

        public long To => to;

        public string Name => name;

        public bool IsPartingKnown => isPartingKnown;

        public long Start => extract.Start;

        public long MissingBytes => extract.MissingBytes;

        public long Commands => extract.Commands;

        public long BrokenAt => extract.BrokenAt;

        public DivergenceFile File => file;

        public bool HasWork => !_isCopied && (_chunk != null || file.HasRoom);

        public void Write(byte[] bytes)
        {
            var chunk = file.Rent();
            bytes.CopyTo(chunk, 0);
            file.Write(chunk, bytes.Length);
        }

        public void CopyChunk()
        {
            _chunk ??= file.Rent();
            _filled += extract.Read(_chunk.AsSpan(_filled));
            if (_filled < _chunk.Length && !extract.IsAtEnd) return;
            file.Write(_chunk, _filled);
            (_chunk, _filled) = (null, 0);
            if (!extract.IsAtEnd) return;
            _isCopied = true;
            file.End(keep: extract is { BrokenAt: < 0, Commands: > 0 });
        }

        public void Dispose() => extract.Dispose();
    }
}
