using Redouble.Core.Platform;

namespace Redouble.Replication.Tests;

/// <summary>Random numbers that repeat with their seed.</summary>
internal sealed class SeededRandom(int seed) : IRandomSource
{
    private readonly Random _random = new(seed);

    public ulong NextUInt64() => (ulong)_random.NextInt64(long.MinValue, long.MaxValue);
}
