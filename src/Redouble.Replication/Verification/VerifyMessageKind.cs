namespace Redouble.Replication.Verification;

/// <summary>What a replica says about a mark.</summary>
public enum VerifyMessageKind : byte
{
    /// <summary>It has begun: keys in all, 8 bytes.</summary>
    Begun = 1,

    /// <summary>It goes on: keys done, 8 bytes.</summary>
    Progress = 2,

    /// <summary>Digests of buckets: number of the first, 2 bytes, and 8 bytes for each.</summary>
    Buckets = 3,

    /// <summary>That was all.</summary>
    Done = 5,

    /// <summary>It does not, or not any more: a text.</summary>
    Refused = 6,

    /// <summary>Digests of keys, see <see cref="VerifyMessage.TryAppendKey"/>. Kind 4 had databases of 2 bytes, and is refused.</summary>
    Keys = 7,
}
