using Redouble.Engine.Commands.Generic.Sorting;

namespace Redouble.Engine.Tests.Commands.Generic.Sorting;

public sealed class SortVectorTests
{
    /// <summary>Lengths once overflowed, which ended the process.</summary>
    [Fact]
    public void What_is_more_than_it_takes_is_refused_and_the_next_sort_is_not()
    {
        var vector = new SortVector(lengthMax: 100_000);
        var element = new byte[1000];
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 100; i++) vector.Add(element);
            Assert.Throws<InsufficientMemoryException>(() => vector.Add(element));
            Assert.Equal(100, vector.Count);
            vector.Clear();
        }

        for (var i = 0; i < 100_000; i++) vector.Add([]);
        Assert.Throws<InsufficientMemoryException>(() => vector.Add([]));
        Assert.Equal(100_000, vector.Scratch(100_000).Length);
        Assert.Throws<InsufficientMemoryException>(() => { vector.Scratch(100_001); });
        Assert.Throws<InsufficientMemoryException>(() => { vector.Scratch(3L << 30); });
    }
}
