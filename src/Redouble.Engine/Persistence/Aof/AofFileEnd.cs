namespace Redouble.Engine.Persistence.Aof;

/// <summary>How the load of a file has ended.</summary>
internal enum AofFileEnd : byte
{
    /// <summary>Not yet.</summary>
    None,

    /// <summary>All of it was loaded.</summary>
    Complete,

    /// <summary>It ends within a command or a transaction, behind <see cref="AofFileLoad.ValidLength"/>.</summary>
    Truncated,

    /// <summary>It holds something that is no command there.</summary>
    Malformed,

    /// <summary>It holds a command that does not exist here.</summary>
    UnknownCommand,

    /// <summary>Its RDB cannot be loaded.</summary>
    BadRdb,

    /// <summary>It holds a command or a transaction that is larger than a buffer can be.</summary>
    TooLarge,
}
