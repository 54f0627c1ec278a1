using Redouble.Replication.Log;
using Redouble.Replication.Primary;

namespace Redouble.Replication.Tests.Primary;

/// <summary>What no replica is left to have is kept for longer: repl-backlog-sole-copy-size.</summary>
public sealed class SoleCopyTests : IDisposable
{
    private const int Backlog = 2000;
    private const int Kept = 20_000;

    private readonly PrimaryFixture _fixture = new(blockCapacity: 100, backlogSize: Backlog);

    public SoleCopyTests() => _fixture.Settings.SoleCopyBytes = Kept;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void AReplicaThatComesBackGoesOnAndTheMemoryIsGivenBack()
    {
        var replica = _fixture.ConnectOnline();
        Write(50);
        Acknowledge(replica);
        Assert.InRange(_fixture.Log.HistoryLength, 0, Backlog + 100);
        var seen = _fixture.Log.EndOffset;
        replica.OnClosed();
        Write(150);
        Assert.Equal(15_000, _fixture.Log.EndOffset - seen);
        Assert.True(_fixture.Log.FirstOffset <= seen + 1);

        var again = _fixture.Connect($"{_fixture.Id} {seen + 1}");
        Assert.Equal(ReplicaLinkState.Online, again.State);
        Assert.True(_fixture.Log.HistoryLength >= 15_000); // until it has said what it has
        Assert.StartsWith("+CONTINUE", _fixture.Sent(again));
        Acknowledge(again);
        for (var i = 0; i < 10; i++) Sample();
        Assert.InRange(_fixture.Log.HistoryLength, Backlog, Backlog + 100);
    }

    [Fact]
    public void ItIsBounded()
    {
        var replica = _fixture.ConnectOnline();
        Write(1);
        Acknowledge(replica);
        replica.OnClosed();
        Write(1000);
        Assert.InRange(_fixture.Log.HistoryLength, Kept, Kept + 100);
        _fixture.Settings.SoleCopyBytes = 0;
        for (var i = 0; i < 10; i++) Sample();
        Assert.InRange(_fixture.Log.HistoryLength, Backlog, Backlog + 100);
    }

    /// <summary>Whoever fetches an RDB and never acknowledges anything is no copy, neither there nor gone.</summary>
    [Fact]
    public void AToolIsNoReplica()
    {
        var tool = _fixture.Connect("? -1");
        Write(100);
        Assert.False(_fixture.History.IsSoleCopy);
        tool.OnClosed();
        Write(100);
        Assert.InRange(_fixture.Log.HistoryLength, Backlog, Backlog + 100);

        var replica = _fixture.ConnectOnline();
        Write(1);
        Acknowledge(replica);
        replica.OnClosed();
        Write(50);
        tool = _fixture.Connect("? -1");
        Write(50);
        Assert.True(_fixture.Log.HistoryLength >= 10_000);
    }

    [Theory]
    [InlineData(true, Kept, false)]  // something was written that nobody has
    [InlineData(false, Kept, true)]  // all that was written is there, too
    [InlineData(true, 0, true)]      // as Redis
    public void TheTimeToLiveEndsNothingThatNobodyElseHas(bool writes, int kept, bool isFreed)
    {
        _fixture.Settings.SoleCopyBytes = kept;
        _fixture.Settings.BacklogTtlSeconds = 10;
        var replica = _fixture.ConnectOnline();
        Write(1);
        Acknowledge(replica);
        replica.OnClosed();
        _fixture.Log.Append(LogFrames.Ping, AppendKind.Keepalive);
        if (writes) Write(1);
        var id = _fixture.Id;
        _fixture.After(9);
        Assert.True(_fixture.Log.IsActive);
        _fixture.After(1000);
        Assert.Equal(!isFreed, _fixture.Log.IsActive);
        Assert.Equal(!isFreed, id == _fixture.Id);
        _fixture.Settings.SoleCopyBytes = 0;
        _fixture.After(1);
        Assert.False(_fixture.Log.IsActive);
    }

    /// <summary>A demotion that comes to no sync tells nobody what was written before it.</summary>
    [Fact]
    public void ADemotionThatIsTakenBackSharesNothing()
    {
        var replica = _fixture.ConnectOnline();
        Write(1);
        Acknowledge(replica);
        replica.OnClosed();
        Write(1);
        var shared = _fixture.History.SharedOffset;
        _fixture.History.BecomeReplica();
        _fixture.History.Promote();
        Assert.Equal((shared, true), (_fixture.History.SharedOffset, _fixture.History.IsSoleCopy));
    }

    private void Acknowledge(ReplicaLink link)
    {
        _fixture.Sent(link);
        _fixture.Say(link, "REPLCONF", "ACK", $"{_fixture.Log.EndOffset}");
        Sample();
    }

    // A hundred bytes each, and a look around as ten times a second.
    private void Write(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _fixture.Log.Append(new byte[100]);
            if (i % 10 == 0) Sample();
        }

        Sample();
    }

    private void Sample()
    {
        _fixture.Replication.Sample(_fixture.Now);
        _fixture.Log.Trim();
    }
}
