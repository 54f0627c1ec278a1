using Redouble.Replication.Replica;

namespace Redouble.Replication.Tests.Replica;

/// <summary>A replica whose clients have paused it (CLIENT PAUSE): the stream is taken in, and not applied, as in Redis.</summary>
public sealed class PausedLinkTests : IDisposable
{
    private static readonly string Set = Wire.Command("SET", "a", "1");

    private readonly LinkFixture _fixture = new();

    private PrimaryLink Link => _fixture.Link;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void TheStreamIsReadAndNotApplied()
    {
        _fixture.FullSync();
        _fixture.Receive(Set[..10]); // the first bytes of a command may be there already
        Link.IsPaused = true;
        _fixture.Receive(Set[10..] + Set);
        Assert.Empty(_fixture.Host.Applied);
        Assert.Equal((1000L, 2L * Set.Length), (_fixture.Log.EndOffset, Link.UnappliedBytes));
        Assert.True(Link.NextDeadline > _fixture.Now); // nothing is to be done meanwhile
        _fixture.After(1);
        Assert.Equal(Wire.Command("REPLCONF", "ACK", "1000"), _fixture.Sent());

        Link.IsPaused = false;
        Assert.Equal(0, Link.NextDeadline);
        _fixture.After(0);
        Assert.Equal(["SET a 1", "SET a 1"], _fixture.Host.Applied);
        Assert.Equal((1000L + (2 * Set.Length), 0L), (_fixture.Log.EndOffset, Link.UnappliedBytes));
        Assert.DoesNotContain(_fixture.Host.Lines, static line => line.Contains("Successfully streamed", StringComparison.Ordinal));
        _fixture.Receive(Set);
        Assert.Equal(3, _fixture.Host.Applied.Count);
    }

    /// <summary>The disk is behind, or memory is short: what was taken in during the pause waits on, even when its connection is gone.</summary>
    [Fact]
    public void WhatIsHeldIsNotAppliedWhileTheNodeCanTakeNoMore()
    {
        _fixture.FullSync();
        Link.IsPaused = true;
        _fixture.Receive(Set);
        Link.IsHeld = true;
        Link.IsPaused = false;
        Assert.True(Link.NextDeadline > _fixture.Now);
        _fixture.After(0);
        Link.OnClosed(_fixture.Now, "reset by peer");
        _fixture.After(0);
        Assert.Empty(_fixture.Host.Applied);
        Link.IsHeld = false;
        Assert.Equal(0, Link.NextDeadline);
        _fixture.After(0);
        Assert.Equal(["SET a 1"], _fixture.Host.Applied);
        Assert.False(Link.IsUp);
    }

    [Fact]
    public void AFullSyncIsLoadedAndWhatComesBehindItWaits()
    {
        _fixture.Host.OnEndPayload = link => link.OnLoadCompleted(0, _fixture.Now);
        _fixture.Handshake();
        Link.IsPaused = true;
        _fixture.Receive($"+FULLRESYNC {LinkFixture.IdA} 1000\r\n$4\r\nDATA{Set}");
        Assert.True(Link.IsUp);
        Assert.Empty(_fixture.Host.Applied);
        Assert.Equal(Set.Length, Link.UnappliedBytes);
        Link.IsPaused = false;
        _fixture.After(0);
        Assert.Equal(["SET a 1"], _fixture.Host.Applied);
    }

    /// <summary>The primary died meanwhile: what had come was lost although it was here.</summary>
    [Theory]
    [InlineData("reset by peer")]
    [InlineData("MASTER timeout: no data nor PING received...")]
    public void WhatHasComeIsAppliedAfterThePauseThoughThePrimaryIsGone(string reason)
    {
        _fixture.FullSync();
        Link.IsPaused = true;
        _fixture.Receive(Set + Set[..9]);
        if (reason[0] != 'M') Link.OnClosed(_fixture.Now, reason);
        for (var i = 0; i < 62; i++) _fixture.After(1);
        var down = Link.DownSince;
        Assert.Equal((true, false, long.MaxValue, false), (Link.IsUp, Link.IsLive, Link.NextDeadline, Link.WantsRead));
        Assert.InRange(down, 0, _fixture.Now);
        Assert.Empty(_fixture.Host.Applied);
        Link.IsPaused = false;
        Assert.Equal(0, Link.NextDeadline);
        _fixture.After(0);
        Assert.Equal(["SET a 1"], _fixture.Host.Applied);
        Assert.Equal((false, down, reason), (Link.IsUp, Link.DownSince, Link.LastError));
        Assert.Equal(Wire.Command("PSYNC", LinkFixture.IdA, $"{1001 + Set.Length}"), _fixture.Handshake());
        _fixture.Receive("+CONTINUE\r\n" + Set);
        Assert.Equal((2, true), (_fixture.Host.Applied.Count, Link.IsLive));
    }

    [Fact]
    public void ALinkThatBreaksIsTakenUpAtWhatIsApplied()
    {
        _fixture.FullSync();
        Link.IsPaused = true;
        Link.OnClosed(_fixture.Now, "reset by peer");
        Assert.False(Link.IsUp);
        Assert.Contains("$4\r\n1001\r\n", _fixture.Handshake(), StringComparison.Ordinal);
        _fixture.Receive("+CONTINUE\r\n" + Set);
        Assert.Empty(_fixture.Host.Applied);
        Link.IsPaused = false;
        _fixture.After(0);
        Assert.Equal(["SET a 1"], _fixture.Host.Applied);
    }

    [Fact]
    public void AtTheLimitTheRestStaysWithThePrimaryAndIsNoSilence()
    {
        _fixture.Settings.FullSyncBufferLimitBytes = 3 * Set.Length;
        _fixture.FullSync();
        Link.IsPaused = true;
        for (var i = 0; i < 3; i++) _fixture.Receive(Set);
        Assert.False(Link.WantsRead);
        for (var i = 0; i < 200; i++) _fixture.After(1);
        Assert.True(Link.IsUp);
        Assert.Contains(_fixture.Host.Lines, static line => line.Contains("wait for the pause to end", StringComparison.Ordinal));
        Link.IsPaused = false;
        _fixture.After(0);
        Assert.True(Link.WantsRead);
        Assert.Equal(3, _fixture.Host.Applied.Count);
    }

    [Fact]
    public void APrimaryThatIsSilentMeanwhileTimesOut()
    {
        _fixture.FullSync();
        Link.IsPaused = true;
        for (var i = 0; i < 62; i++) _fixture.After(1);
        Assert.False(Link.IsUp);
        Assert.Equal(1000, _fixture.Log.EndOffset);
    }
}
