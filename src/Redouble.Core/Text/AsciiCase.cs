using System.Buffers.Binary;

namespace Redouble.Core.Text;

/// <summary>
/// Letter case as Redis sees it: only A–Z and a–z are letters, every other byte is itself. Eight bytes are handled at a time in one
/// 64-bit word; bytes of 0x80 and above never change.
/// </summary>
public static class AsciiCase
{
    private const ulong LowSevenBits = 0x7F7F7F7F7F7F7F7F;
    private const ulong HighBits = 0x8080808080808080;
    private const ulong AddToPassUpperA = 0x3F3F3F3F3F3F3F3F; // 0x80 - 'A': the high bit shows "at least A"
    private const ulong AddToPassUpperZ = 0x2525252525252525; // 0x7F - 'Z': the high bit shows "beyond Z"

    /// <summary>Whether the text equals a literal that is written in lower case, letters of either case being equal.</summary>
    /// <param name="text">Any bytes.</param>
    /// <param name="lowerLiteral">Must not contain A–Z; other bytes compare exactly.</param>
    public static bool EqualsIgnoreCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lowerLiteral)
    {
        int length = text.Length;
        if (length != lowerLiteral.Length)
        {
            return false;
        }

        if (length >= sizeof(ulong))
        {
            return LongEquals(text, lowerLiteral);
        }

        if (length >= sizeof(uint))
        {
            // Two overlapping halves cover 4 to 7 bytes.
            return LowerWord(ReadPair(text, length)) == ReadPair(lowerLiteral, length);
        }

        for (int i = 0; i < length; i++)
        {
            if (ToLower(text[i]) != lowerLiteral[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The lower-case form of a byte.</summary>
    public static byte ToLower(byte value) => (uint)(value - 'A') <= 'Z' - 'A' ? (byte)(value | 0x20) : value;

    /// <summary>The upper-case form of a byte.</summary>
    public static byte ToUpper(byte value) => (uint)(value - 'a') <= 'z' - 'a' ? (byte)(value & ~0x20) : value;

    /// <summary>Turns A–Z into a–z in place.</summary>
    public static void ToLower(Span<byte> text)
    {
        while (text.Length >= sizeof(ulong))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(text, LowerWord(BinaryPrimitives.ReadUInt64LittleEndian(text)));
            text = text[sizeof(ulong)..];
        }

        for (int i = 0; i < text.Length; i++)
        {
            text[i] = ToLower(text[i]);
        }
    }

    private static bool LongEquals(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lowerLiteral)
    {
        int last = text.Length - sizeof(ulong);
        for (int i = 0; i < last; i += sizeof(ulong))
        {
            if (!WordEquals(text[i..], lowerLiteral[i..]))
            {
                return false;
            }
        }

        return WordEquals(text[last..], lowerLiteral[last..]);
    }

    private static bool WordEquals(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lowerLiteral) =>
        LowerWord(BinaryPrimitives.ReadUInt64LittleEndian(text)) == BinaryPrimitives.ReadUInt64LittleEndian(lowerLiteral);

    private static ulong ReadPair(ReadOnlySpan<byte> bytes, int length) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes) | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(bytes[(length - sizeof(uint))..]) << 32);

    // Neither addition carries into the next byte, because the high bit of every byte was cleared before.
    private static ulong LowerWord(ulong word)
    {
        ulong low = word & LowSevenBits;
        ulong upperLetters = (low + AddToPassUpperA) & ~(low + AddToPassUpperZ) & ~word & HighBits;
        return word | (upperLetters >> 2);
    }
}
