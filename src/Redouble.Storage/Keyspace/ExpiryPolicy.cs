namespace Redouble.Storage.Keyspace;

/// <summary>What a look-up does with a key whose time has passed.</summary>
public enum ExpiryPolicy : byte
{
    /// <summary>Remove it and report the removal: clients of a primary.</summary>
    Remove = 0,

    /// <summary>Answer readers as if it were gone, and leave it; a change removes it first: clients of a replica, writes paused.</summary>
    Hide = 1,

    /// <summary>Treat it as any key: commands from the primary, loading.</summary>
    Ignore = 2,
}
