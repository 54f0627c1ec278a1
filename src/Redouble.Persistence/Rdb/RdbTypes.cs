using static Redouble.Persistence.Rdb.RdbShape;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Persistence.Rdb;

/// <summary>
/// All types of RDB values through Redis 7.4 (version 12) and Valkey 9 (version 80), and by name those of Redis 8 that are known to exist.
/// A type that cannot be built (a module's, or of a layout that is not known) is refused by its name; one whose layout is known can still be
/// walked over.
/// </summary>
public static class RdbTypes
{
    private static readonly RdbTypeInfo ValkeyHash22 =
        new(RdbType.Hash22, "hash (hash table with field expiry, Valkey)", ValueType.Hash, Loop, Bytes, Bytes, Fixed8, EndLoop, End) { IsValkey = true };

    private static readonly RdbTypeInfo?[] Table = BuildTable();

    /// <summary>What is known of the type byte <paramref name="code"/>, or null when it is none.</summary>
    public static RdbTypeInfo? Find(int code, RdbFlavor flavor)
    {
        if (flavor == RdbFlavor.Valkey && code >= (int)RdbType.Hash22) return code == (int)RdbType.Hash22 ? ValkeyHash22 : null;
        return (uint)code < (uint)Table.Length ? Table[code] : null;
    }

    /// <summary>What is known of a type that Redis 7.4 knows.</summary>
    public static RdbTypeInfo Get(RdbType type) => Table[(int)type]!;

    private static RdbTypeInfo?[] BuildTable()
    {
        RdbTypeInfo[] types =
        [
            new(RdbType.String, "string", ValueType.String, Bytes, End),
            new(RdbType.List, "list (linked list)", ValueType.List, Loop, Bytes, EndLoop, End),
            new(RdbType.Set, "set (hash table)", ValueType.Set, Loop, Bytes, EndLoop, End),
            new(RdbType.SortedSet, "zset (skiplist, text scores)", ValueType.SortedSet, Loop, Bytes, TextDouble, EndLoop, End),
            new(RdbType.Hash, "hash (hash table)", ValueType.Hash, Loop, Bytes, Bytes, EndLoop, End),
            new(RdbType.SortedSet2, "zset (skiplist)", ValueType.SortedSet, Loop, Bytes, Fixed8, EndLoop, End),
            new(RdbType.ModulePreRelease, "module (pre-release)", null),
            new(RdbType.Module2, "module", null, Length, ModuleValues, End),
            new(RdbType.HashZipmap, "hash (zipmap)", ValueType.Hash, Bytes, End),
            new(RdbType.ListZiplist, "list (ziplist)", ValueType.List, Bytes, End),
            new(RdbType.SetIntset, "set (intset)", ValueType.Set, Bytes, End),
            new(RdbType.SortedSetZiplist, "zset (ziplist)", ValueType.SortedSet, Bytes, End),
            new(RdbType.HashZiplist, "hash (ziplist)", ValueType.Hash, Bytes, End),
            new(RdbType.ListQuicklist, "list (quicklist)", ValueType.List, Loop, Bytes, EndLoop, End),
            new(RdbType.StreamListpacks, "stream (listpacks)", ValueType.Stream, Stream(1)),
            new(RdbType.HashListpack, "hash (listpack)", ValueType.Hash, Bytes, End),
            new(RdbType.SortedSetListpack, "zset (listpack)", ValueType.SortedSet, Bytes, End),
            new(RdbType.ListQuicklist2, "list (quicklist 2)", ValueType.List, Loop, Length, Bytes, EndLoop, End),
            new(RdbType.StreamListpacks2, "stream (listpacks 2)", ValueType.Stream, Stream(2)),
            new(RdbType.SetListpack, "set (listpack)", ValueType.Set, Bytes, End),
            new(RdbType.StreamListpacks3, "stream (listpacks 3)", ValueType.Stream, Stream(3)),
            new(RdbType.Hash22, "hash (hash table with field expiry, pre-release)", ValueType.Hash, Loop, Length, Bytes, Bytes, EndLoop, End),
            new(RdbType.HashListpackExPreRelease, "hash (listpack with field expiry, pre-release)", ValueType.Hash, Bytes, End),
            new(RdbType.HashMetadata, "hash (hash table with field expiry)", ValueType.Hash, Fixed8, Loop, Length, Bytes, Bytes, EndLoop, End),
            new(RdbType.HashListpackEx, "hash (listpack with field expiry)", ValueType.Hash, Fixed8, Bytes, End),
            new(RdbType.StreamListpacks4, "stream (listpacks 4)", ValueType.Stream),
            new(RdbType.StreamListpacks5, "stream (listpacks 5)", ValueType.Stream),
        ];
        var table = new RdbTypeInfo?[(int)RdbType.StreamListpacks5 + 1];
        foreach (var type in types) table[(int)type.Type] = type;
        return table;
    }

    // Version 2 added first id, greatest deleted id, entries added, and entries read per group; version 3 a consumer's active time.
    private static RdbShape[] Stream(int version) =>
    [
        Loop, Bytes, Bytes, EndLoop, // nodes: first id, listpack
        Length, Length, Length, // entries, last id
        .. version >= 2 ? [Length, Length, Length, Length, Length] : (RdbShape[])[],
        Loop, Bytes, Length, Length, // groups: name, last delivered id
        .. version >= 2 ? [Length] : (RdbShape[])[],
        Loop, Fixed16, Fixed8, Length, EndLoop, // pending entries: id, delivery time, deliveries
        Loop, Bytes, Fixed8, // consumers: name, seen time
        .. version >= 3 ? [Fixed8] : (RdbShape[])[],
        Loop, Fixed16, EndLoop, // the consumer's pending ids
        EndLoop, EndLoop, End,
    ];
}
