using Redouble.Core.Memory;

namespace Redouble.Replication.Log;

/// <summary>The blocks of a chain in offset order: added at the end, removed at the start, found by offset in O(log n).</summary>
internal sealed class BlockRing
{
    private Block[] _blocks = new Block[16]; // a power of two
    private int _head;

    public int Count { get; private set; }

    public Block First => _blocks[_head];

    public Block Last => this[Count - 1];

    public void Add(Block block)
    {
        if (Count == _blocks.Length) Grow();
        _blocks[(_head + Count) & (_blocks.Length - 1)] = block;
        Count++;
    }

    public Block RemoveFirst()
    {
        var block = _blocks[_head];
        _blocks[_head] = Block.None;
        _head = (_head + 1) & (_blocks.Length - 1);
        Count--;
        return block;
    }

    public Block RemoveLast()
    {
        var block = Last;
        Count--;
        _blocks[(_head + Count) & (_blocks.Length - 1)] = Block.None;
        return block;
    }

    /// <summary>The last block whose first offset is at most <paramref name="offset"/>; there must be one.</summary>
    public Block Find(long offset)
    {
        int low = 0, high = Count - 1;
        while (low < high)
        {
            var middle = (low + high + 1) >>> 1;
            if (this[middle].BaseOffset <= offset) low = middle;
            else high = middle - 1;
        }

        return this[low];
    }

    private Block this[int index] => _blocks[(_head + index) & (_blocks.Length - 1)];

    private void Grow()
    {
        var larger = new Block[_blocks.Length * 2];
        for (var i = 0; i < Count; i++) larger[i] = this[i];
        _blocks = larger;
        _head = 0;
    }
}
