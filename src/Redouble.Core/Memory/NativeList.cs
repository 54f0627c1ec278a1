using System.Numerics;

namespace Redouble.Core.Memory;

/// <summary>
/// A list in native memory that grows and shrinks at its end by whole chunks: nothing is ever copied, so no growth takes long, and an item
/// stays where it is.
/// <code>
/// _chunks ─► | chunk 0: ItemsPerChunk items | chunk 1 | …      item i is number i mod ItemsPerChunk of chunk i / ItemsPerChunk
/// </code>
/// The collected heap holds one pointer per chunk. Owned by one thread, like its heap.
/// </summary>
/// <typeparam name="T">What it holds.</typeparam>
/// <param name="heap">Where the chunks come from.</param>
public sealed unsafe class NativeList<T>(NativeHeap heap)
    where T : unmanaged
{
    /// <summary>Items of a chunk: about 8 KB.</summary>
    public static int ItemsPerChunk => 1 << Shift;

    private static int Shift => BitOperations.Log2((uint)(8192 / sizeof(T)));

    // Invariant: the first ceil(Length / ItemsPerChunk) pointers are live allocations of ItemsPerChunk items each.
    private T*[] _chunks = [];

    /// <summary>Items in it.</summary>
    public int Length { get; private set; }

    /// <summary>Bytes that it asked the heap for.</summary>
    public long MemoryBytes => (long)ChunkCount * ItemsPerChunk * sizeof(T);

    private int ChunkCount => (Length + ItemsPerChunk - 1) >> Shift;

    /// <summary>Item <paramref name="index"/>; valid until it is removed.</summary>
    public ref T this[int index]
    {
        get
        {
            if ((uint)index >= (uint)Length) ThrowIndex();
            return ref _chunks[index >> Shift][index & (ItemsPerChunk - 1)];
        }
    }

    /// <summary>Appends an item; returns its index.</summary>
    public int Add(in T item)
    {
        var chunk = Length >> Shift;
        if ((Length & (ItemsPerChunk - 1)) == 0)
        {
            if (chunk == _chunks.Length) MakeRoom();
            _chunks[chunk] = (T*)heap.Allocate((long)ItemsPerChunk * sizeof(T));
        }

        _chunks[chunk][Length & (ItemsPerChunk - 1)] = item;
        return Length++;
    }

    /// <summary>Removes the last item.</summary>
    public void RemoveLast()
    {
        if (Length == 0) throw new InvalidOperationException("The list is empty.");
        Length--;
        if ((Length & (ItemsPerChunk - 1)) == 0) heap.Free((byte*)_chunks[Length >> Shift]);
    }

    /// <summary>Removes everything and gives all memory back.</summary>
    public void Clear()
    {
        for (var i = 0; i < ChunkCount; i++) heap.Free((byte*)_chunks[i]);
        Length = 0;
        _chunks = [];
    }

    private void MakeRoom()
    {
        var larger = new T*[Math.Max(4, _chunks.Length * 2)];
        for (var i = 0; i < _chunks.Length; i++) larger[i] = _chunks[i];
        _chunks = larger;
    }

    private static void ThrowIndex() => throw new ArgumentOutOfRangeException("index");
}
