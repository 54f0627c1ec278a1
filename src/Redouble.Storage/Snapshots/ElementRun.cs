using Redouble.Core.Text;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Snapshots;

/// <summary>
/// Elements of a large hash, set or sorted set in one frame, as every version of RDB has them: a frame for each would be larger than most elements,
/// and take the encoder longer.
/// <code>
/// hash           | length, 1 | field | length, 1 | value |     of each element
/// set            | length, 1 | member |
/// sorted set     | length, 1 | member | score, 8 |
/// </code>
/// Only texts that an encoder writes so: of at most <see cref="TextMax"/> bytes, and no integers of 32 bits. Of a hash without times of fields only.
/// </summary>
internal static class ElementRun
{
    /// <summary>Longest text that no RDB has compressed.</summary>
    public const int TextMax = 20;

    private const int IntegerTextMax = 11;

    /// <summary>Bytes of an element in a run, or 0 when it needs a frame of its own.</summary>
    public static int SizeOf(ValueType type, Record element)
    {
        if (element.IsBlock || element.HasExpiry || !IsPlain(element.Key)) return 0;
        var value = element.InlineLength;
        if (type != ValueType.Hash) return 1 + element.KeyLength + value;
        return IsPlain(element.Value) ? 2 + element.KeyLength + value : 0;
    }

    /// <summary>Writes an element; returns what is left of the room.</summary>
    public static Span<byte> Write(Span<byte> room, ValueType type, Record element)
    {
        room = WriteText(room, element.Key);
        if (type == ValueType.Hash) return WriteText(room, element.Value);
        element.Value.CopyTo(room); // a score, or nothing
        return room[element.InlineLength..];
    }

    /// <summary>Takes the next element off a run; false at its end.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> run, ValueType type, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = value = default;
        if (run.IsEmpty) return false;
        name = TakeText(ref run);
        if (type == ValueType.Hash)
        {
            value = TakeText(ref run);
        }
        else if (type == ValueType.SortedSet)
        {
            value = run[..sizeof(double)];
            run = run[sizeof(double)..];
        }

        return true;
    }

    private static bool IsPlain(ReadOnlySpan<byte> text) => text.Length <= TextMax && (text.Length > IntegerTextMax || !IsInteger(text));

    private static bool IsInteger(ReadOnlySpan<byte> text) => Integers.TryParse(text, out var number) && (int)number == number;

    private static ReadOnlySpan<byte> TakeText(ref ReadOnlySpan<byte> run)
    {
        var text = run.Slice(1, run[0]);
        run = run[(1 + text.Length)..];
        return text;
    }

    private static Span<byte> WriteText(Span<byte> room, ReadOnlySpan<byte> text)
    {
        room[0] = (byte)text.Length;
        text.CopyTo(room[1..]);
        return room[(1 + text.Length)..];
    }
}
