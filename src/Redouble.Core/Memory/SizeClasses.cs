using System.Numerics;
using System.Runtime.CompilerServices;

namespace Redouble.Core.Memory;

/// <summary>
/// Sizes that a slab of <see cref="NativeHeap"/> can be cut into: 8-spaced to 128 bytes, 4-spaced to 256, then eight per doubling to 8 KB, then the
/// sizes that divide a slab evenly (8, 7, 6, 5, 4, 3 and 2 to a slab), so that what is left at the end of a slab is never more than an eighth of it.
/// Small collections lie between 128 and 256 bytes, where eight per doubling would leave 8 of them empty on average. A size that is a multiple of 8 gets a
/// class that is one.
/// The one near 8 KB is 16 bytes less: of 8,192 there would be seven to a slab, as of 9,344.
/// </summary>
internal static class SizeClasses
{
    /// <summary>Largest size served from a slab.</summary>
    public const int SmallMax = (NativeHeap.ChunkSize - NativeHeap.SlabHeaderSize) / 2 & ~15;

    private const int LinearMax = 128;
    private const int FineMax = 256;
    private const int LinearCount = (LinearMax - 8) / 8; // there is none of 8
    private const int FineCount = (FineMax - LinearMax) / 4;
    private const int GeometricCount = 40;
    private const int GeometricEnd = 8192;
    private const int GeometricMax = (NativeHeap.ChunkSize - NativeHeap.SlabHeaderSize) / 8 & ~15;

    private static readonly int[] Sizes = BuildSizes();

    /// <summary>Number of classes.</summary>
    public static int Count => Sizes.Length;

    /// <summary>Bytes of an object of the class.</summary>
    public static int SizeOf(int sizeClass) => Sizes[sizeClass];

    /// <summary>The smallest class whose objects hold <paramref name="size"/> bytes, 1 to <see cref="SmallMax"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // every allocation starts here; the linear branch is two instructions
    public static int ClassOf(int size) => size <= LinearMax ? Math.Max(0, ((size + 7) >> 3) - 2) : ClassOfLarger(size);

    private static int ClassOfLarger(int size)
    {
        if (size <= FineMax) return LinearCount + ((size - LinearMax - 1) >> 2);
        if (size <= GeometricMax)
        {
            var log = BitOperations.Log2((uint)(size - 1));
            var index = ((size - 1) >> (log - 3)) & 7;
            return LinearCount + FineCount + ((log - 8) << 3) + index;
        }

        var sizeClass = LinearCount + FineCount + GeometricCount;
        while (Sizes[sizeClass] < size) sizeClass++;
        return sizeClass;
    }

    private static int[] BuildSizes()
    {
        var sizes = new List<int>();
        for (var size = 16; size <= LinearMax; size += 8) sizes.Add(size);
        for (var size = LinearMax + 4; size <= FineMax; size += 4) sizes.Add(size);
        for (var start = FineMax; start < GeometricEnd; start *= 2)
        {
            for (var i = 1; i <= 8; i++) sizes.Add(start + i * (start / 8));
        }

        sizes[^1] = GeometricMax;
        for (var perSlab = 7; perSlab >= 2; perSlab--) sizes.Add((NativeHeap.ChunkSize - NativeHeap.SlabHeaderSize) / perSlab & ~15);
        return [.. sizes];
    }
}
