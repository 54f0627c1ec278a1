using System.Buffers.Binary;

namespace Redouble.Storage.Bench;

/// <summary>Random 16-byte keys by number, without a table of them: key i is two steps of a mixing function over i.</summary>
internal static class Keys
{
    public const int Length = 16;

    /// <summary>Keys <paramref name="from"/>, from + 1, … one after another.</summary>
    public static byte[] Range(long from, int count)
    {
        var bytes = new byte[count * Length];
        for (var i = 0; i < count; i++) Write(bytes.AsSpan(i * Length), (ulong)(from + i));
        return bytes;
    }

    /// <summary>Keys chosen at random among the first <paramref name="total"/>.</summary>
    public static byte[] Chosen(long total, int count, int seed)
    {
        var random = new Random(seed);
        var bytes = new byte[count * Length];
        for (var i = 0; i < count; i++) Write(bytes.AsSpan(i * Length), (ulong)random.NextInt64(total));
        return bytes;
    }

    private static void Write(Span<byte> to, ulong number)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(to, Mix(number * 2));
        BinaryPrimitives.WriteUInt64LittleEndian(to[8..], Mix((number * 2) + 1));
    }

    // The finalizer of SplitMix64 (Steele, Lea, Flood 2014): a bijection of 64-bit numbers.
    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
