namespace Redouble.Persistence.Aof;

/// <summary>What a file of an append-only file set is for; the values are the letters of the manifest.</summary>
public enum AofFileKind : byte
{
    /// <summary>The data set as of a moment: an RDB, or commands that build it.</summary>
    Base = (byte)'b',

    /// <summary>Replaced by a rewrite; to be deleted.</summary>
    History = (byte)'h',

    /// <summary>Commands since the base, or since the incremental file before.</summary>
    Incremental = (byte)'i',
}
