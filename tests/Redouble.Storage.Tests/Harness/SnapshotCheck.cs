using System.Text;
using Redouble.Core.Memory;
using Redouble.Storage.Snapshots;

namespace Redouble.Storage.Tests.Harness;

/// <summary>A running snapshot and the frozen copy that it must turn out to be.</summary>
internal sealed class SnapshotCheck
{
    private readonly KeyspaceProgram _program;
    private readonly Dictionary<string, Entry>[] _frozen;
    private readonly Dictionary<string, Entry>[] _emitted = KeyspaceProgram.NewModel();
    private readonly Queue<Block> _taken = new();
    private readonly StringBuilder _open = new();
    private (int Database, string Key, long ExpireAtMs) _openKey;
    private long _openBytesLeft;

    public SnapshotCheck(KeyspaceProgram program)
    {
        _program = program;
        _frozen = program.CopyOfModel();
        Snapshot = program.Keyspace.StartSnapshot();
        foreach (var (database, keys, expires) in Snapshot.Sizes)
        {
            Assert.Equal(_frozen[database].Count, keys);
            Assert.Equal(_frozen[database].Count(pair => pair.Value.ExpireAtMs >= 0), expires);
        }
    }

    public Snapshot Snapshot { get; }

    /// <summary>The encoder takes blocks, and may hold them for a while before it reads them.</summary>
    public void Take(bool evenPartial)
    {
        Assert.InRange(Snapshot.FormerStringBytes, 0, _program.HeapBytes); // a guarded build compares it with the tickets
        while (Snapshot.Queue.TryTakePart(out var part)) _taken.Enqueue(part);
        while (!Snapshot.Queue.IsValueOpen && !Snapshot.Queue.CanTakePart && Snapshot.Queue.TryTake(evenPartial, out var block)) _taken.Enqueue(block);
    }

    /// <summary>Large strings that came in parts.</summary>
    public int InParts { get; private set; }

    /// <summary>The encoder reads what it holds, and gives it back.</summary>
    public void Encode()
    {
        while (_taken.TryDequeue(out var block))
        {
            ReadOnlySpan<byte> frames = block.Written;
            while (SnapshotFrame.TryRead(ref frames, out var frame))
            {
                if (frame.Kind == SnapshotFrameKind.Part) AddPart(frame);
                else Begin(frame);
            }

            Snapshot.Queue.Release(block);
        }
    }

    private void Begin(in SnapshotFrame frame)
    {
        Assert.Equal(0, _openBytesLeft);
        var key = (frame.Database, Encoding.Latin1.GetString(frame.Key), frame.ExpireAtMs);
        if (frame.Kind == SnapshotFrameKind.Open) (_openKey, _openBytesLeft) = (key, frame.Count);
        else Add(key, Encoding.Latin1.GetString(frame.Value));
    }

    private void AddPart(in SnapshotFrame frame)
    {
        _open.Append(Encoding.Latin1.GetString(frame.Value));
        _openBytesLeft -= frame.Value.Length;
        Assert.InRange(_openBytesLeft, 0, long.MaxValue);
        if (_openBytesLeft > 0) return;
        Add(_openKey, _open.ToString());
        _open.Clear();
        InParts++;
    }

    // Throws where a key comes twice.
    private void Add((int Database, string Key, long ExpireAtMs) key, string value) => _emitted[key.Database].Add(key.Key, new Entry(value, key.ExpireAtMs));

    /// <summary>Walks to the end and compares.</summary>
    public void Finish()
    {
        while (!Snapshot.WalkFinished) Snapshot.Walk(100);
        Take(evenPartial: true);
        Encode();
        Assert.Equal(0, _openBytesLeft);
        for (var db = 0; db < _frozen.Length; db++) KeyspaceProgram.Same(_frozen[db], _emitted[db]);
        Assert.Equal(Snapshot.Keys, Snapshot.Queue.Frames);
        AssertNothingLeft();
        _program.Keyspace.FinishSnapshot();
    }

    /// <summary>Ends it where it is; what the encoder holds comes back later.</summary>
    public void Abort()
    {
        _program.Keyspace.AbortSnapshot();
        while (_taken.TryDequeue(out var block)) Snapshot.Queue.Release(block);
        AssertNothingLeft();
    }

    private void AssertNothingLeft() => Assert.Equal(
        (0L, 0L, 0L, 0L), (Snapshot.Queue.Bytes, Snapshot.Queue.HeldBytes, Snapshot.Queue.PageBytes, Snapshot.FormerStringBytes));
}
