using System.Buffers.Binary;
using Redouble.Persistence.Rdb;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Persistence;

/// <summary>
/// DUMP and RESTORE payloads of a node, with the buffers they are made in. They are written as version 10, which Redis 7.0 and all later servers read.
/// </summary>
public sealed class DumpService(Node node)
{
    private Keyspace? _scratch;
    private DumpReader<RdbLoadTarget>? _reader;
    private DumpWriter? _compressing;
    private DumpWriter? _plain;

    /// <summary>DEBUG SET-SKIP-CHECKSUM-VALIDATION.</summary>
    public bool SkipsChecksum { get; set; }

    private DumpWriter Writer => node.Config.RdbCompression
        ? _compressing ??= new DumpWriter(RdbDialect.Rdb10, compress: true)
        : _plain ??= new DumpWriter(RdbDialect.Rdb10, compress: false);

    /// <summary>The payload of a value; valid until the next call.</summary>
    public ReadOnlySpan<byte> Write(ReadRecord record)
    {
        var dump = Writer;
        var writer = dump.Begin(ValueEncoder.TypeOf(record.Type, record.Encoding));
        ValueEncoder.WritePayload(writer, node.Keyspace, record);
        return dump.End();
    }

    /// <summary>
    /// Builds the value of a payload beside the keyspace; <see cref="Store"/> or <see cref="Drop"/> follows when the status is Ok.
    /// </summary>
    /// <param name="payload">What DUMP returned.</param>
    /// <param name="key">The key it shall have.</param>
    /// <param name="expireAtMs">Unix time in milliseconds, or -1.</param>
    public DumpStatus Build(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> key, long expireAtMs)
    {
        _scratch ??= node.Keyspace.CreateScratch();
        _reader ??= new DumpReader<RdbLoadTarget>(new RdbLoadTarget(new RdbLoadState(_scratch, nowMs: 0, dropsExpired: false)));
        node.Keyspace.Prepare(_scratch);
        var loader = _reader.Target.State.Loader;
        var status = _reader.Read(payload, new RdbKey(key) { ExpiryMs = expireAtMs, IdleSeconds = -1, Frequency = -1 }, out _, SkipsChecksum);
        loader.Flush();
        loader.Builder.Drop();
        if (status != DumpStatus.Ok) _scratch[0].Delete(key, node.Keyspace.Hash(key));
        return status;
    }

    /// <summary>Puts what was built into the database, where there must be no such key.</summary>
    public void Store(Database database, ReadOnlySpan<byte> key, ulong hash) => database.TakeFrom(_scratch!, key, hash);

    /// <summary>Drops what was built.</summary>
    public void Drop(ReadOnlySpan<byte> key, ulong hash) => _scratch![0].Delete(key, hash);

    /// <summary>Whether every server that may follow this one can read the payload as it is.</summary>
    public static bool IsReadableByAll(ReadOnlySpan<byte> payload)
    {
        const int trailerLength = 10;
        return BinaryPrimitives.ReadUInt16LittleEndian(payload[^trailerLength..]) <= (int)RdbDialect.Rdb10;
    }
}
