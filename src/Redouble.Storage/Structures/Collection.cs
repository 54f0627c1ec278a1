using System.Runtime.InteropServices;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Structures;

/// <summary>The state of a <see cref="Collection"/>, in native memory.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CollectionState
{
    public int Ticket;
    public byte Type;
    public bool IsDetached;
    public RecordTableState Elements;
    public CountedTreeRoot Order;
    public nint Extra;
    public long PendingBytes;
}

/// <summary>
/// The root of a large value other than a string: what a record's value area refers to when the value is not packed.
/// <code>
/// hash, set      Elements: a table of records, key = field or member, value = the hash's value
///                Order, of a hash: its fields that expire, by their times
/// sorted set     Elements with the score as value; Order: a tree of (score, element)
/// list           Leaves: a tree of listpacks, weighted by their entries
/// stream         Order: a tree of listpacks; Extra: what belongs to the stream as a whole
/// </code>
/// It has one owner, the record, until it is detached; then the ticket of a running snapshot that has not emitted it, or the list of
/// what is to be freed.
/// </summary>
internal readonly unsafe struct Collection(CollectionState* state) : IEquatable<Collection>
{
    // Invariant: null, or a state from CollectionStore.Create that has not been freed.
    private readonly CollectionState* _state = state;

    public bool IsMissing => _state == null;

    public nint Address => (nint)_state;

    public ValueType Type => (ValueType)_state->Type;

    /// <summary>Number of the ticket that the running snapshot holds on it; 0 for none.</summary>
    public int Ticket
    {
        get => _state->Ticket;
        set => _state->Ticket = value;
    }

    /// <summary>Whether no record refers to it any more: whoever is done with it last frees it.</summary>
    public bool IsDetached
    {
        get => _state->IsDetached;
        set => _state->IsDetached = value;
    }

    /// <summary>Of a detached collection: bytes that it is about to give back, as far as is known without walking through it.</summary>
    public long PendingBytes
    {
        get => _state->PendingBytes;
        set => _state->PendingBytes = value;
    }

    /// <summary>Whether its elements are records in a table.</summary>
    public bool HasElements => Type is ValueType.Hash or ValueType.Set or ValueType.SortedSet;

    public RecordTable Elements(TableHome home) => new(&_state->Elements, home);

    /// <summary>The tree of a sorted set's elements, or of a stream's nodes.</summary>
    public CountedTree<OrderedEntries> Order(TableHome home) => new(ref _state->Order, home.Heap);

    /// <summary>The fields of a hash that expire, by their times.</summary>
    public TimeOrder Times(TableHome home) => new(Order(home));

    /// <summary>The tree of a list's leaves.</summary>
    public CountedTree<WeightedEntries> Leaves(TableHome home) => new(ref _state->Order, home.Heap);

    /// <summary>Address of what the type keeps beside; 0 for nothing.</summary>
    public nint Extra
    {
        get => _state->Extra;
        set => _state->Extra = value;
    }

    /// <summary>Bytes of the root and of its tree.</summary>
    public long OwnBytes => sizeof(CollectionState) + _state->Order.Bytes;

    public static Collection At(nint address) => new((CollectionState*)address);

    public static Collection Create(ValueType type, TableHome home)
    {
        var state = (CollectionState*)home.Heap.Allocate(sizeof(CollectionState));
        *state = default;
        state->Type = (byte)type;
        var created = new Collection(state);
        if (created.HasElements) created.Elements(home).Initialize();
        return created;
    }

    /// <summary>Frees the root itself, whose contents are gone.</summary>
    public void Free(TableHome home) => home.Heap.Free((byte*)_state);

    public bool Equals(Collection other) => _state == other._state;

    public override bool Equals(object? obj) => obj is Collection other && Equals(other);

    public override int GetHashCode() => ((nint)_state).GetHashCode();
}
