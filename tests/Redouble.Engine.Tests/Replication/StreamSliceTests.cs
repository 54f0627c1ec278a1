namespace Redouble.Engine.Tests.Replication;

/// <summary>
/// What a turn gives to the stream of a primary: two milliseconds, by looks at the clock of which most are taken for the statistics in any case. Here
/// each costs a tenth of a millisecond.
/// </summary>
public sealed class StreamSliceTests
{
    private const string Set = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";

    /// <param name="unit">A unit of the stream.</param>
    /// <param name="unitsMax">Most that the looks of a slice go with.</param>
    [Theory]
    [InlineData("*3\r\n$11\r\nSUNIONSTORE\r\n$4\r\ncopy\r\n$3\r\nset\r\n", 10)] // two looks at each
    [InlineData(Set, 150)] // two at one of sixteen, and one at a batch of 64
    [InlineData("*1\r\n$5\r\nMULTI\r\n" + Set + Set + "*1\r\n$4\r\nEXEC\r\n", 20)] // one at each, and those within
    public void A_stream_is_applied_in_slices(string unit, int unitsMax)
    {
        const int units = 700;
        using var node = new FollowingNode("replica-freshness-period-ms 0");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(0));
        node.Engine.Clock.MicrosecondsPerRead = 100;
        node.Turn();
        var log = node.Engine.Node.Replication.Protocol.Log;
        var before = log.EndOffset;
        node.Hear(string.Concat(Enumerable.Repeat(unit, units)));
        var turns = 1;
        for (var applied = before; node.Link.HasWork; applied = log.EndOffset, node.Turn(), turns++)
        {
            Assert.Equal(0, (log.EndOffset - applied) % unit.Length);
            Assert.InRange((log.EndOffset - applied) / unit.Length, 1, unitsMax);
        }

        Assert.Equal(before + (units * unit.Length), log.EndOffset);
        Assert.InRange(turns, units / unitsMax, units);
    }
}
