using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <summary>
/// A place in the order of a sorted set, packed or not: at an element, or at the end. Nothing may be written to the keyspace meanwhile.
/// </summary>
public ref struct SortedSetCursor
{
    private readonly ReadOnlySpan<byte> _packed; // none: the tree's cursor counts
    private int _at;                             // offset of the member, or -1 at the end
    private TreeCursor _tree;

    internal SortedSetCursor(ReadOnlySpan<byte> packed, int at)
    {
        _packed = packed;
        _at = at;
    }

    internal SortedSetCursor(scoped in TreeCursor tree) => _tree = tree;

    /// <summary>Whether there is no element here.</summary>
    public readonly bool AtEnd => _packed.IsEmpty ? _tree.AtEnd : _at < 0;

    /// <summary>The element's member.</summary>
    public readonly PackedValue Member => _packed.IsEmpty ? new PackedValue(Record.At(_tree.Item).Key) : Listpack.Get(_packed, _at);

    /// <summary>The element's score.</summary>
    public readonly double Score =>
        _packed.IsEmpty ? SortedTable.ScoreOf(Record.At(_tree.Item)) : SortedTable.ScoreOf(Listpack.Get(_packed, Listpack.Next(_packed, _at)));

    /// <summary>Goes to the following element; false where there is none.</summary>
    public bool MoveNext()
    {
        if (_packed.IsEmpty) return _tree.MoveNext();
        if (_at >= 0) _at = Listpack.Next(_packed, Listpack.Next(_packed, _at));
        return _at >= 0;
    }

    /// <summary>Goes to the element before; false where there is none.</summary>
    public bool MovePrevious()
    {
        if (_packed.IsEmpty) return _tree.MovePrevious();
        if (_at >= 0) _at = Listpack.Previous(_packed, _at);
        if (_at >= 0) _at = Listpack.Previous(_packed, _at);
        return _at >= 0;
    }
}
