namespace Redouble.Engine.Commands.Strings;

/// <summary>
/// The longest common subsequence of two byte strings, by the textbook dynamic programme over prefixes:
/// <code>
/// L(i, j) = L(i-1, j-1) + 1             when a[i-1] = b[j-1]
///         = max(L(i-1, j), L(i, j-1))   otherwise
/// </code>
/// Of the lengths only two rows are kept. The walk back from the end needs, per cell, only which neighbour was longer: one bit, a
/// thirty-second of what the table of lengths would take. Where both are equally long it goes left, so the answer is the one Redis gives.
/// </summary>
internal sealed class LongestCommonSubsequence
{
    private readonly ulong[]? _goesUp;
    private readonly long _columns;

    /// <summary>Computes it.</summary>
    /// <param name="first">First string.</param>
    /// <param name="second">Second string.</param>
    /// <param name="withPath">Whether <see cref="GoesUp"/> will be asked; the length alone takes no table.</param>
    public LongestCommonSubsequence(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, bool withPath)
    {
        const int bitsPerWord = 64;
        _columns = second.Length;
        _goesUp = withPath ? new ulong[(first.Length * _columns / bitsPerWord) + 1] : null;
        var row = new int[second.Length + 1];
        for (var i = 0; i < first.Length; i++) NextRow(row, first[i], second, i * _columns);
        Length = row[second.Length];
    }

    /// <summary>Bytes of the subsequence.</summary>
    public int Length { get; }

    /// <summary>
    /// For prefixes of <paramref name="i"/> and <paramref name="j"/> bytes whose last bytes differ: whether the first one is to be shortened.
    /// </summary>
    public bool GoesUp(int i, int j)
    {
        var cell = ((i - 1) * _columns) + j - 1;
        return (_goesUp![cell >> 6] >> (int)(cell & 63) & 1) != 0;
    }

    /// <summary>Turns the row of one prefix of the first string into that of the next; <paramref name="cell"/> is the number of its first cell.</summary>
    private void NextRow(int[] row, byte next, ReadOnlySpan<byte> second, long cell)
    {
        int diagonal = 0, left = 0;
        for (var j = 0; j < second.Length; j++, cell++)
        {
            var above = row[j + 1];
            if (second[j] == next)
            {
                left = diagonal + 1;
            }
            else if (above > left)
            {
                left = above;
                if (_goesUp != null) _goesUp[cell >> 6] |= 1UL << (int)(cell & 63);
            }

            diagonal = above;
            row[j + 1] = left;
        }
    }
}
