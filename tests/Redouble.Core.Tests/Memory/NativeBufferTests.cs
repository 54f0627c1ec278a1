using Redouble.Core.Memory;

namespace Redouble.Core.Tests.Memory;

public sealed class NativeBufferTests
{
    [Fact]
    public void It_keeps_what_was_written_while_it_grows()
    {
        using var buffer = new NativeBuffer();
        Assert.Equal((0, 0), (buffer.Capacity, buffer.Span.Length));
        var written = 0;
        for (var capacity = 1; capacity < 50_000_000; capacity = (capacity * 3) + 1)
        {
            buffer.Grow(capacity);
            Assert.InRange(buffer.Capacity, capacity, capacity + 65_536);
            Assert.Equal(-1, buffer.Span[written..].IndexOfAnyExcept((byte)0));
            for (; written < capacity; written++) buffer.Span[written] = (byte)(written * 7 / 3);
        }

        for (var i = 0; i < written; i++)
        {
            if (buffer.Span[i] != (byte)(i * 7 / 3)) Assert.Fail($"byte {i}");
        }

        var before = buffer.Capacity;
        buffer.Grow(1);
        Assert.Equal(before, buffer.Capacity);
    }

    [Fact]
    public void It_holds_as_much_as_a_span_can()
    {
        using var buffer = new NativeBuffer();
        buffer.Grow(int.MaxValue);
        Assert.Equal(int.MaxValue, buffer.Span.Length);
        buffer.Span[^1] = 7;
        Assert.Equal(7, buffer.Span[^1]);
    }

    [Fact]
    public void Freed_it_holds_nothing()
    {
        var buffer = new NativeBuffer();
        buffer.Grow(100_000);
        buffer.Dispose();
        Assert.Equal(0, buffer.Capacity);
        buffer.Dispose();
    }
}
