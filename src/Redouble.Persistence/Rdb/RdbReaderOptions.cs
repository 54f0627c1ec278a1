namespace Redouble.Persistence.Rdb;

/// <summary>What an RDB is read for.</summary>
public enum RdbReadMode
{
    /// <summary>To build its keys. A value of a type that this version does not build is an error that names it.</summary>
    Load,

    /// <summary>To check it: every value is walked over, of types that are not built too.</summary>
    Scan,
}

/// <summary>How an RDB is read.</summary>
public sealed record RdbReaderOptions
{
    /// <summary>What for.</summary>
    public RdbReadMode Mode { get; init; } = RdbReadMode.Load;

    /// <summary>Directive <c>rdbchecksum</c>: without it the checksum at the end is not compared.</summary>
    public bool VerifyChecksum { get; init; } = true;
}

/// <summary>How far the bytes fed so far have led.</summary>
public enum RdbReadStatus
{
    /// <summary>All was taken; the RDB goes on.</summary>
    NeedMore,

    /// <summary>The RDB is complete. Bytes that follow it were not taken.</summary>
    Done,

    /// <summary>It cannot be read: see <see cref="RdbReader{TTarget}.Error"/>.</summary>
    Failed,
}
