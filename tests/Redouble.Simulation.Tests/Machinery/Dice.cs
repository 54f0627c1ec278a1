using Redouble.Core.Platform;

namespace Redouble.Simulation.Tests.Machinery;

/// <summary>All chance of a run, from its seed (SplitMix64). Also the random numbers of the nodes.</summary>
internal sealed class Dice(ulong seed) : IRandomSource
{
    private ulong _state = seed;

    public ulong NextUInt64()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>0 to <paramref name="count"/> - 1.</summary>
    public int Next(int count) => (int)(NextUInt64() % (ulong)count);

    /// <summary>Both ends included.</summary>
    public long Between(long low, long high) => low + (long)(NextUInt64() % (ulong)(high - low + 1));

    public bool Chance(double probability) => (NextUInt64() >> 11) * (1.0 / (1UL << 53)) < probability;

    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[Next(choices.Length)];

    public T PickOf<T>(IReadOnlyList<T> choices) => choices[Next(choices.Count)];
}
