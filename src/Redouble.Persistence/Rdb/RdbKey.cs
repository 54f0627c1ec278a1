namespace Redouble.Persistence.Rdb;

/// <summary>What an RDB says of a key beside its value. The span is valid during the call it is given to.</summary>
public readonly ref struct RdbKey(ReadOnlySpan<byte> name)
{
    /// <summary>The key's bytes.</summary>
    public ReadOnlySpan<byte> Name { get; } = name;

    /// <summary>Expiry, milliseconds since 1970; -1 for none.</summary>
    public long ExpiryMs { get; init; } = -1;

    /// <summary>Seconds since the last use; -1 when not told. Written under an LRU maxmemory policy only.</summary>
    public long IdleSeconds { get; init; } = -1;

    /// <summary>LFU counter, 0 to 255; -1 when not told. Written under an LFU maxmemory policy only.</summary>
    public int Frequency { get; init; } = -1;
}
