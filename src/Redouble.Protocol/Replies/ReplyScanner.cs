using Redouble.Protocol.Requests;

namespace Redouble.Protocol.Replies;

/// <summary>Outcome of looking for a frame or a line.</summary>
public enum ReplyStatus : byte
{
    /// <summary>It is there.</summary>
    Complete,

    /// <summary>It goes on after the window.</summary>
    Incomplete,

    /// <summary>The bytes are no RESP, or beyond the limits.</summary>
    Error,
}

/// <summary>
/// Finds the end of one RESP2 or RESP3 frame, however nested, without building it: a frame is whole when no announced value is missing,
/// so one counter replaces a stack. Remembers its place when the window ends, and so looks at each byte once. Streamed aggregates and
/// strings of RESP3 (<c>*?</c>), which no server of the Redis family sends, are errors.
/// </summary>
public struct ReplyScanner
{
    private const int LineLengthMax = 64 * 1024;

    private int _position;
    private int _searched;
    private long _missing; // values announced and not seen; 0 at the start of a frame

    /// <summary>After Incomplete: the smallest window, in bytes, in which scanning gets any further.</summary>
    public int BytesNeeded { get; private set; }

    /// <summary>
    /// Scans the frame at the start of <paramref name="window"/>, going on where the last Incomplete stopped; bulks are at most
    /// <paramref name="bulkLengthMax"/> bytes. <paramref name="consumed"/> is the frame's length, 0 unless Complete.
    /// </summary>
    public ReplyStatus Scan(ReadOnlySpan<byte> window, out int consumed, long bulkLengthMax = ScanLimits.DefaultBulkLengthMax)
    {
        consumed = 0;
        if (_missing == 0) _missing = 1;
        while (_missing > 0)
        {
            var status = ReplyLine.TryFind(window, _position, ref _searched, LineLengthMax, out var line, out var next);
            if (status != ReplyStatus.Complete)
            {
                BytesNeeded = window.Length + 1;
                return status;
            }

            var payload = -1L;
            var added = 0L;
            if (line.Length == 0 || !TryHeader(line, bulkLengthMax, ref payload, ref added)) return ReplyStatus.Error;
            if (payload >= 0)
            {
                if (payload > int.MaxValue - next - 2) return ReplyStatus.Error;
                var end = next + (int)payload;
                if (end + 2 > window.Length)
                {
                    BytesNeeded = end + 2;
                    _searched = _position; // the header is short: read it again
                    return ReplyStatus.Incomplete;
                }

                if (window[end] != '\r' || window[end + 1] != '\n') return ReplyStatus.Error;
                next = end + 2;
            }

            _position = _searched = next;
            _missing += added - 1;
        }

        consumed = _position;
        Reset();
        return ReplyStatus.Complete;
    }

    /// <summary>Forgets a partial frame.</summary>
    public void Reset()
    {
        _position = _searched = 0;
        _missing = 0;
    }

    // payload: bytes that follow the line, -1 for none; added: values that follow.
    private static bool TryHeader(ReadOnlySpan<byte> line, long bulkLengthMax, ref long payload, ref long added)
    {
        var text = line[1..];
        switch ((RespType)line[0])
        {
            case RespType.SimpleString or RespType.Error or RespType.Double or RespType.BigNumber:
                return true;
            case RespType.Integer:
                return StrictInteger.TryParse(text, out _);
            case RespType.Null:
                return text.IsEmpty;
            case RespType.Boolean:
                return text is [(byte)'t' or (byte)'f'];
            case RespType.Bulk:
                return StrictInteger.TryParse(text, out payload) && payload >= -1 && payload <= bulkLengthMax;
            case RespType.Verbatim:
                return StrictInteger.TryParse(text, out payload) && payload >= 4 && payload <= bulkLengthMax;
            case RespType.BulkError:
                return StrictInteger.TryParse(text, out payload) && payload >= 0 && payload <= bulkLengthMax;
            case RespType.Array:
                var sound = StrictInteger.TryParse(text, out added) && added is >= -1 and <= int.MaxValue;
                added = Math.Max(added, 0);
                return sound;
            case RespType.Set or RespType.Push:
                return StrictInteger.TryParse(text, out added) && added is >= 0 and <= int.MaxValue;
            case RespType.Map or RespType.Attribute:
                var pairs = StrictInteger.TryParse(text, out added) && added is >= 0 and <= int.MaxValue;
                added *= 2;
                if (line[0] == (byte)RespType.Attribute) added++; // it is no value itself
                return pairs;
            default:
                return false;
        }
    }
}
