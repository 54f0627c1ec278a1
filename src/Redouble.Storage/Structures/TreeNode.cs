using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Redouble.Storage.Structures;

/// <summary>
/// A node of a <see cref="CountedTree{TOrder}"/>:
/// <code>
/// leaf    | count, 2 | capacity, 2 | level = 0, 4 | entries: 16 each …
/// inner   | count, 2 | capacity, 2 | level, 4     | first entry below each child: 16 each … | weights: 8 each … | children: 8 each …
/// </code>
/// Slots at <see cref="Count"/> and above are undefined. The first entry below a child is a copy, kept exact: items may be freed as soon as
/// their entry is gone, and a search must not follow an address that is not in a leaf any more.
/// </summary>
internal readonly unsafe struct TreeNode(byte* address)
{
    public const int HeaderSize = 8;
    public const int EntrySize = 16;
    public const int InnerSlotSize = EntrySize + 8 + 8;

    private readonly byte* _address = address;

    public byte* Address => _address;

    public bool IsNull => _address == null;

    public int Count
    {
        get => *(ushort*)_address;
        set => *(ushort*)_address = (ushort)value;
    }

    public int Capacity => *(ushort*)(_address + 2);

    /// <summary>Distance from the leaves.</summary>
    public int Level => *(int*)(_address + 4);

    /// <summary>Entries of a leaf, or the first entry below each child.</summary>
    public TreeEntry* Entries => (TreeEntry*)(_address + HeaderSize);

    /// <summary>Weight of all entries below each child.</summary>
    public long* Weights => (long*)(_address + HeaderSize + (Capacity * EntrySize));

    public TreeNode* Children => (TreeNode*)(_address + HeaderSize + (Capacity * (EntrySize + 8)));

    /// <summary><see cref="Entries"/> for callers without pointers.</summary>
    public ReadOnlySpan<TreeEntry> EntrySpan => new(Entries, Count);

    public ReadOnlySpan<TreeNode> ChildSpan => new(Children, Level == 0 ? 0 : Count);

    public ReadOnlySpan<long> WeightSpan => new(Weights, Level == 0 ? 0 : Count);

    /// <summary>Bytes of a node.</summary>
    public static int SizeOf(int level, int capacity) => HeaderSize + (capacity * (level == 0 ? EntrySize : InnerSlotSize));

    /// <summary>Makes an empty node of <see cref="SizeOf"/> bytes of memory.</summary>
    public static TreeNode Format(byte* memory, int level, int capacity)
    {
        *(ushort*)memory = 0;
        *(ushort*)(memory + 2) = (ushort)capacity;
        *(int*)(memory + 4) = level;
        return new TreeNode(memory);
    }

    /// <summary>
    /// Index of the first entry, from <paramref name="from"/> on, that the probe's place does not lie after. No branch depends on the data.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // the probe's comparison is inlined with it
    public int Search<TProbe>(scoped ref TProbe probe, int from)
        where TProbe : struct, ITreeProbe, allows ref struct
    {
        var low = Entries + from;
        var count = Count - from;
        if (count <= 0) return from;
        while (count > 1)
        {
            var half = count >> 1;
            low += half & -Unsafe.BitCast<bool, byte>(probe.LiesAfter(in low[half - 1]));
            count -= half;
        }

        return (int)(low - Entries) + Unsafe.BitCast<bool, byte>(probe.LiesAfter(in *low));
    }

    /// <summary>
    /// Weight below the first <paramref name="count"/> children. All slots are added up, four at a time, and those beyond are masked out: a
    /// loop to the count would mispredict its end at each level. The last read goes up to 24 bytes beyond the weights, into the children.
    /// </summary>
    public long WeightBefore(int count)
    {
        var weights = Weights;
        var sum = Vector256<long>.Zero;
        var index = Vector256.Create(0L, 1, 2, 3);
        var end = Vector256.Create((long)count);
        for (var i = 0; i < Capacity; i += 4)
        {
            sum += Vector256.Load(weights + i) & Vector256.LessThan(index, end);
            index += Vector256.Create(4L);
        }

        return Vector256.Sum(sum);
    }

    /// <summary>
    /// Starts to fetch a leaf's entries. The steps of a search wait for one another, so that their cache misses would add up.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // a few instructions
    public void Prefetch(int capacity)
    {
        if (!Sse.IsSupported) return;
        for (var at = 0; at < HeaderSize + (capacity * EntrySize); at += 64) Sse.Prefetch0(_address + at);
    }

    /// <summary>Moves the slots from <paramref name="index"/> on up by <paramref name="count"/>; the caller fills the gap.</summary>
    public void OpenGap(int index, int count)
    {
        CopySlots(this, index, this, index + count, Count - index);
        Count += count;
    }

    /// <summary>Removes <paramref name="count"/> slots.</summary>
    public void CloseGap(int index, int count)
    {
        CopySlots(this, index + count, this, index, Count - index - count);
        Count -= count;
    }

    /// <summary>Copies slots between nodes of one level, or within one; counts are left as they are.</summary>
    public static void CopySlots(TreeNode from, int fromIndex, TreeNode to, int toIndex, int count)
    {
        if (count <= 0) return;
        Copy(from.Entries + fromIndex, to.Entries + toIndex, count * EntrySize);
        if (from.Level == 0) return;
        Copy(from.Children + fromIndex, to.Children + toIndex, count * 8);
        Copy(from.Weights + fromIndex, to.Weights + toIndex, count * 8);
    }

    private static void Copy(void* from, void* to, int bytes) => Buffer.MemoryCopy(from, to, bytes, bytes);
}
