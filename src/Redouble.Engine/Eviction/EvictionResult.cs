namespace Redouble.Engine.Eviction;

/// <summary>What came of an attempt to get below <c>maxmemory</c>.</summary>
public enum EvictionResult
{
    /// <summary>Memory is below the limit, or this node does not evict at present.</summary>
    Done,

    /// <summary>There is more to evict, and the time for it is up: it goes on in the background.</summary>
    Running,

    /// <summary>Memory is above the limit and nothing may be evicted.</summary>
    Failed,
}
