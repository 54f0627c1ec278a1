namespace Redouble.Engine.Verification;

/// <summary>What replies and the log call things.</summary>
internal static class VerificationWords
{
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
