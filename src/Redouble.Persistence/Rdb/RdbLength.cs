using System.Buffers.Binary;

namespace Redouble.Persistence.Rdb;

/// <summary>
/// The length code of RDB files:
/// <code>
/// 00nnnnnn                     0 to 63
/// 01nnnnnn nnnnnnnn            to 16,383, high byte first
/// 10000000 + 4 bytes           to 2^32 - 1, big-endian
/// 10000001 + 8 bytes           any, big-endian
/// 11eeeeee                     no length: a string in special encoding e follows
/// </code>
/// Readers take any form for any number.
/// </summary>
internal static class RdbLength
{
    /// <summary>Bytes of the longest form.</summary>
    public const int SizeMax = 9;

    /// <summary>Writes the shortest form and returns its size.</summary>
    public static int Write(Span<byte> destination, ulong length)
    {
        if (length < 64)
        {
            destination[0] = (byte)length;
            return 1;
        }

        if (length < 16384)
        {
            BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)(0x4000 | length));
            return 2;
        }

        if (length <= uint.MaxValue)
        {
            destination[0] = 0x80;
            BinaryPrimitives.WriteUInt32BigEndian(destination[1..], (uint)length);
            return 5;
        }

        destination[0] = 0x81;
        BinaryPrimitives.WriteUInt64BigEndian(destination[1..], length);
        return 9;
    }

    /// <summary>Reads a length; a special encoding counts as <see cref="RdbAtom.Bad"/>.</summary>
    /// <param name="size">Bytes of the code; when cut off, the bytes needed to get further.</param>
    public static RdbAtom TryRead(ReadOnlySpan<byte> source, out ulong length, out int size)
    {
        length = 0;
        size = 1;
        if (source.IsEmpty) return RdbAtom.Cut;
        var first = source[0];
        switch (first >> 6)
        {
            case 0:
                length = first;
                return RdbAtom.Read;
            case 1:
                size = 2;
                if (source.Length < 2) return RdbAtom.Cut;
                length = (ulong)(((first & 0x3f) << 8) | source[1]);
                return RdbAtom.Read;
            case 2 when first == 0x80:
                size = 5;
                if (source.Length < 5) return RdbAtom.Cut;
                length = BinaryPrimitives.ReadUInt32BigEndian(source[1..]);
                return RdbAtom.Read;
            case 2 when first == 0x81:
                size = 9;
                if (source.Length < 9) return RdbAtom.Cut;
                length = BinaryPrimitives.ReadUInt64BigEndian(source[1..]);
                return RdbAtom.Read;
            default:
                return RdbAtom.Bad;
        }
    }
}

/// <summary>What the bytes at hand said about one indivisible part of an RDB.</summary>
internal enum RdbAtom
{
    /// <summary>It is complete.</summary>
    Read,

    /// <summary>More bytes are needed.</summary>
    Cut,

    /// <summary>It is none.</summary>
    Bad,
}
