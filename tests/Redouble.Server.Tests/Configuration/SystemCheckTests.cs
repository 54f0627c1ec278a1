using Redouble.Server.Configuration;

namespace Redouble.Server.Tests.Configuration;

public sealed class SystemCheckTests
{
    [Theory]
    [InlineData("tsc\n", "4096\n", true, "[slow-clocksource]...OK\n[xen-clocksource]...OK\n[somaxconn]...OK\n")]
    [InlineData(null, null, true, "[slow-clocksource]...OK\n[xen-clocksource]...OK\n[somaxconn]...OK\n")]
    [InlineData("hpet\n", "4096\n", false, "[slow-clocksource]...WARNING:\n'hpet' needs")]
    [InlineData("tsc\n", "128\n", false, "[slow-clocksource]...OK\n[xen-clocksource]...OK\n[somaxconn]...WARNING:\ntcp-backlog 511 is cut to 128;")]
    [InlineData("xen\n", "4096\n", false, "[slow-clocksource]...OK\n[xen-clocksource]...WARNING:\n'xen' is slow")]
    public void Findings(string? clock, string? backlog, bool good, string start)
    {
        StringWriter output = new();
        Assert.Equal(good, SystemCheck.Run(output, path => path.EndsWith("clocksource", StringComparison.Ordinal) ? clock : backlog, 511));
        Assert.StartsWith(start, output.ToString());
    }
}
