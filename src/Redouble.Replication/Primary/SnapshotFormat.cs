using Redouble.Persistence.Rdb;

namespace Redouble.Replication.Primary;

/// <summary>What of the data set a replica wants (REPLCONF rdb-filter-only).</summary>
[Flags]
public enum SnapshotContent : byte
{
    /// <summary>Neither: the frame of an RDB.</summary>
    None = 0,

    /// <summary>Keys and values.</summary>
    Data = 1,

    /// <summary>Functions.</summary>
    Functions = 2,

    /// <summary>Everything.</summary>
    All = Data | Functions,
}

/// <summary>Replicas that want the same form share one encoding of a snapshot.</summary>
/// <param name="Dialect">RDB version that they read.</param>
/// <param name="Content">What they want.</param>
/// <param name="HasLength">Whether they must be told the length before the first byte: the host spools to a file first.</param>
public readonly record struct SnapshotFormat(RdbDialect Dialect, SnapshotContent Content, bool HasLength);
