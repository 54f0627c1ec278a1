using Redouble.Replication.Identity;

namespace Redouble.Engine.Replication;

/// <summary>
/// Replica side: <c>replica-refuse-empty-primary</c>. A primary that lost its data set and started again has a history of its own, in which there is nothing.
/// A replica that followed it blindly would throw away the last copy.
/// <code>
///   full sync under an unrelated replid, no key in it, keys here ──► refused: the data stays, the link is down and says why
///   … or under one that goes on from ours, from before our end   ──► refused, as one that came back from an older file; taken from our end on
///   … and again under that replid, even with keys by then         ──► refused: it is the same lost history
///   REPLICAOF the same host and port again                        ──► taken
/// </code>
/// </summary>
public sealed class EmptyPrimaryGuard
{
    private readonly Node _node;
    private ReplicationId _refused;
    private bool _isRefusing;
    private bool _isForced;

    internal EmptyPrimaryGuard(Node node) => _node = node;

    /// <summary>Whether the data here is kept against a primary that would replace it by nothing.</summary>
    public bool IsRefusing => _isRefusing && _node.Config.ReplicaRefuseEmptyPrimary;

    /// <summary>REPLICAOF, before it is done: true when it is to the primary that is refused, which forces.</summary>
    internal bool Force(string host, int port)
    {
        var link = _node.Replication.Protocol.Primary;
        var isSame = _node.IsReplica && link.Port == port && string.Equals(link.Host, host, StringComparison.OrdinalIgnoreCase);
        var isAgain = (IsRefusing || _isForced) && _node.Config.ReplicaRefuseEmptyPrimary && isSame;
        (_isForced, _isRefusing) = (isAgain, false);
        return isAgain;
    }

    /// <summary>The node is the copy of its primary, or follows none: what was refused or forced is over.</summary>
    internal void Reset() => (_isForced, _isRefusing) = (false, false);

    /// <summary>Why a full sync must not replace the data set here, or null.</summary>
    /// <param name="id">The primary's history; <see cref="ReplicationId.None"/> when it tells none.</param>
    /// <param name="keys">Keys in it; -1 before it was read.</param>
    internal string? Refusal(ReplicationId id, long keys)
    {
        if (!_node.Config.ReplicaRefuseEmptyPrimary || _isForced) return null;
        var isSame = _isRefusing && id == _refused && !id.IsNone;
        if (!isSame && keys != 0) return null;
        var (history, parting) = (_node.Replication.Protocol.History, _node.Replication.Protocol.Primary.Parting.Offset);
        var lacking = history.Log.LastDataOffset - parting;
        if ((!id.IsNone && (id == history.Identity.Id || id == history.Identity.SecondId)) || (parting >= 0 && lacking <= 0)) return null;
        var mine = _node.Keyspace.TotalCount();
        if (mine == 0) return null;
        (_refused, _isRefusing) = (id, true);
        var what = isSame ? "started again without data" : "is empty";
        var why = parting < 0 ? "under a replication ID unrelated to this server's" : $"and has not had the last {lacking} bytes of data here";
        return $"The primary {what}, {why}: its data set is refused, the {mine} keys here are kept "
            + "(replica-refuse-empty-primary). REPLICAOF again to replace them.";
    }
}
