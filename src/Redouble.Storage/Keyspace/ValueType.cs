namespace Redouble.Storage.Keyspace;

/// <summary>Type of a value. The numbers are those of the record header.</summary>
public enum ValueType : byte
{
    /// <summary>A string.</summary>
    String = 0,

    /// <summary>A list.</summary>
    List = 1,

    /// <summary>A set.</summary>
    Set = 2,

    /// <summary>A sorted set.</summary>
    SortedSet = 3,

    /// <summary>A hash.</summary>
    Hash = 4,

    /// <summary>A stream.</summary>
    Stream = 5,
}

/// <summary>Encoding of a value, by the names of OBJECT ENCODING.</summary>
public enum ValueEncoding : byte
{
    /// <summary>String: any bytes, over 44 of them or modified in place.</summary>
    Raw = 0,

    /// <summary>String: at most 44 bytes, written whole.</summary>
    EmbeddedString = 1,

    /// <summary>String: the decimal digits of a 64-bit integer, kept as text.</summary>
    Integer = 2,

    /// <summary>Small list, set, hash or sorted set: a listpack.</summary>
    Listpack = 3,

    /// <summary>Small set of integers.</summary>
    Intset = 4,

    /// <summary>Large hash or set.</summary>
    HashTable = 5,

    /// <summary>Large sorted set.</summary>
    SkipList = 6,

    /// <summary>Large list.</summary>
    QuickList = 7,

    /// <summary>Stream.</summary>
    Stream = 8,

    /// <summary>Small hash with expiring fields: a listpack of triples.</summary>
    ListpackEx = 9,
}
