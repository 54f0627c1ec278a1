using Redouble.Server.Configuration;

namespace Redouble.Server.Tests.Configuration;

public sealed class MemoryTestTests
{
    [Fact]
    public void Good_memory_passes()
    {
        StringWriter output = new();
        Assert.True(MemoryTest.Run(new ulong[4096], passes: 2, output));
        Assert.StartsWith("Addressing test [1]\nRandom fill [1]\n", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("Checkerboard fill [2]\n\nYour memory passed this test.\n", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "MEMORY ADDRESSING ERROR: word 100 contains")]
    [InlineData(2, "MEMORY ERROR DETECTED: word 100 != word 2148")]
    [InlineData(4, "MEMORY ERROR DETECTED: word 100 != word 2148")]
    public void A_bit_that_changes_is_found(int when, string text)
    {
        StringWriter output = new();
        int rounds = 0;
        bool passed = MemoryTest.Run(new ulong[4096], passes: 2, output, words =>
        {
            if (++rounds == when) words[100] ^= 1 << 9;
        });
        Assert.False(passed);
        Assert.Contains(text, output.ToString(), StringComparison.Ordinal);
    }
}
