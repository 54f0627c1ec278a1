namespace Redouble.Engine.Verification;

/// <summary>What replies and the log call things.</summary>
internal static class VerificationWords
{
    /// <summary>Why a replica would not, or broke off: it takes a snapshot, as it said in words that begin so. It may be asked again.</summary>
    public const string Snapshot = "a snapshot ";

    /// <summary>It was at it when the mark came.</summary>
    public const string SnapshotIsTaken = Snapshot + "is being taken";

    /// <summary>It began with it afterwards.</summary>
    public const string SnapshotBegan = Snapshot + "began";

    /// <summary>How it ends when there were more keys in the buckets than can be compared at once. It is asked for fewer buckets.</summary>
    public const string InBuckets = " are in the buckets asked for";

    /// <summary>How far a replica is.</summary>
    public static string Of(CopyState state) => state switch
    {
        CopyState.Waiting => "waiting",
        CopyState.Walking => "walking",
        CopyState.Answered => "answered",
        CopyState.Refused => "refused",
        CopyState.Lost => "lost",
        _ => "silent",
    };

    /// <summary>How a key differs.</summary>
    public static string Of(KeyDifference difference) => difference switch
    {
        KeyDifference.Missing => "missing",
        KeyDifference.Extra => "extra",
        KeyDifference.Value => "value",
        _ => "expiry",
    };
}
