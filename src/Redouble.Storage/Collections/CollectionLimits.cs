using Redouble.Core.Text;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Collections;

/// <summary>Sizes up to which collections stay packed. Names and defaults of Redis' directives.</summary>
public sealed class CollectionLimits
{
    /// <summary>hash-max-listpack-entries.</summary>
    public long HashMaxListpackEntries { get; set; } = 512;

    /// <summary>hash-max-listpack-value, bytes.</summary>
    public long HashMaxListpackValue { get; set; } = 64;

    /// <summary>set-max-intset-entries.</summary>
    public long SetMaxIntsetEntries { get; set; } = 512;

    /// <summary>set-max-listpack-entries.</summary>
    public long SetMaxListpackEntries { get; set; } = 128;

    /// <summary>set-max-listpack-value, bytes.</summary>
    public long SetMaxListpackValue { get; set; } = 64;

    /// <summary>zset-max-listpack-entries.</summary>
    public long SortedSetMaxListpackEntries { get; set; } = 128;

    /// <summary>zset-max-listpack-value, bytes.</summary>
    public long SortedSetMaxListpackValue { get; set; } = 64;

    /// <summary>list-max-listpack-size: entries, or -1 to -5 for 4 to 64 KB.</summary>
    public long ListMaxListpackSize
    {
        get;
        set
        {
            field = value;
            ListLeafBytesMax = LeafStore.CapacityWithin(ListBytesMax);
        }
    }

    /// <summary>Bytes of a leaf's listpack: as many as fill what the heap gives within the limit.</summary>
    internal int ListLeafBytesMax { get; private set; }

    /// <summary>Entries of a leaf's listpack.</summary>
    internal int ListLeafEntriesMax => ListMaxListpackSize < 0 ? int.MaxValue : (int)Math.Clamp(ListMaxListpackSize, 1, int.MaxValue);

    // A limit of entries is one of 8 KB too, lest listpacks become slow.
    private int ListBytesMax => ListMaxListpackSize >= 0 ? 8192 : 4096 << (int)Math.Min(4, -ListMaxListpackSize - 1);

    /// <summary>Bytes beyond which nothing stays packed, whatever the limits of its elements: a gigabyte, as in Redis.</summary>
    internal int PackedBytesMax { get; set; } = 1 << 30;

    /// <summary>Entries of an intset.</summary>
    internal long IntsetEntriesMax => Math.Min(SetMaxIntsetEntries, PackedBytesMax / sizeof(long));

    /// <summary>Whether packed bytes may become so many longer, as far as their length goes.</summary>
    internal bool MayGrow(int packed, long bytes) => packed + bytes <= PackedBytesMax;

    /// <summary>Sets the defaults.</summary>
    public CollectionLimits() => ListMaxListpackSize = -2;

    /// <summary>Whether a list of that size is no listpack.</summary>
    public bool ListExceedsListpack(long bytes, long entries) => bytes > ListBytesMax || entries > ListLeafEntriesMax;

    /// <summary>Whether a large list with nothing but that listpack becomes it.</summary>
    public bool ListFitsHalfListpack(ReadOnlySpan<byte> listpack) =>
        ListMaxListpackSize < 0 ? listpack.Length <= ListBytesMax / 2 : Listpack.Count(listpack) <= ListLeafEntriesMax / 2;

    /// <summary>Whether packed bytes from a file are within the limits.</summary>
    /// <param name="type">Type of the value.</param>
    /// <param name="encoding">How it is packed.</param>
    /// <param name="packed">The bytes.</param>
    /// <param name="longest">Bytes of the longest entry.</param>
    public bool FitsPacked(ValueType type, ValueEncoding encoding, ReadOnlySpan<byte> packed, int longest)
    {
        if (encoding == ValueEncoding.Intset) return Intset.Count(packed) <= IntsetEntriesMax;
        if (packed.Length > PackedBytesMax) return false;
        if (encoding == ValueEncoding.Listpack && type is ValueType.Hash or ValueType.SortedSet) return FitsPairs(type, packed, longest);
        var entries = Listpack.Count(packed);
        if (encoding == ValueEncoding.ListpackEx)
            return entries / TimedListpack.EntriesPerField <= HashMaxListpackEntries && AreWithin(packed, longest, Math.Max(HashMaxListpackValue, TimeDigits));
        return type switch
        {
            ValueType.Set => entries <= SetMaxListpackEntries && AreWithin(packed, longest, SetMaxListpackValue),
            ValueType.List => !ListExceedsListpack(packed.Length, entries),
            _ => true,
        };
    }

    /// <summary>Whether a set of integers may become a listpack, with one member more.</summary>
    public bool FitsListpack(ReadOnlySpan<byte> intset)
    {
        var count = Intset.Count(intset);
        if (count == 0) return SetMaxListpackEntries > 0;
        if (!MayGrow(0, (long)count * Integers.MaxLength)) return false;
        var longest = Math.Max(Integers.CountDigits(Intset.Min(intset)), Integers.CountDigits(Intset.Max(intset)));
        return count < SetMaxListpackEntries && longest <= SetMaxListpackValue;
    }

    // Times are shorter than any limit that is worth setting; with a lower one they do not count.
    private const int TimeDigits = 15;

    private bool FitsPairs(ValueType type, ReadOnlySpan<byte> pairs, int longest)
    {
        var (entriesMax, valueMax) = type == ValueType.Hash
            ? (HashMaxListpackEntries, HashMaxListpackValue) : (SortedSetMaxListpackEntries, SortedSetMaxListpackValue);
        if (PackedPairs.Count(pairs) > entriesMax) return false;
        var sure = SureLength(valueMax);
        if (longest <= sure) return true;
        for (var at = PackedPairs.HeaderSize; at < pairs.Length;)
        {
            var next = PackedPairs.After(pairs, at);
            if (next - at > sure && PackedPairs.Get(pairs, at).Length > valueMax) return false;
            at = next;
        }

        return true;
    }

    // Bytes up to which an entry's text is within a limit for sure: an entry is longer than its text, except for an integer's.
    private static long SureLength(long limit) => limit >= Integers.MaxLength ? limit : 0;

    // Whether no entry's text is longer.
    private static bool AreWithin(ReadOnlySpan<byte> packed, int longest, long limit)
    {
        var sure = SureLength(limit);
        if (longest <= sure) return true;
        var end = Listpack.End(packed);
        for (var at = Listpack.HeaderSize; at < end;)
        {
            var next = Listpack.After(packed, at);
            if (next - at > sure && Listpack.Get(packed, at).Length > limit) return false;
            at = next;
        }

        return true;
    }

    /// <summary>stream-node-max-bytes; 0 for none.</summary>
    public long StreamNodeMaxBytes { get; set; } = 4096;

    /// <summary>stream-node-max-entries; 0 for none.</summary>
    public long StreamNodeMaxEntries { get; set; } = 100;
}
