namespace Redouble.Persistence.Rdb;

/// <summary>The type byte of a record or a DUMP payload, as files of Redis have it. Code 8 was never given.</summary>
public enum RdbType : byte
{
    String = 0,
    List = 1,
    Set = 2,
    SortedSet = 3,
    Hash = 4,
    SortedSet2 = 5,
    ModulePreRelease = 6,
    Module2 = 7,
    HashZipmap = 9,
    ListZiplist = 10,
    SetIntset = 11,
    SortedSetZiplist = 12,
    HashZiplist = 13,
    ListQuicklist = 14,
    StreamListpacks = 15,
    HashListpack = 16,
    SortedSetListpack = 17,
    ListQuicklist2 = 18,
    StreamListpacks2 = 19,
    SetListpack = 20,
    StreamListpacks3 = 21,

    /// <summary>With Redis' magic: field expiry of the release candidates of 7.4. With Valkey's: field expiry of Valkey 9.</summary>
    Hash22 = 22,
    HashListpackExPreRelease = 23,
    HashMetadata = 24,
    HashListpackEx = 25,
    StreamListpacks4 = 26,
    StreamListpacks5 = 27,
}
