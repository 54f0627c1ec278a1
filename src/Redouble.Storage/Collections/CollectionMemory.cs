using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <summary>What a value takes of the heap.</summary>
public static class CollectionMemory
{
    /// <summary>
    /// Bytes of a record with its value. The elements of a large collection are told from the average of the first ones, its tables and trees exactly.
    /// </summary>
    /// <param name="keyspace">The keyspace.</param>
    /// <param name="record">The record.</param>
    /// <param name="samples">Elements to look at; 0 for all.</param>
    public static long Of(Keyspace.Keyspace keyspace, ReadRecord record, long samples)
    {
        var bytes = record.MemoryBytes;
        if (record.IsPacked) return bytes;
        var collection = record.Record.Collection;
        bytes += collection.OwnBytes;
        if (!collection.HasElements) return bytes + keyspace.Store.Collections.GroupBytes(collection) + LeavesOf(keyspace, collection, samples);
        return bytes + collection.Elements(keyspace.Home).Bytes + ElementsOf(keyspace, record, samples);
    }

    private static long ElementsOf(Keyspace.Keyspace keyspace, ReadRecord record, long samples)
    {
        long sum = 0, looked = 0;
        using var elements = new ElementCursor(keyspace, record);
        for (; (samples == 0 || looked < samples) && elements.MoveNext(); looked++) sum += new ReadRecord(elements.Record).MemoryBytes;
        return looked == 0 ? 0 : (long)((double)sum / looked * elements.Count);
    }

    private static long LeavesOf(Keyspace.Keyspace keyspace, Collection collection, long samples)
    {
        var tree = collection.Order(keyspace.Home);
        long sum = 0, looked = 0;
        for (var cursor = tree.First(); !cursor.AtEnd && (samples == 0 || looked < samples);)
        {
            sum += ListLeaf.HeaderSize + ListLeaf.At(cursor.Item).Capacity;
            looked++;
            if (!cursor.MoveNext()) break;
        }

        return looked == 0 ? 0 : (long)((double)sum / looked * tree.Count);
    }
}
