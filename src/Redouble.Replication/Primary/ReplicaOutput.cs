using Redouble.Core.Memory;
using Redouble.Protocol.Replies;
using Redouble.Replication.Log;

namespace Redouble.Replication.Primary;

/// <summary>
/// What a replica is to be sent, as a sequence: bytes of its own (replies, +CONTINUE, headers, newlines), then a snapshot, then the log
/// from an offset. Later parts wait until the earlier ones are sent.
/// </summary>
internal sealed class ReplicaOutput(BlockPool pool)
{
    /// <summary>Bytes of its own, before anything shared.</summary>
    public ReplyBuffer Literal { get; } = new(pool);

    /// <summary>The payload being sent.</summary>
    public SnapshotCursor? Snapshot { get; set; }

    /// <summary>Whether the payload may go out: its header has.</summary>
    public bool SnapshotIsOpen { get; set; }

    /// <summary>Where the stream goes on; it pins the log from the snapshot's offset on.</summary>
    public LogCursor? Log { get; set; }

    /// <summary>Whether the stream may go out.</summary>
    public bool LogIsOpen { get; set; }

    /// <summary>Memory that waits because of this replica, bytes: its own, and the log from its block on. What client-output-buffer-limit bounds.</summary>
    public long MemoryBytes => Literal.PendingBytes + (Log is { IsOpen: true } ? Log.PinnedBytes : 0);

    /// <summary>Fills <paramref name="segments"/> with the next bytes; returns how many segments.</summary>
    public int Peek(Span<OutputSegment> segments)
    {
        var count = Literal.Peek(segments);
        if (count == segments.Length) return count;
        if (Snapshot != null) return SnapshotIsOpen ? count + Snapshot.Peek(segments[count..]) : count;
        return LogIsOpen && Log is { IsOpen: true } ? count + Log.Peek(segments[count..]) : count;
    }

    /// <summary>Drops bytes that were sent.</summary>
    public void Advance(long count)
    {
        var literal = Math.Min(count, Literal.PendingBytes);
        Literal.Advance(literal);
        count -= literal;
        if (count == 0) return;
        if (Snapshot != null) Snapshot.Advance(count);
        else Log!.Advance(count);
    }

    /// <summary>The payload is sent.</summary>
    public void CloseSnapshot()
    {
        Snapshot?.Close();
        Snapshot = null;
        SnapshotIsOpen = false;
    }

    /// <summary>Gives up everything.</summary>
    public void Close()
    {
        CloseSnapshot();
        Log?.Close();
        Log = null;
        LogIsOpen = false;
        Literal.Clear();
    }
}
