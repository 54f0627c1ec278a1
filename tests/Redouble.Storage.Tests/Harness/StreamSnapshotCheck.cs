using System.Text;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Snapshots;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Tests.Harness;

/// <summary>A running snapshot of streams, whose frames have to be the streams of its start: read back by a builder into a keyspace of their own.</summary>
internal sealed class StreamSnapshotCheck(StreamProgram program) : CollectionSnapshot(program.Keyspace)
{
    private readonly Dictionary<string, List<string>> _frozen =
        program.Model.ToDictionary(pair => pair.Key, pair => pair.Value.Select(StreamProgram.Text).ToList());

    private readonly Dictionary<string, byte[]> _tails = program.Model.Keys.ToDictionary(key => key, key => TailOf(program.Read(key)));
    private readonly Dictionary<string, List<byte>> _emittedTails = [];
    private readonly StreamProgram _copy = new(4096, 100);
    private string _open = "";

    protected override void AssertSame()
    {
        Store();
        Assert.Equal(_frozen.Keys.Order(), _emittedTails.Keys.Order());
        foreach (var (key, entries) in _frozen)
        {
            Assert.Equal(_tails[key], _emittedTails[key].ToArray());
            Assert.Equal(entries, StreamProgram.EntriesOf(_copy.Read(key), StreamId.Min, StreamId.Max, isReverse: false));
        }
    }

    protected override void End()
    {
        _copy.Keyspace.Builder.Drop();
        _copy.Dispose();
    }

    // What follows the nodes is not counted with them, and comes when all are there.
    protected override bool IsCounted(in SnapshotFrame frame) => base.IsCounted(frame) && frame.Encoding != ValueEncoding.Stream;

    protected override void Read(in SnapshotFrame frame)
    {
        if (frame.Kind == SnapshotFrameKind.Open)
        {
            Store();
            _open = Encoding.Latin1.GetString(frame.Key);
            _emittedTails.Add(_open, []); // throws where a key comes twice
            _copy.Keyspace.Builder.Begin(ValueType.Stream, frame.Count);
            return;
        }

        Assert.Equal(SnapshotFrameKind.Part, frame.Kind);
        if (frame.Encoding == ValueEncoding.Stream) _emittedTails[_open].AddRange(frame.Value);
        else _copy.Keyspace.Builder.AddStreamNode(StreamId.Read(frame.Value), frame.Value[StreamId.StoredSize..]);
    }

    private static byte[] TailOf(StreamValueReader stream)
    {
        var tail = new StreamTail();
        stream.CopyTail(tail);
        List<byte> bytes = [];
        for (var i = 0; i < tail.ChunkCount; i++) bytes.AddRange(tail.Chunk(i));
        return [.. bytes];
    }

    private void Store()
    {
        if (_open.Length == 0) return;
        var key = StreamProgram.Bytes(_open);
        _copy.Keyspace[0].Put(key, _copy.Keyspace.Hash(key), _copy.Keyspace.Builder);
        _open = "";
    }
}
