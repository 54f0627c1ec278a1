using Redouble.Storage.Keyspace;
using Redouble.Storage.Snapshots;

namespace Redouble.Engine.Verification;

/// <summary>An epoch whose keys are digested: the one snapshot that a keyspace can have at a time, until it is finished or abandoned.</summary>
internal sealed class DigestEpoch
{
    /// <summary>Bytes of frames that writers may leave between slices.</summary>
    private const long DrainFrom = 256 << 10;

    private readonly Keyspace _keyspace;
    private readonly Snapshot _snapshot;
    private readonly SnapshotDigest _digest;

    /// <summary>Starts it, at the edge of an execution unit.</summary>
    public DigestEpoch(Keyspace keyspace, IKeyDigestSink sink)
    {
        _keyspace = keyspace;
        _snapshot = keyspace.StartSnapshot();
        _digest = new SnapshotDigest(_snapshot, sink);
    }

    /// <summary>Whether the sink has all keys.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Why nothing can come of it any more, or null.</summary>
    public string? Loss => IsFinished ? null : _snapshot.Loss;

    /// <summary>Keys emitted, and in all.</summary>
    public (long Done, long Total) Progress => (_snapshot.Queue.Frames, _snapshot.Keys);

    /// <summary>Memory that waits: what is kept of large collections that are written to. Pages of strings do not count, as in any snapshot.</summary>
    public long Bytes => IsFinished ? 0 : _snapshot.Queue.Bytes + _snapshot.Queue.HeldBytes;

    /// <summary>Goes on by about so many records.</summary>
    public void Step(int records)
    {
        if (IsFinished) return;
        _digest.Step(records);
        if (!_digest.IsFinished) return;
        IsFinished = true;
        _keyspace.FinishSnapshot();
    }

    /// <summary>Digests what writers have saved ahead of the walk, once it is worth it: it costs less than the write that was the reason.</summary>
    public void DrainIfLarge()
    {
        if (!IsFinished && _snapshot.Queue.Bytes >= DrainFrom) _digest.Drain();
    }

    /// <summary>Ends it, at once.</summary>
    public void Abandon()
    {
        if (!IsFinished && _keyspace.Snapshot == _snapshot) _keyspace.AbortSnapshot();
        IsFinished = true;
    }
}
