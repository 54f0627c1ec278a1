using Redouble.Replication.Verification;
using Redouble.Storage.Snapshots;

namespace Redouble.Engine.Verification;

/// <summary>The sum of the digests of each bucket's keys.</summary>
internal sealed class BucketDigests : IKeyDigestSink
{
    /// <summary>By bucket.</summary>
    public ulong[] Sums { get; } = new ulong[KeyBuckets.Count];

    /// <summary>Keys by bucket.</summary>
    public int[] Counts { get; } = new int[KeyBuckets.Count];

    public void Take(in KeyDigest digest)
    {
        var bucket = KeyBuckets.Of(digest.Key);
        Sums[bucket] += digest.Whole;
        Counts[bucket]++;
    }
}
