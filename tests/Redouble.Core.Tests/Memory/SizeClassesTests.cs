using Redouble.Core.Memory;

namespace Redouble.Core.Tests.Memory;

public sealed class SizeClassesTests
{
    [Fact]
    public void The_class_of_every_size_is_the_smallest_that_holds_it()
    {
        for (var size = 1; size <= SizeClasses.SmallMax; size++)
        {
            var sizeClass = SizeClasses.ClassOf(size);
            Assert.InRange(sizeClass, 0, SizeClasses.Count - 1);
            Assert.True(SizeClasses.SizeOf(sizeClass) >= size, $"{size} bytes do not fit class {sizeClass}");
            if (sizeClass > 0) Assert.True(SizeClasses.SizeOf(sizeClass - 1) < size, $"{size} bytes fit class {sizeClass - 1} too");
        }
    }

    [Fact]
    public void Sizes_grow_and_keep_the_alignment()
    {
        for (var i = 0; i < SizeClasses.Count; i++)
        {
            var size = SizeClasses.SizeOf(i);
            Assert.Equal(0, size % (size <= 128 ? 8 : size <= 256 ? 4 : 16));
            if (i > 0) Assert.True(size > SizeClasses.SizeOf(i - 1));
        }

        Assert.Equal(16, SizeClasses.SizeOf(0));
        Assert.Equal(SizeClasses.SmallMax, SizeClasses.SizeOf(SizeClasses.Count - 1));
        Assert.Equal(16, SizeClasses.SizeOf(SizeClasses.ClassOf(0)));
    }

    [Fact]
    public void A_multiple_of_eight_gets_one()
    {
        for (var size = 8; size <= SizeClasses.SmallMax; size += 8) Assert.Equal(0, SizeClasses.SizeOf(SizeClasses.ClassOf(size)) % 8);
    }

    [Fact]
    public void Waste_is_bounded_as_documented()
    {
        for (var i = 0; i < SizeClasses.Count; i++)
        {
            var size = SizeClasses.SizeOf(i);
            var room = NativeHeap.ChunkSize - NativeHeap.SlabHeaderSize;
            Assert.InRange(room % size, 0, NativeHeap.ChunkSize / 8);
            if (i == 0) continue;
            var smallest = SizeClasses.SizeOf(i - 1) + 1;
            var share = (double)(size - smallest) / size;
            Assert.InRange(share, 0, size <= 8192 ? 0.3 : 1 / 3.0);
            if (size is > 256 and <= 8192) Assert.InRange(share, 0, 1 / 8.0);
            if (size is > 128 and <= 256) Assert.InRange(size - smallest, 0, 3);
        }
    }
}
