using Redouble.Persistence.Aof;
using Redouble.Protocol.Replies;
using Redouble.Replication.Identity;
using Redouble.Replication.Log;

namespace Redouble.Engine.Persistence.Aof;

/// <summary>
/// What of the replication log goes into the append-only file: all but what is no data, and, in between, what the log does not say.
/// <code>
///   log     │ SELECT 3 │ SET … │ PING             │ SET … │ PUBLISH … (long) │ DEL … │            ▲ end: the edge of a unit
///   file    │ SELECT 3 │ SET … │ #RD:omits "PING" │ SET …                    │ DEL … │ #RD:replid offset 3 primary │
/// </code>
/// A file begins with its time (aof-timestamp-enabled), so that a check sees that there is nothing before that, and with the SELECT that the log said before
/// it. A batch that reaches the end of the log ends with a mark, which says where in which history the data set stands there; keepalives move it. What is
/// omitted and short is told, so that the stream can be made again from the file, byte for byte.
/// </summary>
internal sealed class AofFeed : ILogFollower
{
    private readonly Node _node;
    private readonly OutputSegment[] _segments = new OutputSegment[16];
    private readonly Queue<(long Start, long End)> _gaps = new(); // no data, ahead of the cursor
    private readonly Queue<(long Offset, long Seconds)> _stamps = new();
    private LogCursor? _cursor;
    private long _gapBytes;   // of those ahead
    private long _lastGapEnd; // behind the last one
    private long _keepaliveEnd; // offset of the last byte of a PING or GETACK
    private bool _begins;     // a file
    private int _select = -1; // the database that a SELECT has to be written for, before anything else
    private Place _marked;

    private readonly record struct Place(ReplicationId Id, long Offset, int Database, bool IsReplica);

    public AofFeed(Node node) => _node = node;

    /// <summary>Whether the log is being followed.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Called when the rest of a history has to be read at once, since it is about to be dropped.</summary>
    public Action? OnHistoryEnds { get; set; }

    /// <summary>Called when memory that has been read is about to be written to again.</summary>
    public Action? OnMemoryChanges { get; set; }

    /// <summary>Called when the log ends earlier than before: what follows takes offsets of what has gone.</summary>
    public Action<long>? OnCutBack { get; set; }

    /// <summary>Bytes of data that were not read yet.</summary>
    public long PendingBytes => (_cursor is { IsOpen: true } ? _cursor.PendingBytes - _gapBytes : 0) + Local.PendingBytes;

    /// <summary>Bytes that are no data, and that the log keeps all the same until the file has got past them.</summary>
    public long OmittedBytes => _gapBytes;

    /// <summary>What is written beside the log.</summary>
    public AofLocalWrites Local { get; } = new();

    /// <summary>Whether a mark would say something new.</summary>
    public bool HasNewPlace => IsOpen && Here != _marked;

    /// <summary>Whether a keepalive has moved it.</summary>
    public bool HasNewKeepalive => IsOpen && _keepaliveEnd > _marked.Offset && HasNewPlace;

    /// <summary>Whether it would say more than another offset: the history has got another name, or the node another role.</summary>
    public bool HasNewName => IsOpen && Here is var here && (here.Id != _marked.Id || here.IsReplica != _marked.IsReplica);

    private ReplicationLog Log => _node.Replication.Protocol.Log;

    // Of a data set that is not known to be that of its offset nothing is promised.
    private Place Here
    {
        get
        {
            var history = _node.Replication.Protocol.History;
            return history.IsResumable
                ? new Place(history.Identity.Id, Log.EndOffset, Log.StreamDatabase, _node.IsReplica) : new Place(ReplicationId.None, 0, -1, _node.IsReplica);
        }
    }

    /// <summary>Follows the log from its end on; a node that has none yet, from its first byte on.</summary>
    public void Open()
    {
        Close();
        IsOpen = true;
        Log.Follower = this;
        if (Log.IsActive) Seek(Log.EndOffset + 1);
        BeginFile();
    }

    /// <summary>Follows it no more.</summary>
    public void Close()
    {
        if (!IsOpen) return;
        IsOpen = false;
        Log.Follower = null;
        _cursor?.Close();
        _cursor = null;
        ForgetGaps();
        _stamps.Clear();
        Local.Clear();
    }

    /// <summary>Another file is written from here on: it says its database, its time and its place anew.</summary>
    public void BeginFile()
    {
        _begins = true;
        _select = Log.StreamDatabase;
        _marked = default;
    }

    /// <summary>What is appended from here on belongs to that second (aof-timestamp-enabled).</summary>
    public void Stamp(long seconds)
    {
        if (!IsOpen) return;
        if (PendingBytes == 0) _stamps.Clear(); // of seconds in which there was nothing
        _stamps.Enqueue((Log.EndOffset + 1, seconds));
    }

    /// <summary>Reads up to about <paramref name="bytesMax"/> bytes into a batch.</summary>
    /// <param name="batch">Gets them.</param>
    /// <param name="bytesMax">About how many.</param>
    public void Read(AofBatch batch, long bytesMax)
    {
        if (_begins) AddStamp(batch, _cursor is { IsOpen: true } ? _cursor.Offset : long.MaxValue);
        _begins = false;
        if (_select >= 0) AddSelect(batch);
        TakeLocal(batch);
        while (_cursor is { IsOpen: true } cursor && batch.Length < bytesMax)
        {
            var at = cursor.Offset;
            if (_gaps.TryPeek(out var gap) && gap.Start <= at)
            {
                Omit(batch, cursor, gap.End - at);
                _gapBytes -= gap.End - at;
                _gaps.Dequeue();
                TakeLocal(batch); // what was written right behind it, or within
                continue;
            }

            var end = Math.Min(_gaps.Count > 0 ? gap.Start : long.MaxValue, Log.EndOffset + 1);
            if (at == end) break;
            AddStamp(batch, at);
            if (_stamps.TryPeek(out var stamp)) end = Math.Min(end, stamp.Offset);
            if (Local.NextOffset > at) end = Math.Min(end, Local.NextOffset);
            AddBytes(batch, cursor, Math.Min(end - at, bytesMax));
            TakeLocal(batch);
        }

        batch.EndOffset = _cursor is { IsOpen: true } ? _cursor.Offset - 1 : Log.EndOffset;
        if (batch.EndOffset == Log.EndOffset) AddMark(batch);
    }

    /// <summary>Gets past what is no data, if there is nothing else; the file then does not tell of it.</summary>
    public void SkipOmitted()
    {
        if (_cursor is not { IsOpen: true } cursor || PendingBytes > 0) return;
        cursor.Advance(cursor.PendingBytes);
        _gaps.Clear();
        _gapBytes = 0;
    }

    /// <inheritdoc/>
    public void OnNoData(long start, long length, AppendKind kind)
    {
        if (kind == AppendKind.Keepalive) _keepaliveEnd = start + length - 1;
        if (_cursor is not { IsOpen: true }) return;
        _gapBytes += length;
        if (_gaps.Count > 0 && _lastGapEnd == start) ExtendLastGap(start + length);
        else _gaps.Enqueue((start, start + length));
        _lastGapEnd = start + length;
    }

    /// <inheritdoc/>
    public void BeforeFree()
    {
        if (_cursor is { IsOpen: true }) OnHistoryEnds?.Invoke();
        ForgetGaps();
        _stamps.Clear();
    }

    /// <inheritdoc/>
    public void OnCreated()
    {
        Seek(Log.EndOffset + 1);
        _select = -1; // the stream begins with one of its own
    }

    /// <inheritdoc/>
    public void BeforeTruncate() => OnMemoryChanges?.Invoke();

    /// <inheritdoc/>
    public void OnTruncated(long endOffset)
    {
        var keeps = _cursor is { IsOpen: true } && _cursor.Offset <= endOffset + 1;
        if (!keeps) Seek(endOffset + 1);
        else CutGaps(endOffset + 1);
        PullBack(endOffset + 1);
        if (_cursor is not { IsOpen: true } || _cursor.Offset > endOffset) _select = Log.StreamDatabase; // a SELECT may have gone that the file has
        OnCutBack?.Invoke(endOffset);
    }

    // The gaps that were cut off lie at the end, where a queue does not take out: it is made anew, which happens with a change of primaries.
    private void CutGaps(long end)
    {
        var kept = _gaps.Where(gap => gap.Start < end).Select(gap => (gap.Start, Math.Min(gap.End, end))).ToArray();
        ForgetGaps();
        foreach (var (start, gapEnd) in kept) OnNoData(start, gapEnd - start, AppendKind.Message);
    }

    // What was to stand behind bytes that have gone stands in front of those that come instead: it would be in the middle of a command.
    private void PullBack(long end)
    {
        for (var left = _stamps.Count; left > 0; left--)
        {
            var (offset, seconds) = _stamps.Dequeue();
            _stamps.Enqueue((Math.Min(offset, end), seconds));
        }

        Local.PullBack(end, Log.StreamDatabase);
    }

    private void ExtendLastGap(long end)
    {
        if (_gaps.Count == 1)
        {
            var (start, _) = _gaps.Dequeue();
            _gaps.Enqueue((start, end));
            return;
        }

        _gaps.Enqueue((_lastGapEnd, end)); // behind the one before without data between them
    }

    private void Seek(long offset)
    {
        _cursor?.Close();
        _cursor = Log.TryOpenCursor(offset);
        ForgetGaps();
    }

    private void ForgetGaps()
    {
        _gaps.Clear();
        _gapBytes = _keepaliveEnd = 0;
    }

    // Where the stream has come to them; without one, or at its end, they are due in any case: it may have been cut off behind them.
    private void TakeLocal(AofBatch batch)
    {
        if (Local.PendingBytes == 0) return;
        var at = _cursor is { IsOpen: true } && _cursor.PendingBytes > 0 ? _cursor.Offset : long.MaxValue;
        while (Local.NextOffset <= at && Local.PendingBytes > 0)
        {
            Local.Take(batch);
            _marked = default; // the place is the same, and what is in front of it is not
        }
    }

    private static void Omit(AofBatch batch, LogCursor cursor, long count)
    {
        if (count > AofAnnotation.OmittedMax)
        {
            cursor.Advance(count);
            return;
        }

        Span<byte> bytes = stackalloc byte[AofAnnotation.OmittedMax];
        var length = 0;
        while (length < count)
        {
            var next = cursor.Peek();
            next = next[..(int)Math.Min(next.Length, count - length)];
            next.CopyTo(bytes[length..]);
            length += next.Length;
            cursor.Advance(next.Length);
        }

        batch.AddOmitted(bytes[..length]);
    }

    private void AddBytes(AofBatch batch, LogCursor cursor, long count)
    {
        while (count > 0)
        {
            var segments = cursor.Peek(_segments);
            var taken = 0L;
            for (var i = 0; i < segments && count > 0; i++)
            {
                var length = (int)Math.Min(_segments[i].Length, count);
                batch.Add(_segments[i].Block, _segments[i].Offset, length);
                taken += length;
                count -= length;
            }

            cursor.Advance(taken);
        }
    }

    // Of several seconds without data the last one counts.
    private void AddStamp(AofBatch batch, long at)
    {
        var seconds = -1L;
        while (_stamps.TryPeek(out var stamp) && stamp.Offset <= at) seconds = _stamps.Dequeue().Seconds;
        if (seconds < 0) return;
        Span<byte> line = stackalloc byte[AofAnnotation.LengthMax];
        batch.Add(line[..AofAnnotation.FormatTimestamp(seconds, line)]);
    }

    private void AddSelect(AofBatch batch)
    {
        Span<byte> select = stackalloc byte[AofSelect.LengthMax];
        batch.Add(select[..AofSelect.Format(_select, select)]);
        _select = -1;
    }

    private void AddMark(AofBatch batch)
    {
        var here = Here;
        if (here == _marked) return;
        _marked = here;
        batch.SetMark(here.Id, here.Offset, here.Database, here.IsReplica);
    }
}
