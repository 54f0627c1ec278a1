using System.Buffers.Binary;
using Redouble.Core.Compression;

namespace Redouble.Persistence.Rdb;

/// <summary>How the bytes of a string are stored.</summary>
internal enum RdbStringForm
{
    /// <summary>As they are.</summary>
    Plain,

    /// <summary>As the integer they spell, within the header.</summary>
    Integer,

    /// <summary>As LZF.</summary>
    Lzf,
}

/// <summary>
/// What stands in front of a string's bytes.
/// <code>
/// length                                 the bytes follow
/// 11000000 + 1, 11000001 + 2, 11000010 + 4 bytes   a signed little-endian integer: the string is its decimal text
/// 11000011, compressed length, length    that many bytes of LZF follow
/// </code>
/// </summary>
internal readonly struct RdbStringHeader
{
    private RdbStringHeader(RdbStringForm form, long storedLength, long length, int value = 0)
    {
        Form = form;
        StoredLength = storedLength;
        Length = length;
        Value = value;
    }

    public RdbStringForm Form { get; }

    /// <summary>Bytes that follow the header.</summary>
    public long StoredLength { get; }

    /// <summary>Bytes of the string, as announced; 0 for an integer.</summary>
    public long Length { get; }

    /// <summary>The integer.</summary>
    public int Value { get; }

    /// <summary>Reads a header. A length above what its compressed bytes can stand for is refused here, before anything is allocated.</summary>
    /// <param name="size">Bytes of the header; when cut off, the bytes needed to get further.</param>
    public static RdbAtom TryRead(ReadOnlySpan<byte> source, out RdbStringHeader header, out int size)
    {
        header = default;
        size = 1;
        if (source.IsEmpty) return RdbAtom.Cut;
        if (source[0] >= 0xc0) return TryReadEncoded(source, out header, out size);
        var atom = RdbLength.TryRead(source, out var length, out size);
        if (atom != RdbAtom.Read) return atom;
        if (length > long.MaxValue) return RdbAtom.Bad;
        header = new RdbStringHeader(RdbStringForm.Plain, (long)length, (long)length);
        return RdbAtom.Read;
    }

    private static RdbAtom TryReadEncoded(ReadOnlySpan<byte> source, out RdbStringHeader header, out int size)
    {
        header = default;
        var encoding = source[0] & 0x3f;
        size = encoding switch { 0 => 2, 1 => 3, 2 => 5, _ => 1 };
        if (encoding > 3) return RdbAtom.Bad;
        if (source.Length < size) return RdbAtom.Cut;
        if (encoding == 3) return TryReadLzf(source, out header, out size);
        var value = encoding switch
        {
            0 => (sbyte)source[1],
            1 => BinaryPrimitives.ReadInt16LittleEndian(source[1..]),
            _ => BinaryPrimitives.ReadInt32LittleEndian(source[1..]),
        };
        header = new RdbStringHeader(RdbStringForm.Integer, 0, 0, value);
        return RdbAtom.Read;
    }

    private static RdbAtom TryReadLzf(ReadOnlySpan<byte> source, out RdbStringHeader header, out int size)
    {
        header = default;
        var atom = RdbLength.TryRead(source[1..], out var compressed, out var first);
        size = 1 + first;
        if (atom != RdbAtom.Read) return atom;
        atom = RdbLength.TryRead(source[size..], out var length, out var second);
        size += second;
        if (atom != RdbAtom.Read) return atom;
        if (compressed > long.MaxValue || length > (ulong)Lzf.LengthMax((long)compressed)) return RdbAtom.Bad;
        header = new RdbStringHeader(RdbStringForm.Lzf, (long)compressed, (long)length);
        return RdbAtom.Read;
    }
}
