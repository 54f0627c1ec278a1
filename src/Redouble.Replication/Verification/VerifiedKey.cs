namespace Redouble.Replication.Verification;

/// <summary>A key as two copies compare it.</summary>
public readonly ref struct VerifiedKey
{
    /// <summary>Number of its database.</summary>
    public int Database { get; init; }

    /// <summary>Stands for its name and database, the same in every process.</summary>
    public ulong Identity { get; init; }

    /// <summary>Unix time in milliseconds, or -1.</summary>
    public long ExpireAtMs { get; init; }

    /// <summary>Digest of type and value.</summary>
    public ulong Value { get; init; }

    /// <summary>Its name, or the beginning of a long one.</summary>
    public ReadOnlySpan<byte> Name { get; init; }
}
