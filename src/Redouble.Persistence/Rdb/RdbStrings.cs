using Redouble.Core.Compression;

namespace Redouble.Persistence.Rdb;

/// <summary>Whole strings in their encodings, and the integers among them.</summary>
internal static class RdbStrings
{
    /// <summary>Longest text of an integer that is stored as one.</summary>
    public const int IntegerTextMax = 11;

    /// <summary>
    /// The longest string that is put together in memory (a key, an element, an auxiliary field, a function library), bytes: with its head it fits an array.
    /// </summary>
    public const long WholeMax = RdbCursor.AtomMax;

    /// <summary>Reads a string that stands completely in <paramref name="source"/>.</summary>
    /// <param name="value">Its bytes: a part of <paramref name="source"/>, or of <paramref name="scratch"/> until its next use.</param>
    /// <param name="size">Bytes it took; when cut off, the bytes needed to get further.</param>
    public static RdbAtom TryRead(ReadOnlySpan<byte> source, RdbScratch scratch, out ReadOnlySpan<byte> value, out int size)
    {
        if (!source.IsEmpty && source[0] < 0x40)
        {
            // The common case: up to 63 bytes as they are.
            size = 1 + source[0];
            value = source.Length < size ? default : source[1..size];
            return source.Length < size ? RdbAtom.Cut : RdbAtom.Read;
        }

        if (source.Length > 1 && source[0] < 0x80)
        {
            // Up to 16,383 bytes as they are: most packed values.
            size = 2 + ((source[0] & 0x3f) << 8 | source[1]);
            value = source.Length < size ? default : source[2..size];
            return source.Length < size ? RdbAtom.Cut : RdbAtom.Read;
        }

        value = default;
        var atom = RdbStringHeader.TryRead(source, out var header, out size);
        if (atom != RdbAtom.Read) return atom;
        if (header.StoredLength > WholeMax || header.Length > WholeMax) return RdbAtom.Bad;
        var start = size;
        size += (int)header.StoredLength;
        if (source.Length < size) return RdbAtom.Cut;
        return TryDecode(header, source[start..size], scratch, out value) ? RdbAtom.Read : RdbAtom.Bad;
    }

    /// <summary>The string of a header and its complete bytes.</summary>
    public static bool TryDecode(scoped in RdbStringHeader header, ReadOnlySpan<byte> stored, RdbScratch scratch, out ReadOnlySpan<byte> value)
    {
        switch (header.Form)
        {
            case RdbStringForm.Plain:
                value = stored;
                return true;
            case RdbStringForm.Integer:
                var text = scratch.Take(IntegerTextMax);
                header.Value.TryFormat(text, out var written);
                value = text[..written];
                return true;
            default:
                var bytes = scratch.Take((int)header.Length);
                var ok = Lzf.TryDecompress(stored, bytes);
                value = ok ? bytes : default;
                return ok;
        }
    }

    /// <summary>Whether <paramref name="text"/> is the one decimal spelling of a 32-bit integer.</summary>
    public static bool TryParseInteger(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        var negative = !text.IsEmpty && text[0] == '-';
        var digits = negative ? text[1..] : text;
        if (digits.IsEmpty || digits.Length > 10) return false;
        if (digits[0] == '0') return digits.Length == 1 && !negative;
        var number = 0L;
        foreach (var digit in digits)
        {
            if ((uint)(digit - '0') > 9) return false;
            number = (number * 10) + (digit - '0');
        }

        if (negative) number = -number;
        value = (int)number;
        return value == number;
    }
}
