using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Redouble.Storage.Structures;

/// <summary>
/// Registers of 6 bits each, packed from the low bits up: eight of them in 6 bytes, without a gap.
/// <code>
/// byte    0          1          2
///      | 11000000 | 22221111 | 33333322 |        register 0 in the low bits of byte 0
/// </code>
/// All of them are read eight at a time: a 48-bit word is spread to eight bytes by three shifts.
/// </summary>
public static class HyperLogLogDense
{
    /// <summary>Bytes of all registers.</summary>
    public const int Size = HyperLogLogBytes.RegisterCount * RegisterBits / 8;

    private const int RegisterBits = 6;
    private const int RegisterMask = (1 << RegisterBits) - 1;
    private const int GroupBytes = 6;

    /// <summary>The rank in a register.</summary>
    public static int Get(ReadOnlySpan<byte> registers, int index)
    {
        var bit = index * RegisterBits;
        var at = bit >> 3;
        int next = at + 1 < registers.Length ? registers[at + 1] : 0;
        return (registers[at] | next << 8) >> (bit & 7) & RegisterMask;
    }

    /// <summary>Raises a register to a rank; false when it is there already.</summary>
    public static bool Raise(Span<byte> registers, int index, int rank)
    {
        if (Get(registers, index) >= rank) return false;
        var bit = index * RegisterBits;
        var at = bit >> 3;
        var shift = bit & 7;
        registers[at] = (byte)((registers[at] & ~(RegisterMask << shift)) | rank << shift);
        if (shift > 8 - RegisterBits) registers[at + 1] = (byte)((registers[at + 1] & ~(RegisterMask >> (8 - shift))) | rank >> (8 - shift));
        return true;
    }

    /// <summary>Counts the registers of each rank.</summary>
    public static void AddTo(Span<int> histogram, ReadOnlySpan<byte> registers)
    {
        for (var at = 0; at < Size; at += GroupBytes) CardinalityEstimate.Count(histogram, Spread(ReadGroup(registers[at..])));
    }

    /// <summary>Raises registers of one byte each to these.</summary>
    public static void Merge(ReadOnlySpan<byte> registers, Span<byte> bytes)
    {
        ref var target = ref MemoryMarshal.GetReference(bytes[..HyperLogLogBytes.RegisterCount]);
        for (var i = 0; i < HyperLogLogBytes.RegisterCount; i += Vector128<byte>.Count)
        {
            var group = registers[(i / 8 * GroupBytes)..];
            var ranks = Vector128.Create(Spread(ReadGroup(group)), Spread(ReadGroup(group[GroupBytes..]))).AsByte();

            // Inside: the slice above has a register for each i, and their number is a multiple of 16.
            Vector128.Max(ranks, Vector128.LoadUnsafe(ref target, (nuint)i)).StoreUnsafe(ref target, (nuint)i);
        }
    }

    /// <summary>Writes registers of one byte each as dense ones.</summary>
    public static void Write(ReadOnlySpan<byte> bytes, Span<byte> registers)
    {
        for (var i = 0; i < HyperLogLogBytes.RegisterCount; i += 8)
        {
            var group = registers[(i / 8 * GroupBytes)..];
            var word = Gather(BinaryPrimitives.ReadUInt64LittleEndian(bytes[i..]));
            BinaryPrimitives.WriteUInt32LittleEndian(group, (uint)word);
            BinaryPrimitives.WriteUInt16LittleEndian(group[sizeof(uint)..], (ushort)(word >> 32));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // 2048 times per estimate
    private static ulong ReadGroup(ReadOnlySpan<byte> group) =>
        BinaryPrimitives.ReadUInt32LittleEndian(group) | (ulong)BinaryPrimitives.ReadUInt16LittleEndian(group[sizeof(uint)..]) << 32;

    // 48 bits to 2 × 24 in lanes of 32, to 4 × 12 in lanes of 16, to 8 × 6 in bytes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // 2048 times per estimate
    private static ulong Spread(ulong word)
    {
        word = (word & 0x0000_0000_00FF_FFFF) | (word & 0x0000_FFFF_FF00_0000) << 8;
        word = (word & 0x0000_0FFF_0000_0FFF) | (word & 0x00FF_F000_00FF_F000) << 4;
        return (word & 0x003F_003F_003F_003F) | (word & 0x0FC0_0FC0_0FC0_0FC0) << 2;
    }

    private static ulong Gather(ulong bytes)
    {
        bytes = (bytes & 0x003F_003F_003F_003F) | (bytes & 0x3F00_3F00_3F00_3F00) >> 2;
        bytes = (bytes & 0x0000_0FFF_0000_0FFF) | (bytes & 0x0FFF_0000_0FFF_0000) >> 4;
        return (bytes & 0x0000_0000_00FF_FFFF) | (bytes & 0x00FF_FFFF_0000_0000) >> 8;
    }
}
