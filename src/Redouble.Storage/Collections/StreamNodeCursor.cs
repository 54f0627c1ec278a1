using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <summary>Walks the nodes of a stream as they are stored.</summary>
public ref struct StreamNodeCursor
{
    private TreeCursor _nodes;
    private bool _hasBegun;

    internal StreamNodeCursor(TreeCursor nodes) => _nodes = nodes;

    /// <summary>16 bytes of id, big endian, and the listpack of entries relative to it.</summary>
    public readonly ReadOnlySpan<byte> Content => ListLeaf.At(_nodes.Item).Content;

    /// <summary>Steps to the first node, then to the next.</summary>
    public bool MoveNext()
    {
        if (_hasBegun) return _nodes.MoveNext();
        _hasBegun = true;
        return !_nodes.AtEnd;
    }
}
