namespace Redouble.Server.Polling;

/// <summary>What a descriptor is watched for, and what it is ready for.</summary>
[Flags]
public enum PollInterest
{
    /// <summary>Nothing; an error or hang-up is reported all the same.</summary>
    None = 0,

    /// <summary>A read (or accept) would not block.</summary>
    Read = 1,

    /// <summary>A write would not block, or a connect has ended.</summary>
    Write = 2,

    /// <summary>
    /// Reported only: an error or hang-up, together with Read and Write so that whoever serves either meets it in its own call. It is
    /// reported again and again until the descriptor is removed.
    /// </summary>
    Failed = 4,
}

/// <summary>A descriptor that is ready: the token it was added with, and for what.</summary>
public readonly record struct PollEvent(long Token, PollInterest Ready);
