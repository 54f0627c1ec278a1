namespace Redouble.Replication.Verification;

/// <summary>Some of the buckets.</summary>
public sealed class BucketSet
{
    /// <summary>Bytes of a set: a bit for each bucket.</summary>
    public const int Length = KeyBuckets.Count / 8;

    private readonly byte[] _bits = new byte[Length];

    /// <summary>The bits.</summary>
    public ReadOnlySpan<byte> Bits => _bits;

    /// <summary>Buckets in it.</summary>
    public int Count
    {
        get
        {
            var count = 0;
            foreach (var bits in _bits) count += int.PopCount(bits);
            return count;
        }
    }

    /// <summary>A set with these bits.</summary>
    public static BucketSet Of(ReadOnlySpan<byte> bits)
    {
        var set = new BucketSet();
        bits[..Length].CopyTo(set._bits);
        return set;
    }

    /// <summary>Whether a bucket is in it.</summary>
    public bool Contains(int bucket) => (_bits[bucket >> 3] & (1 << (bucket & 7))) != 0;

    /// <summary>Puts a bucket in.</summary>
    public void Add(int bucket) => _bits[bucket >> 3] |= (byte)(1 << (bucket & 7));

    /// <summary>Takes a bucket out.</summary>
    public void Remove(int bucket) => _bits[bucket >> 3] &= (byte)~(1 << (bucket & 7));
}
