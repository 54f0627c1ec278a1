namespace Redouble.Core.Platform;

/// <summary>
/// Random numbers that need not be secret: choices among elements (SPOP, SRANDMEMBER). SplitMix64 (Steele, Lea and Flood 2014): a few nanoseconds, where
/// the operating system's take a call into the kernel.
/// </summary>
public sealed class PseudoRandom(ulong seed) : IRandomSource
{
    private ulong _state = seed;

    /// <inheritdoc/>
    public ulong NextUInt64()
    {
        var mixed = _state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}
