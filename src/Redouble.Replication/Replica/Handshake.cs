using Redouble.Core.Text;
using Redouble.Protocol.Replies;
using Redouble.Replication.Identity;

namespace Redouble.Replication.Replica;

/// <summary>
/// What a replica says before the stream, in Redis' order and grouping: PING alone; then AUTH and all REPLCONF in one go, whose replies
/// come back in order; then PSYNC.
/// </summary>
internal sealed class Handshake(ReplyBuffer output, ReplicationSettings settings)
{
    private readonly ReplyWriter _writer = new(output);
    private bool _hasAddress, _hasVersion, _hasPlace;

    /// <summary>Whether this connection has offered a full sync over two channels, as Valkey does.</summary>
    public bool OffersValkeyChannel { get; private set; }

    /// <summary>Whether it has offered it as Redis 8 does.</summary>
    public bool OffersRedisChannel { get; private set; }

    /// <summary>First message on a new connection.</summary>
    public void SendPing() => Send("PING");

    /// <summary>Who we are and what we can; returns the state of the first reply.</summary>
    /// <param name="asksPlace">Whether there is something to go on from, so that it matters where the primary stands.</param>
    /// <param name="withChannels">Whether a second channel may be offered, where the settings say so.</param>
    public PrimaryLinkState SendIntroduction(bool asksPlace, bool withChannels = true)
    {
        _hasPlace = asksPlace;
        OffersValkeyChannel = withChannels && settings.DualChannel;
        OffersRedisChannel = withChannels && settings.RdbChannel;
        _hasAddress = settings.AnnouncedAddress.Length > 0;
        _hasVersion = settings.AnnouncedVersion.Length > 0;
        var authentication = settings.Authentication;
        if (authentication != null) Send(authentication);
        Send("REPLCONF", "listening-port", settings.AnnouncedPort.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (_hasAddress) Send("REPLCONF", "ip-address", settings.AnnouncedAddress);
        SendCapabilities();
        if (_hasVersion) Send("REPLCONF", "version", settings.AnnouncedVersion);
        if (_hasPlace) Send("INFO", "replication");
        return authentication != null ? PrimaryLinkState.AuthReply : PrimaryLinkState.PortReply;
    }

    /// <summary>The reply that follows the one of <paramref name="state"/>; <see cref="PrimaryLinkState.PsyncReply"/> when PSYNC is to be sent.</summary>
    public PrimaryLinkState After(PrimaryLinkState state) => state switch
    {
        PrimaryLinkState.AuthReply => PrimaryLinkState.PortReply,
        PrimaryLinkState.PortReply => _hasAddress ? PrimaryLinkState.AddressReply : PrimaryLinkState.CapabilityReply,
        PrimaryLinkState.AddressReply => PrimaryLinkState.CapabilityReply,
        PrimaryLinkState.CapabilityReply when _hasVersion => PrimaryLinkState.VersionReply,
        PrimaryLinkState.CapabilityReply or PrimaryLinkState.VersionReply when _hasPlace => PrimaryLinkState.PlaceReply,
        _ => PrimaryLinkState.PsyncReply,
    };

    /// <summary>Asks to go on after <paramref name="point"/>, or for a full sync when there is none.</summary>
    /// <param name="point">Where this node stands.</param>
    /// <param name="failover">Whether the other one is to become a primary by that.</param>
    public void SendPsync(ResumePoint? point, bool failover)
    {
        var id = point == null ? "?" : point.Value.Id.ToString();
        var offset = point == null ? "-1" : (point.Value.Offset + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (failover) Send("PSYNC", id, offset, "FAILOVER");
        else Send("PSYNC", id, offset);
    }

    /// <summary>Two channels: asks for the stream behind the snapshot.</summary>
    public void SendPsync(ReplicationId id, long offset) => Send("PSYNC", id.ToString(), offset.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Two channels, Valkey: the number that the primary has given the other connection.</summary>
    public void SendAssociation(long client) =>
        Send("REPLCONF", "set-rdb-client-id", client.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>For primaries from before PSYNC; as an inline command, as Redis does.</summary>
    public void SendSync() => _writer.Raw("SYNC\r\n"u8);

    /// <summary>Reads <c>FULLRESYNC id offset</c> after its plus sign.</summary>
    public static bool TryReadFullResync(ReadOnlySpan<byte> line, out ReplicationId id, out long offset)
    {
        (id, offset) = (ReplicationId.None, -1);
        var rest = line["+FULLRESYNC".Length..].TrimStart((byte)' ');
        var space = rest.IndexOf((byte)' ');
        return space >= 0 && ReplicationId.TryParse(rest[..space], out id)
            && Integers.TryParse(rest[(space + 1)..], out offset) && offset is >= 0 and <= ReplicationHistory.OffsetMax;
    }

    // One who does not know a capability ignores it, and then goes on over one channel.
    private void SendCapabilities()
    {
        var channels = (OffersValkeyChannel ? 1 : 0) + (OffersRedisChannel ? 1 : 0);
        _writer.ArrayHeader(7 + (2 * channels));
        _writer.Bulk("REPLCONF"u8);
        SendCapability("eof"u8);
        SendCapability("psync2"u8);
        SendCapability("redouble"u8);
        if (OffersValkeyChannel) SendCapability("dual-channel"u8);
        if (OffersRedisChannel) SendCapability("rdb-channel-repl"u8);
    }

    private void SendCapability(ReadOnlySpan<byte> name)
    {
        _writer.Bulk("capa"u8);
        _writer.Bulk(name);
    }

    private void Send(params ReadOnlySpan<string> words) => _writer.Request(words);
}
