namespace Redouble.Persistence.Rdb;

/// <summary>The id of a stream's entry: milliseconds and sequence number.</summary>
public readonly record struct RdbStreamId(ulong Ms, ulong Sequence) : IComparable<RdbStreamId>
{
    /// <inheritdoc/>
    public int CompareTo(RdbStreamId other) => Ms != other.Ms ? Ms.CompareTo(other.Ms) : Sequence.CompareTo(other.Sequence);

    /// <inheritdoc/>
    public override string ToString() => $"{Ms}-{Sequence}";
}

/// <summary>What a stream says of itself beside its entries.</summary>
public readonly record struct RdbStreamState
{
    /// <summary>Entries that are not deleted: as many as came in the nodes.</summary>
    public ulong Length { get; init; }

    /// <summary>The greatest id that was ever given; not below that of the last entry that is not deleted.</summary>
    public RdbStreamId LastId { get; init; }

    /// <summary>The id of the first entry that is not deleted; 0-0 when there is none.</summary>
    public RdbStreamId FirstId { get; init; }

    /// <summary>The greatest id that was deleted; 0-0 when none was, or the file is older than that field.</summary>
    public RdbStreamId MaxDeletedId { get; init; }

    /// <summary>Entries that were ever added.</summary>
    public ulong EntriesAdded { get; init; }
}
