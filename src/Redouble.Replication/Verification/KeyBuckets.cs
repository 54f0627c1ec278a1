using Redouble.Core.Hashing;

namespace Redouble.Replication.Verification;

/// <summary>
/// Keys in 16,384 buckets by a checksum of their whole names, the same in every process: what two copies compare first. Hash tags do not count, or one tag
/// could put everything into one bucket.
/// </summary>
public static class KeyBuckets
{
    /// <summary>Buckets.</summary>
    public const int Count = 16384;

    /// <summary>The bucket of a key, in whatever database.</summary>
    public static int Of(ReadOnlySpan<byte> key) => Crc16.Compute(key) & (Count - 1);
}
