namespace Redouble.Generators.Emission;

/// <summary>
/// A name packed into 64-bit words, the way the generated lookup loads it: overlapping little-endian loads that never leave the name, so that no padding is
/// needed.
/// <code>
///   1        b              2       hh            3        hh b
///   4        wwww           5..7    wwww + the last 4 in the upper half
///   8..16    the first 8, the last 8              17..24   the first 8, the next 8, the last 8
/// </code>
/// Folding case is one OR with 0x20 in every byte. For letters this is exact; any other character has a false twin (CR for '-'), which
/// <see cref="ExactBits"/> tells apart.
/// </summary>
internal static class NameWords
{
    /// <summary>Number of words for a name of <paramref name="length"/> bytes.</summary>
    public static int CountFor(int length) => (length + 7) / 8;

    /// <summary>C# expressions that load the words of the span <c>name</c>.</summary>
    public static string[] LoadExpressions(int length) => length switch
    {
        1 => ["name[0]"],
        2 => ["BinaryPrimitives.ReadUInt16LittleEndian(name)"],
        3 => ["BinaryPrimitives.ReadUInt16LittleEndian(name) | (ulong)name[2] << 16"],
        4 => ["BinaryPrimitives.ReadUInt32LittleEndian(name)"],
        < 8 => [$"BinaryPrimitives.ReadUInt32LittleEndian(name) | (ulong)BinaryPrimitives.ReadUInt32LittleEndian(name.Slice({length - 4})) << 32"],
        8 => [Load64(0)],
        <= 16 => [Load64(0), Load64(length - 8)],
        _ => [Load64(0), Load64(8), Load64(length - 8)],
    };

    /// <summary>The words of a name in lower case, folded.</summary>
    public static ulong[] Folded(string name) => [.. Pack(name, c => (byte)(c | 0x20))];

    /// <summary>What to OR into the loaded words to fold their case.</summary>
    public static ulong[] FoldBits(int length) => Pack(new string(' ', length), _ => 0x20);

    /// <summary>Bits 0x20 of the characters that are no letters: they must be in the name as it was sent what they are in <see cref="ExactValue"/>.</summary>
    public static ulong[] ExactBits(string name) => Pack(name, c => IsLetter(c) ? (byte)0 : (byte)0x20);

    /// <summary>The bits that <see cref="ExactBits"/> selects.</summary>
    public static ulong[] ExactValue(string name) => Pack(name, c => IsLetter(c) ? (byte)0 : (byte)(c & 0x20));

    private static bool IsLetter(char c) => c is >= 'a' and <= 'z';

    private static string Load64(int at) => $"BinaryPrimitives.ReadUInt64LittleEndian({(at == 0 ? "name" : $"name.Slice({at})")})";

    private static ulong[] Pack(string name, Func<char, byte> map)
    {
        var bytes = name.Select(map).ToArray();
        return bytes.Length switch
        {
            < 5 => [Word(bytes, 0, bytes.Length)],
            < 8 => [Word(bytes, 0, 4) | Word(bytes, bytes.Length - 4, 4) << 32],
            8 => [Word(bytes, 0, 8)],
            <= 16 => [Word(bytes, 0, 8), Word(bytes, bytes.Length - 8, 8)],
            _ => [Word(bytes, 0, 8), Word(bytes, 8, 8), Word(bytes, bytes.Length - 8, 8)],
        };
    }

    private static ulong Word(byte[] bytes, int at, int count)
    {
        var word = 0UL;
        for (var i = 0; i < count; i++) word |= (ulong)bytes[at + i] << (8 * i);
        return word;
    }
}
