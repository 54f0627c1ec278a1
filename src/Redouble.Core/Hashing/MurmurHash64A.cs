using System.Buffers.Binary;

namespace Redouble.Core.Hashing;

/// <summary>
/// Austin Appleby's MurmurHash2 in its 64-bit form (MurmurHash64A), little-endian on every machine. Not for tables whose keys a client chooses: it is here
/// because the registers of a HyperLogLog are defined by it.
/// </summary>
public static class MurmurHash64A
{
    private const ulong Multiplier = 0xC6A4A7935BD1E995;
    private const int Shift = 47;

    /// <summary>Hash of the bytes.</summary>
    public static ulong Compute(ReadOnlySpan<byte> bytes, uint seed)
    {
        var hash = seed ^ (ulong)bytes.Length * Multiplier;
        while (bytes.Length >= sizeof(ulong))
        {
            hash = (hash ^ Mix(BinaryPrimitives.ReadUInt64LittleEndian(bytes))) * Multiplier;
            bytes = bytes[sizeof(ulong)..];
        }

        if (!bytes.IsEmpty)
        {
            ulong rest = 0;
            for (var i = 0; i < bytes.Length; i++) rest |= (ulong)bytes[i] << (8 * i);
            hash = (hash ^ rest) * Multiplier;
        }

        hash = (hash ^ hash >> Shift) * Multiplier;
        return hash ^ hash >> Shift;
    }

    private static ulong Mix(ulong word)
    {
        word *= Multiplier;
        return (word ^ word >> Shift) * Multiplier;
    }
}
