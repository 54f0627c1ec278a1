using Redouble.Protocol.Requests;

namespace Redouble.Protocol.Replies;

/// <summary>
/// Reads replies into <see cref="RespValue"/> trees, in two steps: <see cref="ReplyScanner"/> finds a whole frame, then the frame is
/// taken apart. Nothing is allocated for a frame that has not arrived, however much it announces. For tests and for the few replies a
/// replica reads by value; not for hot paths.
/// </summary>
public struct ReplyReader
{
    /// <summary>Deepest nesting of values.</summary>
    public const int DepthMax = 64;

    private ReplyScanner _scanner;

    /// <summary>After Incomplete: the smallest window, in bytes, in which reading gets any further.</summary>
    public readonly int BytesNeeded => _scanner.BytesNeeded;

    /// <summary>Reads the reply at the start of <paramref name="window"/>, whose length is <paramref name="consumed"/>.</summary>
    public ReplyStatus TryRead(ReadOnlySpan<byte> window, out RespValue value, out int consumed)
    {
        value = RespValue.None;
        var status = _scanner.Scan(window, out consumed);
        if (status != ReplyStatus.Complete) return status;
        var position = 0;
        if (TryTake(window[..consumed], ref position, DepthMax, out value)) return ReplyStatus.Complete;
        consumed = 0;
        return ReplyStatus.Error;
    }

    // The scanner has vouched for the whole frame: every line ends, every count and payload is there.
    private static bool TryTake(ReadOnlySpan<byte> frame, ref int position, int depth, out RespValue value)
    {
        value = RespValue.None;
        if (depth == 0) return false;
        var type = (RespType)frame[position];
        var lineEnd = position + frame[position..].IndexOf((byte)'\r');
        var text = frame[(position + 1)..lineEnd];
        position = lineEnd + 2;
        if (type is RespType.SimpleString or RespType.Error or RespType.Double or RespType.BigNumber or RespType.Boolean or RespType.Null)
        {
            value = new RespValue(type, text.ToArray());
            return true;
        }

        if (!StrictInteger.TryParse(text, out var number)) return false;
        switch (type)
        {
            case RespType.Integer:
                value = new RespValue(number);
                return true;
            case RespType.Bulk or RespType.Verbatim or RespType.BulkError:
                value = new RespValue(type, number < 0 ? null : frame.Slice(position, (int)number).ToArray());
                position += number < 0 ? 0 : (int)number + 2;
                return true;
            case RespType.Array when number < 0:
                value = new RespValue(type, (RespValue[]?)null);
                return true;
        }

        var items = new RespValue[type is RespType.Map or RespType.Attribute ? number * 2 : number];
        for (var i = 0; i < items.Length; i++)
        {
            if (!TryTake(frame, ref position, depth - 1, out items[i])) return false;
        }

        if (type != RespType.Attribute)
        {
            value = new RespValue(type, items);
            return true;
        }

        if (!TryTake(frame, ref position, depth - 1, out var about)) return false;
        value = about.WithAttributes(items);
        return true;
    }
}
