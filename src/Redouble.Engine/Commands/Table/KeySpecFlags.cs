namespace Redouble.Engine.Commands.Table;

/// <summary>What a command does with the keys of one key spec. First the access to the record, then the purpose of it, then oddities.</summary>
[Flags]
public enum KeySpecFlags : ushort
{
    None = 0,

    /// <summary>Read only: the value may be read, never changed.</summary>
    RO = 1 << 0,

    /// <summary>Read and write.</summary>
    RW = 1 << 1,

    /// <summary>Overwrite: replaced whatever it was.</summary>
    OW = 1 << 2,

    /// <summary>Removed.</summary>
    RM = 1 << 3,

    /// <summary>User data of the value is returned, copied or used.</summary>
    Access = 1 << 4,

    /// <summary>User data is changed; the result may depend on what was there.</summary>
    Update = 1 << 5,

    /// <summary>User data is added without changing what is there.</summary>
    Insert = 1 << 6,

    /// <summary>Part of the value, or all of it, is deleted on purpose.</summary>
    Delete = 1 << 7,

    /// <summary>Looks like a key to the cluster, but is none (shard channels).</summary>
    NotKey = 1 << 8,

    /// <summary>There may be more keys than the spec finds.</summary>
    Incomplete = 1 << 9,

    /// <summary>The flags depend on the arguments.</summary>
    VariableFlags = 1 << 10,
}
