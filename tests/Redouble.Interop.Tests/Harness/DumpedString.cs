using System.Buffers.Binary;

namespace Redouble.Interop.Tests.Harness;

/// <summary>
/// Takes the string out of a DUMP payload, written apart from the server's own codec so that the two can disagree. Layout: type byte 0, then a length
/// (6, 14 or 32 bits) and the bytes, or a marker for an integer of 1, 2 or 4 bytes or for LZF; at the end version (2 bytes) and checksum (8 bytes).
/// </summary>
internal static class DumpedString
{
    private const int TrailerBytes = 10;

    /// <summary>The string, and whether it was stored as an integer; null when the payload is of another type.</summary>
    public static (string Text, bool IsInteger)? Decode(string payload)
    {
        byte[] bytes = Latin1.Bytes(payload);
        if (bytes.Length <= TrailerBytes + 1 || bytes[0] != 0)
        {
            return null;
        }

        ReadOnlySpan<byte> at = bytes.AsSpan(1, bytes.Length - TrailerBytes - 1);
        switch (at[0])
        {
            case 0xC0:
                return (((sbyte)at[1]).ToString(), true);
            case 0xC1:
                return (BinaryPrimitives.ReadInt16LittleEndian(at[1..]).ToString(), true);
            case 0xC2:
                return (BinaryPrimitives.ReadInt32LittleEndian(at[1..]).ToString(), true);
            case 0xC3:
                at = at[1..];
                int packed = Length(ref at);
                int plain = Length(ref at);
                return (Latin1.Text(Expand(at[..packed], plain)), false);
            default:
                int length = Length(ref at);
                return (Latin1.Text(at[..length]), false);
        }
    }

    private static int Length(ref ReadOnlySpan<byte> at)
    {
        int length;
        switch (at[0] >> 6)
        {
            case 0:
                length = at[0] & 0x3F;
                at = at[1..];
                return length;
            case 1:
                length = ((at[0] & 0x3F) << 8) | at[1];
                at = at[2..];
                return length;
            default:
                length = BinaryPrimitives.ReadInt32BigEndian(at[1..]);
                at = at[5..];
                return length;
        }
    }

    /// <summary>LZF: a control byte below 32 starts a run of literals, others a copy of earlier output.</summary>
    private static byte[] Expand(ReadOnlySpan<byte> packed, int length)
    {
        var output = new byte[length];
        int to = 0;
        for (int from = 0; from < packed.Length;)
        {
            int control = packed[from++];
            if (control < 32)
            {
                packed.Slice(from, control + 1).CopyTo(output.AsSpan(to));
                from += control + 1;
                to += control + 1;
                continue;
            }

            int count = control >> 5;
            if (count == 7)
            {
                count += packed[from++];
            }

            int back = to - (((control & 0x1F) << 8) | packed[from++]) - 1;
            for (int i = 0; i < count + 2; i++)
            {
                output[to++] = output[back++];
            }
        }

        return output;
    }
}
