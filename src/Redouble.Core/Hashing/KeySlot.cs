namespace Redouble.Core.Hashing;

/// <summary>
/// Cluster slots of keys. If the key has a <c>{</c> and behind it a <c>}</c> with something between them, only what is between the first <c>{</c> and the
/// first <c>}</c> after it counts, so that <c>{user1}.name</c> and <c>{user1}.mail</c> share a slot (Redis Cluster specification, hash tags).
/// </summary>
public static class KeySlot
{
    /// <summary>Slots of a cluster.</summary>
    public const int Count = 16384;

    /// <summary>The slot of a key, 0 to 16383.</summary>
    public static int Of(ReadOnlySpan<byte> key) => Crc16.Compute(HashedPart(key)) & (Count - 1);

    private static ReadOnlySpan<byte> HashedPart(ReadOnlySpan<byte> key)
    {
        int open = key.IndexOf((byte)'{');
        if (open < 0)
        {
            return key;
        }

        int length = key[(open + 1)..].IndexOf((byte)'}');
        return length > 0 ? key.Slice(open + 1, length) : key;
    }
}
