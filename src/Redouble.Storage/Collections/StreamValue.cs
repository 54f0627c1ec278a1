using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Collections;

/// <summary>A stream as a reader sees it. Cursors and values die at the next write to it.</summary>
public readonly ref struct StreamValueReader
{
    private readonly Keyspace.Keyspace _keyspace;
    private readonly Collection _collection;

    /// <param name="keyspace">The keyspace it is in.</param>
    /// <param name="record">A record of a stream.</param>
    public StreamValueReader(Keyspace.Keyspace keyspace, ReadRecord record)
        : this(keyspace, record.Record.Collection)
    {
    }

    internal StreamValueReader(Keyspace.Keyspace keyspace, Collection collection)
    {
        _keyspace = keyspace;
        _collection = collection;
    }

    /// <summary>Entries.</summary>
    public long Length => State.Length;

    /// <summary>Entries that were ever added.</summary>
    public ulong EntriesAdded => State.EntriesAdded;

    /// <summary>The greatest id that was ever given.</summary>
    public StreamId LastId => State.LastId;

    /// <summary>The id of the first entry; 0-0 when there is none.</summary>
    public StreamId FirstId => State.FirstId;

    /// <summary>The greatest id that was deleted.</summary>
    public StreamId MaxDeletedId => State.MaxDeletedId;

    /// <summary>Nodes.</summary>
    public long NodeCount => Nodes.Count;

    /// <summary>The nodes that Redis' radix tree would have; about, where there are many.</summary>
    public long RadixNodeCount => RadixShape.Count(Nodes.First(), NodeCount);

    /// <summary>Its groups, in the order of their names.</summary>
    public IReadOnlyList<StreamGroup> Groups => GroupsOrNull?.All ?? [];

    private StreamNodes Nodes => new(_keyspace, _collection);

    private ref StreamState State => ref StreamState.Of(_collection);

    private StreamGroups? GroupsOrNull => _keyspace.Store.Collections.Groups[State.Groups];

    /// <summary>The group of a name, or null.</summary>
    public StreamGroup? FindGroup(ReadOnlySpan<byte> name) => GroupsOrNull?.Find(name);

    /// <summary>Copies what it has beside its nodes.</summary>
    public void CopyTail(StreamTail tail) => tail.Copy(State, Groups);

    /// <summary>The nodes as they are stored.</summary>
    public StreamNodeCursor StoredNodes() => new(Nodes.First());

    /// <summary>The entries between two ids, both included.</summary>
    public StreamCursor Range(StreamId low, StreamId high, bool isReverse = false) => Nodes.Range(low, high, isReverse);

    /// <summary>Whether there is an entry of that id.</summary>
    public bool Has(StreamId id) => Nodes.Range(id, id, isReverse: false).MoveNext();

    /// <summary>The id of the first entry, deleted or not; the greatest one when there is none.</summary>
    public StreamId FirstStoredId() => Nodes.FirstStoredId();

    /// <summary>The id of the last entry that is not deleted; 0-0 when there is none.</summary>
    public StreamId LastEntryId()
    {
        var last = Nodes.Range(StreamId.Min, StreamId.Max, isReverse: true);
        return last.MoveNext() ? last.Id : default;
    }

    /// <summary>Whether something from an id on, and not from before the first entry only, is known to have been deleted.</summary>
    public bool HasTombstones(StreamId from)
    {
        ref var state = ref State;
        return state.Length > 0 && !state.MaxDeletedId.IsZero && state.FirstId <= state.MaxDeletedId && from <= state.MaxDeletedId;
    }

    /// <summary>How many entries were added up to an id, or <see cref="StreamGroup.Unknown"/>.</summary>
    public long EstimateEntriesRead(StreamId id)
    {
        ref var state = ref State;
        if (state.EntriesAdded == 0) return 0;
        var added = (long)state.EntriesAdded;
        if (state.Length == 0 && id <= state.LastId) return added;
        if (id == state.LastId) return added;
        if (id > state.LastId) return StreamGroup.Unknown;
        if (state.MaxDeletedId.IsZero || state.MaxDeletedId < state.FirstId)
        {
            if (id < state.FirstId) return added - state.Length;
            if (id == state.FirstId) return added - state.Length + 1;
        }

        return StreamGroup.Unknown;
    }

    /// <summary>How many entries a group has yet to read; null when that is not known.</summary>
    public long? LagOf(StreamGroup group)
    {
        var added = (long)EntriesAdded;
        if (added == 0) return 0;
        if (group.EntriesRead != StreamGroup.Unknown && !HasTombstones(group.LastId)) return added - group.EntriesRead;
        var read = EstimateEntriesRead(group.LastId);
        return read == StreamGroup.Unknown ? null : added - read;
    }
}

/// <summary>A stream that may be changed. Only with a record that was opened for that.</summary>
public readonly ref struct StreamValueWriter
{
    private readonly Keyspace.Keyspace _keyspace;
    private readonly Collection _collection;

    /// <param name="record">A record of a stream.</param>
    public StreamValueWriter(WriteRecord record)
    {
        _keyspace = record.Keyspace;
        _collection = record.OpenCollection();
    }

    /// <summary>The same to be read.</summary>
    public StreamValueReader Reader => new(_keyspace, _collection);

    private StreamNodes Nodes => new(_keyspace, _collection);

    private ref StreamState State => ref StreamState.Of(_collection);

    /// <summary>Creates a stream under a key that does not exist.</summary>
    public static StreamValueWriter Create(Database database, scoped ReadOnlySpan<byte> key, ulong hash) =>
        new(database.CreateLarge(key, hash, ValueType.Stream, ValueEncoding.Stream));

    /// <summary>Adds an entry. Its id is greater than <see cref="StreamValueReader.LastId"/>.</summary>
    public void Append<TFields>(StreamId id, scoped in TFields fields)
        where TFields : struct, IStreamFields => Nodes.Append(id, fields);

    /// <summary>Removes an entry; false when there is none of that id.</summary>
    public bool Delete(StreamId id) => Nodes.Delete(id);

    /// <summary>Cuts entries off the beginning; returns how many.</summary>
    public long Trim(in StreamTrim trim) => Nodes.Trim(trim);

    /// <summary>Sets the greatest id that was ever given.</summary>
    public void SetLastId(StreamId id) => State.LastId = id;

    /// <summary>Sets how many entries were ever added.</summary>
    public void SetEntriesAdded(long count) => State.EntriesAdded = (ulong)count;

    /// <summary>Sets the greatest id that was deleted.</summary>
    public void SetMaxDeletedId(StreamId id) => State.MaxDeletedId = id;

    /// <summary>Adds a group; null when there is one of the name.</summary>
    public StreamGroup? AddGroup(ReadOnlySpan<byte> name) => _keyspace.Store.Collections.GroupsFor(_collection).Add(name);

    /// <summary>Removes a group.</summary>
    public void RemoveGroup(StreamGroup group)
    {
        var collections = _keyspace.Store.Collections;
        collections.GroupsFor(_collection).Remove(group);
        collections.Discard(group);
    }
}
