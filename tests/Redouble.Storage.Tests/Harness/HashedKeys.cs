using System.Buffers.Binary;
using Redouble.Core.Hashing;

namespace Redouble.Storage.Tests.Harness;

/// <summary>A key, eight bytes, with its hash.</summary>
internal readonly record struct HashedKey(ulong Number, ulong Hash)
{
    public byte[] Bytes
    {
        get
        {
            var bytes = new byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, Number);
            return bytes;
        }
    }
}

/// <summary>
/// Many keys in the order of their hashes. The product's hash cannot be steered, but of a million keys a thousand fall into any one bucket of a
/// full segment: whoever takes neighbours gets collisions, chains and lopsided splits on demand.
/// </summary>
internal sealed class HashedKeys
{
    public const int Count = 1 << 20;

    private readonly HashedKey[] _byHash;

    public HashedKeys(KeyHash hash)
    {
        _byHash = new HashedKey[Count];
        Span<byte> key = stackalloc byte[sizeof(ulong)];
        for (var i = 0; i < Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(key, (ulong)i);
            _byHash[i] = new HashedKey((ulong)i, hash.Compute(key));
        }

        Array.Sort(_byHash, static (a, b) => a.Hash.CompareTo(b.Hash));
    }

    /// <summary>Neighbours: <paramref name="count"/> keys whose hashes agree in about 20 - log2(count) top bits.</summary>
    public HashedKey[] Cluster(Random random, int count)
    {
        var from = random.Next(Count - count);
        return _byHash[from..(from + count)];
    }

    /// <summary>Keys from anywhere, each once.</summary>
    public HashedKey[] Spread(Random random, int count)
    {
        var stride = Count / count;
        var keys = new HashedKey[count];
        for (var i = 0; i < count; i++) keys[i] = _byHash[(i * stride) + random.Next(stride)];
        random.Shuffle(keys);
        return keys;
    }

    /// <summary>Half from anywhere, half in a few clusters.</summary>
    public HashedKey[] Mixed(Random random, int count)
    {
        var keys = Spread(random, count / 2).ToHashSet();
        while (keys.Count < count) keys.UnionWith(Cluster(random, Math.Min(count - keys.Count, 1 + random.Next(600))));
        var all = keys.ToArray();
        random.Shuffle(all);
        return all;
    }
}
