namespace Redouble.Server.Configuration;

/// <summary>
/// <c>--test-memory</c>: writes patterns over a lot of memory and reads them back, fifty times. The upper half of a part always gets what its lower half
/// gets, so a cell that does not keep what it was given shows as a difference between two. It finds coarse faults of a machine before a data set does.
/// </summary>
public static class MemoryTest
{
    private const int WordsPerMegabyte = (1 << 20) / sizeof(ulong);

    private const int MegabytesPerPart = 1024; // an array has an index of 32 bits

    /// <summary>Allocates the memory and tests it; false when it is faulty, or cannot be had.</summary>
    /// <param name="megabytes">How much.</param>
    /// <param name="passes">How often.</param>
    /// <param name="output">Where progress and result go.</param>
    public static bool Run(int megabytes, int passes, TextWriter output)
    {
        // More than the machine has would be given, and the process be killed when it is written to.
        if (megabytes > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20) return CannotBeHad(output, megabytes);
        try
        {
            return Run(Allocate(megabytes), passes, output);
        }
        catch (OutOfMemoryException)
        {
            return CannotBeHad(output, megabytes);
        }
    }

    /// <summary>The memory, in parts of at most a gigabyte.</summary>
    internal static ulong[][] Allocate(int megabytes)
    {
        ulong[][] parts = new ulong[(megabytes + MegabytesPerPart - 1) / MegabytesPerPart][];
        for (int i = 0; i < parts.Length; i++)
        {
            int size = Math.Min(megabytes - (i * MegabytesPerPart), MegabytesPerPart);
            parts[i] = GC.AllocateUninitializedArray<ulong>(size * WordsPerMegabyte);
        }

        return parts;
    }

    /// <summary>Tests memory; false when it is faulty.</summary>
    /// <param name="parts">The memory.</param>
    /// <param name="passes">How often.</param>
    /// <param name="output">Where progress and result go.</param>
    /// <param name="betweenWriteAndRead">For tests of the test: what faulty memory does.</param>
    internal static bool Run(ulong[][] parts, int passes, TextWriter output, Action<ulong[][]>? betweenWriteAndRead = null)
    {
        for (int pass = 1; pass <= passes; pass++)
        {
            output.Write($"Addressing test [{pass}]\n");
            foreach ((int number, ulong[] words) in parts.Index()) Number(words, First(number));
            betweenWriteAndRead?.Invoke(parts);
            foreach ((int number, ulong[] words) in parts.Index())
            {
                if (!IsNumbered(words, First(number), output)) return false;
            }

            if (!Keeps(parts, pass, "Random fill", Scrambled, output, betweenWriteAndRead)) return false;
            if (!Keeps(parts, pass, "Solid fill", static (i, _) => (i & 1) == 0 ? 0 : ulong.MaxValue, output, betweenWriteAndRead)) return false;
            if (!Keeps(parts, pass, "Checkerboard fill", Checkered, output, betweenWriteAndRead)) return false;
        }

        output.Write("\nYour memory passed this test.\nPlease if you are still in doubt use the following two tools:\n"
            + "1) memtest86: http://www.memtest86.com/\n2) memtester: http://pyropus.ca/software/memtester/\n");
        return true;
    }

    private static bool CannotBeHad(TextWriter output, int megabytes)
    {
        output.Write($"Unable to allocate {megabytes} megabytes: Cannot allocate memory\n");
        return false;
    }

    // The first number of a part's words.
    private static ulong First(int part) => (ulong)part * MegabytesPerPart * WordsPerMegabyte;

    private static void Number(ulong[] words, ulong first)
    {
        for (int i = 0; i < words.Length; i++) words[i] = first + (ulong)i;
    }

    private static bool IsNumbered(ulong[] words, ulong first, TextWriter output)
    {
        for (int i = 0; i < words.Length; i++)
        {
            if (words[i] != first + (ulong)i) return Fail(output, $"*** MEMORY ADDRESSING ERROR: word {first + (ulong)i} contains {words[i]}");
        }

        return true;
    }

    private static bool Keeps(
        ulong[][] parts, int pass, string name, Func<int, int, ulong> pattern, TextWriter output, Action<ulong[][]>? betweenWriteAndRead)
    {
        output.Write($"{name} [{pass}]\n");
        foreach (ulong[] words in parts)
        {
            int half = words.Length / 2;
            for (int i = 0; i < half; i++) words[i] = words[half + i] = pattern(i, pass);
        }

        betweenWriteAndRead?.Invoke(parts);
        foreach ((int number, ulong[] words) in parts.Index())
        {
            if (!AreAlike(words, First(number), output)) return false;
        }

        return true;
    }

    private static bool AreAlike(ulong[] words, ulong first, TextWriter output)
    {
        int half = words.Length / 2;
        for (int i = 0; i < half; i++)
        {
            if (words[i] == words[half + i]) continue;
            ulong number = first + (ulong)i;
            return Fail(output, $"*** MEMORY ERROR DETECTED: word {number} != word {number + (ulong)half} ({words[i]} vs {words[half + i]})");
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
