using System.Runtime.InteropServices;
using Redouble.Replication.Verification;
using Redouble.Storage.Snapshots;

namespace Redouble.Engine.Verification;

/// <summary>Primary side: the keys of some buckets, to be looked up by their identity. Bounded, and only there while copies differ.</summary>
internal sealed class KeyList(BucketSet buckets, int expected, int keysMax) : IKeyDigestSink
{
    private const int ChunkSize = 64 * 1024;

    private readonly Dictionary<ulong, int> _places = new(expected);
    private readonly List<Entry> _entries = new(expected);
    private readonly List<byte[]> _names = [];
    private int _used = ChunkSize;

    /// <summary>Keys.</summary>
    public int Count => _entries.Count;

    /// <summary>Whether there were more.</summary>
    public bool IsCut { get; private set; }

    public void Take(in KeyDigest digest)
    {
        if (!buckets.Contains(KeyBuckets.Of(digest.Key))) return;
        IsCut |= _entries.Count >= keysMax;
        if (IsCut) return;
        var name = digest.Key[..Math.Min(digest.Key.Length, VerifyMessage.NameMax)];
        if (_used + name.Length > ChunkSize)
        {
            _names.Add(new byte[ChunkSize]);
            _used = 0;
        }

        name.CopyTo(_names[^1].AsSpan(_used));
        _places[digest.Identity] = _entries.Count;
        _entries.Add(new Entry(digest.Value, digest.ExpireAtMs, _names.Count - 1, _used, (short)name.Length, digest.Database));
        _used += name.Length;
    }

    /// <summary>The place of a key, or -1.</summary>
    public int Find(ulong identity) => _places.TryGetValue(identity, out var place) ? place : -1;

    /// <summary>The key at a place, without its identity.</summary>
    public VerifiedKey this[int place]
    {
        get
        {
            ref var entry = ref CollectionsMarshal.AsSpan(_entries)[place];
            return new VerifiedKey
            {
                Database = entry.Database,
                ExpireAtMs = entry.ExpireAtMs,
                Value = entry.Value,
                Name = _names[entry.Chunk].AsSpan(entry.At, entry.Length),
            };
        }
    }

    private readonly record struct Entry(ulong Value, long ExpireAtMs, int Chunk, int At, short Length, int Database);
}
