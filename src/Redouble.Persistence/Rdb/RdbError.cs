namespace Redouble.Persistence.Rdb;

/// <summary>Why an RDB was not read to its end.</summary>
public enum RdbErrorKind
{
    /// <summary>No error.</summary>
    None,

    /// <summary>The bytes end before the RDB does.</summary>
    ShortRead,

    /// <summary>It does not begin with the magic of an RDB.</summary>
    WrongSignature,

    /// <summary>The header's version number is none.</summary>
    WrongVersion,

    /// <summary>A length code that no version writes, or a length that cannot be.</summary>
    BadLength,

    /// <summary>A string in an unknown encoding, or a compressed one that does not decompress.</summary>
    BadString,

    /// <summary>A byte that is neither a known opcode nor a known type.</summary>
    UnknownType,

    /// <summary>A known opcode or type that this version does not load.</summary>
    Unsupported,

    /// <summary>The layout of a value is broken.</summary>
    BadValue,

    /// <summary>The checksum at the end is not that of the bytes read.</summary>
    WrongChecksum,

    /// <summary>The target of the load said no.</summary>
    Refused,
}

/// <summary>An RDB that could not be read: a text for the log, and the offset in the RDB of what was read last, bytes.</summary>
public sealed record RdbError(RdbErrorKind Kind, string Text, long Offset);
