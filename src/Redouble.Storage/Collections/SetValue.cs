using Redouble.Core.Platform;
using Redouble.Core.Text;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Collections;

/// <summary>A set as a reader sees it. Packed: an intset, or a listpack in the order of insertion. A missing record is an empty set.</summary>
public readonly ref struct SetReader
{
    private readonly Keyspace.Keyspace _keyspace;
    private readonly ReadOnlySpan<byte> _packed;
    private readonly Collection _collection;
    private readonly bool _isIntset;

    /// <param name="keyspace">The keyspace it is in.</param>
    /// <param name="record">A record of a set, or none.</param>
    public SetReader(Keyspace.Keyspace keyspace, ReadRecord record)
    {
        _keyspace = keyspace;
        if (record.IsMissing) return;
        _isIntset = record.Encoding == ValueEncoding.Intset;
        if (record.Record.IsCollection) _collection = record.Record.Collection;
        else _packed = record.Value;
    }

    internal SetReader(WriteRecord record)
    {
        _keyspace = record.Keyspace;
        _isIntset = record.Encoding == ValueEncoding.Intset;
        if (record.IsCollection) _collection = record.Collection;
        else _packed = record.Value;
    }

    /// <summary>Members.</summary>
    public long Count => !_collection.IsMissing ? Table.Count : _packed.IsEmpty ? 0 : _isIntset ? Intset.Count(_packed) : Listpack.Count(_packed);

    private ElementTable Table => new(_keyspace, _collection);

    /// <summary>Whether the member is in it.</summary>
    public bool Contains(ReadOnlySpan<byte> member)
    {
        if (!_collection.IsMissing) return !Table.Find(member).IsMissing;
        if (_packed.IsEmpty) return false;
        if (_isIntset) return Integers.TryParse(member, out var number) && Intset.Find(_packed, number, out _);
        return SetWriter.FindPacked(_packed, member) >= 0;
    }

    /// <summary>Whether the member is in it.</summary>
    /// <param name="member">The member.</param>
    /// <param name="digits">Room for 20 bytes.</param>
    public bool Contains(PackedValue member, Span<byte> digits)
    {
        if (_isIntset && member.IsInteger) return Intset.Find(_packed, member.Integer, out _);
        return Contains(member.Text(digits));
    }

    /// <summary>A member chosen at random, each as likely as any other. There must be one.</summary>
    public PackedValue Random(IRandomSource random)
    {
        if (!_collection.IsMissing) return new PackedValue(Table.Random(random).Key);
        var index = (int)(random.NextUInt64() % (ulong)Count);
        return _isIntset ? new PackedValue(Intset.Get(_packed, index)) : Listpack.Get(_packed, Listpack.Seek(_packed, index));
    }
}

/// <summary>A set that may be changed. One without members is to be deleted by the caller.</summary>
public ref struct SetWriter
{
    private WriteRecord _record;

    /// <param name="record">A record of a set.</param>
    public SetWriter(WriteRecord record) => _record = record;

    /// <summary>Members.</summary>
    public readonly long Count => Read().Count;

    private readonly bool IsIntset => _record.Encoding == ValueEncoding.Intset;

    private readonly CollectionLimits Limits => _record.Keyspace.Limits;

    /// <summary>
    /// Opens the set of a key to which <paramref name="added"/> members will be added, or creates an empty one; the number chooses the encoding.
    /// </summary>
    public static SetWriter OpenOrCreate(Database database, ReadOnlySpan<byte> key, ulong hash, ReadOnlySpan<byte> firstMember, int added)
    {
        var record = database.OpenForWrite(key, hash);
        var set = new SetWriter(record.IsMissing ? Create(database, key, hash, firstMember, added) : record);
        if (!set._record.IsCollection && added > (set.IsIntset ? set.Limits.SetMaxIntsetEntries : set.Limits.SetMaxListpackEntries)) set.Unpack();
        return set;
    }

    /// <summary>A member chosen at random, each as likely as any other. There must be one. Valid until the next change.</summary>
    public readonly PackedValue Random(IRandomSource random) => Read().Random(random);

    /// <summary>Adds a member; false when it is there. It must not be a span over storage.</summary>
    public bool Add(scoped ReadOnlySpan<byte> member)
    {
        if (_record.IsCollection) return new ElementTable(_record.Keyspace, _record.OpenCollection()).TryAdd(member);
        if (IsIntset)
        {
            if (Integers.TryParse(member, out var number)) return AddInteger(number);
            LeaveIntset(member);
            return Add(member);
        }

        var packed = _record.Value;
        if (FindPacked(packed, member) >= 0) return false;
        if (Listpack.Count(packed) >= Limits.SetMaxListpackEntries || member.Length > Limits.SetMaxListpackValue
            || !Limits.MayGrow(packed.Length, member.Length))
        {
            Unpack();
            return Add(member);
        }

        var room = _record.Resize(Listpack.Size(packed) + Listpack.EncodedSize(member), mayGrowMore: true);
        Listpack.Append(room, member);
        return true;
    }

    /// <summary>Removes a member; false when it is not there. It must not be a span over this set's packed bytes.</summary>
    public bool Remove(scoped ReadOnlySpan<byte> member)
    {
        if (_record.IsCollection) return new ElementTable(_record.Keyspace, _record.OpenCollection()).Remove(member);
        if (IsIntset)
        {
            if (!Integers.TryParse(member, out var number) || !Intset.Find(_record.Value, number, out var index)) return false;
            _record.Resize(Intset.Remove(_record.Resize(_record.Value.Length), index));
            return true;
        }

        var at = FindPacked(_record.Value, member);
        if (at < 0) return false;
        _record.Resize(Listpack.Delete(_record.Resize(_record.Value.Length), at, 1));
        return true;
    }

    /// <summary>Most members were removed at once: what is left of a table becomes a listpack, if it is within the limits of one.</summary>
    public void Shrink()
    {
        if (!_record.IsCollection || Count > Limits.SetMaxListpackEntries) return;
        using var members = new ElementCursor(_record.Keyspace, _record.Collection);
        long size = Listpack.EmptySize;
        while (members.MoveNext())
        {
            if (members.Name.Length > Limits.SetMaxListpackValue) return;
            size += Listpack.EncodedSize(members.Name.Bytes);
        }

        if (size > 1 << 30) return; // as in Redis
        var packed = new byte[size];
        Listpack.WriteEmpty(packed);
        using var again = new ElementCursor(_record.Keyspace, _record.Collection);
        while (again.MoveNext()) Listpack.Append(packed, again.Name.Bytes);
        _record.SetPacked(packed, ValueEncoding.Listpack);
    }

    internal static int FindPacked(ReadOnlySpan<byte> packed, ReadOnlySpan<byte> member) => Listpack.Find(packed, Listpack.First(packed), member, skip: 0);

    private static WriteRecord Create(Database database, ReadOnlySpan<byte> key, ulong hash, ReadOnlySpan<byte> firstMember, int added)
    {
        Span<byte> empty = stackalloc byte[Intset.HeaderSize];
        if (added <= database.Limits.SetMaxIntsetEntries && Integers.TryParse(firstMember, out _))
        {
            Intset.WriteEmpty(empty);
            return database.CreatePacked(key, hash, ValueType.Set, ValueEncoding.Intset, empty);
        }

        Listpack.WriteEmpty(empty);
        return database.CreatePacked(key, hash, ValueType.Set, ValueEncoding.Listpack, empty[..Listpack.EmptySize]);
    }

    private readonly SetReader Read() => new(_record);

    private bool AddInteger(long number)
    {
        var packed = _record.Value;
        if (Intset.Find(packed, number, out _)) return false;
        var room = _record.Resize(Intset.SizeWith(packed, number), mayGrowMore: true);
        Intset.Insert(room, number);
        if (Intset.Count(room) > Limits.IntsetEntriesMax) Unpack();
        return true;
    }

    // A member that is no integer: a listpack, if this one and the integers' digits are within its limits.
    private void LeaveIntset(scoped ReadOnlySpan<byte> member)
    {
        if (member.Length > Limits.SetMaxListpackValue || !Limits.FitsListpack(_record.Value))
        {
            Unpack();
            return;
        }

        var integers = _record.Value.ToArray();
        var room = _record.Resize(Intset.ListpackSize(integers));
        _record.Encoding = ValueEncoding.Listpack;
        Intset.CopyToListpack(integers, room);
    }

    private void Unpack() =>
        _record.SetCollection(ElementTable.Unpack(_record.Keyspace, ValueType.Set, _record.Value, _record.Encoding), ValueEncoding.HashTable);
}
