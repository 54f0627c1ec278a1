using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Redouble.Core.Checksums;

/// <summary>
/// The checksum of RDB files and DUMP payloads: CRC-64 with the polynomial of David Jones, 0xad93d23594c935a9, bits reflected in and
/// out, start value 0, no final exclusive-or. The check value of the nine bytes "123456789" is 0xe9c6d914c4b8d9ca.
/// <para>
/// Two implementations give the same values. <b>Folding</b> (Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ
/// Instruction", Intel 2009) keeps four 128-bit remainders and advances each over 64 bytes with two carry-less multiplications:
/// <code>
/// message:   | m0 16 B | m1 16 B | m2 16 B | m3 16 B | m4 ...
/// lanes:       x0        x1        x2        x3
/// one turn:    x0 = lo(x0) * x^575  ^  hi(x0) * x^511  ^  m4      (modulo the polynomial; 512 bits further)
/// at the end:  the lanes are folded into one (128 bits apart: x^191 and x^127), whose 16 bytes go through the tables
/// </code>
/// The exponents are one less than the distance suggests, because the product of two reflected 64-bit words comes out one bit low.
/// <b>Slicing by eight</b> (Kounavis and Berry, 2008) takes eight bytes per turn through eight tables of 2 KB.
/// </para>
/// </summary>
public static class Crc64
{
    /// <summary>The polynomial with its bits reversed, as the right-shifting register needs it.</summary>
    internal const ulong ReflectedPolynomial = 0x95ac9329ac4bc9b5;

    /// <summary>x^127, x^191, x^511 and x^575 modulo the polynomial, reflected. A test derives them.</summary>
    internal const ulong Fold128High = 0x381d0015c96f4444;

    /// <inheritdoc cref="Fold128High"/>
    internal const ulong Fold128Low = 0xd9d7be7d505da32c;
    internal const ulong Fold512High = 0xf49784a634f014e4;
    internal const ulong Fold512Low = 0xaf86efb16d9ab4fb;

    /// <summary>Below this length the tables are as fast as setting up a fold.</summary>
    private const int FoldingLengthMin = 32;

    // Table k at [k * 256]: the register after a byte followed by k zero bytes.
    private static readonly ulong[] Tables = BuildTables();

    /// <summary>The checksum of what <paramref name="crc"/> covers followed by <paramref name="bytes"/>. Start with 0.</summary>
    public static ulong Append(ulong crc, ReadOnlySpan<byte> bytes) =>
        Pclmulqdq.IsSupported && bytes.Length >= FoldingLengthMin ? AppendFolding(crc, bytes) : AppendSlicing(crc, bytes);

    /// <summary>
    /// The checksum of A followed by B, from the checksums of both and the length of B in bytes. Costs about 64 shifts per bit of the length.
    /// </summary>
    public static ulong Combine(ulong crcA, ulong crcB, long lengthB)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthB);
        var power = PowerOfX(8);
        for (var rest = (ulong)lengthB; rest != 0; rest >>= 1)
        {
            if ((rest & 1) != 0) crcA = Multiply(crcA, power);
            power = Multiply(power, power);
        }

        return crcA ^ crcB;
    }

    /// <summary>x to the power <paramref name="exponent"/> modulo the polynomial, reflected (the top bit is x^0).</summary>
    internal static ulong PowerOfX(int exponent)
    {
        var value = 1UL << 63;
        for (var i = 0; i < exponent; i++) value = TimesX(value);
        return value;
    }

    internal static ulong AppendSlicing(ulong crc, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> tables = Tables;
        tables = tables[..2048];
        while (bytes.Length >= 8)
        {
            var word = crc ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            crc = tables[(int)(word & 0xff) + 1792] ^ tables[(int)((word >> 8) & 0xff) + 1536]
                ^ tables[(int)((word >> 16) & 0xff) + 1280] ^ tables[(int)((word >> 24) & 0xff) + 1024]
                ^ tables[(int)((word >> 32) & 0xff) + 768] ^ tables[(int)((word >> 40) & 0xff) + 512]
                ^ tables[(int)((word >> 48) & 0xff) + 256] ^ tables[(int)(word >> 56)];
            bytes = bytes[8..];
        }

        foreach (var b in bytes) crc = tables[(int)((crc ^ b) & 0xff)] ^ (crc >> 8);
        return crc;
    }

    /// <summary>Needs PCLMULQDQ and at least 16 bytes.</summary>
    internal static ulong AppendFolding(ulong crc, ReadOnlySpan<byte> bytes)
    {
        var near = Vector128.Create(Fold128Low, Fold128High);
        var x0 = Load(bytes) ^ Vector128.CreateScalar(crc);
        if (bytes.Length >= 128)
        {
            var far = Vector128.Create(Fold512Low, Fold512High);
            var x1 = Load(bytes[16..]);
            var x2 = Load(bytes[32..]);
            var x3 = Load(bytes[48..]);
            bytes = bytes[64..];
            do
            {
                x0 = Fold(x0, far) ^ Load(bytes);
                x1 = Fold(x1, far) ^ Load(bytes[16..]);
                x2 = Fold(x2, far) ^ Load(bytes[32..]);
                x3 = Fold(x3, far) ^ Load(bytes[48..]);
                bytes = bytes[64..];
            }
            while (bytes.Length >= 64);

            x0 = Fold(Fold(Fold(x0, near) ^ x1, near) ^ x2, near) ^ x3;
        }
        else
        {
            bytes = bytes[16..];
        }

        for (; bytes.Length >= 16; bytes = bytes[16..]) x0 = Fold(x0, near) ^ Load(bytes);

        Span<ulong> folded = [x0.ToScalar(), x0.GetElement(1)];
        return AppendSlicing(AppendSlicing(0, MemoryMarshal.AsBytes(folded)), bytes);
    }

    private static Vector128<ulong> Load(ReadOnlySpan<byte> bytes) => Vector128.Create(bytes).AsUInt64();

    // The 16 bytes of x moved on by the distance of the constants: lo(x) * lo(constants) ^ hi(x) * hi(constants).
    private static Vector128<ulong> Fold(Vector128<ulong> x, Vector128<ulong> constants) =>
        Pclmulqdq.CarrylessMultiply(x, constants, 0x00) ^ Pclmulqdq.CarrylessMultiply(x, constants, 0x11);

    private static ulong TimesX(ulong value) => (value >> 1) ^ ((value & 1) * ReflectedPolynomial);

    private static ulong Multiply(ulong a, ulong b)
    {
        var product = 0UL;
        while (a != 0)
        {
            // The top bit is x^0; each set bit of a adds b shifted that many powers.
            var skip = BitOperations.LeadingZeroCount(a);
            for (var i = 0; i < skip; i++) b = TimesX(b);
            product ^= b;
            b = TimesX(b);
            a = skip == 63 ? 0 : a << (skip + 1);
        }

        return product;
    }

    private static ulong[] BuildTables()
    {
        var tables = new ulong[8 * 256];
        for (var i = 0; i < 256; i++)
        {
            var crc = (ulong)i;
            for (var bit = 0; bit < 8; bit++) crc = TimesX(crc);
            tables[i] = crc;
        }

        for (var i = 256; i < tables.Length; i++) tables[i] = tables[(int)(tables[i - 256] & 0xff)] ^ (tables[i - 256] >> 8);
        return tables;
    }
}
