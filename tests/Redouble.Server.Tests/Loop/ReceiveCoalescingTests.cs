using Redouble.Server.Loop;

namespace Redouble.Server.Tests.Loop;

public sealed class ReceiveCoalescingTests
{
    private const int Piece = 2000;
    private const int Never = -1;
    private readonly ReceiveCoalescing _coalescing = new();
    private long _now = 1_700_000_000_000_000;

    [Fact]
    public void It_begins_when_pieces_have_come_one_right_after_the_other()
    {
        Read(Piece, after: 1_000_000);
        for (var i = 1; i <= ReceiveCoalescing.PiecesInARow; i++)
        {
            Assert.Equal((1, long.MaxValue), (_coalescing.LowMark, _coalescing.Due));
            Read(Piece, after: ReceiveCoalescing.CloseTogether - 1);
        }

        Assert.Equal((ReceiveCoalescing.BytesWanted, _now + ReceiveCoalescing.WaitMax), (_coalescing.LowMark, _coalescing.Due));
    }

    [Fact]
    public void It_does_not_begin_while_they_come_apart()
    {
        for (var i = 0; i < 100; i++) Read(Piece, after: i % ReceiveCoalescing.PiecesInARow == 0 ? ReceiveCoalescing.CloseTogether : 1);
        Assert.Equal((1, long.MaxValue), (_coalescing.LowMark, _coalescing.Due));
    }

    [Theory]
    [InlineData(ReceiveCoalescing.WorthWaitingFor, true)]
    [InlineData(ReceiveCoalescing.WorthWaitingFor - 1, false)]
    [InlineData(0, false)]
    public void It_goes_on_as_long_as_enough_comes(int bytes, bool goesOn)
    {
        Begin();
        Read(ReceiveCoalescing.BytesWanted, after: 50);
        Assert.Equal(_now + ReceiveCoalescing.WaitMax, _coalescing.Due);
        Read(bytes, after: ReceiveCoalescing.WaitMax);
        Assert.Equal(goesOn ? (ReceiveCoalescing.BytesWanted, _now + ReceiveCoalescing.WaitMax) : (1, long.MaxValue), (_coalescing.LowMark, _coalescing.Due));
        if (goesOn) return;
        for (var i = 0; i < ReceiveCoalescing.PiecesInARow; i++) Read(Piece, after: 1); // it begins anew
        Assert.Equal(1, _coalescing.LowMark);
        Read(Piece, after: 1);
        Assert.Equal(ReceiveCoalescing.BytesWanted, _coalescing.LowMark);
    }

    /// <summary>A client that waits for replicas is not to wait for their reads.</summary>
    [Fact]
    public void Nothing_waits_while_the_primary_asks_for_acknowledgements()
    {
        Begin();
        Read(Piece, after: 1, asked: _now);
        Assert.Equal((1, long.MaxValue), (_coalescing.LowMark, _coalescing.Due));
        var asked = _now;
        while (_now + 50 < asked + ReceiveCoalescing.QuietAfterAsked)
        {
            Read(Piece, after: 50, asked);
            Assert.Equal(1, _coalescing.LowMark);
        }

        for (var i = 0; i <= ReceiveCoalescing.PiecesInARow; i++) Read(Piece, after: 50, asked);
        Assert.Equal(ReceiveCoalescing.BytesWanted, _coalescing.LowMark);
    }

    [Fact]
    public void A_new_connection_begins_without()
    {
        Begin();
        _coalescing.Reset();
        Assert.Equal((1, long.MaxValue), (_coalescing.LowMark, _coalescing.Due));
    }

    private void Begin()
    {
        for (var i = 0; i <= ReceiveCoalescing.PiecesInARow; i++) Read(Piece, after: 1);
        Assert.Equal(ReceiveCoalescing.BytesWanted, _coalescing.LowMark);
    }

    private void Read(long bytes, long after, long asked = Never)
    {
        _now += after;
        _coalescing.OnRead(bytes, asked, _now);
    }
}
