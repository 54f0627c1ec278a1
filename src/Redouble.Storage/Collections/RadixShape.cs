using System.Numerics;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <summary>
/// How many nodes the radix tree has in which Redis keeps the nodes of a stream, by their 16 bytes of id: XINFO STREAM tells. A node for each branching, for
/// each run of bytes between two branchings, and for each end.
/// </summary>
internal ref struct RadixShape
{
    /// <summary>Nodes that are looked at.</summary>
    internal const int CountedMax = 16 * 1024;

    private const int NoBranch = -1;
    private readonly Span<int> _open; // depths of the branchings on the way to the id before
    private int _top;
    private int _shared;
    private StreamId _before;
    private bool _hasBefore;
    private long _count;

    /// <param name="scratch">At least 17 numbers.</param>
    public RadixShape(Span<int> scratch)
    {
        _open = scratch;
        _top = -1;
        _shared = NoBranch;
    }

    /// <summary>Counts the nodes; where there are many, from the first ones: the rest is taken to be of the same kind.</summary>
    /// <param name="nodes">Begins at the first one.</param>
    /// <param name="total">How many there are.</param>
    public static long Count(TreeCursor nodes, long total)
    {
        var shape = new RadixShape(stackalloc int[StreamId.StoredSize + 1]);
        var counted = 0;
        for (; !nodes.AtEnd && counted < CountedMax; nodes.MoveNext(), counted++) shape.Add(StreamNode.IdOf(ListLeaf.At(nodes.Item)));
        var count = shape.End();
        return counted < total ? count * total / counted : count;
    }

    private static int SharedBytes(StreamId left, StreamId right) => left.Ms != right.Ms
        ? BitOperations.LeadingZeroCount(left.Ms ^ right.Ms) / 8
        : 8 + (BitOperations.LeadingZeroCount(left.Sequence ^ right.Sequence) / 8);

    private void Add(StreamId id)
    {
        if (_hasBefore) Close(SharedBytes(_before, id));
        _before = id;
        _hasBefore = true;
    }

    private long End()
    {
        if (!_hasBefore) return 1;
        Close(NoBranch);
        return _count;
    }

    // The id before shares so many bytes with the next.
    private void Close(int shared)
    {
        CountBelow(StreamId.StoredSize, Math.Max(_shared, shared));
        while (_top >= 0 && _open[_top] > shared)
        {
            var depth = _open[_top--];
            CountBelow(depth, Math.Max(_top >= 0 ? _open[_top] : NoBranch, shared));
        }

        if (shared >= 0 && (_top < 0 || _open[_top] < shared)) _open[++_top] = shared;
        _shared = shared;
    }

    private void CountBelow(int depth, int parent) => _count += depth > parent + 1 ? 2 : 1;
}
