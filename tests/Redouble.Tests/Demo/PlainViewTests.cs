using Redouble.Demo;

namespace Redouble.Tests.Demo;

public sealed class PlainViewTests
{
    [Fact]
    public void A_line_has_every_column()
    {
        NodeStatus row = new("replica 1", 7001, "slave", "up", 2_000, 300, 1.25, 19_999.6);
        Assert.Equal("  4 s  replica 1 :7001  slave   up          offset        2000  behind      300 B     1.3 ms     20000 writes/s", PlainView.Line(4, row));
    }
}
