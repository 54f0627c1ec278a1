namespace Redouble.Replication.Primary;

/// <summary>Primary side: the rates of one replica.</summary>
internal sealed class ReplicaMeter
{
    private readonly RateWindow _sent = new();
    private readonly RateWindow _stream = new();
    private readonly RateWindow _applied = new();

    /// <summary>Notes where the replica is now.</summary>
    public void Note(ReplicaLink link, long now)
    {
        _sent.Note(link.SentBytes, now);
        _stream.Note(link.StreamOffset, now);
        if (link.HasAcknowledged) _applied.Note(link.AckOffset, now);
    }

    /// <summary>Its place in the stream has been set, and its offset is not known yet: what comes is no movement.</summary>
    public void Restart(ReplicaLink link, long now)
    {
        _sent.Reset(link.SentBytes, now);
        _stream.Reset(link.StreamOffset, now);
    }

    /// <summary>It has acknowledged for the first time.</summary>
    public void RestartApplied(long offset, long now) => _applied.Reset(offset, now);

    public long SendRate(long sentBytes, long now) => _sent.PerSecond(sentBytes, now);

    public long StreamRate(long offset, long now) => _stream.PerSecond(offset, now);

    public long ApplyRate(long offset, long now) => _applied.PerSecond(offset, now);
}
