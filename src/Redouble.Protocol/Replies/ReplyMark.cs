namespace Redouble.Protocol.Replies;

/// <summary>A place in a <see cref="ReplyBuffer"/> to come back to.</summary>
public readonly struct ReplyMark
{
    internal ReplyMark(long segment, int written, int deferredCount) => (Segment, Written, DeferredCount) = (segment, written, deferredCount);

    // Number of the segment that was open, bytes used of its block (-1: it was empty), deferred headers open.
    internal long Segment { get; }

    internal int Written { get; }

    internal int DeferredCount { get; }
}

/// <summary>A header whose count is written later, see <see cref="ReplyWriter.BeginDeferred"/>.</summary>
public readonly struct DeferredHeader
{
    internal DeferredHeader(long segment) => Segment = segment;

    internal long Segment { get; }
}
