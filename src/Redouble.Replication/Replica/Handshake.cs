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

    /// <summary>First message on a new connection.</summary>
    public void SendPing() => Send("PING");

    /// <summary>Who we are and what we can; returns the state of the first reply.</summary>
    /// <param name="asksPlace">Whether there is something to go on from, so that it matters where the primary stands.</param>
    public PrimaryLinkState SendIntroduction(bool asksPlace)
    {
        _hasPlace = asksPlace;
        _hasAddress = settings.AnnouncedAddress.Length > 0;
        _hasVersion = settings.AnnouncedVersion.Length > 0;
        var authentication = settings.Authentication;
        if (authentication != null) Send(authentication);
        Send("REPLCONF", "listening-port", settings.AnnouncedPort.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (_hasAddress) Send("REPLCONF", "ip-address", settings.AnnouncedAddress);
        Send("REPLCONF", "capa", "eof", "capa", "psync2", "capa", "redouble");
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

    private void Send(params ReadOnlySpan<string> words) => _writer.Request(words);
}
