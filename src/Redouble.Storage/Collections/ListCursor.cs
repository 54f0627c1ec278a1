using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <summary>A place in a list, which goes from element to element in both directions. Nothing may be written to the keyspace meanwhile.</summary>
public ref struct ListCursor
{
    private readonly bool _isLarge;
    private TreeCursor _leaves;
    private ReadOnlySpan<byte> _content;
    private bool _isPlain;
    private int _at; // offset of the element in its listpack, 0 for a plain one, -1 for none

    internal ListCursor(ReadOnlySpan<byte> packed, int at)
    {
        _content = packed;
        _at = at;
    }

    internal ListCursor(TreeCursor leaves, long within)
    {
        _isLarge = true;
        _leaves = leaves;
        _at = -1;
        if (leaves.AtEnd) return;
        Enter();
        if (!_isPlain) _at = Listpack.Seek(_content, within);
    }

    /// <summary>Whether there is no element at it.</summary>
    public readonly bool AtEnd => _at < 0;

    /// <summary>The element.</summary>
    public readonly PackedValue Value => _isPlain ? new PackedValue(_content) : Listpack.Get(_content, _at);

    /// <summary>
    /// The listpack that the element is in, and where: for those who go through the entries behind it themselves and then call <see cref="LeaveRun"/>.
    /// False for an element in none.
    /// </summary>
    public readonly bool TryGetRun(out ReadOnlySpan<byte> listpack, out int at)
    {
        listpack = _content;
        at = _at;
        return _at >= 0 && !_isPlain;
    }

    /// <summary>Goes behind the last entry of the listpack that the element is in.</summary>
    public bool LeaveRun() => _isLarge && MoveToNextLeaf();

    /// <summary>Goes to the following element; false at the end.</summary>
    public bool MoveNext()
    {
        if (_at < 0) return false;
        if (!_isPlain)
        {
            _at = Listpack.Next(_content, _at);
            if (_at >= 0) return true;
        }

        return _isLarge && MoveToNextLeaf();
    }

    /// <summary>Goes to the element before; false at the end.</summary>
    public bool MovePrevious()
    {
        if (_at < 0) return false;
        if (!_isPlain)
        {
            _at = Listpack.Previous(_content, _at);
            if (_at >= 0) return true;
        }

        return _isLarge && MoveToPreviousLeaf();
    }

    private bool MoveToNextLeaf()
    {
        _at = -1;
        if (!_leaves.MoveNext()) return false;
        Enter();
        if (!_isPlain) _at = Listpack.First(_content);
        return true;
    }

    private bool MoveToPreviousLeaf()
    {
        _at = -1;
        if (!_leaves.MovePrevious()) return false;
        Enter();
        if (!_isPlain) _at = Listpack.Last(_content);
        return true;
    }

    private void Enter()
    {
        var leaf = ListLeaf.At(_leaves.Item);
        _content = leaf.Content;
        _isPlain = leaf.IsPlain;
        _at = 0;
    }
}

/// <summary>The parts in which a list is written to files: listpacks, and elements that are too long for one. Nothing may be written meanwhile.</summary>
public ref struct ListNodes
{
    private readonly bool _isLarge;
    private TreeCursor _leaves;
    private bool _begun;

    internal ListNodes(ReadOnlySpan<byte> packed)
    {
        Content = packed;
        Count = 1;
    }

    internal ListNodes(TreeCursor leaves, long count)
    {
        _isLarge = true;
        _leaves = leaves;
        Count = count;
    }

    /// <summary>Parts in all.</summary>
    public long Count { get; }

    /// <summary>The listpack, or the element.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>Whether it is an element.</summary>
    public bool IsPlain { get; private set; }

    /// <summary>Goes to the next one; false behind the last.</summary>
    public bool MoveNext()
    {
        if (!_isLarge)
        {
            var isFirst = !_begun;
            _begun = true;
            return isFirst;
        }

        if (_begun) _leaves.MoveNext();
        _begun = true;
        if (_leaves.AtEnd) return false;
        var leaf = ListLeaf.At(_leaves.Item);
        Content = leaf.Content;
        IsPlain = leaf.IsPlain;
        return true;
    }
}
