using Redouble.Core.Compression;

namespace Redouble.Core.Tests.Compression;

public sealed class CompressionGateTests
{
    [Fact]
    public void Failures_make_attempts_rare_and_a_success_brings_them_back()
    {
        var gate = new CompressionGate();
        var attempts = Run(gate, 100, 10_000, saved: false);
        Assert.InRange(attempts, 10_000 / 64, 10_000 / 32);
        while (!gate.ShouldTry(100)) { }
        gate.Report(100, saved: true);
        Assert.Equal(1000, Run(gate, 100, 1000, saved: true));
    }

    [Fact]
    public void Sizes_are_judged_apart()
    {
        var gate = new CompressionGate();
        Run(gate, 100, 1000, saved: false);
        Assert.Equal(1000, Run(gate, 1000, 1000, saved: true));
        Assert.InRange(Run(gate, 100, 640, saved: false), 9, 20);
    }

    [Fact]
    public void Reset_forgets()
    {
        var gate = new CompressionGate();
        Run(gate, 100, 1000, saved: false);
        gate.Reset();
        Assert.True(gate.ShouldTry(100));
    }

    [Theory]
    [InlineData(21, 5)]
    [InlineData(15, 4)]
    [InlineData(8190, 2047)]
    public void A_quarter_is_to_be_saved(int length, int bytes) => Assert.Equal(bytes, CompressionGate.SavingMin(length));

    private static int Run(CompressionGate gate, int length, int values, bool saved)
    {
        var attempts = 0;
        for (var i = 0; i < values; i++)
        {
            if (!gate.ShouldTry(length)) continue;
            attempts++;
            gate.Report(length, saved);
        }

        return attempts;
    }
}
