using System.Buffers.Binary;
using Redouble.Persistence.Rdb.Legacy;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Persistence.Rdb;

/// <summary>
/// Reads one value that is not a string, in any of its encodings, from bytes that arrive in pieces, and delivers it: the same for a file
/// and for a payload of RESTORE. Its atoms are an element (a field with its value, a member with its score), a node, a whole listpack; what
/// is announced is never taken memory for, and nothing is delivered of a listpack, intset, ziplist or zipmap before it was checked whole.
/// </summary>
internal sealed class RdbValueReader<TTarget>
    where TTarget : IRdbTarget
{
    // Redis keeps expiries of fields in 48 bits.
    private const ulong FieldExpiryMax = 0xffff_ffff_ffff;

    // Its commands take 46 bits.
    private const ulong FieldExpirySetMax = (1UL << 46) - 1;

    // Longer ones are seldom, and their buffers are looked after at once.
    private const int RunRetainedMax = 4096;

    private const ulong PlainContainer = 1;
    private const ulong PackedContainer = 2;

    private readonly RdbScratch _first = new();
    private readonly RdbScratch _second = new();
    private readonly RdbStreamReader<TTarget> _stream = new();
    private readonly PackedValues<TTarget> _packed = new();
    private RdbTypeInfo? _type;
    private bool _isInElements;
    private bool _hasBegun;
    private ulong _count;
    private ulong _left;
    private ulong _expiryBaseMs;

    /// <summary>Begins a value.</summary>
    public void Begin(RdbTypeInfo type)
    {
        _type = type;
        _isInElements = false;
        _hasBegun = false;
    }

    /// <summary>Gives large buffers back.</summary>
    public void Clear()
    {
        _first.Clear();
        _second.Clear();
        _stream.Clear();
        _packed.Clear();
    }

    /// <summary>Reads until the value ends, the bytes do, or it fails.</summary>
    /// <param name="key">The key; needed until a collection has begun.</param>
    /// <param name="consumed">Bytes of the atoms that were read.</param>
    /// <param name="needed">When cut: the bytes needed from there to get further.</param>
    public RdbStep Run(ReadOnlySpan<byte> data, in RdbKey key, ref TTarget target, out int consumed, out int needed)
    {
        consumed = 0;
        while (true)
        {
            if (_isInElements && !ReadPlain(data, ref consumed, ref target))
            {
                needed = 0;
                return RdbStep.NextIf(false);
            }

            var cursor = new RdbCursor(data[consumed..]);
            var step = ReadAtom(ref cursor, key, ref target);
            needed = cursor.Size;
            if (step.Progress is RdbProgress.Next or RdbProgress.Done or RdbProgress.Empty) consumed += needed;
            if (step.Progress != RdbProgress.Next) return step;
        }
    }

    /// <summary>
    /// Elements of short strings that stand whole in the data, which most do: all up to the first one that is not so simple. False when one was refused.
    /// </summary>
    private bool ReadPlain(ReadOnlySpan<byte> data, ref int consumed, ref TTarget target)
    {
        const int plainMax = 63;
        var type = _type!.Type;
        if (type is not (RdbType.Set or RdbType.List or RdbType.Hash or RdbType.SortedSet2)) return true;
        for (; _left > 0; _left--)
        {
            var rest = data[consumed..];
            if (rest.IsEmpty || rest[0] > plainMax || rest.Length <= rest[0]) return true;
            var name = rest.Slice(1, rest[0]);
            rest = rest[(1 + name.Length)..];
            var size = 1 + name.Length;
            bool accepted;
            if (type == RdbType.Hash)
            {
                if (rest.IsEmpty || rest[0] > plainMax || rest.Length <= rest[0]) return true;
                size += 1 + rest[0];
                accepted = target.OnField(name, rest.Slice(1, rest[0]), -1);
            }
            else if (type == RdbType.SortedSet2)
            {
                if (rest.Length < sizeof(double)) return true;
                var score = BinaryPrimitives.ReadDoubleLittleEndian(rest);
                if (double.IsNaN(score)) return true;
                size += sizeof(double);
                accepted = target.OnScore(name, score);
            }
            else
            {
                accepted = target.OnElement(name);
            }

            if (!accepted) return false;
            consumed += size;
        }

        return true;
    }

    private RdbStep ReadAtom(ref RdbCursor cursor, in RdbKey key, ref TTarget target)
    {
        if (!_isInElements) return ReadHead(ref cursor, key, ref target);
        if (_type!.ValueType == ValueType.Stream) return _stream.ReadAtom(ref cursor, ref target);
        if (_left == 0) return _hasBegun ? RdbStep.DoneIf(target.EndCollection()) : RdbStep.Empty;
        var step = ReadElement(ref cursor, key, ref target);
        if (step.Progress == RdbProgress.Next) _left--;
        return step;
    }

    private RdbStep ReadHead(ref RdbCursor cursor, in RdbKey key, ref TTarget target)
    {
        if (_type!.Type is RdbType.HashMetadata or RdbType.HashListpackEx) _expiryBaseMs = (ulong)cursor.Fixed8();
        if (_type.IsOneRun) return ReadOneRun(ref cursor, key, ref target);
        _count = _left = cursor.Length();
        if (!cursor.IsRead) return cursor.Stop;
        if (_type.Type == RdbType.HashMetadata && _expiryBaseMs > FieldExpiryMax + 1)
            return RdbStep.Bad($"Hash read invalid minExpire value: {_expiryBaseMs:x}");
        _isInElements = true;
        if (_type.ValueType == ValueType.Stream) _stream.Begin(_type.Type, _count);
        else if (_count == 0) return RdbStep.Empty;

        // Nodes of a quicklist may be empty: whether the list is, shows itself later.
        return _type.Type is RdbType.ListQuicklist or RdbType.ListQuicklist2 ? RdbStep.Next : BeginCollection(key, ref target);
    }

    private RdbStep BeginCollection(in RdbKey key, ref TTarget target)
    {
        if (_hasBegun) return RdbStep.Next;
        _hasBegun = true;
        return RdbStep.NextIf(target.BeginCollection(key, _type!.ValueType!.Value, _count));
    }

    /// <summary>A value that is one run of bytes and nothing else, without <see cref="Begin"/>: most of a file of small collections.</summary>
    /// <param name="size">Bytes it took; when cut, the bytes needed.</param>
    public RdbStep ReadRun(RdbTypeInfo type, ReadOnlySpan<byte> data, in RdbKey key, ref TTarget target, out int size)
    {
        var atom = RdbStrings.TryRead(data, _first, out var bytes, out size);
        if (atom != RdbAtom.Read) return atom == RdbAtom.Cut ? RdbStep.Cut : RdbStep.Bad(null);
        var step = _packed.Deliver(type.Type, bytes, key, ref target);
        if (bytes.Length > RunRetainedMax) Clear();
        return step;
    }

    private RdbStep ReadOneRun(ref RdbCursor cursor, in RdbKey key, ref TTarget target)
    {
        var bytes = cursor.Text(_first);
        return cursor.IsRead ? _packed.Deliver(_type!.Type, bytes, key, ref target) : cursor.Stop;
    }

    private RdbStep ReadElement(ref RdbCursor cursor, in RdbKey key, ref TTarget target)
    {
        switch (_type!.Type)
        {
            case RdbType.List:
            case RdbType.Set:
                var element = cursor.Text(_first);
                return cursor.IsRead ? RdbStep.NextIf(target.OnElement(element)) : cursor.Stop;
            case RdbType.Hash:
                var field = cursor.Text(_first);
                var value = cursor.Text(_second);
                return cursor.IsRead ? RdbStep.NextIf(target.OnField(field, value, -1)) : cursor.Stop;
            case RdbType.SortedSet:
            case RdbType.SortedSet2:
                return ReadScore(ref cursor, ref target);
            case RdbType.ListQuicklist:
            case RdbType.ListQuicklist2:
                return ReadListNode(ref cursor, key, ref target);
            default:
                return ReadExpiringField(ref cursor, ref target);
        }
    }

    private RdbStep ReadScore(ref RdbCursor cursor, ref TTarget target)
    {
        var member = cursor.Text(_first);
        var score = _type!.Type == RdbType.SortedSet ? cursor.TextDouble() : BitConverter.Int64BitsToDouble(cursor.Fixed8());
        if (!cursor.IsRead) return cursor.Stop;
        return double.IsNaN(score) ? RdbStep.Bad("Zset with NAN score detected") : RdbStep.NextIf(target.OnScore(member, score));
    }

    /// <summary>
    /// A field that may expire. Redis 7.4: the time as a length code, 0 for none, relative to the hash's earliest and one more, or, before
    /// the release, absolute; field; value. Valkey: field; value; the time in eight bytes, -1 for none; one that Redis' commands
    /// and files cannot say is the nearest that they can; they say 0 for none.
    /// </summary>
    private RdbStep ReadExpiringField(ref RdbCursor cursor, ref TTarget target)
    {
        var isValkey = _type!.IsValkey;
        var time = isValkey ? 0 : cursor.Length();
        var field = cursor.Text(_first);
        var value = cursor.Text(_second);
        if (isValkey) time = (ulong)cursor.Fixed8() + 1;
        if (!cursor.IsRead) return cursor.Stop;
        if (time == 0) return RdbStep.NextIf(target.OnField(field, value, -1));
        if (isValkey) time = time - 1 <= long.MaxValue ? Math.Clamp(time - 1, 1, FieldExpirySetMax) : time - 1;
        else if (_type.Type == RdbType.HashMetadata && time <= FieldExpiryMax + 1) time = unchecked(time + _expiryBaseMs - 1);
        if (time > FieldExpiryMax) return RdbStep.Bad($"invalid expireAt time: {time}");
        return RdbStep.NextIf(target.OnField(field, value, time == 0 ? -1 : (long)time));
    }

    private RdbStep ReadListNode(ref RdbCursor cursor, in RdbKey key, ref TTarget target)
    {
        var container = _type!.Type == RdbType.ListQuicklist2 ? cursor.Length() : 0;
        var bytes = cursor.Text(_first);
        if (!cursor.IsRead) return cursor.Stop;
        var count = 1;
        switch (container)
        {
            case PlainContainer:
                if (bytes.IsEmpty) return RdbStep.Bad("Quicklist node is empty."); // such a node holds one long element
                break;
            case PackedContainer:
                if (!Listpack.Validate(bytes, out count)) return RdbStep.Bad("Listpack integrity check failed.");
                break;
            default:
                if (_type.Type == RdbType.ListQuicklist2) return RdbStep.Bad("Quicklist integrity check failed.");
                if (!Ziplist.Validate(bytes, out count)) return RdbStep.Bad("Ziplist integrity check failed.");
                break;
        }

        if (count == 0) return RdbStep.Next;
        var step = BeginCollection(key, ref target);
        if (step.Progress != RdbProgress.Next) return step;
        return container switch
        {
            PlainContainer => RdbStep.NextIf(target.OnElement(bytes)),
            PackedContainer => RdbStep.NextIf(target.OnListNode(bytes)),
            _ => RdbStep.NextIf(PackedValues<TTarget>.DeliverList(bytes, ref target)),
        };
    }
}
