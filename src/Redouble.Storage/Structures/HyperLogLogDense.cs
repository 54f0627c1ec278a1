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
/// All of them are read sixteen at a time: 12 bytes are dealt to four lanes of 24 bits, and these are spread to four bytes by two shifts.
/// </summary>
public static class HyperLogLogDense
{
    /// <summary>Bytes of all registers.</summary>
    public const int Size = HyperLogLogBytes.RegisterCount * RegisterBits / 8;

    private const int RegisterBits = 6;
    private const int RegisterMask = (1 << RegisterBits) - 1;
    private const int Groups = HyperLogLogBytes.RegisterCount / 16;
    private const int GroupBytes = Size / Groups;

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
        ref var first = ref MemoryMarshal.GetReference(registers[..Size]);
        for (var group = 0; group < Groups; group++)
        {
            var ranks = ReadGroup(ref first, group).AsUInt64();
            CardinalityEstimate.Count(histogram, ranks.GetElement(0));
            CardinalityEstimate.Count(histogram, ranks.GetElement(1));
        }
    }

    /// <summary>Raises registers of one byte each to these.</summary>
    public static void Merge(ReadOnlySpan<byte> registers, Span<byte> bytes)
    {
        ref var first = ref MemoryMarshal.GetReference(registers[..Size]);
        ref var target = ref MemoryMarshal.GetReference(bytes[..HyperLogLogBytes.RegisterCount]);
        for (var group = 0; group < Groups; group++)
        {
            // Inside: there are as many groups of 16 as there are registers.
            var at = (nuint)(group * Vector128<byte>.Count);
            Vector128.Max(ReadGroup(ref first, group), Vector128.LoadUnsafe(ref target, at)).StoreUnsafe(ref target, at);
        }
    }

    /// <summary>Writes registers of one byte each as dense ones.</summary>
    public static void Write(ReadOnlySpan<byte> bytes, Span<byte> registers)
    {
        for (var i = 0; i < HyperLogLogBytes.RegisterCount; i += 8)
        {
            var group = registers[(i / 8 * RegisterBits)..];
            var word = Gather(BinaryPrimitives.ReadUInt64LittleEndian(bytes[i..]));
            BinaryPrimitives.WriteUInt32LittleEndian(group, (uint)word);
            BinaryPrimitives.WriteUInt16LittleEndian(group[sizeof(uint)..], (ushort)(word >> 32));
        }
    }

    /// <summary>Sixteen registers, one in each byte. The last 12 bytes are read with the four before them, not with four behind the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // 1024 times per estimate
    private static Vector128<byte> ReadGroup(ref byte first, int group)
    {
        const int lastAt = Size - 16;
        var lanes = group < Groups - 1
            ? Vector128.Shuffle(
                Vector128.LoadUnsafe(ref first, (nuint)(group * GroupBytes)), Vector128.Create((byte)0, 1, 2, 255, 3, 4, 5, 255, 6, 7, 8, 255, 9, 10, 11, 255))
            : Vector128.Shuffle(
                Vector128.LoadUnsafe(ref first, (nuint)lastAt), Vector128.Create((byte)4, 5, 6, 255, 7, 8, 9, 255, 10, 11, 12, 255, 13, 14, 15, 255));

        // 24 bits to 2 × 12 in lanes of 16, to 4 × 6 in bytes.
        var words = lanes.AsUInt32();
        words = (words & Vector128.Create(0x0000_0FFFu)) | (words & Vector128.Create(0x00FF_F000u)) << 4;
        words = (words & Vector128.Create(0x003F_003Fu)) | (words & Vector128.Create(0x0FC0_0FC0u)) << 2;
        return words.AsByte();
    }

    // 8 × 6 bits in bytes to 4 × 12, to 2 × 24, to 48.
    private static ulong Gather(ulong bytes)
    {
        bytes = (bytes & 0x003F_003F_003F_003F) | (bytes & 0x3F00_3F00_3F00_3F00) >> 2;
        bytes = (bytes & 0x0000_0FFF_0000_0FFF) | (bytes & 0x0FFF_0000_0FFF_0000) >> 4;
        return (bytes & 0x0000_0000_00FF_FFFF) | (bytes & 0x00FF_FFFF_0000_0000) >> 8;
    }
}
