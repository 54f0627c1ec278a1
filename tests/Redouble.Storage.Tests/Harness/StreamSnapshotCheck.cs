using System.Text;
using Redouble.Core.Memory;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Snapshots;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Tests.Harness;

/// <summary>A running snapshot of streams, whose frames have to be the streams of its start: read back by a builder into a keyspace of their own.</summary>
internal sealed class StreamSnapshotCheck
{
    private readonly StreamProgram _program;
    private readonly Dictionary<string, List<string>> _frozen;
    private readonly Dictionary<string, byte[]> _tails = [];
    private readonly Dictionary<string, List<byte>> _emittedTails = [];
    private readonly StreamProgram _copy = new(4096, 100);
    private string _open = "";
    private long _nodesLeft;

    public StreamSnapshotCheck(StreamProgram program)
    {
        _program = program;
        _frozen = program.Model.ToDictionary(pair => pair.Key, pair => pair.Value.Select(StreamProgram.Text).ToList());
        foreach (var key in program.Model.Keys) _tails.Add(key, TailOf(program.Read(key)));
        Snapshot = program.Keyspace.StartSnapshot();
    }

    public Snapshot Snapshot { get; }

    public void Take()
    {
        while (Snapshot.Queue.TryTakePart(out var parts)) Read(parts);
    }

    public void Finish()
    {
        while (!Snapshot.WalkFinished) Snapshot.Walk(50);
        Take();
        Store();
        Assert.Equal(_frozen.Keys.Order(), _emittedTails.Keys.Order());
        foreach (var (key, entries) in _frozen)
        {
            Assert.Equal(_tails[key], _emittedTails[key].ToArray());
            Assert.Equal(entries, StreamProgram.EntriesOf(_copy.Read(key), StreamId.Min, StreamId.Max, isReverse: false));
        }

        Assert.Equal((0L, 0L), (Snapshot.Queue.Bytes, Snapshot.Queue.OrphanedBytes));
        _program.Keyspace.FinishSnapshot();
        _copy.Keyspace.Builder.Drop();
        _copy.Dispose();
    }

    public void Abort()
    {
        _program.Keyspace.AbortSnapshot();
        Assert.Equal((0L, 0L), (Snapshot.Queue.Bytes, Snapshot.Queue.OrphanedBytes));
        _copy.Keyspace.Builder.Drop();
        _copy.Dispose();
    }

    private static byte[] TailOf(StreamValueReader stream)
    {
        var tail = new StreamTail();
        stream.CopyTail(tail);
        List<byte> bytes = [];
        for (var i = 0; i < tail.ChunkCount; i++) bytes.AddRange(tail.Chunk(i));
        return [.. bytes];
    }

    private void Read(Block block)
    {
        ReadOnlySpan<byte> frames = block.Written;
        while (SnapshotFrame.TryRead(ref frames, out var frame))
        {
            if (frame.Kind == SnapshotFrameKind.Open)
            {
                Store();
                (_open, _nodesLeft) = (Encoding.Latin1.GetString(frame.Key), frame.Count);
                _emittedTails.Add(_open, []); // throws where a key comes twice
                _copy.Keyspace.Builder.Begin(ValueType.Stream, frame.Count);
                continue;
            }

            Assert.Equal(SnapshotFrameKind.Part, frame.Kind);
            if (frame.Encoding == ValueEncoding.Stream)
            {
                Assert.Equal(0, _nodesLeft);
                _emittedTails[_open].AddRange(frame.Value);
                continue;
            }

            _nodesLeft--;
            _copy.Keyspace.Builder.AddStreamNode(StreamId.Read(frame.Value), frame.Value[StreamId.StoredSize..]);
        }

        Snapshot.Queue.Release(block);
    }

    private void Store()
    {
        if (_open.Length == 0) return;
        Assert.Equal(0, _nodesLeft);
        var key = StreamProgram.Bytes(_open);
        _copy.Keyspace[0].Put(key, _copy.Keyspace.Hash(key), _copy.Keyspace.Builder);
        _open = "";
    }
}
