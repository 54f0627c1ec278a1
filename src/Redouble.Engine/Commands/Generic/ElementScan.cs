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

        if (ScanOptions.TryParse(c, 3, hasType: false, hasNoValues: type == ValueType.Hash, out var options)) Write(c, record, cursor, options);
    }

    private static void Write(CommandContext c, ReadRecord record, ulong cursor, in ScanOptions options)
    {
        c.Reply.ArrayHeader(2);
        var cursorHeader = c.Reply.BeginDeferred();
        var elementsHeader = c.Reply.BeginDeferred();
        var found = 0L;
        var elements = new ElementCursor(c.Keyspace, record);
        if (record.IsPacked)
        {
            while (elements.MoveNext()) found += WriteElement(c, record.Type, elements, options);
            cursor = 0;
        }
        else
        {
            var buckets = options.Buckets;
            var visited = 0L; // elements, not what is written of them
            do
            {
                cursor = elements.EnterBucket(cursor);
                for (; elements.MoveInBucket(); visited++) found += WriteElement(c, record.Type, elements, options);
            }
            while (cursor != 0 && buckets-- > 0 && visited < options.Count);
        }

        elements.Dispose();
        c.Reply.EndArray(elementsHeader, found);
        ScanCommands.EndCursor(c.Reply, cursorHeader, cursor);
    }

    private static int WriteElement(CommandContext c, ValueType type, in ElementCursor elements, in ScanOptions options)
    {
        if (type == ValueType.Hash && c.Keyspace.IsFieldExpired(elements.ExpireAtMs)) return 0;
        if (options.Pattern > 0)
        {
            Span<byte> digits = stackalloc byte[Integers.MaxLength];
            if (!Glob.IsMatch(c[options.Pattern], elements.Name.Text(digits))) return 0;
        }

        c.Reply.Bulk(elements.Name);
        if (type == ValueType.Set || options.WithoutValues) return 1;
        if (type == ValueType.Hash) c.Reply.Bulk(elements.Value);
        else c.Reply.BulkFromDouble(elements.Score);
        return 2;
    }
}
