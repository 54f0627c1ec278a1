using Redouble.Core.Memory;

namespace Redouble.Core.Tests.Memory;

public sealed class ByteArrayTests
{
    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(0, 0, 5, 5)]
    [InlineData(8, 8, 0, 8)]
    [InlineData(8, 7, 1, 8)]
    [InlineData(8, 8, 1, 16)]
    [InlineData(8, 8, 100, 108)]
    public void It_grows_to_twice_its_length_or_to_what_is_wanted(int length, int used, int more, int expected)
    {
        var array = new byte[length];
        if (used > 0) array[used - 1] = 7;
        ByteArray.MakeRoom(ref array, used, more);
        Assert.Equal(expected, array.Length);
        if (used > 0) Assert.Equal(7, array[used - 1]);
    }
}
