using System.Text;
using Redouble.Core.Text;

namespace Redouble.Core.Tests.Text;

public class MemoryUnitsTests
{
    // Recorded from CONFIG SET maxmemory on redis-server 7.0.15.
    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 1)]
    [InlineData("1b", 1)]
    [InlineData("1B", 1)]
    [InlineData("1k", 1000)]
    [InlineData("1kb", 1024)]
    [InlineData("1kB", 1024)]
    [InlineData("1Kb", 1024)]
    [InlineData("1m", 1_000_000)]
    [InlineData("1mb", 1_048_576)]
    [InlineData("1g", 1_000_000_000)]
    [InlineData("1GB", 1_073_741_824)]
    [InlineData("01", 1)]
    [InlineData("", 0)]
    [InlineData("k", 0)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    [InlineData("18446744073709551616", ulong.MaxValue)]
    [InlineData("18446744073709551615k", 18446744073709550616)]
    [InlineData("99999999999gb", 15140462030378500096)]
    [InlineData("17179869184gb", 0)]
    public void ParsesWhatRedisParses(string text, ulong expected)
    {
        Assert.True(MemoryUnits.TryParse(Encoding.ASCII.GetBytes(text), out ulong bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1 kb")]
    [InlineData("1t")]
    [InlineData("1kk")]
    [InlineData("1bb")]
    [InlineData("1kbb")]
    [InlineData("1.5gb")]
    [InlineData("0x10")]
    public void RefusesWhatRedisRefuses(string text) => Assert.False(MemoryUnits.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void MoreThan127DigitsAreRefused()
    {
        Assert.True(MemoryUnits.TryParse(Encoding.ASCII.GetBytes(new string('9', 127)), out ulong bytes));
        Assert.Equal(ulong.MaxValue, bytes);
        Assert.False(MemoryUnits.TryParse(Encoding.ASCII.GetBytes(new string('0', 128)), out _));
    }

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(1023, "1023B")]
    [InlineData(1024, "1.00K")]
    [InlineData(1152, "1.12K")]
    [InlineData(1408, "1.38K")]
    [InlineData(1048575, "1024.00K")]
    [InlineData(1572864, "1.50M")]
    [InlineData(1073741824, "1.00G")]
    [InlineData(1099511627776, "1.00T")]
    [InlineData(1125899906842624, "1.00P")]
    [InlineData(1152921504606846975, "1024.00P")]
    [InlineData(1152921504606846976, "1152921504606846976B")]
    [InlineData(ulong.MaxValue, "18446744073709551615B")]
    public void FormatsForPeople(ulong bytes, string expected)
    {
        Span<byte> buffer = stackalloc byte[MemoryUnits.MaxHumanLength];
        Assert.Equal(expected, Encoding.ASCII.GetString(buffer[..MemoryUnits.FormatHuman(bytes, buffer)]));
    }
}
