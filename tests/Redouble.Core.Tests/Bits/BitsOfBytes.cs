namespace Redouble.Core.Tests.Bits;

/// <summary>Bits one at a time, to compare the fast ways with.</summary>
internal static class BitsOfBytes
{
    public static bool At(ReadOnlySpan<byte> bytes, long bit) => bit >> 3 < bytes.Length && (bytes[(int)(bit >> 3)] & 0x80 >> (int)(bit & 7)) != 0;

    /// <summary>Random bytes with long runs of 0 and 255 in them, at any alignment.</summary>
    public static byte[] Random(Random random, int lengthMax)
    {
        var bytes = new byte[random.Next(lengthMax + 1)];
        if (random.Next(3) == 0) random.NextBytes(bytes);
        else if (random.Next(2) == 0) bytes.AsSpan().Fill(0xFF);
        for (var i = random.Next(4); i > 0 && bytes.Length > 0; i--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return bytes;
    }
}
