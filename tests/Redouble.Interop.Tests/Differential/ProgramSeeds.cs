namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// Which programs are run: some, or what <c>REDOUBLE_DIFF_SEEDS</c> wants: a count (<c>500</c>), a range (<c>1000-1999</c>) or one seed (<c>=77</c>).
/// </summary>
internal static class ProgramSeeds
{
    /// <summary>After how many failing programs a run ends; <c>REDOUBLE_DIFF_FINDINGS</c>, else the first.</summary>
    public static int FindingsMax => int.Parse(Environment.GetEnvironmentVariable("REDOUBLE_DIFF_FINDINGS") ?? "1");

    public static IEnumerable<int> From(int first, int count)
    {
        string? wanted = Environment.GetEnvironmentVariable("REDOUBLE_DIFF_SEEDS");
        return wanted is null ? Enumerable.Range(first, count)
            : wanted.StartsWith('=') ? [int.Parse(wanted[1..])]
            : wanted.Split('-') is [var low, var high] ? Enumerable.Range(int.Parse(low), int.Parse(high) - int.Parse(low) + 1)
            : Enumerable.Range(first, int.Parse(wanted));
    }
}
