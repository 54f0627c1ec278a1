using Redouble.Replication.Identity;

namespace Redouble.Replication.Replica;

/// <summary>The full sync that begins.</summary>
/// <param name="Id">The primary's history; <see cref="ReplicationId.None"/> after SYNC, which does not tell.</param>
/// <param name="Offset">The snapshot's offset; -1 after SYNC.</param>
/// <param name="LengthBytes">Of the payload; -1 when it ends with a mark.</param>
public readonly record struct FullSyncStart(ReplicationId Id, long Offset, long LengthBytes);

/// <summary>What a <see cref="PrimaryLink"/> needs done: connections, and the data set as a whole.</summary>
public interface IReplicaHost
{
    /// <summary>
    /// Opens a connection for the link, to be reported by <see cref="PrimaryLink.OnConnected"/> or <see cref="PrimaryLink.OnClosed"/>, later.
    /// </summary>
    void Connect(PrimaryLink link, string host, int port);

    /// <summary>Closes the link's connection, or gives up opening it, without a report. Pending output is not sent.</summary>
    void Disconnect(PrimaryLink link);

    /// <summary>As <see cref="Connect"/>, for the second connection of a full sync over two channels.</summary>
    void ConnectChannel(SnapshotChannel channel, string host, int port);

    /// <summary>Closes the second connection, or gives up opening it, without a report.</summary>
    void DisconnectChannel(SnapshotChannel channel);

    /// <summary>Whether a payload that begins now is loaded as it comes, instead of being spooled first.</summary>
    bool LoadsDirectly => false;

    /// <summary>
    /// A payload (an RDB) begins: prepare to spool it, or to load it beside the present data set. From here on a host that cannot go on says so
    /// with <see cref="PrimaryLink.OnLoadFailed"/>, and nothing more of the payload comes.
    /// </summary>
    void BeginFullSync(PrimaryLink link, in FullSyncStart start);

    /// <summary>Whether more payload can be taken now. When it can again, the connection is read again.</summary>
    bool WantsPayload { get; }

    /// <summary>Most bytes of payload that should be handed over at once.</summary>
    int PayloadMax => int.MaxValue;

    /// <summary>The next bytes of the payload.</summary>
    void ReceivePayload(ReadOnlySpan<byte> bytes);

    /// <summary>
    /// The payload is complete: replace the data set, in slices if that takes long, and report with
    /// <see cref="PrimaryLink.OnLoadCompleted"/> or <see cref="PrimaryLink.OnLoadFailed"/>, now or later.
    /// </summary>
    void EndPayload(PrimaryLink link);

    /// <summary>The full sync is off (payload, load or both). Returns whether the data set is still the old one, untouched.</summary>
    bool AbortFullSync();

    /// <summary>The data set is that of the primary, and its stream is followed from here on.</summary>
    void OnUp()
    {
    }

    /// <summary>The primary asked for our offset with an argument other than <c>*</c>; <paramref name="offset"/> is that of the mark's end.</summary>
    void OnMark(ReadOnlySpan<byte> argument, long offset);

    /// <summary>Whether nothing may be sent now, as what was applied is not on the disk yet: an ACK would promise what a crash can take.</summary>
    bool HoldsOutput => false;

    /// <summary>Whether the primary is asked to become one by PSYNC … FAILOVER.</summary>
    bool AsksForPromotion => false;

    /// <summary>The last byte that the primary must have to be asked so; -1 when any will do.</summary>
    long PromotionOffset => -1;

    /// <summary>The primary has answered that: with a sync, or with a refusal, upon which the link may be stopped.</summary>
    void OnPromotionAnswered(bool accepted)
    {
    }

    /// <summary>A line for the server's log.</summary>
    void Log(LogLevel level, string text);
}
