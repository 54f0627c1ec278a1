using Redouble.Core.Memory;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <summary>Pending entries in the order of their ids: all of a group, or those of one consumer. About 20 bytes each, beside the entries themselves.</summary>
internal sealed class PendingTree(NativeHeap heap)
{
    private CountedTreeRoot _root;

    private readonly struct FirstFrom(StreamId id) : ITreeProbe
    {
        private readonly StreamId _id = id;

        public bool LiesAfter(in TreeEntry entry) => entry.Key < _id.Ms || (entry.Key == _id.Ms && PendingEntry.At(entry.Item).Id.Sequence < _id.Sequence);
    }

    private readonly struct Freer(NativeHeap heap) : ITreeVisitor
    {
        public void Visit(in TreeEntry entry) => PendingEntry.At(entry.Item).Free(heap);
    }

    public long Count => _root.Count;

    /// <summary>Bytes of the tree, without the entries.</summary>
    public long Bytes => _root.Bytes;

    private CountedTree<OrderedEntries> Tree => new(ref _root, heap);

    public PendingCursor From(StreamId id) => new(Tree.Seek(new FirstFrom(id)));

    public bool TryFind(StreamId id, out PendingEntry entry)
    {
        entry = default;
        var cursor = Tree.Seek(new FirstFrom(id));
        if (cursor.AtEnd) return false;
        entry = PendingEntry.At(cursor.Item);
        return entry.Id == id;
    }

    /// <summary>The first entry; there must be one.</summary>
    public PendingEntry First() => Tree.TryGetEdge(first: true, out var entry) ? PendingEntry.At(entry.Item) : throw new InvalidOperationException("Nothing is pending.");

    /// <summary>The last entry; there must be one.</summary>
    public PendingEntry Last() => PendingEntry.At(Tree.Last().Item);

    /// <summary>Adds an entry whose id is not there.</summary>
    public void Insert(PendingEntry entry)
    {
        var tree = Tree;
        var cursor = tree.Seek(new FirstFrom(entry.Id));
        tree.Insert(ref cursor, new TreeEntry(entry.Id.Ms, entry.Place));
    }

    /// <summary>Takes out an entry that is there. It is not freed.</summary>
    public void Remove(PendingEntry entry)
    {
        var tree = Tree;
        var cursor = tree.Seek(new FirstFrom(entry.Id));
        tree.Remove(ref cursor);
    }

    /// <summary>Frees a tree that is not used any more, in slices, and the entries with it.</summary>
    public bool FreeWithEntries(ref int budget)
    {
        var freer = new Freer(heap);
        return Tree.FreeSlice(ref budget, ref freer);
    }

    /// <summary>Frees a tree that is not used any more, in slices, and leaves the entries.</summary>
    public bool Free(ref int budget) => Tree.FreeSlice(ref budget);
}
