using System.Diagnostics;
using System.Globalization;

namespace Redouble.Storage.Bench;

/// <summary>Runs an operation several times and prints its nanoseconds: median, and the spread from fastest to slowest run.</summary>
internal static class Measurement
{
    public static void Run(string name, int rounds, Func<int, long> round)
    {
        var nanoseconds = new double[rounds];
        for (var i = 0; i < rounds; i++)
        {
            var started = Stopwatch.GetTimestamp();
            var operations = round(i);
            nanoseconds[i] = Stopwatch.GetElapsedTime(started).TotalNanoseconds / operations;
        }

        Array.Sort(nanoseconds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-34} {nanoseconds[rounds / 2],8:F1} ns   ({nanoseconds[0]:F1} to {nanoseconds[^1]:F1}, {rounds} rounds)"));
    }
}
