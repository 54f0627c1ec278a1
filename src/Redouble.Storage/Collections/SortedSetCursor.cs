using System.Runtime.CompilerServices;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <summary>
/// A place in the order of a sorted set, packed or not: at an element, or at the end. Nothing may be written to the keyspace meanwhile.
/// </summary>
public ref struct SortedSetCursor
{
    // A step takes some 20 ns with what is done with its element, a record from memory 80.
    private const int ElementsAhead = 6;
    private const int ElementsBefore = 16;

    private readonly ReadOnlySpan<byte> _packed;
    private ReadOnlySpan<TreeEntry> _leaf; // of a large set
    private TreeCursor _tree;              // which leaf that is
    private int _at;                       // offset of the member, or index in the leaf; -1 at the end
    private Offsets _before;               // of members before it in a packed set, the nearest last: found by a walk, for that many steps back
    private int _beforeCount;

    internal SortedSetCursor(ReadOnlySpan<byte> packed, int at)
    {
        _packed = packed;
        _at = at;
    }

    internal SortedSetCursor(scoped in TreeCursor tree)
    {
        _tree = tree;
        _leaf = tree.Leaf;
        _at = tree.AtEnd ? -1 : tree.IndexInLeaf;
    }

    /// <summary>Whether there is no element here.</summary>
    public readonly bool AtEnd => _at < 0;

    /// <summary>The element's member.</summary>
    public readonly PackedValue Member => _packed.IsEmpty ? new PackedValue(Record.At(_leaf[_at].Item).Key) : PackedPairs.Get(_packed, _at);

    /// <summary>Whether the set is packed, so that <see cref="Member"/> may be an integer.</summary>
    public readonly bool IsPacked => !_packed.IsEmpty;

    /// <summary>The element's member, where the set is not packed.</summary>
    public readonly ReadOnlySpan<byte> MemberBytes => Record.At(_leaf[_at].Item).Key;

    /// <summary>The element's score.</summary>
    public readonly double Score =>
        _packed.IsEmpty ? SortedTable.ScoreOf(Record.At(_leaf[_at].Item)) : SortedTable.ScoreAt(_packed, _at);

    /// <summary>Starts to fetch the elements that come next: for whoever is about to go through a number of them.</summary>
    public readonly void Prefetch(bool backwards)
    {
        if (!_packed.IsEmpty || _at < 0) return;
        for (var i = 1; i < ElementsAhead; i++) PrefetchAt(backwards ? _at - i : _at + i);
    }

    /// <summary>Goes to the following element; false where there is none.</summary>
    public bool MoveNext()
    {
        if (_at < 0) return false;
        if (!_packed.IsEmpty)
        {
            _at = PackedPairs.Next(_packed, _at);
            _beforeCount = 0;
            return _at >= 0;
        }

        PrefetchAt(_at + ElementsAhead);
        return ++_at < _leaf.Length || Enter(_tree.MoveToNextLeaf());
    }

    /// <summary>Goes to the element before; false where there is none, and then the cursor is at the end.</summary>
    public bool MovePrevious()
    {
        if (_at < 0) return false;
        if (!_packed.IsEmpty)
        {
            if (_beforeCount == 0) _beforeCount = PackedPairs.Before(_packed, _at, _before);
            _at = _beforeCount > 0 ? _before[--_beforeCount] : -1;
            return _at >= 0;
        }

        PrefetchAt(_at - ElementsAhead);
        return --_at >= 0 || Enter(_tree.MoveToPreviousLeaf());
    }

    [InlineArray(ElementsBefore)]
    private struct Offsets
    {
        private int _first;
    }

    private bool Enter(bool hasLeaf)
    {
        _leaf = _tree.Leaf;
        _at = hasLeaf ? _tree.IndexInLeaf : -1;
        if (hasLeaf) Prefetch(backwards: _at > 0);
        return hasLeaf;
    }

    private readonly void PrefetchAt(int index)
    {
        if ((uint)index < (uint)_leaf.Length) Record.Prefetch(_leaf[index].Item);
    }
}
