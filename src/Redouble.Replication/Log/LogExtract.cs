using System.Globalization;
using System.Text;

namespace Redouble.Replication.Log;

/// <summary>
/// The commands of a stretch of the log, as somebody would replay them: whole execution units, behind a SELECT of the database that the first of them is
/// in, without what is no data (PING, REPLCONF, and messages that were published: who listened has heard them).
/// <code>
///   log      ···freed···│ edge ─ unit ─ unit ─┤from      unit ─ PING ─ unit ─ unit ┤to  PING ···
///                                             ╰── Start ─ · · · · · · · · · · · ·╯
///   from is not held:   ┤from ··│ ─ ─ ┤edge = Start                                     MissingBytes = Start - from
/// </code>
/// Read it in pieces of any size; it holds what it has not read, through two cursors: one that looks at a command as a whole, and one that copies it.
/// </summary>
public sealed class LogExtract : IDisposable
{
    private const long WalkMax = 256 * 1024; // bytes of the log per call: messages take longer to pass over than data to copy

    private readonly long _to;
    private LogCursor? _scan, _copy;
    private LogFrameReader? _reader;
    private byte[] _head = [];
    private int _headRead;
    private long _pending; // bytes of the present command that are not copied yet

    /// <param name="log">The log.</param>
    /// <param name="from">First offset wanted.</param>
    /// <param name="to">Last one, the end of a unit.</param>
    public LogExtract(ReplicationLog log, long from, long to)
    {
        _to = to;
        Start = to + 1;
        MissingBytes = Math.Max(0, Start - from);
        if (from > to || log.EdgeFor(from) is not { } edge || edge.Offset > to) return;
        if (edge.Offset < from && !Locate(log, ref edge, from)) return;
        Start = edge.Offset;
        MissingBytes = Math.Max(0, Start - from);
        var database = Math.Max(edge.Database, 0).ToString(CultureInfo.InvariantCulture);
        _head = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"*2\r\n$6\r\nSELECT\r\n${database.Length}\r\n{database}\r\n"));
        _scan = log.TryOpenCursor(Start)!;
        _copy = log.TryOpenCursor(Start)!;
        _reader = new LogFrameReader(_scan);
    }

    /// <summary>Offset of the first byte that is read; behind the last one wanted when nothing is held.</summary>
    public long Start { get; private set; }

    /// <summary>Bytes wanted that are not held any more.</summary>
    public long MissingBytes { get; private set; }

    /// <summary>Commands with an effect among those read so far.</summary>
    public long Commands { get; private set; }

    /// <summary>Where the log turned out to hold no command, or was closed; -1 while all is well.</summary>
    public long BrokenAt { get; private set; } = -1;

    /// <summary>Whether all is read, or it broke.</summary>
    public bool IsAtEnd => BrokenAt >= 0 || (_headRead == _head.Length && _pending == 0 && (_reader == null || (_scan!.IsOpen && _reader.End > _to)));

    /// <summary>
    /// Fills <paramref name="destination"/>; returns how much, which is less, or nothing, at the end, where it broke, and where a long stretch of the log is
    /// to be passed over: then it goes on with the next call.
    /// </summary>
    public int Read(Span<byte> destination)
    {
        var filled = Math.Min(destination.Length, _head.Length - _headRead);
        _head.AsSpan(_headRead, filled).CopyTo(destination);
        _headRead += filled;
        if (_pending > 0 && !_copy!.IsOpen) (_pending, BrokenAt) = (0, _reader!.Start);
        var walkEnd = _scan is { IsOpen: true } ? _reader!.End + WalkMax : 0;
        while (filled < destination.Length && (_pending > 0 || TryNext(walkEnd)))
        {
            var bytes = _copy!.Peek();
            var part = (int)Math.Min(Math.Min(bytes.Length, _pending), destination.Length - filled);
            bytes[..part].CopyTo(destination[filled..]);
            _copy.Advance(part);
            _pending -= part;
            filled += part;
        }

        return BrokenAt < 0 ? filled : 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _scan?.Close();
        _copy?.Close();
        _scan = _copy = null;
        _reader = null;
        _head = [];
        _headRead = 0;
        _pending = 0;
    }

    // The unit that holds the offset, from an edge before it.
    private bool Locate(ReplicationLog log, ref LogEdge edge, long from)
    {
        var cursor = log.TryOpenCursor(edge.Offset)!;
        var reader = new LogFrameReader(cursor);
        var database = edge.Database;
        var isInUnit = false;
        while (edge.Offset < from && reader.TryRead())
        {
            if (reader.Count == 1 && reader.Is("multi"u8)) isInUnit = true;
            else if (reader.Count == 1 && reader.Is("exec"u8)) isInUnit = false;
            else if (reader.IsSelect(out var selected)) database = selected;
            if (isInUnit) continue;
            if (reader.End > from)
            {
                cursor.Close();
                return true;
            }

            edge = new LogEdge(reader.End, database);
        }

        cursor.Close();
        if (edge.Offset < from) BrokenAt = reader.Start;
        return edge.Offset >= from;
    }

    private bool TryNext(long walkEnd)
    {
        while (_scan is { IsOpen: true } && _copy!.IsOpen && BrokenAt < 0)
        {
            if (_reader!.End > _to || _reader.End >= walkEnd) return false;
            if (!_reader.TryRead() || _reader.End > _to + 1)
            {
                BrokenAt = _reader.Start;
                return false;
            }

            var length = _reader.End - _reader.Start;
            if (!IsKept())
            {
                _copy.Advance(length);
                continue;
            }

            _pending = length;
            return true;
        }

        if (BrokenAt < 0 && _scan is { IsOpen: false }) BrokenAt = _to + 1;
        return false;
    }

    private bool IsKept()
    {
        var reader = _reader!;
        if (!reader.HasEffect) return false;
        var isFrame = reader.Count == 1 && (reader.Is("multi"u8) || reader.Is("exec"u8));
        if (!isFrame && !reader.IsSelect(out _)) Commands++;
        return true;
    }
}
