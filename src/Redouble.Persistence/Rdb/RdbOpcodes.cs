namespace Redouble.Persistence.Rdb;

/// <summary>
/// The bytes that may stand where a record's type stands but begin something else. What follows each is given in the RDB's own units:
/// <c>len</c> is a length code, <c>str</c> a string, <c>u32</c> and <c>u64</c> little-endian.
/// </summary>
public static class RdbOpcodes
{
    /// <summary>Valkey 9: state of a slot import; Redis 8: metadata of a key. Refused by name.</summary>
    public const byte SlotImport = 243;

    /// <summary>Slot, keys, expires: three len. A hint for cluster nodes.</summary>
    public const byte SlotInfo = 244;

    /// <summary>The source text of a function library: str.</summary>
    public const byte Function2 = 245;

    /// <summary>Functions of the release candidates of Redis 7.0. Refused by name, as Redis does.</summary>
    public const byte FunctionPreRelease = 246;

    /// <summary>Data of a module outside the keyspace: module id len, then tagged values as in a module's value.</summary>
    public const byte ModuleAux = 247;

    /// <summary>Seconds since the next key was used: len.</summary>
    public const byte Idle = 248;

    /// <summary>LFU counter of the next key: one byte.</summary>
    public const byte Frequency = 249;

    /// <summary>A named field about the file: str, str.</summary>
    public const byte Aux = 250;

    /// <summary>Keys, and keys with an expiry, of the selected database: two len.</summary>
    public const byte ResizeDb = 251;

    /// <summary>Expiry of the next key: u64, milliseconds since 1970.</summary>
    public const byte ExpireTimeMs = 252;

    /// <summary>Expiry of the next key as old files have it: u32, seconds since 1970.</summary>
    public const byte ExpireTime = 253;

    /// <summary>The database of the following keys: len.</summary>
    public const byte SelectDb = 254;

    /// <summary>The end; from version 5 on the CRC-64 of everything up to here follows: u64, 0 when none was computed.</summary>
    public const byte Eof = 255;
}
