using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <content>Streams, in the order in which a file has their parts: nodes, state, then each group with what is pending, and its consumers.</content>
public sealed partial class CollectionBuilder
{
    private StreamGroup? _group;
    private StreamConsumer? _consumer;
    private long _unassigned;

    /// <summary>Whether every pending entry of the groups so far has a consumer.</summary>
    public bool PendingHaveConsumers => _unassigned == 0;

    private StreamNodes StreamNodes => new(keyspace, _collection);

    /// <summary>Adds a node; it is sound, and its entries have greater ids than those before.</summary>
    public void AddStreamNode(StreamId id, ReadOnlySpan<byte> listpack)
    {
        AskForRoom();
        StreamNodes.AppendNode(id, listpack);
    }

    /// <summary>Sets what a stream says of itself.</summary>
    public void SetStreamState(long length, ulong entriesAdded, StreamId lastId, StreamId firstId, StreamId maxDeletedId)
    {
        ref var state = ref StreamState.Of(_collection);
        state.Length = length;
        state.EntriesAdded = entriesAdded;
        state.LastId = lastId;
        state.FirstId = firstId;
        state.MaxDeletedId = maxDeletedId;
    }

    /// <summary>Adds a group; false when there is one of the name.</summary>
    public bool AddGroup(ReadOnlySpan<byte> name, StreamId lastId, long entriesRead)
    {
        _group = keyspace.Store.Collections.GroupsFor(_collection).Add(name);
        if (_group == null) return false;
        _group.LastId = lastId;
        _group.EntriesRead = entriesRead;
        return true;
    }

    /// <summary>Adds an entry that is pending in the group that was added last. Ids ascend.</summary>
    public void AddPending(StreamId id, long deliveredMs, ulong deliveries)
    {
        AskForRoom();
        _group!.AddPending(id, null, deliveredMs, deliveries);
        _unassigned++;
    }

    /// <summary>Adds a consumer to the group that was added last; false when there is one of the name.</summary>
    public bool AddConsumer(ReadOnlySpan<byte> name, long seenMs, long activeMs)
    {
        _consumer = _group!.AddConsumer(name, seenMs);
        if (_consumer == null) return false;
        _consumer.ActiveMs = activeMs;
        return true;
    }

    /// <summary>Gives a pending entry to the consumer that was added last; false when it is not pending, or another consumer has it.</summary>
    public bool AddConsumerPending(StreamId id)
    {
        if (!_group!.TryFindPending(id, out var entry) || entry.Consumer != 0) return false;
        _group.Assign(entry, _consumer!);
        _unassigned--;
        return true;
    }

    private void BeginStream()
    {
        _group = null;
        _consumer = null;
        _unassigned = 0;
    }
}
