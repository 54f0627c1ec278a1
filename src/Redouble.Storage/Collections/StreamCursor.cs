using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <summary>Walks the entries of a stream between two ids, in their order or from the end. It ends with the next change of the stream's entries.</summary>
public ref struct StreamCursor
{
    private readonly StreamId _low;
    private readonly StreamId _high;
    private readonly bool _isReverse;
    private readonly bool _isOneNode;
    private TreeCursor _nodes;
    private bool _isDone;

    // The node.
    private ReadOnlySpan<byte> _listpack;
    private StreamId _nodeId;
    private long _masterFields;
    private int _masterNamesAt;

    // The entry: where it begins, where its next field or value is read, and how much of the listpack is left of it from there.
    private int _entryAt;
    private int _readAt;
    private long _left;
    private int _nameAt;
    private bool _hasOwnNames;

    internal StreamCursor(TreeCursor nodes, StreamId low, StreamId high, bool isReverse)
    {
        _nodes = nodes;
        _low = low;
        _high = high;
        _isReverse = isReverse;
        _isDone = nodes.AtEnd;
        if (!_isDone) EnterNode(ListLeaf.At(nodes.Item).Content);
    }

    private StreamCursor(ReadOnlySpan<byte> node)
    {
        _high = StreamId.Max;
        _isOneNode = true;
        EnterNode(node);
    }

    /// <summary>The entry's id.</summary>
    public StreamId Id { get; private set; }

    /// <summary>The entry's fields.</summary>
    public long FieldCount { get; private set; }

    internal readonly int EntryAt => _entryAt;

    internal readonly TreeCursor Nodes => _nodes;

    /// <summary>The entries of a node as it is stored: 16 bytes of id, and its listpack.</summary>
    internal static StreamCursor OfNode(ReadOnlySpan<byte> node) => new(node);

    /// <summary>Steps to the first entry, then to the next one that is not deleted.</summary>
    public bool MoveNext()
    {
        while (!_isDone)
        {
            if (!(_isReverse ? StepBack() : Step()))
            {
                _isDone = _isOneNode || !(_isReverse ? _nodes.MovePrevious() : _nodes.MoveNext());
                if (!_isDone) EnterNode(ListLeaf.At(_nodes.Item).Content);
                continue;
            }

            if (ReadHead()) continue; // its id says nothing of those behind it: see StreamNode
            if (_isReverse ? Id < _low : Id > _high)
            {
                _isDone = true;
                break;
            }

            if (_isReverse ? Id <= _high : Id >= _low) return true;
        }

        return false;
    }

    /// <summary>The next field and its value; to be called at most <see cref="FieldCount"/> times.</summary>
    public void ReadField(out PackedValue name, out PackedValue value)
    {
        if (_hasOwnNames)
        {
            name = Listpack.Get(_listpack, _readAt);
            _readAt = Listpack.After(_listpack, _readAt);
            _left--;
        }
        else
        {
            name = Listpack.Get(_listpack, _nameAt);
            _nameAt = Listpack.After(_listpack, _nameAt);
        }

        value = Listpack.Get(_listpack, _readAt);
        _readAt = Listpack.After(_listpack, _readAt);
        _left--;
    }

    private void EnterNode(ReadOnlySpan<byte> content)
    {
        _nodeId = StreamId.Read(content);
        _listpack = content[StreamId.StoredSize..];
        var at = StreamNode.FieldsAt(_listpack);
        _masterFields = Listpack.Get(_listpack, at).Integer;
        _masterNamesAt = Listpack.After(_listpack, at);
        _left = 0;
        _entryAt = Listpack.End(_listpack);
        if (!_isReverse) _readAt = StreamNode.Skip(_listpack, _masterNamesAt, _masterFields + 1);
    }

    private bool Step()
    {
        _entryAt = StreamNode.Skip(_listpack, _readAt, _left);
        return _entryAt < Listpack.End(_listpack);
    }

    // The count of listpack entries in front of an entry leads to the one before, or is the 0 at the master's end.
    private bool StepBack()
    {
        var at = Listpack.Previous(_listpack, _entryAt);
        var entries = Listpack.Get(_listpack, at).Integer;
        if (entries == 0) return false;
        for (; entries > 0; entries--) at = Listpack.Previous(_listpack, at);
        _entryAt = at;
        return true;
    }

    // Returns whether the entry is deleted.
    private bool ReadHead()
    {
        var flags = Listpack.Get(_listpack, _entryAt).Integer;
        var at = Listpack.After(_listpack, _entryAt);
        Id = StreamNode.Relative(_nodeId, _listpack, at);
        _readAt = StreamNode.Skip(_listpack, at, 2);
        _hasOwnNames = (flags & StreamNode.SameFields) == 0;
        _nameAt = _masterNamesAt;
        FieldCount = _masterFields;
        _left = _masterFields + 1;
        if (_hasOwnNames)
        {
            FieldCount = Listpack.Get(_listpack, _readAt).Integer;
            _readAt = Listpack.After(_listpack, _readAt);
            _left = (2 * FieldCount) + 1;
        }

        return (flags & StreamNode.Deleted) != 0;
    }
}
