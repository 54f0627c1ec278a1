using System.Buffers.Binary;
using Redouble.Core.Checksums;
using Redouble.Core.Text;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// A number that is the same for equal values, however they are kept: packed or not, in nodes cut anywhere, whole or in parts. Fed with a snapshot's frames.
/// <code>
///   string        CRC-64 of its bytes, which does not see where parts end                        │ order counts
///   list          state = join(state, element)                                                   │
///   stream        state = join(state, entry), then <see cref="StreamTailDigest"/>                          │
///   set           sum of join(member, 0)                                                         │ it does not
///   hash          sum of join(field, join(value, time))                                          │
///   sorted set    sum of join(member, bits of the score)                                         │
/// </code>
/// Type and number of elements go in at the end.
/// </summary>
internal sealed class ValueDigest
{
    private readonly StreamTailDigest _tail = new();
    private ValueType _type;
    private ulong _state;
    private ulong _count; // elements; bytes of a string

    /// <summary>A value of that type begins.</summary>
    public void Begin(ValueType type)
    {
        _type = type;
        _state = _count = 0;
        if (type == ValueType.Stream) _tail.Begin();
    }

    /// <summary>The whole value, packed.</summary>
    public void AddWhole(ValueEncoding encoding, ReadOnlySpan<byte> value)
    {
        switch (_type)
        {
            case ValueType.String:
                AddBytes(value);
                break;
            case ValueType.List:
                AddListpack(value);
                break;
            default:
                AddPacked(encoding, value);
                break;
        }
    }

    /// <summary>A part of a large value, as in a frame of kind <see cref="SnapshotFrameKind.Part"/>.</summary>
    public void AddPart(ValueEncoding encoding, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, long expireAtMs)
    {
        switch (_type)
        {
            case ValueType.String:
                AddBytes(value);
                break;
            case ValueType.List when encoding == ValueEncoding.Raw:
                AddInOrder(DigestMix.Of(value));
                break;
            case ValueType.List:
                AddListpack(value);
                break;
            case ValueType.Stream when encoding == ValueEncoding.Stream:
                _tail.Add(value);
                break;
            case ValueType.Stream:
                AddEntries(value);
                break;
            case ValueType.Hash:
                AddElement(DigestMix.Of(name), FieldValue(DigestMix.Of(value), expireAtMs));
                break;
            case ValueType.SortedSet:
                AddElement(DigestMix.Of(name), Bits(BinaryPrimitives.ReadDoubleLittleEndian(value)));
                break;
            default:
                AddElement(DigestMix.Of(name), 0);
                break;
        }
    }

    /// <summary>Elements of a large value, as in a frame of kind <see cref="SnapshotFrameKind.Run"/>.</summary>
    public void AddRun(ReadOnlySpan<byte> run)
    {
        while (ElementRun.TryRead(ref run, _type, out var name, out var value)) AddPart(ValueEncoding.Raw, name, value, expireAtMs: -1);
    }

    /// <summary>The digest of what was added.</summary>
    public ulong End()
    {
        if (_type == ValueType.Stream) _state = DigestMix.Join(_state, _tail.End());
        return DigestMix.Join(_state, DigestMix.Join(_count, (ulong)_type));
    }

    // A listpack knows no -0, a table does.
    private static ulong Bits(double score) => BitConverter.DoubleToUInt64Bits(score == 0 ? 0 : score);

    private static ulong FieldValue(ulong value, long expireAtMs) => DigestMix.Join(value, (ulong)Math.Max(expireAtMs, -1));

    private void AddBytes(ReadOnlySpan<byte> bytes)
    {
        _state = Crc64.Append(_state, bytes);
        _count += (ulong)bytes.Length;
    }

    private void AddInOrder(ulong element)
    {
        _state = DigestMix.Join(_state, element);
        _count++;
    }

    private void AddElement(ulong name, ulong value)
    {
        _state += DigestMix.Join(name, value);
        _count++;
    }

    private void AddListpack(ReadOnlySpan<byte> listpack)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        for (var at = Listpack.First(listpack); at >= 0; at = Listpack.Next(listpack, at)) AddInOrder(DigestMix.Of(Listpack.Get(listpack, at).Text(digits)));
    }

    private void AddPacked(ValueEncoding encoding, ReadOnlySpan<byte> value)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        var elements = new ElementCursor(null!, value, encoding, _type); // packed ones need no keyspace
        while (elements.MoveNext())
        {
            var name = DigestMix.Of(elements.Name.Text(digits));
            if (_type == ValueType.Set) AddElement(name, 0);
            else if (_type == ValueType.SortedSet) AddElement(name, Bits(elements.Score));
            else AddElement(name, FieldValue(DigestMix.Of(elements.Value.Text(digits)), elements.ExpireAtMs));
        }
    }

    private void AddEntries(ReadOnlySpan<byte> node)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        for (var entries = StreamCursor.OfNode(node); entries.MoveNext();)
        {
            var entry = DigestMix.Join(entries.Id.Ms, entries.Id.Sequence);
            for (var left = entries.FieldCount; left > 0; left--)
            {
                entries.ReadField(out var name, out var value);
                entry = DigestMix.Join(entry, DigestMix.Of(name.Text(digits)));
                entry = DigestMix.Join(entry, DigestMix.Of(value.Text(digits)));
            }

            AddInOrder(DigestMix.Join(entry, (ulong)entries.FieldCount));
        }
    }
}
