using System.Text;
using Redouble.Core.Memory;
using Redouble.Storage.Snapshots;
using KeyspaceOfNode = Redouble.Storage.Keyspace.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Tests.Harness;

/// <summary>How often what happens to a snapshot in a random program: one in so many steps.</summary>
internal readonly record struct SnapshotPace(int Start, int WalkMax, int LimitedWalk, int QueueBytesMax, int Take, int Abort)
{
    /// <summary>Long programs over values of many elements.</summary>
    public static SnapshotPace Elements => new(Start: 60, WalkMax: 12, LimitedWalk: 4, QueueBytesMax: 40_000, Take: 6, Abort: 600);

    /// <summary>Shorter ones over values of few, large leaves.</summary>
    public static SnapshotPace Leaves => new(Start: 20, WalkMax: 40, LimitedWalk: 3, QueueBytesMax: 20_000, Take: 4, Abort: 120);
}

/// <summary>
/// A running snapshot of collections, taken as an encoder takes it: while a large value is open nothing but its parts. What was emitted has to
/// equal what a subclass has frozen at the start.
/// </summary>
internal abstract class CollectionSnapshot(KeyspaceOfNode keyspace)
{
    public Snapshot Snapshot { get; } = keyspace.StartSnapshot();

    /// <summary>Parts that the open value still has to have.</summary>
    protected long PartsLeft { get; private set; }

    /// <summary>A random program under snapshots that are walked, finished and aborted at any time; returns how many were.</summary>
    public static (int Finished, int Aborted) Run(Random random, int steps, SnapshotPace pace, Action<int> step, Func<CollectionSnapshot> start)
    {
        CollectionSnapshot? running = null;
        int finished = 0, aborted = 0;
        for (var i = 0; i < steps; i++)
        {
            step(i);
            if (running == null)
            {
                if (random.Next(pace.Start) == 0) running = start();
                continue;
            }

            if (random.Next(3) == 0)
            {
                var records = random.Next(pace.WalkMax);
                running.Snapshot.Walk(records, random.Next(pace.LimitedWalk) == 0 ? random.Next(pace.QueueBytesMax) : long.MaxValue);
            }

            if (random.Next(pace.Take) == 0) running.Take(evenPartial: random.Next(4) == 0);
            if (random.Next(pace.Abort) == 0)
            {
                running.Abort();
                aborted++;
                running = null;
            }
            else if (running.Snapshot.WalkFinished)
            {
                running.Finish();
                finished++;
                running = null;
            }
        }

        running?.Finish();
        return (finished, aborted);
    }

    /// <summary>Takes and reads what may be taken now.</summary>
    public void Take(bool evenPartial = true)
    {
        while (Snapshot.Queue.TryTakePart(out var block)) Read(block);
        while (!Snapshot.Queue.IsValueOpen && !Snapshot.Queue.CanTakePart && Snapshot.Queue.TryTake(evenPartial, out var block)) Read(block);
    }

    /// <summary>Walks to the end and compares.</summary>
    public void Finish()
    {
        while (!Snapshot.WalkFinished) Snapshot.Walk(7);
        Take();
        Assert.Equal(0, PartsLeft);
        AssertSame();
        Assert.Equal((0L, 0L), (Snapshot.Queue.Bytes, Snapshot.Queue.HeldBytes));
        keyspace.FinishSnapshot();
        End();
    }

    /// <summary>Ends it where it is.</summary>
    public void Abort()
    {
        keyspace.AbortSnapshot();
        Assert.Equal((0L, 0L), (Snapshot.Queue.Bytes, Snapshot.Queue.HeldBytes));
        End();
    }

    /// <summary>Reads a frame; the base has counted it among the parts of the open value.</summary>
    protected abstract void Read(in SnapshotFrame frame);

    /// <summary>What was emitted is what was frozen.</summary>
    protected abstract void AssertSame();

    /// <summary>Gives back what the comparison used.</summary>
    protected virtual void End()
    {
    }

    private void Read(Block block)
    {
        ReadOnlySpan<byte> frames = block.Written;
        while (SnapshotFrame.TryRead(ref frames, out var frame)) Count(frame);
        Snapshot.Queue.Release(block);
    }

    private void Count(in SnapshotFrame frame)
    {
        if (IsCounted(frame)) Assert.True((PartsLeft -= ElementsIn(frame, OpenType).Count) >= 0, "More parts came than were announced.");
        else Assert.Equal(0, PartsLeft);
        if (frame.Kind == SnapshotFrameKind.Open) PartsLeft = frame.Count;
        Read(frame);
    }

    /// <summary>Whether a frame is one of the parts that the head of its value counts.</summary>
    protected virtual bool IsCounted(in SnapshotFrame frame) => frame.Kind is SnapshotFrameKind.Part or SnapshotFrameKind.Run;

    /// <summary>Type of the value that was opened last, where it has elements.</summary>
    protected virtual ValueType OpenType => default;

    /// <summary>The elements of a part: itself, or those of a run.</summary>
    public static List<(string Name, string Value)> ElementsIn(in SnapshotFrame frame, ValueType type)
    {
        if (frame.Kind == SnapshotFrameKind.Part) return [(Encoding.Latin1.GetString(frame.Key), Encoding.Latin1.GetString(frame.Value))];
        Assert.Equal(SnapshotFrameKind.Run, frame.Kind);
        List<(string, string)> elements = [];
        for (var rest = frame.Value; !rest.IsEmpty;)
        {
            var name = Text(ref rest);
            elements.Add((name, type == ValueType.Hash ? Text(ref rest) : type == ValueType.SortedSet ? Take(ref rest, sizeof(double)) : ""));
        }

        return elements;
    }

    // What an RDB would have as an integer, or compressed, has no place in a run.
    private static string Text(ref ReadOnlySpan<byte> rest)
    {
        var length = rest[0];
        rest = rest[1..];
        var text = Take(ref rest, length);
        Assert.InRange(length, 0, 20);
        Assert.False(int.TryParse(text, out var number) && number.ToString() == text, text);
        return text;
    }

    private static string Take(ref ReadOnlySpan<byte> rest, int length)
    {
        var taken = Encoding.Latin1.GetString(rest[..length]);
        rest = rest[length..];
        return taken;
    }
}
