namespace Redouble.Server.Configuration;

/// <summary>
/// <c>--test-memory</c>: writes patterns over a lot of memory and reads them back, fifty times. The upper half always gets what the lower half gets, so a
/// cell that does not keep what it was given shows as a difference between two. It finds coarse faults of a machine before a data set does.
/// </summary>
public static class MemoryTest
{
    private const int WordsPerMegabyte = (1 << 20) / sizeof(ulong);

    /// <summary>Allocates the memory and tests it; false when it is faulty.</summary>
    /// <param name="megabytes">How much.</param>
    /// <param name="passes">How often.</param>
    /// <param name="output">Where progress and result go.</param>
    public static bool Run(int megabytes, int passes, TextWriter output) =>
        Run(GC.AllocateUninitializedArray<ulong>(megabytes * WordsPerMegabyte), passes, output);

    /// <summary>Tests memory; false when it is faulty.</summary>
    /// <param name="words">The memory.</param>
    /// <param name="passes">How often.</param>
    /// <param name="output">Where progress and result go.</param>
    /// <param name="betweenWriteAndRead">For tests of the test: what faulty memory does.</param>
    internal static bool Run(ulong[] words, int passes, TextWriter output, Action<ulong[]>? betweenWriteAndRead = null)
    {
        for (int pass = 1; pass <= passes; pass++)
        {
            output.Write($"Addressing test [{pass}]\n");
            for (int i = 0; i < words.Length; i++) words[i] = (ulong)i;
            betweenWriteAndRead?.Invoke(words);
            for (int i = 0; i < words.Length; i++)
            {
                if (words[i] != (ulong)i) return Fail(output, $"*** MEMORY ADDRESSING ERROR: word {i} contains {words[i]}");
            }

            if (!Keeps(words, pass, "Random fill", Scrambled, output, betweenWriteAndRead)) return false;
            if (!Keeps(words, pass, "Solid fill", static (i, _) => (i & 1) == 0 ? 0 : ulong.MaxValue, output, betweenWriteAndRead)) return false;
            if (!Keeps(words, pass, "Checkerboard fill", Checkered, output, betweenWriteAndRead)) return false;
        }

        output.Write("\nYour memory passed this test.\nPlease if you are still in doubt use the following two tools:\n"
            + "1) memtest86: http://www.memtest86.com/\n2) memtester: http://pyropus.ca/software/memtester/\n");
        return true;
    }

    private static bool Keeps(
        ulong[] words, int pass, string name, Func<int, int, ulong> pattern, TextWriter output, Action<ulong[]>? betweenWriteAndRead)
    {
        output.Write($"{name} [{pass}]\n");
        int half = words.Length / 2;
        for (int i = 0; i < half; i++) words[i] = words[half + i] = pattern(i, pass);
        betweenWriteAndRead?.Invoke(words);
        for (int i = 0; i < half; i++)
        {
            if (words[i] != words[half + i])
                return Fail(output, $"*** MEMORY ERROR DETECTED: word {i} != word {half + i} ({words[i]} vs {words[half + i]})");
        }

        return true;
    }

    private static bool Fail(TextWriter output, string text)
    {
        output.Write($"\n{text}\n");
        return false;
    }

    // A multiply and a shift: every bit of every word changes from pass to pass.
    private static ulong Scrambled(int index, int pass)
    {
        ulong value = ((ulong)index + 1) * 0x9E3779B97F4A7C15 * (ulong)((2 * pass) + 1);
        return value ^ (value >> 29);
    }

    private static ulong Checkered(int index, int pass) => ((index ^ pass) & 1) == 0 ? 0x5555555555555555 : 0xAAAAAAAAAAAAAAAA;
}
