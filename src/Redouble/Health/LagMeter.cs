using System.Diagnostics;

namespace Redouble.Health;

/// <summary>
/// Measures how far a replica is behind. No two versions of any server tell that alike, so it is watched: from the moment at which the primary said
/// where it is, until the replica has applied that much. What takes longer than the patience is estimated from the rate at which it came nearer.
/// </summary>
/// <param name="BytesBehind">What was missing at the first answer after the primary's.</param>
/// <param name="Seconds">Time until it was there; or an estimate; null when it came no nearer at all.</param>
/// <param name="Reached">Whether it was seen to get there.</param>
internal sealed record LagMeter(long BytesBehind, double? Seconds, bool Reached)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LastPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Watches one replica whose link is up. It may be asked several times; the rest of its answers is kept up to date.</summary>
    public static async Task<LagMeter> MeasureAsync(Node primary, Node replica, TimeSpan patience, TimeSpan timeout)
    {
        long goal = primary.Offset, begun = primary.ReadAt;
        if (replica.Offset >= goal)
        {
            return new LagMeter(0, 0, Reached: true);
        }

        long? first = null, firstAt = null;
        TimeSpan pause = FirstPause;
        while (await replica.AskAgainAsync(timeout))
        {
            TimeSpan elapsed = Stopwatch.GetElapsedTime(begun, replica.ReadAt);
            first ??= replica.Offset;
            firstAt ??= replica.ReadAt;
            if (replica.Offset >= goal)
            {
                return new LagMeter(Math.Max(0, goal - first.Value), elapsed.TotalSeconds, Reached: true);
            }

            if (elapsed >= patience)
            {
                return new LagMeter(goal - first.Value, Estimate(goal, replica, first.Value, firstAt.Value, elapsed), Reached: false);
            }

            await Task.Delay(pause);
            pause = pause * 2 < LastPause ? pause * 2 : LastPause;
        }

        return new LagMeter(goal - (first ?? replica.Offset), null, Reached: false);
    }

    private static double? Estimate(long goal, Node replica, long first, long firstAt, TimeSpan elapsed)
    {
        double seconds = Stopwatch.GetElapsedTime(firstAt, replica.ReadAt).TotalSeconds;
        long applied = replica.Offset - first;
        return applied > 0 && seconds > 0 ? elapsed.TotalSeconds + ((goal - replica.Offset) / (applied / seconds)) : null;
    }
}
