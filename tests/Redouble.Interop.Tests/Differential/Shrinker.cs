using System.Diagnostics;

namespace Redouble.Interop.Tests.Differential;

/// <summary>Finds a short program that still fails: drops runs of steps, long ones first, as long as a difference remains.</summary>
internal static class Shrinker
{
    private const int BudgetMs = 15_000;

    public static (TestProgram Program, Mismatch Mismatch) Shrink(TestProgram program, Mismatch mismatch, Func<TestProgram, Mismatch?> run)
    {
        var clock = Stopwatch.StartNew();
        List<Step> steps = [.. program.Steps];
        for (int size = steps.Count / 2; size >= 1;)
        {
            bool dropped = false;
            for (int at = 0; at < steps.Count && clock.ElapsedMilliseconds < BudgetMs;)
            {
                List<Step> fewer = [.. steps[..at], .. steps[Math.Min(at + size, steps.Count)..]];
                if (run(program.With(fewer)) is { } still)
                {
                    (steps, mismatch, dropped) = (fewer, still, true);
                }
                else
                {
                    at += size;
                }
            }

            size = dropped && size == 1 ? 1 : size / 2;
            if (clock.ElapsedMilliseconds >= BudgetMs)
            {
                break;
            }
        }

        return (program.With(steps), mismatch);
    }
}
