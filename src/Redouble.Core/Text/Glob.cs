namespace Redouble.Core.Text;

/// <summary>
/// Redis' glob patterns (KEYS, SCAN MATCH, PSUBSCRIBE, CONFIG GET, ACL rules), byte for byte, with the behaviours that are not obvious:
/// <code>
/// *        any bytes, also none; neighbouring stars are one
/// ?        one byte
/// [abc]    one byte of the class; [^abc] one byte outside it; [a-c] a range, its ends in either order
///          a class ends at the first ']' that is not escaped and not the end of a range, or with the pattern
///          a range end may be any byte, ']' and '\' included: [a-]] is a range
///          range ends compare as signed bytes: 0x80–0xFF lie below 0x00
/// \x       the byte x, also inside a class; a last \ is itself
/// </code>
/// An empty text matches only the empty pattern, not even <c>*</c>. A pattern with more than 1000 stars, not counting one at the end, matches
/// nothing. Stars are handled by remembering the last one only: every other element takes exactly one byte, so moving an earlier star cannot
/// help once a later one was reached. Time is at most text length × pattern length, also for <c>a*a*a*…b</c>.
/// </summary>
public static class Glob
{
    /// <summary>Stars beyond which a pattern matches nothing (the nesting limit of Redis 7.2.6).</summary>
    public const int MaxStars = 1000;

    /// <summary>Whether the whole text matches the pattern.</summary>
    /// <param name="pattern">The glob.</param>
    /// <param name="text">The bytes to test.</param>
    /// <param name="ignoreCase">Whether A–Z equal a–z. An escaped byte inside a class is compared exactly all the same.</param>
    public static bool IsMatch(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> text, bool ignoreCase = false)
    {
        if (text.IsEmpty)
        {
            return pattern.IsEmpty;
        }

        int p = 0;
        int t = 0;
        int stars = 0;
        int retryPattern = -1; // behind the last star, or -1 before the first
        int retryText = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                p = SkipStars(pattern, p);
                if (p == pattern.Length)
                {
                    return true;
                }

                if (++stars > MaxStars)
                {
                    return false;
                }

                retryPattern = p;
                retryText = t;
            }
            else if (p < pattern.Length && MatchesOne(pattern, ref p, text[t], ignoreCase))
            {
                t++;
            }
            else if (retryPattern >= 0)
            {
                p = retryPattern;
                t = ++retryText;
            }
            else
            {
                return false;
            }
        }

        return SkipStars(pattern, p) == pattern.Length;
    }

    /// <summary>Whether the pattern has no special byte, so that it can only match itself and a lookup replaces the scan.</summary>
    public static bool IsLiteral(ReadOnlySpan<byte> pattern) => pattern.IndexOfAny("*?[\\"u8) < 0;

    private static int SkipStars(ReadOnlySpan<byte> pattern, int p)
    {
        while (p < pattern.Length && pattern[p] == '*')
        {
            p++;
        }

        return p;
    }

    // Matches the element at p, which is not a star, against one byte; moves p behind the element.
    private static bool MatchesOne(ReadOnlySpan<byte> pattern, ref int p, byte value, bool ignoreCase)
    {
        byte element = pattern[p];
        switch (element)
        {
            case (byte)'?':
                p++;
                return true;
            case (byte)'[':
                p++;
                return MatchesClass(pattern, ref p, value, ignoreCase);
            case (byte)'\\' when p + 1 < pattern.Length:
                element = pattern[p + 1];
                p += 2;
                break;
            default:
                p++;
                break;
        }

        return AreEqual(element, value, ignoreCase);
    }

    // p is behind '['; afterwards it is behind the closing ']' or at the end of the pattern.
    private static bool MatchesClass(ReadOnlySpan<byte> pattern, ref int p, byte value, bool ignoreCase)
    {
        bool negated = p < pattern.Length && pattern[p] == '^';
        if (negated)
        {
            p++;
        }

        bool found = false;
        while (p < pattern.Length && pattern[p] != ']')
        {
            int left = pattern.Length - p;
            if (pattern[p] == '\\' && left >= 2)
            {
                found |= pattern[p + 1] == value;
                p += 2;
            }
            else if (left >= 3 && pattern[p + 1] == '-')
            {
                found |= IsInRange(pattern[p], pattern[p + 2], value, ignoreCase);
                p += 3;
            }
            else
            {
                found |= AreEqual(pattern[p], value, ignoreCase);
                p++;
            }
        }

        p = Math.Min(p + 1, pattern.Length);
        return found != negated;
    }

    // The ends are put in order before their case is folded: [Z-x] without case is the empty range z–x.
    private static bool IsInRange(byte start, byte end, byte value, bool ignoreCase)
    {
        if ((sbyte)start > (sbyte)end)
        {
            (start, end) = (end, start);
        }

        if (ignoreCase)
        {
            start = AsciiCase.ToLower(start);
            end = AsciiCase.ToLower(end);
            value = AsciiCase.ToLower(value);
        }

        return (sbyte)value >= (sbyte)start && (sbyte)value <= (sbyte)end;
    }

    private static bool AreEqual(byte left, byte right, bool ignoreCase) =>
        left == right || (ignoreCase && AsciiCase.ToLower(left) == AsciiCase.ToLower(right));
}
