using System.Text;
using Redouble.Replication.Identity;
using Redouble.Replication.Log;

namespace Redouble.Replication.Primary;

/// <summary>Whether a replica may go on where it stopped, or why not.</summary>
/// <param name="IsPossible">Whether +CONTINUE is right.</param>
/// <param name="Reasons">Log lines that say why not.</param>
internal readonly record struct PartialResync(bool IsPossible, string[] Reasons)
{
    /// <summary>
    /// Decides on <c>PSYNC id offset</c>, where <paramref name="offset"/> is the first byte that the replica has not got. It must have
    /// followed our history up to there (its id is ours, or our former one and the offset at most the one up to which that was ours),
    /// and the log must hold that byte or end right before it. One that knows no times of fields must be able to apply what follows.
    /// </summary>
    public static PartialResync Decide(ReplicationHistory history, ReadOnlySpan<byte> id, long offset, string replica, bool knowsFieldExpiry)
    {
        var identity = history.Identity;
        var isSecond = identity.SecondOffset >= 0 && identity.SecondId.Matches(id);
        if (!identity.Id.Matches(id) && (!isSecond || offset > identity.SecondOffset))
        {
            return new PartialResync(false, [MismatchText(identity, id, isSecond, offset, replica)]);
        }

        var log = history.Log;
        if (log.IsActive && offset >= log.FirstOffset && offset <= log.EndOffset + 1)
        {
            return knowsFieldExpiry || offset > log.FieldExpiryOffset ? new PartialResync(true, [])
                : new PartialResync(false, [FieldExpiryText(log, offset, replica)]);
        }

        var lack = $"Unable to partial resync with replica {replica} for lack of backlog (Replica request was: {offset}).";
        return log.IsActive && offset > log.EndOffset + 1
            ? new PartialResync(false, [lack, $"Warning: replica {replica} tried to PSYNC with an offset that is greater than the master replication offset."])
            : new PartialResync(false, [lack]);
    }

    private static string FieldExpiryText(ReplicationLog log, long offset, string replica) =>
        $"Unable to partial resync with replica {replica}: it may be a Redis before 7.4, which drops transactions with times of hash fields in them, and " +
        $"there is one up to offset {log.FieldExpiryOffset} (Replica request was: {offset}). See repl-oldest-redis-replica.";

    private static string MismatchText(ReplicationIdentity identity, ReadOnlySpan<byte> id, bool isSecond, long offset, string replica)
    {
        if (id.SequenceEqual("?"u8)) return $"Full resync requested by replica {replica}";
        return isSecond
            ? $"Partial resynchronization not accepted: Requested offset for second ID was {offset}, but I can reply up to {identity.SecondOffset}"
            : $"Partial resynchronization not accepted: Replication ID mismatch (Replica asked for '{Encoding.Latin1.GetString(id)}', " +
                $"my replication IDs are '{identity.Id}' and '{identity.SecondId}')";
    }
}
