using Redouble.Server.Configuration;

namespace Redouble.Server.Tests.Configuration;

public sealed class MemoryTestTests
{
    [Fact]
    public void Good_memory_passes()
    {
        StringWriter output = new();
        Assert.True(MemoryTest.Run([new ulong[4096], new ulong[1024]], passes: 2, output));
        Assert.StartsWith("Addressing test [1]\nRandom fill [1]\n", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("Checkerboard fill [2]\n\nYour memory passed this test.\n", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 0, "MEMORY ADDRESSING ERROR: word 100 contains")]
    [InlineData(2, 0, "MEMORY ERROR DETECTED: word 100 != word 2148")]
    [InlineData(4, 0, "MEMORY ERROR DETECTED: word 100 != word 2148")]
    [InlineData(1, 1, "MEMORY ADDRESSING ERROR: word 134217828 contains")] // a part is a gigabyte
    [InlineData(3, 1, "MEMORY ERROR DETECTED: word 134217828 != word 134218340")]
    public void A_bit_that_changes_is_found(int when, int part, string text)
    {
        StringWriter output = new();
        int rounds = 0;
        bool passed = MemoryTest.Run([new ulong[4096], new ulong[1024]], passes: 2, output, parts =>
        {
            if (++rounds == when) parts[part][100] ^= 1 << 9;
        });
        Assert.False(passed);
        Assert.Contains(text, output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1023)]
    [InlineData(1025)]
    public void All_that_is_asked_for_is_tested(int megabytes) =>
        Assert.Equal((long)megabytes << 20, MemoryTest.Allocate(megabytes).Sum(static part => part.LongLength * sizeof(ulong)));

    [Fact]
    public void What_the_machine_has_not_got_is_refused()
    {
        StringWriter output = new();
        Assert.False(MemoryTest.Run(int.MaxValue, passes: 1, output));
        Assert.Equal("Unable to allocate 2147483647 megabytes: Cannot allocate memory\n", output.ToString());
    }
}
