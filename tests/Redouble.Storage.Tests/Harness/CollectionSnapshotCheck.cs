using System.Text;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Snapshots;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Tests.Harness;

/// <summary>A running snapshot of hashes and sets and the frozen copy that it must turn out to be.</summary>
internal sealed class CollectionSnapshotCheck(CollectionProgram program) : CollectionSnapshot(program.Keyspace)
{
    private readonly Dictionary<string, (ValueType Type, Dictionary<string, string> Elements)>[] _frozen = program.CopyOfModel();
    private readonly Dictionary<string, (ValueType Type, Dictionary<string, string> Elements)>[] _emitted = [[], []];
    private (ValueType Type, Dictionary<string, string> Elements) _open;
    private long _announcedMs;
    private long _earliestMs;

    protected override ValueType OpenType => _open.Type;

    protected override void AssertSame()
    {
        for (var db = 0; db < _frozen.Length; db++)
        {
            Assert.Equal(_frozen[db].Keys.Order(), _emitted[db].Keys.Order());
            foreach (var (key, expected) in _frozen[db])
            {
                Assert.Equal(expected.Type, _emitted[db][key].Type);
                Assert.Equal(expected.Elements, _emitted[db][key].Elements);
            }
        }
    }

    protected override void Read(in SnapshotFrame frame)
    {
        if (frame.Kind is SnapshotFrameKind.Part or SnapshotFrameKind.Run)
        {
            foreach (var (name, value) in ElementsIn(frame, _open.Type)) _open.Elements.Add(name, CollectionProgram.Timed(value, frame.ExpireAtMs));
            if (frame.ExpireAtMs >= 0) _earliestMs = Math.Min(_earliestMs, frame.ExpireAtMs);
            if (PartsLeft == 0) Assert.Equal(_announcedMs < 0 ? long.MaxValue : _announcedMs, _earliestMs);
            return;
        }

        _open = (frame.Type, []);
        _emitted[frame.Database].Add(Encoding.Latin1.GetString(frame.Key), _open);
        _earliestMs = long.MaxValue;
        if (frame.Kind == SnapshotFrameKind.Open) _announcedMs = frame.EarliestMs;
        else ReadPacked(frame);
    }

    private void ReadPacked(in SnapshotFrame frame)
    {
        var packed = frame.Value;
        for (var i = 0; frame.Encoding == ValueEncoding.Intset && i < Intset.Count(packed); i++) _open.Elements.Add(Intset.Get(packed, i).ToString(), "");
        if (frame.Encoding == ValueEncoding.Intset) return;
        if (frame.Type == ValueType.Hash && frame.Encoding == ValueEncoding.Listpack)
        {
            for (var at = PackedPairs.First(packed); at >= 0; at = PackedPairs.Next(packed, at))
            {
                var field = CollectionProgram.Text(PackedPairs.Get(packed, at));
                _open.Elements.Add(field, CollectionProgram.Text(PackedPairs.Get(packed, PackedPairs.After(packed, at))));
            }

            return;
        }

        for (var at = Listpack.First(packed); at >= 0; at = Listpack.Next(packed, at))
        {
            var name = CollectionProgram.Text(Listpack.Get(packed, at));
            if (frame.Type == ValueType.Hash) at = Listpack.Next(packed, at);
            var value = frame.Type == ValueType.Hash ? CollectionProgram.Text(Listpack.Get(packed, at)) : "";
            if (frame.Encoding == ValueEncoding.ListpackEx)
            {
                at = Listpack.Next(packed, at);
                var time = Listpack.Get(packed, at).Integer;
                value = CollectionProgram.Timed(value, time == 0 ? -1 : time);
            }

            _open.Elements.Add(name, value);
        }
    }
}
