using System.Text;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Snapshots;

namespace Redouble.Storage.Tests.Harness;

/// <summary>A running snapshot of lists, whose frames have to be the lists of its start.</summary>
internal sealed class ListSnapshotCheck(ListProgram program) : CollectionSnapshot(program.Keyspace)
{
    private readonly Dictionary<string, List<string>> _frozen = program.Model.ToDictionary(pair => pair.Key, pair => pair.Value.ToList());
    private readonly Dictionary<string, List<string>> _emitted = [];
    private string _open = "";

    protected override void AssertSame()
    {
        Assert.Equal(_frozen.Keys.Order(), _emitted.Keys.Order());
        foreach (var (key, values) in _frozen) Assert.Equal(values, _emitted[key]);
    }

    protected override void Read(in SnapshotFrame frame)
    {
        if (frame.Kind != SnapshotFrameKind.Part)
        {
            _open = Encoding.Latin1.GetString(frame.Key);
            _emitted.Add(_open, []); // throws where a key comes twice
        }

        if (frame.Kind == SnapshotFrameKind.Open) return;
        var isPlain = frame.Kind == SnapshotFrameKind.Part && frame.Encoding == ValueEncoding.Raw;
        _emitted[_open].AddRange(ListProgram.ElementsOf(frame.Value, isPlain));
    }
}
