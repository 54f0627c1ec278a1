using System.Text;
using Redouble.Replication.Identity;

namespace Redouble.Engine.Persistence;

/// <summary>
/// What a node makes of its place in a history after a start, whatever kind of file told it.
/// <code>
///   files say            starts as a primary                          starts as a replica
///   a place              a new name; the stored one is good up to     goes on under the stored name: its primary holds the
///                        the place, for replicas of before            truth, and will see whether it knows that place
///   no place             a new history                                a full sync
/// </code>
/// A primary must not go on under the stored name: a crash may have lost writes that a replica has, and new ones would take their offsets.
/// </summary>
/// <param name="Id">The history that the data set belongs to; none when the data set has no place in any.</param>
/// <param name="Place">Its place there; null as well.</param>
/// <param name="Reason">Why it has none.</param>
internal readonly record struct RestartIdentity(ReplicationId Id, RecoveredPlace? Place, string Reason)
{
    /// <summary>Whether a history goes on here.</summary>
    public bool HasPlace => Place != null;

    /// <summary>Judges what was read.</summary>
    /// <param name="place">What the last thing read says, or null.</param>
    /// <param name="doubt">Why there is no place.</param>
    public static RestartIdentity Judge(RecoveredPlace? place, string doubt)
    {
        if (place == null) return new RestartIdentity(ReplicationId.None, null, doubt);
        if (place.Offset is < 0 or > ReplicationHistory.OffsetMax) return Judge(null, $"no primary can have come to the offset {place.Offset}");
        var isName = ReplicationId.TryParse(Encoding.Latin1.GetBytes(place.ReplicationId), out var id) && !id.IsNone;
        if (!isName) return Judge(null, "the name of the history is none");
        return new RestartIdentity(id, place, "");
    }
}
