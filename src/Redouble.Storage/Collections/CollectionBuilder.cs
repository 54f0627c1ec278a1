using Redouble.Core.Text;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Collections;

/// <summary>
/// Builds a new collection beside the keyspace: the values of a file, of RESTORE, of commands that store a result. It stays packed as
/// long as the limits allow. One at a time; <see cref="Database.Put"/> takes it, or it is dropped.
/// </summary>
public sealed partial class CollectionBuilder(Keyspace.Keyspace keyspace)
{
    /// <summary>Bytes of a result that may be made while memory is short.</summary>
    internal const int ShortBytesMax = 256 * 1024;

    private const int ShorterBytesMax = 16 * 1024; // when little is left to finish running work with

    private byte[] _packed = new byte[256];
    private PackedForm _form;
    private int _entries;
    private int _end; // of pairs, and of a listpack's entries: its header and terminator are written when it is looked at
    private Collection _collection;
    private long _usedBefore;

    /// <summary>Type of what is being built.</summary>
    public ValueType Type { get; private set; }

    /// <summary>Elements so far.</summary>
    public long Count => _collection.IsMissing ? PackedCount : Type switch
    {
        ValueType.List => Leaves.Count,
        ValueType.Stream => StreamState.Of(_collection).Length,
        _ => Table.Count + _pendingCount,
    };

    private CollectionLimits Limits => keyspace.Limits;

    private ElementTable Table => new(keyspace, _collection);

    private ListLeaves Leaves => new(keyspace, _collection);

    private Span<byte> Packed => _packed.AsSpan(0, _form switch
    {
        PackedForm.Listpack => Listpack.CutTail(_packed, _end, _entries),
        PackedForm.Pairs => _end,
        PackedForm.Intset => Intset.Size(_packed),
        _ => Listpack.Size(_packed),
    });

    private long PackedCount => _form switch
    {
        PackedForm.Listpack => _entries,
        PackedForm.Pairs => _entries / 2,
        PackedForm.Intset => Intset.Count(_packed),
        _ => _entries / TimedListpack.EntriesPerField,
    };

    private enum PackedForm
    {
        Listpack,
        Pairs,
        Intset,
        TimedListpack,
    }

    /// <summary>Begins a collection of about <paramref name="count"/> elements; the number may be wrong.</summary>
    public void Begin(ValueType type, long count)
    {
        Drop();
        Type = type;
        _usedBefore = keyspace.Heap.UsedBytes;
        if (type == ValueType.Set && count <= Limits.SetMaxIntsetEntries) BeginIntset();
        else if (type is ValueType.Hash or ValueType.SortedSet) BeginPairs();
        else BeginListpack();
        var packedMax = type switch
        {
            ValueType.Hash => Limits.HashMaxListpackEntries,
            ValueType.Set => Math.Max(Limits.SetMaxIntsetEntries, Limits.SetMaxListpackEntries),
            ValueType.SortedSet => Limits.SortedSetMaxListpackEntries,
            ValueType.Stream => -1, // never packed
            _ => long.MaxValue, // the number is one of nodes
        };
        BeginStream();
        BeginPending(count);
        if (count > packedMax) _collection = keyspace.Store.Collections.Create(type);
    }

    /// <summary>Adds an element at the tail of a list.</summary>
    public void AddElement(ReadOnlySpan<byte> element)
    {
        if (_collection.IsMissing)
        {
            if (!Limits.ListExceedsListpack((long)_end + 1 + Listpack.EncodedSize(element), _entries + 1))
            {
                Append(element);
                return;
            }

            UnpackList();
        }

        AskForRoom();
        Leaves.Push(element, atHead: false);
    }

    /// <summary>Adds the elements of a listpack at the tail of a list. Where it is within the limits it stays as it is.</summary>
    public void AddNode(ReadOnlySpan<byte> listpack)
    {
        var count = Listpack.Count(listpack);
        if (_collection.IsMissing)
        {
            if (_entries == 0 && !Limits.ListExceedsListpack(listpack.Length, count))
            {
                EnsureRoom(listpack.Length);
                listpack.CopyTo(_packed);
                _entries = count;
                _end = Listpack.End(listpack);
                return;
            }

            UnpackList();
        }

        AskForRoom();
        Leaves.Append(listpack);
    }

    /// <summary>Adds a member to a set; false when it is there.</summary>
    public bool AddMember(ReadOnlySpan<byte> member)
    {
        if (_collection.IsMissing)
        {
            var isInteger = Integers.TryParse(member, out var number);
            if (_form == PackedForm.Intset && isInteger) return AddInteger(number);
            if (_form == PackedForm.Intset) LeaveIntset();
            if (_collection.IsMissing && TryAddPacked(member, isInteger, number, out var isNew)) return isNew;
        }

        if (_collection.IsMissing)
        {
            if (!ArePackedDistinct()) return false;
            Unpack();
        }

        if (Defers) return AddLater(member, [], -1);
        AskForRoom();
        return Table.TryAdd(member);
    }

    // False when a set's listpack has no room for it, and for nothing more.
    private bool TryAddPacked(ReadOnlySpan<byte> member, bool isInteger, long number, out bool isNew)
    {
        isNew = Defers || Listpack.Find(Packed, Listpack.First(Packed), member, skip: 0) < 0;
        if (!isNew) return true;
        if (_entries >= Limits.SetMaxListpackEntries || member.Length > Limits.SetMaxListpackValue || !Limits.MayGrow(_end, member.Length)) return false;
        if (Defers) _members.Add(_end);
        if (isInteger) Append(number);
        else AppendText(member);
        return true;
    }

    /// <summary>Adds a field to a hash; false when it is there.</summary>
    public bool AddField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, long expireAtMs = -1)
    {
        if (_collection.IsMissing)
        {
            if ((_form == PackedForm.TimedListpack ? TimedListpack.Find(_packed, field) : PackedPairs.Find(Packed, field)) >= 0) return false;
            var used = _form == PackedForm.TimedListpack ? Listpack.Size(_packed) : _end;
            if (PackedCount < Limits.HashMaxListpackEntries && field.Length <= Limits.HashMaxListpackValue && value.Length <= Limits.HashMaxListpackValue
                && Limits.MayGrow(used, (long)field.Length + value.Length))
            {
                if (expireAtMs >= 0 && _form == PackedForm.Pairs) AllowTimes();
                if (_form == PackedForm.TimedListpack)
                {
                    AppendTimed(field, value, expireAtMs);
                    return true;
                }

                AppendPair(field, value);
                return true;
            }

            Unpack();
        }

        if (Defers) return AddLater(field, value, expireAtMs);
        AskForRoom();
        if (!Table.Find(field).IsMissing) return false;
        Table.Add(field, value, expireAtMs);
        return true;
    }

    /// <summary>Adds all elements of a packed hash, set or sorted set to one that was begun; false when one is there.</summary>
    public bool AddPacked(ReadOnlySpan<byte> packed, ValueEncoding encoding)
    {
        Span<byte> nameDigits = stackalloc byte[Integers.MaxLength];
        Span<byte> valueDigits = stackalloc byte[Integers.MaxLength];
        var elements = new ElementCursor(keyspace, packed, encoding, Type);
        while (elements.MoveNext())
        {
            var name = elements.Name.Text(nameDigits);
            var added = Type switch
            {
                ValueType.Set => AddMember(name),
                ValueType.Hash => AddField(name, elements.Value.Text(valueDigits), elements.ExpireAtMs),
                ValueType.SortedSet => AddScore(name, elements.Score),
                _ => throw new InvalidOperationException($"A packed {Type} is not taken apart."),
            };
            if (!added) return false;
        }

        return true;
    }

    /// <summary>What was built so far of a hash, set or sorted set.</summary>
    public ElementCursor Elements() => _collection.IsMissing ? new(keyspace, Packed, EncodingNow(), Type) : new(keyspace, _collection);

    /// <summary>Frees what was built.</summary>
    public void Drop()
    {
        const int retainedMax = 1 << 20;
        _unorderedCount = 0;
        DropPending();
        if (!_collection.IsMissing) keyspace.Store.Collections.Detach(_collection);
        _collection = default;
        if (_packed.Length > retainedMax) _packed = new byte[256];
    }

    /// <summary>A record of what was built, which the caller owns.</summary>
    internal Record Finish(ReadOnlySpan<byte> key, long expireAtMs)
    {
        if (_pendingCount > 0) throw new InvalidOperationException("A collection is finished before it is complete.");
        Order();
        var encoding = EncodingNow();
        if (_collection.IsMissing) return keyspace.CreatePacked(key, Type, encoding, Packed, expireAtMs);

        var large = keyspace.CreateCollection(key, _collection, encoding, expireAtMs);
        _collection = default;
        return large;
    }

    /// <summary>
    /// Before a large collection grows: while memory is short a command gets little of what is left for finishing what is under way, and no more than it may
    /// be refused for. The union of large sets, which only reads them, would else end the process.
    /// </summary>
    /// <exception cref="InsufficientMemoryException">It has had that.</exception>
    private void AskForRoom()
    {
        var heap = keyspace.Heap;
        if (!heap.IsShort || heap.UsedBytes - _usedBefore <= (heap.MissingBytes == 0 ? ShortBytesMax : ShorterBytesMax)) return;
        if (keyspace.Listener.MayRefuse) throw new InsufficientMemoryException("No memory for a large result.");
    }

    private ValueEncoding EncodingNow()
    {
        if (_collection.IsMissing)
        {
            return _form == PackedForm.Intset ? ValueEncoding.Intset
                : _form == PackedForm.TimedListpack ? ValueEncoding.ListpackEx : ValueEncoding.Listpack;
        }

        return Type switch
        {
            ValueType.SortedSet => ValueEncoding.SkipList,
            ValueType.List => ValueEncoding.QuickList,
            ValueType.Stream => ValueEncoding.Stream,
            _ => ValueEncoding.HashTable,
        };
    }

    private bool AddInteger(long number)
    {
        if (Intset.Find(_packed, number, out _)) return false;
        if (Intset.Count(_packed) >= Limits.IntsetEntriesMax)
        {
            Unpack();
            Span<byte> digits = stackalloc byte[Integers.MaxLength];
            Table.Add(digits[..Integers.Format(number, digits)], []);
            return true;
        }

        EnsureRoom(Intset.SizeWith(_packed, number));
        Intset.Insert(_packed, number);
        return true;
    }

    // The set's members as a listpack, or as a table where there are too many for one.
    private void LeaveIntset()
    {
        if (!Limits.FitsListpack(Packed))
        {
            Unpack();
            return;
        }

        if (Intset.Count(_packed) == 0)
        {
            BeginListpack();
            return;
        }

        var members = Packed.ToArray();
        EnsureRoom(Intset.ListpackSize(members));
        Intset.CopyToListpack(members, _packed);
        _form = PackedForm.Listpack;
        _entries = Intset.Count(members);
        _end = Listpack.End(_packed);
        for (var at = Listpack.HeaderSize; at < _end; at = Listpack.After(_packed, at)) _members.Add(at);
    }

    private void Append(ReadOnlySpan<byte> entry)
    {
        if (Integers.TryParse(entry, out var number)) Append(number);
        else AppendText(entry);
    }

    private void Append(long number)
    {
        var size = ListpackEntry.SizeFor(number);
        EnsureRoom(_end + size + 1);
        ListpackEntry.Write(_packed.AsSpan(_end, size), number);
        _end += size;
        _entries++;
    }

    // Of text that is no integer.
    private void AppendText(ReadOnlySpan<byte> text)
    {
        EnsureRoom(_end + ListpackEntry.SizeForString(text.Length) + 1);
        _end = ListpackEntry.WriteString(_packed, _end, text);
        _entries++;
    }

    private void BeginIntset()
    {
        _form = PackedForm.Intset;
        _entries = 0;
        Intset.WriteEmpty(_packed);
    }

    private void BeginListpack()
    {
        _form = PackedForm.Listpack;
        _entries = 0;
        _end = Listpack.HeaderSize;
    }

    private void BeginPairs()
    {
        _form = PackedForm.Pairs;
        _entries = 0;
        PackedPairs.Empty.CopyTo(_packed);
        _end = PackedPairs.Empty.Length;
    }

    private void AppendPair(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        EnsureRoom(_end + PackedPairs.EncodedSize(name) + PackedPairs.EncodedSize(value));
        _end = PackedPairs.Append(_packed, _end, name, value);
        _entries += 2;
    }

    private void UnpackList()
    {
        _collection = keyspace.Store.Collections.Create(ValueType.List);
        if (_entries > 0) Leaves.Append(Packed);
    }

    private void EnsureRoom(int size)
    {
        if (size > _packed.Length) Array.Resize(ref _packed, Math.Max(size, _packed.Length * 2));
    }

    private void Unpack() => _collection = ElementTable.Unpack(keyspace, Type, Packed, EncodingNow());
}
