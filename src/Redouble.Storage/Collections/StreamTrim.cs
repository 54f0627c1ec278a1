namespace Redouble.Storage.Collections;

/// <summary>What is to be cut off the beginning of a stream.</summary>
public struct StreamTrim
{
    /// <summary>Entries that may stay (MAXLEN); only when <see cref="IsByLength"/>.</summary>
    public long MaxLength { get; set; }

    /// <summary>The first id that may stay (MINID); only when not <see cref="IsByLength"/>.</summary>
    public StreamId MinId { get; set; }

    /// <summary>Whether it is by length.</summary>
    public bool IsByLength { get; set; }

    /// <summary>Whether only whole nodes go.</summary>
    public bool IsApproximate { get; set; }

    /// <summary>Entries after which it is enough; 0 for no limit.</summary>
    public long Limit { get; set; }
}
