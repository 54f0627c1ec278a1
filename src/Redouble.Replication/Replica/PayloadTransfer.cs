using static Redouble.Replication.Replica.PrimaryLines;

namespace Redouble.Replication.Replica;

/// <summary>Replica side: a full sync's payload on its way to the host, on whichever connection it comes.</summary>
internal sealed class PayloadTransfer(PrimaryLink link, IReplicaHost host)
{
    private readonly PayloadReader _reader = new();

    /// <summary>Whether the host has begun a full sync that it has not ended yet.</summary>
    public bool IsOn { get; private set; }

    /// <summary>Whether the payload ends with a mark.</summary>
    public bool HasMark => _reader.HasMark;

    /// <summary>Bytes announced (0 when it ends with a mark, -1 before the header) and received.</summary>
    public (long Total, long Received) Progress => (_reader.HasMark ? 0 : _reader.Length, _reader.Received);

    /// <summary>Waits for a header.</summary>
    public void Reset() => _reader.Reset();

    /// <summary>The host is through with it: completed, given up or aborted.</summary>
    public void End() => IsOn = false;

    /// <summary>Gives up a full sync that is on; returns whether the data set is that of the history still.</summary>
    public bool Abort()
    {
        if (!IsOn) return true;
        IsOn = false;
        return host.AbortFullSync();
    }

    /// <summary>Reads the header; null when it is one, otherwise what is wrong.</summary>
    public string? ReadHeader(ReadOnlySpan<byte> line)
    {
        if (line[0] == '-') return $"MASTER aborted replication with an error: {Text(line[1..])}";
        return _reader.TryReadHeader(line) ? null
            : $"Bad protocol from MASTER, the first byte is not '$' (we received '{Text(line)}'), are you sure the host and port are right?";
    }

    /// <summary>Behind the header: hands over to the host, which may give up at once.</summary>
    public void Begin(FullSyncStart place)
    {
        var target = host.LoadsDirectly ? "to parser" : "to disk";
        host.Log(
            LogLevel.Notice,
            _reader.HasMark ? $"MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF {target}"
                : $"MASTER <-> REPLICA sync: receiving {_reader.Length} bytes from master {target}");
        IsOn = true;
        host.BeginFullSync(link, place with { LengthBytes = _reader.Length });
    }

    /// <summary>Takes what the host wants of the received bytes; true when the payload is complete. <see cref="IsOn"/> ends when the host gave up.</summary>
    public bool Read(ReceiveBuffer buffer, out bool moved)
    {
        var unread = buffer.Unread;
        moved = false;
        if (!host.WantsPayload || (unread.IsEmpty && _reader.Length != _reader.Received)) return false;
        unread = unread[..Math.Min(unread.Length, Math.Max(host.PayloadMax, PayloadReader.WindowMin))];
        var complete = _reader.Split(unread, out var length, out var consumed);
        if (length > 0) host.ReceivePayload(unread[..length]);
        if (!IsOn) return false;
        buffer.Consume(consumed);
        moved = consumed > 0;
        return complete;
    }
}
