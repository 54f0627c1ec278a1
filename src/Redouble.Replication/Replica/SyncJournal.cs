namespace Redouble.Replication.Replica;

/// <summary>
/// Replica side: the last synchronisations with the primary, newest first.
/// <code>
///   Lost(why) ─► Begin ─► Asked(offset) ─┬─► +CONTINUE ──────────────► Completed      the gap's bytes follow when the primary has told its offset
///                  ▲                     └─► +FULLRESYNC ─► payload ─► Completed
///                  └── not counted: the attempt did not get so far ◄─┴─► Failed       the same failure again only counts up
/// </code>
/// Attempts that end before the primary has granted a sync are not in here: they are the link's last error.
/// </summary>
public sealed class SyncJournal
{
    /// <summary>Records kept.</summary>
    public const int RecordsMax = 5;

    private readonly List<SyncRecord> _records = [];
    private string _cause = "REPLICAOF";
    private long _started;
    private long _asked = -1;
    private bool _isGranted;
    private long _gapStart = -1;

    /// <summary>The last ones, newest first.</summary>
    public IReadOnlyList<SyncRecord> Records => _records;

    /// <summary>Full syncs completed.</summary>
    public long FullSyncs { get; private set; }

    /// <summary>Partial syncs completed.</summary>
    public long PartialSyncs { get; private set; }

    /// <summary>The link is not up any more, or has to be another one: the cause of the next sync.</summary>
    internal void Lost(string why)
    {
        _cause = why;
        _gapStart = -1;
    }

    /// <summary>An attempt to connect begins.</summary>
    internal void Begin(long now)
    {
        _started = now;
        _isGranted = false;
    }

    /// <summary>PSYNC was sent, to go on from <paramref name="offset"/>, or for everything (-1).</summary>
    internal void Asked(long offset) => _asked = offset;

    /// <summary>The primary has granted a full sync.</summary>
    internal void Granted() => _isGranted = true;

    /// <summary>A full sync is loaded.</summary>
    internal void CompletedFull(long bytes, long now)
    {
        FullSyncs++;
        Add(new SyncRecord(true, _asked, _cause, _started, now, bytes, null, 1));
    }

    /// <summary>The stream goes on behind <paramref name="offset"/>.</summary>
    internal void CompletedPartial(long offset, long now)
    {
        PartialSyncs++;
        Add(new SyncRecord(false, _asked, _cause, _started, now, -1, null, 1));
        _gapStart = offset;
    }

    /// <summary>The primary's offset, asked for after the link was up: so much had been missed, at most.</summary>
    internal void PrimaryToldOffset(long offset)
    {
        if (_gapStart < 0) return;
        _records[0] = _records[0] with { Bytes = Math.Max(0, offset - _gapStart) };
        _gapStart = -1;
    }

    /// <summary>The attempt has failed.</summary>
    internal void Failed(string error, long bytes, long now)
    {
        if (!_isGranted) return;
        _isGranted = false;
        var record = new SyncRecord(true, _asked, _cause, _started, now, bytes, error, 1);
        if (_records.Count > 0 && _records[0].Error == error && _records[0].Cause == _cause)
        {
            _records[0] = record with { Times = _records[0].Times + 1 };
            return;
        }

        Add(record);
    }

    private void Add(SyncRecord record)
    {
        _isGranted = false;
        if (_records.Count == RecordsMax) _records.RemoveAt(RecordsMax - 1);
        _records.Insert(0, record);
    }
}
