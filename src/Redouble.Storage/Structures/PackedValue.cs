using Redouble.Core.Text;

namespace Redouble.Storage.Structures;

/// <summary>
/// One entry of a listpack: a string, or an integer where the text was one. It lies in the listpack's own bytes and dies at the next write to them.
/// </summary>
public readonly ref struct PackedValue
{
    internal PackedValue(ReadOnlySpan<byte> bytes) => Bytes = bytes;

    internal PackedValue(long integer)
    {
        Integer = integer;
        IsInteger = true;
    }

    /// <summary>Whether <see cref="Integer"/> is the value; else <see cref="Bytes"/> is.</summary>
    public bool IsInteger { get; }

    /// <summary>The number, 0 for a string.</summary>
    public long Integer { get; }

    /// <summary>The string's bytes, empty for an integer.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Length of the text in bytes, an integer's decimal form included.</summary>
    public int Length => IsInteger ? Integers.CountDigits(Integer) : Bytes.Length;

    /// <summary>The value as clients see it: the string in place, or the integer written into <paramref name="scratch"/>.</summary>
    /// <param name="scratch">At least <see cref="Integers.MaxLength"/> bytes.</param>
    public ReadOnlySpan<byte> Text(Span<byte> scratch) => IsInteger ? scratch[..Integers.Format(Integer, scratch)] : Bytes;

    /// <summary>Whether the text is the same; an integer is compared as a number.</summary>
    public bool Equals(ReadOnlySpan<byte> text) => IsInteger ? Integers.TryParse(text, out var number) && number == Integer : Bytes.SequenceEqual(text);
}
