namespace Redouble.Replication.Primary;

/// <summary>What a replica says it can do (REPLCONF capa).</summary>
[Flags]
public enum ReplicaCapabilities : byte
{
    /// <summary>Nothing said.</summary>
    None = 0,

    /// <summary>Reads a payload that ends with a mark.</summary>
    Eof = 1,

    /// <summary>Understands a new replid in +CONTINUE.</summary>
    Psync2 = 2,

    /// <summary>Is a Redouble.</summary>
    Redouble = 4,

    /// <summary>A full sync over two channels, as Valkey 8 does it.</summary>
    DualChannel = 8,

    /// <summary>A full sync over two channels, as Redis 8 does it.</summary>
    RdbChannel = 16,
}

/// <summary>What a replica has said of itself before PSYNC.</summary>
public sealed class ReplicaOptions
{
    /// <summary>Port that it listens on; 0 until told.</summary>
    public long ListeningPort { get; internal set; }

    /// <summary>Address that it wants to be known by; empty for the one it connects from.</summary>
    public string Address { get; internal set; } = "";

    /// <summary>What it can do.</summary>
    public ReplicaCapabilities Capabilities { get; internal set; }

    /// <summary>Version that it told (Valkey 8 and Redouble do), or empty.</summary>
    public string Version { get; internal set; } = "";

    /// <summary>Wants the payload only.</summary>
    public bool RdbOnly { get; internal set; }

    /// <summary>Is the connection for the payload of a full sync over two channels.</summary>
    public bool IsChannel { get; internal set; }

    /// <summary>What of the data set it wants.</summary>
    public SnapshotContent Content { get; internal set; } = SnapshotContent.All;

    /// <summary>Whether it can do that.</summary>
    public bool Can(ReplicaCapabilities capability) => (Capabilities & capability) == capability;
}
