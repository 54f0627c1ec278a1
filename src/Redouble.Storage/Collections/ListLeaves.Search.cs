using Redouble.Core.Text;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <content>Insertion and removal in the middle: elements that are found by their value.</content>
internal readonly ref partial struct ListLeaves
{
    /// <summary>Whether an element equals the value.</summary>
    public bool Contains(ReadOnlySpan<byte> value)
    {
        for (var cursor = _tree.First(); !cursor.AtEnd; cursor.MoveNext())
        {
            var leaf = ListLeaf.At(cursor.Item);
            if (leaf.IsPlain ? leaf.Content.SequenceEqual(value) : Listpack.Find(leaf.Content, Listpack.HeaderSize, value, skip: 0) >= 0) return true;
        }

        return false;
    }

    /// <summary>Inserts an element before or behind the first one that equals the pivot; false when none does.</summary>
    public bool InsertBeside(ReadOnlySpan<byte> pivot, ReadOnlySpan<byte> value, bool before)
    {
        for (var cursor = _tree.First(); !cursor.AtEnd; cursor.MoveNext())
        {
            var leaf = ListLeaf.At(cursor.Item);
            var content = leaf.Content;
            if (leaf.IsPlain)
            {
                if (!content.SequenceEqual(pivot)) continue;
                Insert(ref cursor, before ? 0 : leaf.Length, value);
                return true;
            }

            var at = Listpack.Find(content, Listpack.HeaderSize, pivot, skip: 0);
            if (at < 0) continue;
            Insert(ref cursor, before ? at : Listpack.After(content, at), value);
            return true;
        }

        return false;
    }

    /// <summary>Removes at most <paramref name="countMax"/> elements that equal the value, from one end on; returns how many.</summary>
    public long RemoveEqual(ReadOnlySpan<byte> value, long countMax, bool fromTail)
    {
        long removed = 0;
        var cursor = fromTail ? _tree.Last() : _tree.First();
        var more = !cursor.AtEnd;
        while (more && removed < countMax)
        {
            var here = RemoveEqualWithin(ref cursor, value, countMax - removed, fromTail);
            removed += here;
            var entries = (long)cursor.Key - here;
            if (here > 0 && entries == 0)
            {
                RemoveLeaf(ref cursor); // the cursor is at the following one then
                more = fromTail ? _tree.Count > 0 && cursor.MovePrevious() : !cursor.AtEnd;
                continue;
            }

            if (here > 0)
            {
                _tree.SetKey(ref cursor, (ulong)entries);
                Settle(ref cursor, fromTail);
            }

            more = fromTail ? cursor.MovePrevious() : cursor.MoveNext();
        }

        return removed;
    }

    /// <summary>The same in a listpack, which is opened for writing when the first one has been found.</summary>
    internal static long RemoveEqual(Span<byte> listpack, int first, ReadOnlySpan<byte> value, long countMax, bool fromTail, out int size)
    {
        long removed = 0;
        size = Listpack.Size(listpack);
        if (!fromTail)
        {
            for (var at = first; at >= 0 && removed < countMax; at = Listpack.Find(listpack, at, value, skip: 0))
            {
                size = Listpack.Delete(listpack, at, 1);
                removed++;
            }

            return removed;
        }

        for (var at = first; at >= 0 && removed < countMax; at = FindBackwards(listpack, at, value))
        {
            size = Listpack.Delete(listpack, at, 1);
            removed++;
        }

        return removed;
    }

    /// <summary>Offset of the last entry before <paramref name="before"/> that equals the value, or -1.</summary>
    internal static int FindBackwards(ReadOnlySpan<byte> listpack, int before, ReadOnlySpan<byte> value)
    {
        var isInteger = Integers.TryParse(value, out var number);
        for (var at = Listpack.Previous(listpack, before); at >= 0; at = Listpack.Previous(listpack, at))
        {
            var entry = Listpack.Get(listpack, at);
            if (entry.IsInteger ? isInteger && entry.Integer == number : entry.Bytes.SequenceEqual(value)) return at;
        }

        return -1;
    }

    // Entries of the leaf at the cursor; the tree's count of them is left to the caller, and so is a leaf without any.
    private long RemoveEqualWithin(scoped ref TreeCursor cursor, ReadOnlySpan<byte> value, long countMax, bool fromTail)
    {
        var leaf = ListLeaf.At(cursor.Item);
        var content = leaf.Content;
        if (leaf.IsPlain) return content.SequenceEqual(value) ? 1 : 0;
        var first = fromTail ? FindBackwards(content, Listpack.End(content), value) : Listpack.Find(content, Listpack.HeaderSize, value, skip: 0);
        if (first < 0) return 0;
        leaf = Open(ref cursor, 0, inFront: false);
        var removed = RemoveEqual(leaf.Content, first, value, countMax, fromTail, out var size);
        leaf.Length = size;
        return removed;
    }

    // A leaf that has lost entries: together with the one that was visited before it, or alone, in less room. The cursor stays at it.
    private void Settle(scoped ref TreeCursor cursor, bool fromTail)
    {
        if (fromTail)
        {
            if (!TryMergeWithNext(ref cursor)) Fit(ref cursor);
            return;
        }

        if (cursor.MovePrevious())
        {
            if (TryMergeWithNext(ref cursor)) return;
            cursor.MoveNext();
        }

        Fit(ref cursor);
    }

    /// <summary>
    /// Inserts an element at an offset in the leaf at the cursor: before one of its entries, or at its end; of a plain one before (0) or behind it.
    /// The cursor is of no use then.
    /// </summary>
    private void Insert(scoped ref TreeCursor cursor, int offset, ReadOnlySpan<byte> value)
    {
        var entrySize = Listpack.EncodedSize(value);
        var leaf = ListLeaf.At(cursor.Item);
        if (Accepts(cursor.Entry, entrySize))
        {
            leaf = Open(ref cursor, entrySize, inFront: false);
            leaf.Length = Listpack.Insert(leaf.Room, offset, value);
            _tree.SetKey(ref cursor, cursor.Key + 1);
            return;
        }

        var first = leaf.IsPlain ? 0 : Listpack.HeaderSize;
        var end = leaf.IsPlain ? leaf.Length : Listpack.End(leaf.Content);
        if (offset > first && offset < end)
        {
            Split(ref cursor, offset);
            offset = end;
            if (Accepts(cursor.Entry, entrySize))
            {
                AddAtEnd(ref cursor, value, entrySize, atHead: false);
                TryMergeWithNext(ref cursor);
                return;
            }
        }

        if (offset == first && cursor.MovePrevious())
        {
            if (Accepts(cursor.Entry, entrySize))
            {
                AddAtEnd(ref cursor, value, entrySize, atHead: false);
                return;
            }

            cursor.MoveNext();
        }

        if (offset != first && cursor.MoveNext() && Accepts(cursor.Entry, entrySize))
        {
            AddAtEnd(ref cursor, value, entrySize, atHead: true);
            return;
        }

        InsertLeaf(ref cursor, value, entrySize, inFront: offset == first);
    }

    // The entries from an offset on become the following leaf. The cursor stays at the first of the two, with at least one entry in each.
    private void Split(scoped ref TreeCursor cursor, int offset)
    {
        var leaf = ListLeaf.At(cursor.Item);
        var before = Listpack.CountBefore(leaf.Content, offset);
        var behind = (int)cursor.Key - before;
        var second = Store.Create(Listpack.Empty, Listpack.EmptySize + leaf.Length - 1 - offset, _keyspace.Epoch, roomInFront: false);
        second.Length = Listpack.AppendRun(second.Room, leaf.Content[offset..^1], behind);
        leaf = Open(ref cursor, 0, inFront: false);
        leaf.Length = Listpack.CutTail(leaf.Content, offset, before);
        _tree.SetKey(ref cursor, (ulong)before);
        Fit(ref cursor);
        cursor.MoveNext();
        _tree.Insert(ref cursor, new TreeEntry((ulong)behind, second.Place));
        cursor.MovePrevious();
    }

    // Makes the leaf at the cursor and the following one a single one, if that leaves it some room. The cursor stays.
    private bool TryMergeWithNext(scoped ref TreeCursor cursor)
    {
        var entries = cursor.Key;
        var first = ListLeaf.At(cursor.Item);
        if (!cursor.MoveNext())
        {
            cursor.MovePrevious();
            return false;
        }

        var second = ListLeaf.At(cursor.Item);
        var total = entries + cursor.Key;
        var added = second.Length - Listpack.EmptySize;
        var fits = !first.IsPlain && !second.IsPlain && first.Length + added <= BytesMax - BytesMax / 4 && total <= (ulong)(EntriesMax - EntriesMax / 4);
        if (!fits)
        {
            cursor.MovePrevious();
            return false;
        }

        var secondEntries = (int)cursor.Key;
        _tree.Remove(ref cursor);
        if (cursor.AtEnd) cursor = _tree.Last();
        else cursor.MovePrevious();
        first = Open(ref cursor, added, inFront: false);
        first.Length = Listpack.AppendRun(first.Room, second.Content[Listpack.HeaderSize..^1], secondEntries);
        _tree.SetKey(ref cursor, total);
        Release(second);
        return true;
    }
}
