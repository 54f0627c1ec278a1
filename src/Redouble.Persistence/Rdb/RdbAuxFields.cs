namespace Redouble.Persistence.Rdb;

/// <summary>The auxiliary fields at the head of an RDB, in Redis' order.</summary>
public sealed record RdbAuxFields
{
    /// <summary><c>redis-ver</c>: the version of Redis we stand for.</summary>
    public string RedisVersion { get; init; } = "7.2.4";

    /// <summary><c>ctime</c>: when the snapshot began, seconds since 1970.</summary>
    public required long CreationTimeSeconds { get; init; }

    /// <summary><c>used-mem</c>: bytes.</summary>
    public required long UsedMemory { get; init; }

    /// <summary>Where in the replication history the snapshot stands; null when the writer is in none.</summary>
    public RdbReplicationFields? Replication { get; init; }

    /// <summary><c>aof-base</c>: whether this is the base of an AOF.</summary>
    public bool IsAofBase { get; init; }
}

/// <summary>The place of a snapshot in a replication history.</summary>
/// <param name="StreamDb"><c>repl-stream-db</c>: the database the stream has selected at this offset; -1 for not known.</param>
/// <param name="ReplicationId"><c>repl-id</c>: 40 hex digits.</param>
/// <param name="Offset"><c>repl-offset</c>.</param>
public sealed record RdbReplicationFields(int StreamDb, string ReplicationId, long Offset);
