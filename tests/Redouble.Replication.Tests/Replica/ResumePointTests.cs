using Redouble.Core.Memory;
using Redouble.Replication.Identity;
using Redouble.Replication.Log;
using Redouble.Replication.Replica;

namespace Redouble.Replication.Tests.Replica;

/// <summary>The node has data up to 1010 and keepalives up to 1030, in the history A; before 1001 it was B.</summary>
public sealed class ResumePointTests : IDisposable
{
    private const string A = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    private const string B = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    private const string C = "cccccccccccccccccccccccccccccccccccccccc";
    private const string None = "0000000000000000000000000000000000000000";

    private readonly BlockPool _pool = new();
    private readonly ReplicationHistory _history;

    public ResumePointTests()
    {
        _history = new ReplicationHistory(new SeededRandom(1), new ReplicationLog(_pool));
        _history.Adopt(Id(B), 1000, 0);
        _history.Continue(Id(A), Id(B), 1000);
        _history.Log.Append(new byte[10]);
        _history.Log.Append(new byte[20], AppendKind.Keepalive);
    }

    public void Dispose()
    {
        _history.Log.Free();
        _pool.Dispose();
    }

    [Theory]
    [InlineData(A, 1030, None, -1, A, 1030)] // has all
    [InlineData(A, 2000, None, -1, A, 1030)]
    [InlineData(A, 1015, None, -1, A, 1015)] // lacks keepalives
    [InlineData(A, 1010, None, -1, A, 1010)]
    [InlineData(A, 1009, None, -1, A, 1030)] // lacks data: that is a full sync, as Redis would take
    [InlineData(C, 5000, A, 1031, A, 1030)]  // was promoted with all
    [InlineData(C, 5000, A, 1016, A, 1015)]  // … without some keepalives
    [InlineData(C, 5000, A, 1010, A, 1030)]  // … without data
    [InlineData(C, 5000, B, 1001, A, 1030)]  // has parted before our data
    [InlineData(C, 5000, None, -1, A, 1030)] // a stranger
    public void LastPointThatBothHave(string id, long offset, string secondId, long secondOffset, string askedId, long asked)
    {
        var point = ResumePoint.Find(_history, Place(id, offset, secondId, secondOffset), mayWait: true);
        Assert.Equal(new ResumePoint(Id(askedId), asked, false), point);
    }

    /// <summary>Renamed by a restart or a promotion, with nothing written since: the former name is as good, and others know it.</summary>
    [Theory]
    [InlineData(A, 1030, None, -1, A, 1030)]
    [InlineData(A, 1700, None, -1, A, 1030)]
    [InlineData(A, 1020, None, -1, A, 1020)]
    [InlineData(A, 1005, None, -1, C, 1044)]
    [InlineData(B, 5000, A, 1025, A, 1024)]
    [InlineData(B, 5000, C, 1040, C, 1039)]
    [InlineData(C, 1044, A, 1031, C, 1044)]
    public void AFormerNameIsAsGoodWhileNothingWasWritten(string id, long offset, string secondId, long secondOffset, string askedId, long asked)
    {
        _history.Continue(Id(C), Id(A), 1030);
        _history.Log.Append(new byte[14], AppendKind.Keepalive);
        var point = ResumePoint.Find(_history, Place(id, offset, secondId, secondOffset), mayWait: true);
        Assert.Equal(new ResumePoint(Id(askedId), asked, false), point);
    }

    [Theory]
    [InlineData("slave", "up", 1009, true)]
    [InlineData("slave", "up", 1020, true)]
    [InlineData("slave", "up", 1030, false)]
    [InlineData("slave", "down", 1009, false)]
    [InlineData("master", "", 1009, false)]
    public void AReplicaThatIsBehindIsWorthWaitingFor(string role, string link, long offset, bool waits)
    {
        var place = Place(A, offset, None, -1, role, link);
        Assert.Equal(waits, ResumePoint.Find(_history, place, mayWait: true).Waits);
        Assert.False(ResumePoint.Find(_history, place, mayWait: false).Waits);
    }

    [Theory]
    [InlineData("")]
    [InlineData("role:master\r\nmaster_replid:aaaa\r\nmaster_repl_offset:5\r\n")]
    [InlineData("role:master\r\nmaster_replid:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nmaster_repl_offset:x\r\n")]
    [InlineData("role:master\r\nmaster_replid:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n")]
    public void WhatTellsNothingIsNoPlace(string section) => Assert.False(PrimaryPlace.TryParse(Wire.Bytes(section), out _));

    /// <summary>Forty zeros stand for no name.</summary>
    [Fact]
    public void NobodyHasEverFollowedNone()
    {
        var place = Place(C, 10, None, -1);
        Assert.Equal(-1, place.EndIn(Id(None)));
        Assert.Equal(-1, place.EndIn(Id(A)));
        Assert.Equal(10, place.EndIn(Id(C)));
    }

    private static ReplicationId Id(string text)
    {
        Assert.True(ReplicationId.TryParse(Wire.Bytes(text), out var id));
        return id;
    }

    private static PrimaryPlace Place(string id, long offset, string secondId, long secondOffset, string role = "master", string link = "")
    {
        var status = link.Length > 0 ? $"master_link_status:{link}\r\n" : "";
        var section = $"# Replication\r\nrole:{role}\r\n{status}master_replid:{id}\r\nmaster_replid2:{secondId}\r\n"
            + $"master_repl_offset:{offset}\r\nsecond_repl_offset:{secondOffset}\r\n";
        Assert.True(PrimaryPlace.TryParse(Wire.Bytes(section), out var place));
        return place;
    }
}
