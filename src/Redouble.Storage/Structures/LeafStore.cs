using Redouble.Core.Memory;

namespace Redouble.Storage.Structures;

/// <summary>Allocates, copies and frees <see cref="ListLeaf"/>s in one heap. Nothing here knows of trees.</summary>
internal sealed unsafe class LeafStore(NativeHeap heap)
{
    /// <summary>Bytes of all leaves, as the heap counts them.</summary>
    public long Bytes { get; private set; }

    /// <summary>Content that a leaf can have for which at most <paramref name="bytes"/> are allocated.</summary>
    public static int CapacityWithin(int bytes) => (int)NativeHeap.UsableSizeWithin(bytes) - ListLeaf.HeaderSize;

    /// <summary>A leaf with the content of a listpack.</summary>
    /// <param name="listpack">The listpack.</param>
    /// <param name="capacity">Bytes it may grow to without being moved, at least.</param>
    /// <param name="epoch">Its stamp.</param>
    /// <param name="roomInFront">Whether what is free lies in front of the content.</param>
    public ListLeaf Create(ReadOnlySpan<byte> listpack, int capacity, byte epoch, bool roomInFront) =>
        Create(listpack, Math.Max(capacity, listpack.Length), epoch, roomInFront, isPlain: false);

    /// <summary>A leaf with one element that is too long for a listpack.</summary>
    public ListLeaf CreatePlain(ReadOnlySpan<byte> element, byte epoch) => Create(element, element.Length, epoch, roomInFront: false, isPlain: true);

    /// <summary>A leaf of the same content.</summary>
    public ListLeaf Copy(ListLeaf leaf, int capacity, byte epoch, bool roomInFront) =>
        Create(leaf.Content, Math.Max(capacity, leaf.Length), epoch, roomInFront, leaf.IsPlain);

    /// <summary>Moves a leaf out of a slab that is evacuated; one that is elsewhere stays.</summary>
    public ListLeaf Move(ListLeaf leaf)
    {
        if (!NativeHeap.IsEvacuated(leaf.Address)) return leaf;
        var size = (int)NativeHeap.UsableSize(leaf.Address);
        var moved = heap.Allocate(size);
        new Span<byte>(leaf.Address, size).CopyTo(new Span<byte>(moved, size));
        heap.Free(leaf.Address);
        return new ListLeaf(moved);
    }

    /// <summary>Bytes that a leaf takes of the heap.</summary>
    public static long SizeOf(ListLeaf leaf) => NativeHeap.AllocatedSize(leaf.Address);

    public void Free(ListLeaf leaf)
    {
        Bytes -= SizeOf(leaf);
        heap.Free(leaf.Address);
    }

    private ListLeaf Create(ReadOnlySpan<byte> content, int capacity, byte epoch, bool roomInFront, bool isPlain)
    {
        var address = heap.Allocate((long)ListLeaf.HeaderSize + capacity);
        Bytes += NativeHeap.AllocatedSize(address);
        var usable = (int)Math.Min(int.MaxValue, NativeHeap.UsableSize(address) - ListLeaf.HeaderSize);
        var leaf = ListLeaf.Write(address, usable, roomInFront ? usable - content.Length : 0, content.Length, epoch, isPlain);
        content.CopyTo(leaf.Content);
        return leaf;
    }
}
