using Redouble.Replication.Replica;

namespace Redouble.Replication.Tests.Replica;

/// <summary>
/// A stream that takes longer to apply than a turn has time for: it is applied in slices. One read of 128 KB was applied whole, three thousand commands of
/// whatever length, and so was a megabyte of what had been held; clients waited for a quarter of a minute.
/// </summary>
public sealed class SlicedStreamTests : IDisposable
{
    private static readonly string[] Units =
    [
        Wire.Command("SELECT", "3"), Wire.Command("SET", "key", "value"), "\r\n" + Wire.Command("MULTI") + Wire.Command("INCR", "n") + "\n"
            + Wire.Command("DEL", "key") + Wire.Command("EXEC"),
        Wire.Command("PING"), Wire.Command("SET", "a", "1"), Wire.Command("multi") + Wire.Command("exec"), Wire.Command("SET", "a", "2"),
        Wire.Command(["RPUSH", "list", .. Enumerable.Range(0, 200).Select(static i => $"{i}")]), Wire.Command("PUBLISH", "c", "m"),
        Wire.Command("SET", "a", "3"),
    ];

    private static readonly string Set = Wire.Command("SET", "a", "1");

    private readonly LinkFixture _fixture = new();

    private PrimaryLink Link => _fixture.Link;

    private FakeReplicaHost Host => _fixture.Host;

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData(1, int.MaxValue)]
    [InlineData(2, int.MaxValue)]
    [InlineData(3, 700)]
    [InlineData(1, 41)]
    [InlineData(63, 5000)]
    [InlineData(64, int.MaxValue)]
    [InlineData(65, int.MaxValue)]
    public void SlicesOfAnyLengthGiveTheSame(int unitsPerTurn, int readMax)
    {
        const int rounds = 20;
        var edges = new HashSet<long>();
        var end = 1000L;
        foreach (var unit in Enumerable.Repeat(Units, rounds).SelectMany(static units => units))
        {
            if (unit[0] == '\r') edges.Add(end + 2); // a blank line is no part of what follows
            edges.Add(end += unit.Length);
        }

        using var whole = new LinkFixture();
        foreach (var fixture in (ReadOnlySpan<LinkFixture>)[whole, _fixture])
        {
            fixture.FullSync();
            fixture.Host.UnitsPerTurn = fixture == whole ? int.MaxValue : unitsPerTurn;
            fixture.Receive(string.Concat(Enumerable.Repeat(string.Concat(Units), rounds)), readMax);
        }

        Assert.Equal(end, whole.Log.EndOffset);
        var turns = 0;
        for (var applied = _fixture.Log.EndOffset; Link.HasWork; applied = _fixture.Log.EndOffset)
        {
            Assert.Contains(applied, edges);
            Assert.Equal(0, Link.NextDeadline);
            _fixture.After(0);
            Assert.InRange(Host.UnitsInTurn, 1, unitsPerTurn);
            Assert.True(++turns < 1000);
        }

        Assert.Equal(whole.Host.Applied, Host.Applied);
        Assert.Equal((end, 0L, 3), (_fixture.Log.EndOffset, Link.UnappliedBytes, _fixture.Log.StreamDatabase));
        _fixture.Receive(Set[..5]); // half a frame is nothing to come back for
        Assert.False(Link.HasWork);
    }

    [Fact]
    public void OneReadIsAppliedInSlicesAndNothingIsReadBehindIt()
    {
        _fixture.FullSync();
        Host.UnitsPerTurn = 10;
        _fixture.Receive(string.Concat(Enumerable.Repeat(Set, 35)));
        Assert.Equal((10, 1000L + (10 * Set.Length), 25L * Set.Length), (Host.Applied.Count, _fixture.Log.EndOffset, Link.UnappliedBytes));
        Assert.True(Link.GetReceiveBuffer().IsEmpty);
        for (var applied = 20; applied < 40; applied += 10)
        {
            Assert.Equal((true, 0L), (Link.HasWork, Link.NextDeadline));
            _fixture.After(1);
            Assert.Equal((applied, $"{1000 + (applied * Set.Length)}"), (Host.Applied.Count, Acknowledged()));
        }

        _fixture.After(1);
        Assert.Equal((35, 0L), (Host.Applied.Count, Link.UnappliedBytes));
        Assert.True(Link.NextDeadline > _fixture.Now);
        Assert.False(Link.GetReceiveBuffer().IsEmpty);
    }

    [Fact]
    public void WhatWasHeldIsAppliedInSlices()
    {
        _fixture.FullSync();
        Link.IsPaused = true;
        _fixture.Receive(string.Concat(Enumerable.Repeat(Wire.Command("SET", "a", new string('v', 10_000)), 35)));
        Link.IsPaused = false;
        Host.UnitsPerTurn = 10;
        _fixture.After(0);
        Assert.Equal(10, Host.Applied.Count);
        Assert.True(Link.HeldBytes.Now > 0);
        _fixture.Receive(Wire.Command("SET", "last", "1")); // behind what is held
        Assert.Equal(10, Host.Applied.Count);
        for (var turn = 0; turn < 3; turn++) _fixture.After(0);
        Assert.Equal((36, "SET last 1", false), (Host.Applied.Count, Host.Applied[^1], Link.HasWork));
    }

    [Fact]
    public void ASlowStreamIsNoSilence()
    {
        _fixture.FullSync();
        Host.UnitsPerTurn = 1;
        _fixture.Receive(string.Concat(Enumerable.Repeat(Set, 10)));
        for (var i = 0; i < 9; i++) _fixture.After(50); // repl-timeout is 60
        Assert.Equal((10, true, false), (Host.Applied.Count, Link.IsUp, Link.HasWork));
        _fixture.After(50);
        Assert.True(Link.IsUp);
        _fixture.After(20);
        Assert.False(Link.IsUp);
    }

    [Fact]
    public void APauseBetweenSlicesKeepsTheOrder()
    {
        _fixture.FullSync();
        Host.UnitsPerTurn = 2;
        _fixture.Receive(string.Concat(Enumerable.Range(0, 5).Select(static i => Wire.Command("SET", "a", $"{i}"))) + Wire.Command("SET", "a", "5")[..9]);
        Link.IsPaused = true;
        Assert.True(Link.NextDeadline > _fixture.Now);
        _fixture.Receive(Wire.Command("SET", "a", "5")[9..] + Wire.Command("SET", "a", "6"));
        _fixture.After(1);
        Assert.Equal(2, Host.Applied.Count);
        Link.IsPaused = false;
        while (Link.HasWork) _fixture.After(0);
        Assert.Equal(Enumerable.Range(0, 7).Select(static i => $"SET a {i}"), Host.Applied);
    }

    /// <summary>The disk is behind, or memory is short: no turn after turn for what may not be applied.</summary>
    [Fact]
    public void ANodeThatCanTakeNoMoreKeepsTheRest()
    {
        _fixture.FullSync();
        Host.UnitsPerTurn = 1;
        _fixture.Receive(Set + Set + Set);
        Link.IsHeld = true;
        Assert.Equal((false, false), (Link.HasWork, Link.WantsRead));
        for (var i = 0; i < 3; i++) _fixture.After(50);
        Assert.True(Link.NextDeadline > _fixture.Now);
        Assert.Single(Host.Applied);
        Link.IsHeld = false;
        for (var i = 0; i < 2; i++) _fixture.After(0);
        Assert.Equal((3, true), (Host.Applied.Count, Link.IsUp));
    }

    [Fact]
    public void WhatIsLeftIsAppliedThoughTheConnectionIsGone()
    {
        _fixture.FullSync();
        Host.UnitsPerTurn = 1;
        _fixture.Receive(Set + Set + Set + Set[..9]);
        Link.OnClosed(_fixture.Now, "reset by peer");
        Assert.Equal((true, false), (Link.IsUp, Link.WantsRead));
        _fixture.After(0);
        Assert.Equal((2, true), (Host.Applied.Count, Link.IsUp));
        while (Link.HasWork) _fixture.After(0);
        Assert.Equal((3, false, "reset by peer"), (Host.Applied.Count, Link.IsUp, Link.LastError));
        Assert.Equal(Wire.Command("PSYNC", LinkFixture.IdA, $"{1001 + (3 * Set.Length)}"), _fixture.Handshake());
    }

    [Fact]
    public void AChangeOfPrimaryGoesOnFromWhatIsApplied()
    {
        _fixture.FullSync();
        Host.UnitsPerTurn = 1;
        _fixture.Receive(Set + Set + Set);
        Link.Follow("other", 1, _fixture.Now);
        Assert.Equal((0L, false), (Link.UnappliedBytes, Link.HasWork));
        Assert.Equal(Wire.Command("PSYNC", LinkFixture.IdA, $"{1001 + Set.Length}"), _fixture.Handshake());
        Host.UnitsInTurn = 0;
        _fixture.Receive("+CONTINUE\r\n" + Set + Set);
        _fixture.After(0);
        Assert.Equal((3, 1000L + (3 * Set.Length)), (Host.Applied.Count, _fixture.Log.EndOffset));
    }

    [Fact]
    public void AQuestionForTheOffsetIsAnsweredWhenItsTurnComes()
    {
        _fixture.FullSync();
        Host.UnitsPerTurn = 1;
        _fixture.Receive(Set + Set + Wire.Command("REPLCONF", "GETACK", "*") + Set);
        Assert.Equal("", _fixture.Sent());
        _fixture.After(0);
        Assert.Equal("", _fixture.Sent());
        _fixture.After(0);
        Assert.Equal($"{1000 + (2 * Set.Length)}", Acknowledged());
        Assert.Equal(3, Host.Applied.Count);
    }

    [Theory]
    [InlineData("no command\r\n", "protocol error")]
    [InlineData("*1\r\n$x\r\n", "protocol error")]
    [InlineData("*1\r\n$7\r\nUNKNOWN\r\n", "unknown command 'UNKNOWN'")]
    public void AnErrorBehindIsFoundWhenItsTurnComes(string wrong, string error)
    {
        _fixture.FullSync();
        Host.UnknownCommands.Add("UNKNOWN");
        Host.UnitsPerTurn = 1;
        _fixture.Receive(Set + Set + Set + wrong);
        for (var i = 0; i < 2; i++)
        {
            Assert.True(Link.IsUp);
            _fixture.After(0);
        }

        if (Link.IsUp) _fixture.After(0);
        Assert.Equal((3, false), (Host.Applied.Count, Link.IsUp));
        Assert.Contains(error, Link.LastError, StringComparison.Ordinal);
        Assert.Equal(1000 + (3 * Set.Length), _fixture.Log.EndOffset);
    }

    private string Acknowledged() => _fixture.Sent().Split("\r\n")[^2];
}
