using Redouble.Core.Text;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Generic;

/// <summary>
/// HSCAN, SSCAN and ZSCAN: a packed value comes whole in one call, a large one by cursor as SCAN goes through keys.
/// </summary>
internal static class ElementScan
{
    private const long DefaultCount = 10;
    private const long BucketsPerElement = 10;

    /// <summary>Runs the command whose key is argument 1 and whose cursor is argument 2.</summary>
    public static void Run(CommandContext c, ValueType type)
    {
        if (!Integers.TryParseScanCursor(c[2], out var cursor))
        {
            c.Reply.Error("ERR invalid cursor"u8);
            return;
        }

        if (!Lookups.TryRead(c, 1, type, out var record)) return;
        if (record.IsMissing)
        {
            c.Reply.ArrayHeader(2);
            c.Reply.Bulk("0"u8);
            c.Reply.ArrayHeader(0);
            return;
        }

        if (TryParse(c, type, out var pattern, out var count, out var withoutValues)) Write(c, record, cursor, count, new Filter(pattern, withoutValues));
    }

    private static void Write(CommandContext c, ReadRecord record, ulong cursor, long count, in Filter filter)
    {
        c.Reply.ArrayHeader(2);
        var cursorHeader = c.Reply.BeginDeferred();
        var elementsHeader = c.Reply.BeginDeferred();
        var found = 0L;
        var elements = new ElementCursor(c.Keyspace, record);
        if (record.IsPacked)
        {
            while (elements.MoveNext()) found += WriteElement(c, record.Type, elements, filter);
            cursor = 0;
        }
        else
        {
            var buckets = count <= long.MaxValue / BucketsPerElement ? count * BucketsPerElement : long.MaxValue;
            do
            {
                cursor = elements.EnterBucket(cursor);
                while (elements.MoveInBucket()) found += WriteElement(c, record.Type, elements, filter);
            }
            while (cursor != 0 && buckets-- > 0 && found < count);
        }

        elements.Dispose();
        c.Reply.EndArray(elementsHeader, found);
        ScanCommands.EndCursor(c.Reply, cursorHeader, cursor);
    }

    private static int WriteElement(CommandContext c, ValueType type, in ElementCursor elements, in Filter filter)
    {
        if (type == ValueType.Hash && c.Keyspace.IsFieldExpired(elements.ExpireAtMs)) return 0;
        if (filter.Pattern > 0)
        {
            Span<byte> digits = stackalloc byte[Integers.MaxLength];
            if (!Glob.IsMatch(c[filter.Pattern], elements.Name.Text(digits))) return 0;
        }

        c.Reply.Bulk(elements.Name);
        if (type == ValueType.Set || filter.WithoutValues) return 1;
        if (type == ValueType.Hash) c.Reply.Bulk(elements.Value);
        else c.Reply.BulkFromDouble(elements.Score);
        return 2;
    }

    private static bool TryParse(CommandContext c, ValueType type, out int pattern, out long count, out bool withoutValues)
    {
        pattern = 0;
        count = DefaultCount;
        withoutValues = false;
        for (var i = 3; i < c.Count;)
        {
            var hasNext = i + 1 < c.Count;
            if (hasNext && c.Is(i, "count"u8))
            {
                if (!c.TryInteger(i + 1, out count)) return false;
                if (count < 1) break;
                i += 2;
            }
            else if (hasNext && c.Is(i, "match"u8))
            {
                pattern = c[i + 1] is [(byte)'*'] ? 0 : i + 1;
                i += 2;
            }
            else if (type == ValueType.Hash && c.Is(i, "novalues"u8))
            {
                withoutValues = true;
                i++;
            }
            else
            {
                count = 0;
                break;
            }
        }

        if (count >= 1) return true;
        c.SyntaxError();
        return false;
    }

    private readonly record struct Filter(int Pattern, bool WithoutValues);
}
