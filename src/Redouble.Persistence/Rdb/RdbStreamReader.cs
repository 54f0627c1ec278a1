using System.Buffers.Binary;

namespace Redouble.Persistence.Rdb;

/// <summary>
/// Reads a stream behind its count of nodes. What is left to be read says where it is, the innermost first:
/// <code>
/// nodes… state+groups (group+pending pending… consumers (consumer+its own its own…)…)…        "x+y": an atom that ends in the count of y
/// </code>
/// Files of the first version lack some of the state; it is worked out as Redis does.
/// </summary>
internal sealed class RdbStreamReader<TTarget>
    where TTarget : IRdbTarget
{
    private readonly RdbScratch _first = new();
    private readonly RdbScratch _second = new();
    private int _version;
    private RdbStreamState _state;
    private RdbStreamId _greatestId; // of the entries that are not deleted
    private RdbStreamId _nodeId; // of the node before
    private bool _hasNodes;
    private bool _hasState;
    private bool _hasConsumerCount;
    private ulong _nodesLeft;
    private ulong _groupsLeft;
    private ulong _pendingLeft;
    private ulong _consumersLeft;
    private ulong _ownLeft;

    // The pending entry before, of the group or of the consumer; null when there is none.
    private RdbStreamId? _pendingBefore;

    /// <summary>Begins a stream whose count of nodes was read.</summary>
    public void Begin(RdbType type, ulong nodes)
    {
        _version = type switch { RdbType.StreamListpacks => 1, RdbType.StreamListpacks2 => 2, _ => 3 };
        _state = default;
        _greatestId = _nodeId = default;
        _hasNodes = _hasState = false;
        _hasConsumerCount = true;
        _nodesLeft = nodes;
        _groupsLeft = _pendingLeft = _consumersLeft = _ownLeft = 0;
    }

    /// <summary>Gives large buffers back.</summary>
    public void Clear()
    {
        _first.Clear();
        _second.Clear();
    }

    /// <summary>Reads the next part.</summary>
    public RdbStep ReadAtom(ref RdbCursor cursor, ref TTarget target)
    {
        if (_nodesLeft > 0) return ReadNode(ref cursor, ref target);
        if (!_hasState) return ReadState(ref cursor, ref target);
        if (_pendingLeft > 0) return ReadPending(ref cursor, ref target);
        if (!_hasConsumerCount) return ReadConsumerCount(ref cursor);
        if (_ownLeft > 0) return ReadOwnPending(ref cursor, ref target);
        if (_consumersLeft > 0) return ReadConsumer(ref cursor, ref target);
        return _groupsLeft > 0 ? ReadGroup(ref cursor, ref target) : RdbStep.DoneIf(target.EndCollection());
    }

    private RdbStep ReadNode(ref RdbCursor cursor, ref TTarget target)
    {
        var name = cursor.Text(_first);
        var listpack = cursor.Text(_second);
        if (!cursor.IsRead) return cursor.Stop;
        if (name.Length != 16) return RdbStep.Bad("Stream node key entry is not the size of a stream ID");
        var id = new RdbStreamId(BinaryPrimitives.ReadUInt64BigEndian(name), BinaryPrimitives.ReadUInt64BigEndian(name[8..]));
        if (_hasNodes && (id.CompareTo(_nodeId) <= 0 || id.CompareTo(_greatestId) <= 0)) return RdbStep.Bad("Listpack re-added with existing key");
        var problem = StreamListpack.Check(listpack, id, _greatestId, out var node);
        if (problem != null) return RdbStep.Bad(problem);
        _nodesLeft--;
        _hasNodes = true;
        _nodeId = id;
        if (node.Length > 0)
        {
            _greatestId = node.LastId;
            if (_state.Length == 0) _state = _state with { FirstId = node.FirstId };
            _state = _state with { Length = _state.Length + node.Length };
        }

        return RdbStep.NextIf(target.OnStreamNode(id, listpack));
    }

    private RdbStep ReadState(ref RdbCursor cursor, ref TTarget target)
    {
        var length = cursor.Length();
        var state = _state with { LastId = cursor.LengthPair(), EntriesAdded = _state.Length };
        if (_version >= 2)
        {
            cursor.LengthPair(); // the first id: known already
            state = state with { MaxDeletedId = cursor.LengthPair(), EntriesAdded = cursor.Length() };
        }

        var groups = cursor.Length();
        if (!cursor.IsRead) return cursor.Stop;
        if (length > 0 && !_hasNodes) return RdbStep.Bad("Stream length inconsistent with rax entries");
        if (state.LastId.CompareTo(_greatestId) < 0) return RdbStep.Bad($"Stream last id {state.LastId} is smaller than the id of an entry, {_greatestId}");
        _state = state;
        _hasState = true;
        _groupsLeft = groups;
        return RdbStep.NextIf(target.OnStreamState(state));
    }

    private RdbStep ReadGroup(ref RdbCursor cursor, ref TTarget target)
    {
        var name = cursor.Text(_first);
        var lastId = cursor.LengthPair();
        var entriesRead = _version >= 2 ? (long)cursor.Length() : EstimateEntriesRead(lastId);
        var pending = cursor.Length();
        if (!cursor.IsRead) return cursor.Stop;
        _groupsLeft--;
        _pendingLeft = pending;
        _pendingBefore = null;
        _hasConsumerCount = false;
        return RdbStep.NextIf(target.OnStreamGroup(name, lastId, entriesRead));
    }

    private RdbStep ReadPending(ref RdbCursor cursor, ref TTarget target)
    {
        var id = cursor.Fixed16();
        var deliveryTimeMs = cursor.Fixed8();
        var deliveries = cursor.Length();
        if (!cursor.IsRead) return cursor.Stop;
        if (!IsInOrder(id)) return RdbStep.Bad("Duplicated global PEL entry loading stream consumer group");
        _pendingLeft--;
        return RdbStep.NextIf(target.OnPending(id, deliveryTimeMs, deliveries));
    }

    private RdbStep ReadConsumerCount(ref RdbCursor cursor)
    {
        var consumers = cursor.Length();
        if (!cursor.IsRead) return cursor.Stop;
        _consumersLeft = consumers;
        _hasConsumerCount = true;
        return RdbStep.Next;
    }

    private RdbStep ReadConsumer(ref RdbCursor cursor, ref TTarget target)
    {
        var name = cursor.Text(_first);
        var seenMs = cursor.Fixed8();
        var activeMs = _version >= 3 ? cursor.Fixed8() : seenMs; // the best estimate there is
        var own = cursor.Length();
        if (!cursor.IsRead) return cursor.Stop;
        _consumersLeft--;
        _ownLeft = own;
        _pendingBefore = null;
        return RdbStep.NextIf(target.OnConsumer(name, seenMs, activeMs));
    }

    private RdbStep ReadOwnPending(ref RdbCursor cursor, ref TTarget target)
    {
        var id = cursor.Fixed16();
        if (!cursor.IsRead) return cursor.Stop;
        if (!IsInOrder(id)) return RdbStep.Bad("Duplicated consumer PEL entry loading a stream consumer group");
        _ownLeft--;
        return RdbStep.NextIf(target.OnConsumerPending(id));
    }

    private bool IsInOrder(RdbStreamId id)
    {
        var isInOrder = _pendingBefore is not { } before || id.CompareTo(before) > 0;
        _pendingBefore = id;
        return isInOrder;
    }

    // In a file of the first version nothing was ever deleted, as far as is known.
    private long EstimateEntriesRead(RdbStreamId id)
    {
        if (_state.EntriesAdded == 0) return 0;
        var toLast = id.CompareTo(_state.LastId);
        var toFirst = id.CompareTo(_state.FirstId);
        if (toLast == 0) return (long)_state.EntriesAdded;
        return toLast > 0 || toFirst > 0 ? -1 : toFirst == 0 ? 1 : 0;
    }
}
