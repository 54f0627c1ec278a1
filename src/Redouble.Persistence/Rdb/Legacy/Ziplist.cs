using System.Buffers.Binary;
using Redouble.Core.Text;

namespace Redouble.Persistence.Rdb.Legacy;

/// <summary>
/// The packed list of Redis before 7.0, little-endian but for lengths of strings:
/// <code>
/// | bytes, 4 | offset of the last entry, 4 | entries, 2 (65,535: more) | entry… | 255 |
///
/// entry    length of the entry before (1 byte, or 254 and 4 bytes), encoding, content
/// encoding 00nnnnnn, 01nnnnnn + 1, 10...... + 4 bytes big-endian     string of n bytes
///          11000000, 11010000, 11100000, 11110000, 11111110          integer of 2, 4, 8, 3 and 1 bytes
///          1111vvvv                                                  the integer v - 1, v from 1 to 13
/// </code>
/// It comes from files only: it is checked, and read from front to back.
/// </summary>
internal static class Ziplist
{
    internal const int HeaderSize = 10;
    private const byte End = 255;
    private const byte LongLengthBefore = 254;
    private const int UnknownCount = ushort.MaxValue;

    /// <summary>Whether the bytes are a ziplist, whole and nothing but one. Never reads outside of them.</summary>
    public static bool Validate(ReadOnlySpan<byte> bytes, out int count)
    {
        count = 0;
        if (bytes.Length < HeaderSize + 1 || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != bytes.Length || bytes[^1] != End) return false;
        var at = HeaderSize;
        var before = 0;
        while (at < bytes.Length - 1)
        {
            if (!TryMeasure(bytes[at..^1], out var lengthBefore, out _, out _, out var size) || lengthBefore != before) return false;
            before = size;
            at += size;
            count++;
        }

        if (count > 0 && BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) != at - before) return false;
        var stored = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        return stored == UnknownCount || stored == count;
    }

    /// <summary>Finds the parts of the entry that <paramref name="source"/> begins with; false when it is none or cut off.</summary>
    /// <param name="content">Offset of the content.</param>
    /// <param name="size">Bytes of the entry.</param>
    internal static bool TryMeasure(ReadOnlySpan<byte> source, out long lengthBefore, out byte encoding, out int content, out int size)
    {
        (lengthBefore, encoding, content, size) = (0, 0, 0, 0);
        if (source.IsEmpty) return false;
        var at = source[0] < LongLengthBefore ? 1 : 5;
        if (source.Length <= at || source[0] == End) return false;
        lengthBefore = at == 1 ? source[0] : BinaryPrimitives.ReadUInt32LittleEndian(source[1..]);
        encoding = source[at];
        var header = (encoding >> 6) switch { 1 => 2, 2 => 5, _ => 1 };
        content = at + header;
        if (source.Length < content) return false;
        var length = (encoding >> 6) switch
        {
            0 => encoding & 0x3f,
            1 => ((encoding & 0x3f) << 8) | source[at + 1],
            2 => BinaryPrimitives.ReadUInt32BigEndian(source[(at + 1)..]),
            _ => IntegerLength(encoding),
        };
        if (length < 0 || length > source.Length - content) return false;
        size = content + (int)length;
        return true;
    }

    private static long IntegerLength(byte encoding) => encoding switch
    {
        0xc0 => 2,
        0xd0 => 4,
        0xe0 => 8,
        0xf0 => 3,
        0xfe => 1,
        >= 0xf1 and <= 0xfd => 0,
        _ => -1,
    };

    internal static long ReadInteger(byte encoding, ReadOnlySpan<byte> content) => encoding switch
    {
        0xc0 => BinaryPrimitives.ReadInt16LittleEndian(content),
        0xd0 => BinaryPrimitives.ReadInt32LittleEndian(content),
        0xe0 => BinaryPrimitives.ReadInt64LittleEndian(content),
        0xf0 => content[0] | (content[1] << 8) | ((sbyte)content[2] << 16),
        0xfe => (sbyte)content[0],
        _ => (encoding & 0xf) - 1,
    };
}

/// <summary>Goes through the entries of a valid ziplist.</summary>
internal ref struct ZiplistEntries(ReadOnlySpan<byte> ziplist)
{
    private ReadOnlySpan<byte> _rest = ziplist[Ziplist.HeaderSize..^1];
    private ReadOnlySpan<byte> _content;
    private byte _encoding;

    /// <summary>Goes to the first or next entry; false when there is none.</summary>
    public bool MoveNext()
    {
        if (!Ziplist.TryMeasure(_rest, out _, out _encoding, out var content, out var size)) return false;
        _content = _rest[content..size];
        _rest = _rest[size..];
        return true;
    }

    /// <summary>The entry as text: in place, or an integer's digits in <paramref name="digits"/>, of <see cref="Integers.MaxLength"/> bytes.</summary>
    public readonly ReadOnlySpan<byte> Text(Span<byte> digits) =>
        _encoding < 0xc0 ? _content : digits[..Integers.Format(Ziplist.ReadInteger(_encoding, _content), digits)];
}
