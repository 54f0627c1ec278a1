using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Collections;

/// <content>
/// Elements of a large hash, set or sorted set from a file: made at once, and put into their table in groups, when their buckets have come from memory.
/// The table has room for the number that was announced from its first element on: a file of our own has them in the order of their hashes, under which a table
/// that grows with them is always full where the next ones go.
/// </content>
public sealed partial class CollectionBuilder
{
    /// <summary>Elements under way: as many buckets as the processor fetches at a time.</summary>
    private const int PendingMax = 16;

    private readonly (Record Element, ulong Hash)[] _pending = new (Record, ulong)[PendingMax];
    private readonly PackedMembers _members = new();
    private int _pendingCount;
    private long _announced; // elements for which the table has no room yet
    private bool _hasTwice;

    /// <summary>
    /// Whether elements are put in their places in groups. That one is there already is then told with a later one, or by <see cref="Complete"/>.
    /// </summary>
    public bool Defers { get; init; }

    /// <summary>All elements have come; false when one of them came twice.</summary>
    public bool Complete()
    {
        PlacePending();
        return !_hasTwice && ArePackedDistinct();
    }

    // Members of a set are not looked for one by one while it is packed.
    private bool ArePackedDistinct() =>
        !Defers || Type != ValueType.Set || !_collection.IsMissing || _form == PackedForm.Intset || _members.AreDistinct(Packed);

    private void BeginPending(long count)
    {
        _announced = count;
        _hasTwice = false;
        _members.Begin();
    }

    private bool AddLater(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, long expireAtMs)
    {
        AskForRoom();
        var table = Table;
        var hash = table.Hash(name);
        table.Prefetch(hash);
        _pending[_pendingCount++] = (table.Create(name, value, expireAtMs), hash);
        return _pendingCount < PendingMax || Complete();
    }

    private void PlacePending()
    {
        if (_pendingCount == 0) return;
        var table = Table;
        table.ReserveAnnounced(ref _announced);
        for (var i = 0; i < _pendingCount; i++)
        {
            var (element, hash) = _pending[i];
            if (!table.Find(element.Key, hash).IsMissing)
            {
                _hasTwice = true;
                keyspace.Store.Free(element);
                continue;
            }

            table.Insert(element, hash);
            if (Type == ValueType.SortedSet) OrderLater(element, SortedTable.ScoreOf(element));
        }

        _pendingCount = 0;
    }

    private void DropPending()
    {
        for (var i = 0; i < _pendingCount; i++) keyspace.Store.Free(_pending[i].Element);
        _pendingCount = 0;
    }
}
