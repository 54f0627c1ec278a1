using Redouble.Core.Memory;
using Redouble.Replication.Identity;
using Redouble.Replication.Log;
using Redouble.Replication.Primary;

namespace Redouble.Replication.Tests.Primary;

public sealed class PartialResyncTests : IDisposable
{
    private readonly BlockPool _pool = new();
    private readonly ReplicationHistory _history;

    public PartialResyncTests()
    {
        _history = new ReplicationHistory(new SeededRandom(3), new ReplicationLog(_pool, 64, 16));
    }

    public void Dispose()
    {
        _history.Log.Free();
        _pool.Dispose();
    }

    [Fact]
    public void WithoutALogThereIsNone()
    {
        Assert.Equal("Unable to partial resync with replica r for lack of backlog (Replica request was: 1).", Refusal(_history.Identity.Id, 1));
    }

    [Fact]
    public void EveryOffsetThatIsHeldAndTheNextOne()
    {
        _history.TryCreateLog();
        for (var i = 0; i < 100; i++) _history.Log.Append("0123456789"u8);
        var log = _history.Log;
        for (var offset = log.FirstOffset - 3; offset < log.EndOffset + 4; offset++)
        {
            var isHeld = offset >= log.FirstOffset && offset <= log.EndOffset + 1;
            Assert.Equal(isHeld, Decide(_history.Identity.Id, offset).IsPossible);
            Assert.Equal(isHeld, log.TryOpenCursor(offset) != null);
        }

        Assert.Equal(2, Decide(_history.Identity.Id, 5000).Reasons.Length);
    }

    [Fact]
    public void TheFormerNameIsGoodUpToItsOffset()
    {
        _history.TryCreateLog();
        _history.Log.Append(new byte[30]);
        var former = _history.Identity.Id;
        _history.Promote();
        _history.Log.Append(new byte[20]);
        Assert.True(Decide(former, 31).IsPossible);
        Assert.True(Decide(former, 5).IsPossible);
        Assert.Equal(
            "Partial resynchronization not accepted: Requested offset for second ID was 32, but I can reply up to 31", Refusal(former, 32));
        Assert.True(Decide(_history.Identity.Id, 51).IsPossible);
        var other = ReplicationId.New(new SeededRandom(9));
        Assert.Equal(
            $"Partial resynchronization not accepted: Replication ID mismatch (Replica asked for '{other}', " +
            $"my replication IDs are '{_history.Identity.Id}' and '{former}')",
            Refusal(other, 1));
        Assert.Equal("Full resync requested by replica r", PartialResync.Decide(_history, "?"u8, -1, "r", true).Reasons[0]);
    }

    /// <summary>It would drop the transaction.</summary>
    [Fact]
    public void WhoKnowsNoTimesOfFieldsGoesOnBehindTheLastTransactionWithThem()
    {
        _history.TryCreateLog();
        _history.Log.Append(new byte[10]);
        _history.Log.Append(new byte[20]);
        _history.Log.NoteFieldExpiry();
        _history.Log.Append(new byte[5]);
        var id = _history.Identity.Id;
        for (var offset = 1; offset <= 36; offset++)
        {
            Assert.True(Decide(id, offset).IsPossible);
            Assert.Equal(offset > 30, PartialResync.Decide(_history, id.Bytes, offset, "r", knowsFieldExpiry: false).IsPossible);
        }

        _history.Promote(); // nothing else is needed for it
        Assert.False(PartialResync.Decide(_history, id.Bytes, 30, "r", knowsFieldExpiry: false).IsPossible);
        Assert.True(PartialResync.Decide(_history, id.Bytes, 31, "r", knowsFieldExpiry: false).IsPossible);
        _history.Log.Create(100);
        Assert.Equal(0, _history.Log.FieldExpiryOffset);
    }

    [Fact]
    public void ForwardingZerosMatchNothing()
    {
        _history.TryCreateLog();
        Assert.False(Decide(ReplicationId.None, 1).IsPossible);
    }

    private PartialResync Decide(ReplicationId id, long offset) => PartialResync.Decide(_history, id.Bytes, offset, "r", true);

    private string Refusal(ReplicationId id, long offset)
    {
        var decision = Decide(id, offset);
        Assert.False(decision.IsPossible);
        return decision.Reasons[0];
    }
}
