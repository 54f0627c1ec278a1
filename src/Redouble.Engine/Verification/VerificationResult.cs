namespace Redouble.Engine.Verification;

/// <summary>What came of a verification.</summary>
public sealed record VerificationResult
{
    /// <summary>Unix time in milliseconds of its start.</summary>
    public long StartedMs { get; init; }

    /// <summary>How long it took, milliseconds.</summary>
    public long DurationMs { get; init; }

    /// <summary>The offset at which buckets were compared; -1 when that did not come to pass.</summary>
    public long Offset { get; init; } = -1;

    /// <summary>Keys of the primary at that offset.</summary>
    public long Keys { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public string? Error { get; init; }

    /// <summary>The replicas that were asked.</summary>
    public IReadOnlyList<CopyCheck> Copies { get; init; } = [];

    /// <summary>Replicas that were not asked: they are no Redoubles, or still in their full sync.</summary>
    public int Skipped { get; init; }

    /// <summary>Replicas that were compared.</summary>
    public int Compared => Copies.Count(static copy => copy.IsCompared);

    /// <summary>Replicas that differ.</summary>
    public int Different => Copies.Count(static copy => copy.DifferingBuckets > 0);

    /// <summary>Keys that differ, over all replicas.</summary>
    public long DifferingKeys => Copies.Sum(static copy => copy.DifferingKeys);

    /// <summary>In a word.</summary>
    public string Word =>
        Error != null ? "failed"
        : Copies.Count == 0 ? "no-replicas"
        : Different > 0 ? "different"
        : Compared < Copies.Count ? "incomplete" : "equal";
}
