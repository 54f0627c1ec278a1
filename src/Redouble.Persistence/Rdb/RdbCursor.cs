using System.Buffers.Binary;
using Redouble.Core.Text;

namespace Redouble.Persistence.Rdb;

/// <summary>
/// Reads the fields of one atom of a value, in a row, and only then asks whether they were all there: after a field that is cut off or
/// broken, the ones behind it are empty. An atom that is cut is read again from its start when more has arrived.
/// </summary>
internal ref struct RdbCursor(ReadOnlySpan<byte> source)
{
    /// <summary>Bytes of an atom, heads included: what an array has room for, and a page less.</summary>
    internal const long AtomMax = 0x7fff_ff00;

    private readonly ReadOnlySpan<byte> _source = source;
    private RdbAtom _atom;

    /// <summary>Bytes read; when cut off, the bytes needed to get further.</summary>
    public int Size { get; private set; }

    /// <summary>Whether all fields so far were there.</summary>
    public readonly bool IsRead => _atom == RdbAtom.Read;

    /// <summary>Why not.</summary>
    public readonly RdbStep Stop => _atom == RdbAtom.Cut ? RdbStep.Cut : RdbStep.Bad(null);

    /// <summary>A length code.</summary>
    public ulong Length()
    {
        if (!IsRead) return 0;
        var atom = RdbLength.TryRead(_source[Size..], out var length, out var size);
        return Take(atom, size) ? length : 0;
    }

    /// <summary>A string in any encoding; compressed ones are decompressed into <paramref name="scratch"/>.</summary>
    public ReadOnlySpan<byte> Text(RdbScratch scratch)
    {
        if (!IsRead) return default;
        var atom = RdbStrings.TryRead(_source[Size..], scratch, out var value, out var size);
        return Take(atom, size) ? value : default;
    }

    /// <summary>Eight bytes, little-endian: a time, the bits of a score.</summary>
    public long Fixed8()
    {
        var bytes = Fixed(8);
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    /// <summary>Sixteen bytes, big-endian: a stream id.</summary>
    public RdbStreamId Fixed16()
    {
        var bytes = Fixed(16);
        return bytes.IsEmpty ? default : new RdbStreamId(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
    }

    /// <summary>A stream id as two length codes.</summary>
    public RdbStreamId LengthPair()
    {
        var ms = Length();
        return new RdbStreamId(ms, Length());
    }

    /// <summary>A score as old files have it: see <see cref="RdbShape.TextDouble"/>. May be NaN.</summary>
    public double TextDouble()
    {
        var first = Fixed(1);
        if (first.IsEmpty) return 0;
        switch (first[0])
        {
            case 253: return double.NaN;
            case 254: return double.PositiveInfinity;
            case 255: return double.NegativeInfinity;
        }

        var text = Fixed(first[0]);
        if (!IsRead) return 0;
        if (Doubles.TryParse(text, out var value)) return value;
        _atom = RdbAtom.Bad;
        return 0;
    }

    private ReadOnlySpan<byte> Fixed(int count)
    {
        if (!IsRead) return default;
        var start = Size;
        return Take(_source.Length - start < count ? RdbAtom.Cut : RdbAtom.Read, count) ? _source.Slice(start, count) : default;
    }

    private bool Take(RdbAtom atom, int size)
    {
        var total = (long)Size + size;
        _atom = total > AtomMax ? RdbAtom.Bad : atom;
        if (_atom == RdbAtom.Bad) return false;
        Size = (int)total;
        return _atom == RdbAtom.Read;
    }
}
