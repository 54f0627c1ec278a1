namespace Redouble.Persistence.Rdb;

/// <summary>
/// The RDB format version that is written; the number is that of the header and of a DUMP trailer. The oldest that serves is the right
/// one: there is always a way back to the older server.
/// </summary>
public enum RdbDialect
{
    /// <summary>Read by Redis 7.0 and later and by every Valkey.</summary>
    Rdb10 = 10,

    /// <summary>Read by Redis 7.2 and later and by every Valkey: sets as listpacks, active times of stream consumers.</summary>
    Rdb11 = 11,

    /// <summary>Read by Redis 7.4 and later and by no Valkey: hashes with fields that expire.</summary>
    Rdb12 = 12,
}

/// <summary>Whose magic an RDB begins with. Type codes from 22 on mean different things to the two.</summary>
public enum RdbFlavor
{
    /// <summary><c>REDIS</c> and four digits.</summary>
    Redis,

    /// <summary><c>VALKEY</c> and three digits: Valkey 9.0 and later.</summary>
    Valkey,
}
