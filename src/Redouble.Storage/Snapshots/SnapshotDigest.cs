using Redouble.Core.Memory;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// The other consumer of a snapshot's frames: where an encoder makes a file of them, this makes a <see cref="KeyDigest"/> of each key. It reads the same queue,
/// so walk, tickets and writers know nothing of it; and it reads on the data thread, at once, so that nothing waits, spills or delays an abort.
/// <code>
///   Step:  walk ─► queue ─► frames of records ─► sink
///                        └► parts of the open value ─► ValueDigest … until the next one opens ─► sink
/// </code>
/// Costs about as much as the walk itself: a checksum over each value.
/// </summary>
public sealed class SnapshotDigest(Snapshot snapshot, IKeyDigestSink sink)
{
    /// <summary>Bytes of frames that a step lets come together: a few blocks, still in the cache when they are read.</summary>
    private const long StepBytesMax = 128 << 10;

    private readonly ValueDigest _value = new();
    private readonly ValueDigest _openValue = new();
    private byte[] _openKey = [];
    private int _openDatabase;
    private long _openExpireAtMs;
    private bool _isOpen;

    /// <summary>Whether the sink has every key.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Emits about so many records, and digests what has come together.</summary>
    public void Step(int recordsMax)
    {
        if (!snapshot.WalkFinished) snapshot.Walk(recordsMax, StepBytesMax);
        Drain();
    }

    /// <summary>Digests what waits, whether the walk or a writer has put it there.</summary>
    public void Drain()
    {
        if (IsFinished) return;
        var queue = snapshot.Queue;
        while (queue.TryTake(evenPartial: true, out var block)) Digest(block);
        while (queue.TryTakePart(out var block, evenPartial: true)) Digest(block);
        if (!snapshot.WalkFinished) return;
        Close();
        IsFinished = true;
    }

    private void Digest(Block block)
    {
        ReadOnlySpan<byte> frames = block.Written;
        while (SnapshotFrame.TryRead(ref frames, out var frame)) Digest(frame);
        snapshot.Queue.Release(block);
    }

    private void Digest(in SnapshotFrame frame)
    {
        switch (frame.Kind)
        {
            case SnapshotFrameKind.Part:
                _openValue.AddPart(frame.Encoding, frame.Key, frame.Value, frame.ExpireAtMs);
                break;
            case SnapshotFrameKind.Run:
                _openValue.AddRun(frame.Value);
                break;
            case SnapshotFrameKind.Open:
                Close();
                _isOpen = true;
                _openKey = frame.Key.ToArray();
                _openDatabase = frame.Database;
                _openExpireAtMs = frame.ExpireAtMs;
                _openValue.Begin(frame.Type);
                break;
            default:
                _value.Begin(frame.Type);
                _value.AddWhole(frame.Encoding, frame.Value);
                sink.Take(new KeyDigest(frame.Database, frame.Key, frame.ExpireAtMs, _value.End()));
                break;
        }
    }

    private void Close()
    {
        if (!_isOpen) return;
        _isOpen = false;
        sink.Take(new KeyDigest(_openDatabase, _openKey, _openExpireAtMs, _openValue.End()));
    }
}
