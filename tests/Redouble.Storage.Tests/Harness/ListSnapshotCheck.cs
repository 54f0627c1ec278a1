using System.Text;
using Redouble.Core.Memory;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Snapshots;

namespace Redouble.Storage.Tests.Harness;

/// <summary>A running snapshot of lists, whose frames have to be the lists of its start.</summary>
internal sealed class ListSnapshotCheck
{
    private readonly ListProgram _program;
    private readonly Dictionary<string, List<string>> _frozen;
    private readonly Dictionary<string, List<string>> _emitted = [];
    private string _open = "";
    private long _partsLeft;

    public ListSnapshotCheck(ListProgram program)
    {
        _program = program;
        _frozen = program.Model.ToDictionary(pair => pair.Key, pair => pair.Value.ToList());
        Snapshot = program.Keyspace.StartSnapshot();
    }

    public Snapshot Snapshot { get; }

    /// <summary>Reads what waits.</summary>
    public void Take()
    {
        while (Snapshot.Queue.TryTakePart(out var parts)) Read(parts);
        while (Snapshot.Queue.TryTake(evenPartial: true, out var records)) Read(records);
    }

    public void Finish()
    {
        while (!Snapshot.WalkFinished) Snapshot.Walk(50);
        Take();
        Assert.Equal(0, _partsLeft);
        Assert.Equal(_frozen.Keys.Order(), _emitted.Keys.Order());
        foreach (var (key, values) in _frozen) Assert.Equal(values, _emitted[key]);
        Assert.Equal((0L, 0L), (Snapshot.Queue.Bytes, Snapshot.Queue.OrphanedBytes));
        _program.Keyspace.FinishSnapshot();
    }

    public void Abort()
    {
        _program.Keyspace.AbortSnapshot();
        Assert.Equal((0L, 0L), (Snapshot.Queue.Bytes, Snapshot.Queue.OrphanedBytes));
    }

    private void Read(Block block)
    {
        ReadOnlySpan<byte> frames = block.Written;
        while (SnapshotFrame.TryRead(ref frames, out var frame))
        {
            var key = Encoding.Latin1.GetString(frame.Key);
            switch (frame.Kind)
            {
                case SnapshotFrameKind.Record:
                    _emitted.Add(key, [.. ListProgram.ElementsOf(frame.Value, isPlain: false)]); // throws where a key comes twice
                    break;
                case SnapshotFrameKind.Open:
                    Assert.Equal(0, _partsLeft);
                    (_open, _partsLeft) = (key, frame.Count);
                    _emitted.Add(key, []);
                    break;
                default:
                    _partsLeft--;
                    _emitted[_open].AddRange(ListProgram.ElementsOf(frame.Value, isPlain: frame.Encoding == ValueEncoding.Raw));
                    break;
            }
        }

        Snapshot.Queue.Release(block);
    }
}
