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
        while (Snapshot.Queue.TryTake(evenPartial, out var block)) _taken.Enqueue(block);
    }

    /// <summary>The encoder reads what it holds, and gives it back.</summary>
    public void Encode()
    {
        while (_taken.TryDequeue(out var block))
        {
            ReadOnlySpan<byte> frames = block.Written;
            while (SnapshotFrame.TryRead(ref frames, out var frame))
            {
                var entry = new Entry(Encoding.Latin1.GetString(frame.Value), frame.ExpireAtMs);
                // Add throws where a key comes twice.
                _emitted[frame.Database].Add(Encoding.Latin1.GetString(frame.Key), entry);
            }

            Snapshot.Queue.Release(block);
        }
    }

    /// <summary>Walks to the end and compares.</summary>
    public void Finish()
    {
        while (!Snapshot.WalkFinished) Snapshot.Walk(100);
        Take(evenPartial: true);
        Encode();
        for (var db = 0; db < _frozen.Length; db++) KeyspaceProgram.Same(_frozen[db], _emitted[db]);
        Assert.Equal(Snapshot.Keys, Snapshot.Queue.Frames);
        Assert.Equal(0, Snapshot.Queue.Bytes);
        _program.Keyspace.FinishSnapshot();
    }

    /// <summary>Ends it where it is; what the encoder holds comes back later.</summary>
    public void Abort()
    {
        _program.Keyspace.AbortSnapshot();
        Encode();
        Assert.Equal(0, Snapshot.Queue.Bytes);
    }
}
