using System.Buffers.Binary;

namespace Redouble.Persistence.Rdb.Legacy;

/// <summary>
/// The packed hash of Redis before 2.6:
/// <code>
/// | pairs, 1 byte (254 and more: unknown) | pair… | 255 |
///
/// pair    length, field, length, free, value, free bytes without meaning           free: 1 byte
/// length  1 byte below 254, or 254 and 4 bytes little-endian
/// </code>
/// It comes from files only: it is checked, and read from front to back.
/// </summary>
internal static class Zipmap
{
    private const byte End = 255;
    private const byte LongLength = 254;

    /// <summary>Whether the bytes are a zipmap, whole and nothing but one. Never reads outside of them.</summary>
    public static bool Validate(ReadOnlySpan<byte> bytes, out int count)
    {
        count = 0;
        if (bytes.Length < 2 || bytes[^1] != End) return false;
        var rest = bytes[1..^1];
        while (!rest.IsEmpty)
        {
            if (!TryReadPair(rest, out _, out _, out var size)) return false;
            rest = rest[size..];
            count++;
        }

        return bytes[0] >= LongLength || bytes[0] == count;
    }

    /// <summary>Reads the pair that <paramref name="source"/> begins with; false when it is none or cut off.</summary>
    internal static bool TryReadPair(ReadOnlySpan<byte> source, out ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value, out int size)
    {
        value = default;
        size = 0;
        if (!TryReadText(source, 0, out field, out var fieldSize)) return false;
        if (!TryReadText(source[fieldSize..], 1, out value, out var valueSize)) return false;
        size = fieldSize + valueSize;
        return true;
    }

    // A length, for values the number of free bytes, the text, the free bytes.
    private static bool TryReadText(ReadOnlySpan<byte> source, int freeSize, out ReadOnlySpan<byte> text, out int size)
    {
        text = default;
        size = 0;
        if (source.IsEmpty || source[0] == End) return false;
        var at = source[0] < LongLength ? 1 : 5;
        if (source.Length < at + freeSize) return false;
        var length = at == 1 ? source[0] : BinaryPrimitives.ReadUInt32LittleEndian(source[1..]);
        var free = freeSize == 0 ? 0 : source[at];
        at += freeSize;
        if (length + (long)free > source.Length - at) return false;
        text = source.Slice(at, (int)length);
        size = at + (int)length + free;
        return true;
    }
}

/// <summary>Goes through the pairs of a valid zipmap.</summary>
internal ref struct ZipmapEntries(ReadOnlySpan<byte> zipmap)
{
    private ReadOnlySpan<byte> _rest = zipmap[1..^1];
    private ReadOnlySpan<byte> _field;
    private ReadOnlySpan<byte> _value;

    public readonly ReadOnlySpan<byte> Field => _field;

    public readonly ReadOnlySpan<byte> Value => _value;

    /// <summary>Goes to the first or next pair; false when there is none.</summary>
    public bool MoveNext()
    {
        if (!Zipmap.TryReadPair(_rest, out _field, out _value, out var size)) return false;
        _rest = _rest[size..];
        return true;
    }
}
