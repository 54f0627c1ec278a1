using System.Buffers.Binary;
using System.Text;
using Redouble.Core.Memory;
using Redouble.Core.Text;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Snapshots;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Tests.Harness;

/// <summary>A running snapshot of sorted sets and the frozen copy that it must turn out to be.</summary>
internal sealed class SortedSetSnapshotCheck(SortedSetProgram program)
{
    private readonly Dictionary<string, Dictionary<string, double>>[] _frozen = program.CopyOfModel();
    private readonly Dictionary<string, Dictionary<string, double>>[] _emitted = [[], []];
    private Dictionary<string, double> _open = [];
    private long _openCount;

    public Snapshot Snapshot { get; } = program.Keyspace.StartSnapshot();

    /// <summary>Takes and reads what may be taken now.</summary>
    public void Take(bool evenPartial)
    {
        while (Snapshot.Queue.TryTakePart(out var block)) Read(block);
        while (!Snapshot.Queue.IsValueOpen && !Snapshot.Queue.CanTakePart && Snapshot.Queue.TryTake(evenPartial, out var block)) Read(block);
    }

    /// <summary>Walks to the end and compares.</summary>
    public void Finish()
    {
        while (!Snapshot.WalkFinished) Snapshot.Walk(7);
        Take(evenPartial: true);
        for (var db = 0; db < _frozen.Length; db++)
        {
            Assert.Equal(_frozen[db].Keys.Order(), _emitted[db].Keys.Order());
            foreach (var (key, expected) in _frozen[db]) Assert.Equal(expected, _emitted[db][key]);
        }

        Assert.Equal(0, Snapshot.Queue.Bytes);
        program.Keyspace.FinishSnapshot();
    }

    /// <summary>Ends it where it is.</summary>
    public void Abort()
    {
        program.Keyspace.AbortSnapshot();
        Assert.Equal(0, Snapshot.Queue.Bytes);
    }

    private void Read(Block block)
    {
        ReadOnlySpan<byte> frames = block.Written;
        while (SnapshotFrame.TryRead(ref frames, out var frame)) Read(frame);
        Snapshot.Queue.Release(block);
    }

    private void Read(in SnapshotFrame frame)
    {
        if (frame.Kind == SnapshotFrameKind.Part)
        {
            Assert.True(_openCount-- > 0, "More elements came than were announced.");
            _open.Add(Encoding.Latin1.GetString(frame.Key), BinaryPrimitives.ReadDoubleLittleEndian(frame.Value));
            return;
        }

        Assert.Equal(0, _openCount);
        _open = [];
        _emitted[frame.Database].Add(Encoding.Latin1.GetString(frame.Key), _open);
        if (frame.Kind == SnapshotFrameKind.Open)
        {
            _openCount = frame.Count;
            return;
        }

        Assert.Equal(ValueEncoding.Listpack, frame.Encoding);
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        for (var at = Listpack.First(frame.Value); at >= 0; at = Listpack.Next(frame.Value, at))
        {
            var member = CollectionProgram.Text(Listpack.Get(frame.Value, at));
            at = Listpack.Next(frame.Value, at);
            Assert.True(Doubles.TryParse(Listpack.Get(frame.Value, at).Text(digits), out var score));
            _open.Add(member, score);
        }
    }
}
