using Redouble.Core.Memory;
using Redouble.Replication.Identity;
using Redouble.Replication.Log;
using Redouble.Replication.Replica;

namespace Redouble.Replication.Tests.Replica;

/// <summary>The node has written up to 1030 in the history A, which was B up to 1000.</summary>
public sealed class PartingTests : IDisposable
{
    private const string A = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    private const string B = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    private const string C = "cccccccccccccccccccccccccccccccccccccccc";
    private const string None = "0000000000000000000000000000000000000000";

    private readonly BlockPool _pool = new();
    private readonly ReplicationHistory _history;

    public PartingTests()
    {
        _history = new ReplicationHistory(new SeededRandom(1), new ReplicationLog(_pool));
        _history.Adopt(Id(B), 1000, 0);
        _history.Continue(Id(A), Id(B), 1000);
        _history.Log.Append(new byte[30]);
    }

    public void Dispose()
    {
        _history.Log.Free();
        _pool.Dispose();
    }

    [Theory]
    [InlineData(C, 5000, A, 1021, C, 5000, 1020)] // promoted: its second offset is the first byte that is not in common
    [InlineData(C, 5000, A, 1031, C, 5000, 1030)] // … with all
    [InlineData(C, 5000, A, 2000, C, 5000, 1030)] // … and more
    [InlineData(C, 5000, B, 1001, C, 5000, 1000)] // by the former name
    [InlineData(C, 5000, B, 900, C, 5000, 899)]
    [InlineData(C, 5000, B, 2000, C, 5000, 1000)] // which was ours up to there only
    [InlineData(B, 5000, None, -1, B, 5000, 1000)]
    [InlineData(A, 1010, None, -1, A, 1010, 1010)] // the same history, but it has lost its end
    [InlineData(A, 1010, None, -1, A, 1015, 1015)] // … and got some of it back before the snapshot
    [InlineData(A, 9999, None, -1, A, 9999, 1030)]
    [InlineData(A, 1010, B, 1001, C, 7000, -1)]   // another history since it told
    [InlineData(C, 1010, B, 1001, A, 1020, 1020)] // … which is ours
    [InlineData(C, 5000, None, -1, C, 5000, -1)]  // a stranger
    [InlineData(C, 5000, A, 1021, None, -1, 1020)] // SYNC does not tell
    public void TheLastOffsetThatBothHave(string id, long offset, string secondId, long secondOffset, string syncId, long syncOffset, long shared)
    {
        var section = $"role:master\r\nmaster_replid:{id}\r\nmaster_replid2:{secondId}\r\nmaster_repl_offset:{offset}\r\nsecond_repl_offset:{secondOffset}\r\n";
        Assert.True(PrimaryPlace.TryParse(Wire.Bytes(section), out var place));
        var parting = Parting.Find(_history, place, "", Id(syncId), syncOffset);
        Assert.Equal(shared, parting.Offset);
        Assert.Equal(shared >= 0, parting.IsKnown);
        Assert.Equal(shared >= 0, parting.Reason.Length == 0);
    }

    [Fact]
    public void APrimaryThatDoesNotTellIsKnownByItsNameOrNot()
    {
        Assert.Equal(new Parting(1020, ""), Parting.Find(_history, null, "-NOPERM", Id(A), 1020));
        var unknown = Parting.Find(_history, null, "-NOPERM no INFO", Id(C), 1020);
        Assert.False(unknown.IsKnown);
        Assert.Contains("-NOPERM no INFO", unknown.Reason);
    }

    private static ReplicationId Id(string text)
    {
        Assert.True(ReplicationId.TryParse(Wire.Bytes(text), out var id));
        return id;
    }
}
