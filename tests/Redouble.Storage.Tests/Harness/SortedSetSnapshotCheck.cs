using System.Buffers.Binary;
using System.Text;
using Redouble.Core.Text;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Snapshots;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Tests.Harness;

/// <summary>A running snapshot of sorted sets and the frozen copy that it must turn out to be.</summary>
internal sealed class SortedSetSnapshotCheck(SortedSetProgram program) : CollectionSnapshot(program.Keyspace)
{
    private readonly Dictionary<string, Dictionary<string, double>>[] _frozen = program.CopyOfModel();
    private readonly Dictionary<string, Dictionary<string, double>>[] _emitted = [[], []];
    private Dictionary<string, double> _open = [];

    /// <summary>The score whose bytes are these letters.</summary>
    public static double ScoreOf(string bits) => BinaryPrimitives.ReadDoubleLittleEndian(Encoding.Latin1.GetBytes(bits));

    protected override ValueType OpenType => ValueType.SortedSet;

    protected override void AssertSame()
    {
        for (var db = 0; db < _frozen.Length; db++)
        {
            Assert.Equal(_frozen[db].Keys.Order(), _emitted[db].Keys.Order());
            foreach (var (key, expected) in _frozen[db]) Assert.Equal(expected, _emitted[db][key]);
        }
    }

    protected override void Read(in SnapshotFrame frame)
    {
        if (frame.Kind is SnapshotFrameKind.Part or SnapshotFrameKind.Run)
        {
            foreach (var (member, bits) in ElementsIn(frame, OpenType)) _open.Add(member, ScoreOf(bits));
            return;
        }

        _open = [];
        _emitted[frame.Database].Add(Encoding.Latin1.GetString(frame.Key), _open);
        if (frame.Kind == SnapshotFrameKind.Open) return;
        Assert.Equal(ValueEncoding.Listpack, frame.Encoding);
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        for (var at = PackedPairs.First(frame.Value); at >= 0; at = PackedPairs.Next(frame.Value, at))
        {
            var score = PackedPairs.Get(frame.Value, PackedPairs.After(frame.Value, at));
            Assert.True(Doubles.TryParse(score.Text(digits), out var number));
            _open.Add(CollectionProgram.Text(PackedPairs.Get(frame.Value, at)), number);
        }
    }
}
