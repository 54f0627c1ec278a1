using Redouble.Core.Text;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <content>New entries.</content>
internal readonly ref partial struct StreamNodes
{
    /// <summary>No node gets longer than that by entries that are shorter, whatever the configuration says.</summary>
    private const int NodeBytesMax = 1 << 30;

    private readonly struct CopiedFields(byte[][] words) : IStreamFields
    {
        public int Count => words.Length;

        public ReadOnlySpan<byte> this[int index] => words[index];
    }

    // By how much the two counts of the master may grow.
    private const int CountGrowthMax = 16;

    // Flags, id, number of fields, length: all integers.
    private const int EntryNumbersMax = 2 + 10 + 10 + 6 + 6;

    // A stream's first node grows from here by doubling; later ones get the size of the one before.
    private const int FirstCapacity = 256;

    private int PreallocatedMax
    {
        get
        {
            const int preallocatedMax = 4096;
            var limit = _keyspace.Limits.StreamNodeMaxBytes;
            return StreamId.StoredSize + (int)(limit > 0 ? Math.Min(limit, preallocatedMax) : preallocatedMax);
        }
    }

    /// <summary>Adds an entry at the end. Its id is greater than all before.</summary>
    public void Append<TFields>(StreamId id, scoped in TFields fields)
        where TFields : struct, IStreamFields
    {
        long bytes = 0;
        var room = EntryNumbersMax + CountGrowthMax;
        for (var i = 0; i < fields.Count; i++)
        {
            var length = fields[i].Length;
            bytes += length;
            room = checked(room + ListpackEntry.SizeForString(length)); // an integer takes less
        }

        var cursor = LastNodeBefore(id);
        if (cursor.AtEnd || IsFull(ListLeaf.At(cursor.Item), bytes)) AppendToNew(ref cursor, id, fields, room);
        else AppendTo(Open(ref cursor, room), id, fields);
        ref var state = ref State;
        state.Length++;
        state.EntriesAdded++;
        state.LastId = id;
        if (state.Length == 1) state.FirstId = id;
    }

    // The last node, when those have gone that begin with a greater id: all in them is deleted, and they would lie behind what is younger.
    private TreeCursor LastNodeBefore(StreamId id)
    {
        var cursor = _tree.Last();
        while (!cursor.AtEnd && ListLeaf.At(cursor.Item) is var leaf && StreamNode.IdOf(leaf) >= id && StreamNode.CountOf(StreamNode.ListpackOf(leaf)) == 0)
        {
            RemoveNode(ref cursor);
            cursor = _tree.Last();
        }

        return cursor;
    }

    // Redis adds to a node in which all is deleted even if its id is greater. Here such a node, the last one, is replaced by one of its own entries.
    private void AppendAgain(ReadOnlySpan<byte> node)
    {
        var last = _tree.Last();
        RemoveNode(ref last);
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        for (var entries = StreamCursor.OfNode(node); entries.MoveNext();)
        {
            var words = new byte[2 * entries.FieldCount][];
            for (var i = 0; i < words.Length; i += 2)
            {
                entries.ReadField(out var name, out var value);
                words[i] = name.Text(digits).ToArray();
                words[i + 1] = value.Text(digits).ToArray();
            }

            Append(entries.Id, new CopiedFields(words));
        }
    }

    private static bool HasFields<TFields>(ReadOnlySpan<byte> listpack, int at, scoped in TFields fields)
        where TFields : struct, IStreamFields
    {
        if (Listpack.Get(listpack, at).Integer != fields.Count / 2) return false;
        for (var i = 0; i < fields.Count; i += 2)
        {
            at = Listpack.After(listpack, at);
            if (!Listpack.Get(listpack, at).Equals(fields[i])) return false;
        }

        return true;
    }

    private static void AppendTo<TFields>(ListLeaf leaf, StreamId id, scoped in TFields fields)
        where TFields : struct, IStreamFields
    {
        var room = StreamNode.RoomOf(leaf);
        Listpack.Replace(room, Listpack.HeaderSize, StreamNode.CountOf(room) + 1);
        AppendEntry(room, StreamNode.IdOf(leaf), id, fields, HasFields(room, StreamNode.FieldsAt(room), fields));
        StreamNode.Fit(leaf);
    }

    private static void AppendEntry<TFields>(Span<byte> room, StreamId nodeId, StreamId id, scoped in TFields fields, bool isSame)
        where TFields : struct, IStreamFields
    {
        Listpack.Append(room, isSame ? StreamNode.SameFields : 0);
        Listpack.Append(room, unchecked((long)(id.Ms - nodeId.Ms)));
        Listpack.Append(room, unchecked((long)(id.Sequence - nodeId.Sequence)));
        if (!isSame) Listpack.Append(room, fields.Count / 2);
        for (var i = isSame ? 1 : 0; i < fields.Count; i += isSame ? 2 : 1) Listpack.Append(room, fields[i]);
        Listpack.Append(room, isSame ? (fields.Count / 2) + 3 : fields.Count + 4);
    }

    // Redis' rule, which counts the bytes of names that will not be stored, too.
    private bool IsFull(ListLeaf leaf, long bytes)
    {
        var limits = _keyspace.Limits;
        var bytesMax = limits.StreamNodeMaxBytes;
        if (bytesMax is 0 or > NodeBytesMax) bytesMax = NodeBytesMax;
        var listpack = StreamNode.ListpackOf(leaf);
        if (listpack.Length + bytes >= bytesMax) return true;
        return limits.StreamNodeMaxEntries > 0 && StreamNode.CountOf(listpack) + StreamNode.DeletedOf(listpack) >= limits.StreamNodeMaxEntries;
    }

    private void AppendToNew<TFields>(scoped ref TreeCursor last, StreamId id, scoped in TFields fields, int room)
        where TFields : struct, IStreamFields
    {
        var capacity = FirstCapacity;
        if (!last.AtEnd)
        {
            const int slackShare = 16;
            var before = ListLeaf.At(last.Item);
            capacity = Math.Min(PreallocatedMax, before.Length + before.Length / slackShare);
            if (before.Capacity - before.Length > before.Capacity / 8 && !IsHeld(before)) Exchange(ref last, before, before.Length);
        }

        Span<byte> head = stackalloc byte[StreamId.StoredSize + Listpack.EmptySize];
        id.Write(head);
        Listpack.WriteEmpty(head[StreamId.StoredSize..]);
        var leaf = Store.Create(head, Math.Max(capacity, head.Length + room), _keyspace.Epoch, roomInFront: false);
        var listpack = StreamNode.RoomOf(leaf);
        Listpack.Append(listpack, 1);
        Listpack.Append(listpack, 0);
        Listpack.Append(listpack, fields.Count / 2);
        for (var i = 0; i < fields.Count; i += 2) Listpack.Append(listpack, fields[i]);
        Listpack.Append(listpack, 0);
        AppendEntry(listpack, id, id, fields, isSame: true);
        StreamNode.Fit(leaf);
        _tree.Append(new TreeEntry(id.Ms, leaf.Place));
    }
}
