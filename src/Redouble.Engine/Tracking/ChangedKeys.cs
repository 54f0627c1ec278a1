using Redouble.Engine.Sessions;
using Redouble.Protocol.Replies;

namespace Redouble.Engine.Tracking;

/// <summary>The changed keys of one prefix in a turn, in ascending order, each once.</summary>
/// <param name="bytes">Where the keys are.</param>
/// <param name="changes">The last change of each key.</param>
/// <param name="since">Earlier changes are not the prefix's.</param>
internal readonly ref struct ChangedKeys(ReadOnlySpan<byte> bytes, ReadOnlySpan<BroadcastTable.Change> changes, long since)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly ReadOnlySpan<BroadcastTable.Change> _changes = changes;
    private readonly long _since = since;

    /// <summary>Keys that the session has to hear of; under NOLOOP not those that it was the last to change itself.</summary>
    public int CountFor(Session session)
    {
        var except = Except(session);
        var count = 0;
        foreach (var change in _changes) count += IsFor(change, except) ? 1 : 0;
        return count;
    }

    /// <summary>Writes those keys as an array.</summary>
    public void Write(ReplyWriter writer, Session session)
    {
        var except = Except(session);
        writer.ArrayHeader(CountFor(session));
        foreach (var change in _changes)
        {
            if (IsFor(change, except)) writer.Bulk(_bytes.Slice(change.Start, change.Length));
        }
    }

    private static long Except(Session session) => session.Has(SessionFlags.TrackingNoLoop) ? session.Id : -1;

    private bool IsFor(BroadcastTable.Change change, long except) => change.Number >= _since && change.By != except;
}
