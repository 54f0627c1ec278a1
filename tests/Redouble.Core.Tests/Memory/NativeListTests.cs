using Redouble.Core.Memory;

namespace Redouble.Core.Tests.Memory;

public sealed class NativeListTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Equals_a_list(int seed)
    {
        var random = new Random(seed);
        using var heap = new NativeHeap();
        var list = new NativeList<long>(heap);
        var model = new List<long>();
        for (var step = 0; step < 20_000; step++)
        {
            if (random.Next(100) < (step / 5000 % 2 == 0 ? 80 : 20) || model.Count == 0)
            {
                Assert.Equal(model.Count, list.Add(step));
                model.Add(step);
            }
            else
            {
                list.RemoveLast();
                model.RemoveAt(model.Count - 1);
            }

            if (model.Count == 0) continue;
            var index = random.Next(model.Count);
            Assert.Equal(model[index], list[index]);
            list[index] = model[index] = -step;
        }

        Assert.Equal(model.Count, list.Length);
        for (var i = 0; i < model.Count; i++) Assert.Equal(model[i], list[i]);
        Assert.True(list.MemoryBytes <= (model.Count * sizeof(long)) + 8192);
        list.Clear();
        Assert.Equal((0, 0L, 0L), (list.Length, list.MemoryBytes, heap.UsedBytes));
    }

    [Fact]
    public void Gives_its_memory_back_when_the_last_item_goes()
    {
        using var heap = new NativeHeap();
        var list = new NativeList<int>(heap);
        for (var i = 0; i <= NativeList<int>.ItemsPerChunk; i++) list.Add(i);
        list.RemoveLast();
        Assert.Equal(NativeList<int>.ItemsPerChunk * sizeof(int), list.MemoryBytes);
        while (list.Length > 0) list.RemoveLast();
        Assert.Equal(0, heap.UsedBytes);
        Assert.Throws<InvalidOperationException>(list.RemoveLast);
        Assert.Throws<ArgumentOutOfRangeException>(() => list[0]);
    }
}
