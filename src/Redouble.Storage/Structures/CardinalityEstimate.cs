using System.Runtime.CompilerServices;

namespace Redouble.Storage.Structures;

/// <summary>
/// The number of different elements behind the registers of a HyperLogLog, from how many registers have each rank. It needs no table of corrections and no
/// case for few elements. The order of the floating point operations is Redis', so that every server says the same number.
/// See Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), algorithms 6 and 8.
/// </summary>
public static class CardinalityEstimate
{
    /// <summary>Counters of a histogram.</summary>
    public const int HistogramSize = Counters * Ranks;

    /// <summary>Ranks that 6 bits can hold; hashes only have those to <see cref="HyperLogLogBytes.RankMax"/>.</summary>
    private const int Ranks = 64;

    /// <summary>Counters for each rank: neighbours mostly have the same one, and an increment would wait for the store of the last.</summary>
    private const int Counters = 4;

    private const double AlphaInfinity = 0.721347520444481703680; // 1 / (2 ln 2)

    /// <summary>Counts registers of one rank.</summary>
    public static void Count(Span<int> histogram, int rank, int registers) => histogram[rank] += registers;

    /// <summary>Counts eight registers, one in each byte, none over 63.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // 2048 times per estimate
    public static void Count(Span<int> histogram, ulong ranks)
    {
        const ulong max = Ranks - 1;
        histogram[(int)(ranks & max)]++;
        histogram[Ranks + (int)(ranks >> 8 & max)]++;
        histogram[2 * Ranks + (int)(ranks >> 16 & max)]++;
        histogram[3 * Ranks + (int)(ranks >> 24 & max)]++;
        histogram[(int)(ranks >> 32 & max)]++;
        histogram[Ranks + (int)(ranks >> 40 & max)]++;
        histogram[2 * Ranks + (int)(ranks >> 48 & max)]++;
        histogram[3 * Ranks + (int)(ranks >> 56 & max)]++;
    }

    /// <summary>Estimates from the registers that were counted.</summary>
    public static long Of(ReadOnlySpan<int> histogram)
    {
        const double registers = HyperLogLogBytes.RegisterCount;
        var sum = registers * Tau((registers - Total(histogram, HyperLogLogBytes.RankMax)) / registers);
        for (var rank = HyperLogLogBytes.RankMax - 1; rank >= 1; rank--)
        {
            sum += Total(histogram, rank);
            sum *= 0.5;
        }

        sum += registers * Sigma(Total(histogram, 0) / registers);
        var estimate = Math.Round(AlphaInfinity * registers * registers / sum, MidpointRounding.AwayFromZero);

        // Registers that no hash can give may sum up to nothing; llround answers so on the machines that Redis runs on.
        return double.IsFinite(estimate) && estimate < long.MaxValue ? (long)estimate : long.MinValue;
    }

    /// <summary>Registers of a rank.</summary>
    internal static int Total(ReadOnlySpan<int> histogram, int rank) =>
        histogram[rank] + histogram[Ranks + rank] + histogram[2 * Ranks + rank] + histogram[3 * Ranks + rank];

    private static double Sigma(double x)
    {
        if (x == 1) return double.PositiveInfinity;
        double power = 1, sum = x, before;
        do
        {
            x *= x;
            before = sum;
            sum += x * power;
            power += power;
        }
        while (before != sum);
        return sum;
    }

    private static double Tau(double x)
    {
        if (x is 0 or 1) return 0;
        double power = 1, sum = 1 - x, before;
        do
        {
            x = Math.Sqrt(x);
            before = sum;
            power *= 0.5;
            sum -= (1 - x) * (1 - x) * power;
        }
        while (before != sum);
        return sum / 3;
    }
}
