namespace Redouble.Core.Platform;

/// <summary>Random numbers of a node: run ids, hash seeds, RANDOMKEY. Injected, so that a simulated run repeats from its seed.</summary>
public interface IRandomSource
{
    /// <summary>64 uniformly distributed bits.</summary>
    ulong NextUInt64();
}
