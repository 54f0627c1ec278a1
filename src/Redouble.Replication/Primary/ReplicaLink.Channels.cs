using System.Text;
using Redouble.Protocol.Replies;

namespace Redouble.Replication.Primary;

// A full sync over two connections: the payload comes on one (the channel), the stream behind it on the other (the main one) at the same time.
// So what is written during the sync waits in the replica's memory and not here. Until the main connection has asked for the stream, the channel
// holds the log at the snapshot's offset.
public sealed partial class ReplicaLink
{
    private ReplicaLink? _companion; // the other connection
    private long _channelClientId;   // of the channel, on a main connection that has said so

    /// <summary>Number of the client, as in CLIENT ID: by it the connections of one replica find each other.</summary>
    public long ClientId { get; }

    /// <summary>The connection on which it gets its payload.</summary>
    public ReplicaLink PayloadLink => !Options.IsChannel && _companion is { } channel ? channel : this;

    /// <summary>Whether options about channels are known here.</summary>
    internal bool SpeaksChannels => _owner.Settings.DualChannel || _owner.Settings.RdbChannel;

    /// <summary>Capabilities that count as unknown here, by configuration. The payload of a channel has no length, so it is not for syncs by file.</summary>
    internal ReplicaCapabilities Unavailable =>
        (_owner.Settings is { DualChannel: true, DisklessSync: true } ? ReplicaCapabilities.None : ReplicaCapabilities.DualChannel) |
        (_owner.Settings is { RdbChannel: true, DisklessSync: true } ? ReplicaCapabilities.None : ReplicaCapabilities.RdbChannel);

    // Whether it is sent a payload and nothing behind it.
    private bool IsPayloadOnly => Options.RdbOnly || Options.IsChannel;

    // The channel of a main connection that will ask for the stream itself.
    private bool IsChannelOfSync => Options.IsChannel && IsPrePsync;

    // Whether a connection for a payload has done its work.
    private bool IsThrough => IsPayloadOnly && (!Options.IsChannel || _companion != null);

    /// <summary>Notes which connection belongs to this one; false when there is no such.</summary>
    /// <param name="client">Its number.</param>
    /// <param name="isMain">Whether this is the main connection; else it is the channel.</param>
    internal bool TryAssociate(long client, bool isMain)
    {
        if (isMain)
        {
            if (IsReplica || _owner.FindChannel(client) == null) return false;
            _channelClientId = client;
            return true;
        }

        if (_owner.FindWaiting(client) is not { } main || IsReplica) return false;
        (_companion, main._companion) = (main, this);
        return true;
    }

    /// <summary>
    /// Whether it is a channel whose main connection has not come. Before its snapshot has begun nothing can be asked for behind it; and hidden by then it
    /// would never begin.
    /// </summary>
    internal bool IsFreeChannel =>
        Options.IsChannel && State is ReplicaLinkState.WaitEnd or ReplicaLinkState.SendBulk or ReplicaLinkState.Online && _companion == null;

    // Instead of a full sync here: tells the replica to ask for it on a second connection. False when it does not know how to.
    private bool OfferChannel(ReplyWriter reply, long now)
    {
        if (Options.IsChannel) return false;
        var isValkey = Options.Can(ReplicaCapabilities.DualChannel);
        if (!isValkey && !Options.Can(ReplicaCapabilities.RdbChannel)) return false;
        _owner.Host.Log(
            LogLevel.Notice, $"Replica {Name} is capable of dual channel synchronization, and partial sync isn't possible. " +
            "Full sync will continue with dedicated RDB channel.");
        if (isValkey)
        {
            reply.SimpleString("DUALCHANNELSYNC"u8);
            return true;
        }

        State = ReplicaLinkState.WaitChannel;
        AckTime = LastSent = now;
        _writer.SimpleString(Encoding.ASCII.GetBytes($"RDBCHANNELSYNC {ClientId}"));
        _owner.OnWaitsForChannel(this);
        return true;
    }

    // The channel's snapshot begins behind offset.
    private void EnterChannelSnapshot(long offset, long now)
    {
        var history = _owner.History;
        if (IsChannelOfSync)
        {
            _writer.Raw(Encoding.ASCII.GetBytes($"$ENDOFF:{offset} {history.Identity.Id} {_owner.ToldDatabase} {ClientId}\r\n"));
        }
        else if (_companion is { State: ReplicaLinkState.WaitChannel } main)
        {
            main.EnterBackgroundLoad(offset + 1, now);
            _owner.HideChannel(this);
        }
    }

    private void EnterBackgroundLoad(long offset, long now)
    {
        _output.Log = _owner.History.Log.TryOpenCursor(offset);
        _output.LogIsOpen = true;
        State = ReplicaLinkState.BackgroundLoad;
        AckTime = LastSent = now;
        _meter.Restart(this, now);
        Window.BeginSync(now);
    }

    // The stream of this main connection has begun: its cursor holds the log from now on.
    private void Attach(ReplicaLink channel)
    {
        (_companion, channel._companion) = (channel, this);
        channel._output.Log?.Close();
        channel._output.Log = null;
        _owner.HideChannel(channel);
        // While the end of the payload waits to be sent it closes behind that.
        if (channel.State == ReplicaLinkState.Online && channel._output.Literal.IsEmpty) channel.Close("RDB transfer completed, rdb only replica");
    }

    // The first ACK: the data set is loaded.
    private void EnterOnline()
    {
        State = ReplicaLinkState.Online;
        _owner.CountGood(AckTime);
        _owner.Host.Log(LogLevel.Notice, $"Synchronization with replica {Name} succeeded");
    }

    // One connection without the other is worth nothing, unless the payload is through.
    private void EndCompanion(bool isUnfinished)
    {
        var companion = _companion;
        _companion = null;
        if (companion == null) return;
        companion._companion = null;
        if (!Options.IsChannel || isUnfinished) companion.Close("the other connection of its full sync is gone");
        else companion.AckTime = _owner.History.Log.Now; // from now on it has to show itself that it lives
    }
}
