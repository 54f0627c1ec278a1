using Redouble.Core.Text;

namespace Redouble.Engine.Persistence.Aof;

/// <summary>The SELECT of an append-only file's own, which is not in the stream.</summary>
internal static class AofSelect
{
    /// <summary>Bytes of the longest one.</summary>
    public const int LengthMax = 32 + (2 * Integers.MaxLength);

    private static ReadOnlySpan<byte> Begin => "*2\r\n$6\r\nSELECT\r\n"u8;

    /// <summary>Whether a command may be one.</summary>
    public static bool Is(ReadOnlySpan<byte> command) => command.StartsWith(Begin);

    /// <summary>Writes one and returns its length.</summary>
    /// <param name="database">Which.</param>
    /// <param name="destination">At least <see cref="LengthMax"/> bytes.</param>
    public static int Format(int database, Span<byte> destination)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        var text = digits[..Integers.Format(database, digits)];
        var length = Put(Begin, destination);
        destination[length++] = (byte)'$';
        length += Integers.Format(text.Length, destination[length..]);
        length += Put("\r\n"u8, destination[length..]);
        length += Put(text, destination[length..]);
        return length + Put("\r\n"u8, destination[length..]);
    }

    private static int Put(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        text.CopyTo(destination);
        return text.Length;
    }
}
