namespace Redouble.Storage.Snapshots;

/// <summary>A key of a snapshot in short.</summary>
public readonly ref struct KeyDigest
{
    internal KeyDigest(int database, ReadOnlySpan<byte> key, long expireAtMs, ulong value)
    {
        Database = database;
        Key = key;
        ExpireAtMs = expireAtMs;
        Value = value;
    }

    /// <summary>Number of its database.</summary>
    public int Database { get; }

    /// <summary>Its name.</summary>
    public ReadOnlySpan<byte> Key { get; }

    /// <summary>Unix time in milliseconds, or -1.</summary>
    public long ExpireAtMs { get; }

    /// <summary>Of type and value: the same for equal values, however they are kept.</summary>
    public ulong Value { get; }

    /// <summary>Tells keys apart: the same in every process for the same name in the same database.</summary>
    public ulong Identity => DigestMix.Join(DigestMix.Of(Key), (ulong)Database);

    /// <summary>Of all of it. Digests of many keys may be added up.</summary>
    public ulong Whole => DigestMix.Join(Identity, DigestMix.Join(Value, (ulong)ExpireAtMs));
}

/// <summary>Takes the digests of a snapshot's keys, each once, in any order.</summary>
public interface IKeyDigestSink
{
    /// <summary>The next one. It dies with the call.</summary>
    void Take(in KeyDigest digest);
}
