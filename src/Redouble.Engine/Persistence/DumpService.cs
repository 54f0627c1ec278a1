using System.Buffers.Binary;
using Redouble.Persistence.Rdb;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Persistence;

/// <summary>
/// DUMP and RESTORE payloads of a node, with the buffers they are made in. They are written as version 10, which Redis 7.0 and all later servers read,
/// but for hashes with fields that expire: those need version 12.
/// </summary>
public sealed class DumpService(Node node) : IDisposable
{
    private Keyspace? _scratch;
    private DumpReader<RdbLoadTarget>? _reader;
    private readonly DumpWriter?[] _writers = new DumpWriter?[4]; // by version and compression

    /// <summary>Bytes of the buffers in which payloads are made.</summary>
    public long WriteBufferBytes => _writers.Sum(static writer => writer?.MemoryBytes ?? 0);

    /// <summary>The payload of a value; valid until the next call. <see cref="Forget"/> follows.</summary>
    public ReadOnlySpan<byte> Write(ReadRecord record) => Write(node.Keyspace, record);

    /// <summary>
    /// What to tell others of what was built: the payload that it was built of, or, where not all read that, another one, as by
    /// <see cref="Write(ReadRecord)"/>. There is room for it in the log then; where there is none, what was built is dropped.
    /// </summary>
    /// <param name="payload">What it was built of.</param>
    /// <param name="key">The key it has.</param>
    /// <param name="hash">The key's.</param>
    /// <param name="withTimes">Whether fields of a hash have their times; without them, every server reads it.</param>
    public ReadOnlySpan<byte> ToTell(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> key, ulong hash, bool withTimes)
    {
        try
        {
            if (IsReadableByAll(payload))
            {
                node.Heap.RequireRoom(payload.Length);
                return payload;
            }

            var record = _scratch![0].PeekPresent(key, hash);
            var other = withTimes || record.Type != ValueType.Hash ? Write(_scratch, record)
                : Write(_scratch, record, record.IsPacked ? RdbType.HashListpack : RdbType.Hash, RdbDialect.Rdb10);
            node.Heap.RequireRoom(2L * other.Length); // staged, and in the log
            return other;
        }
        catch (InsufficientMemoryException)
        {
            Forget();
            Drop(key, hash);
            throw;
        }
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
        var isBuilt = false;
        try
        {
            var rdbKey = new RdbKey(key) { ExpiryMs = expireAtMs, IdleSeconds = -1, Frequency = -1 };
            var status = _reader.Read(payload, rdbKey, out _, node.Debug.SkipsChecksums);
            loader.Flush();
            isBuilt = status == DumpStatus.Ok;
            return status;
        }
        finally
        {
            // Also when there is no memory for the rest of it.
            loader.Drop();
            if (!isBuilt) _scratch[0].Delete(key, node.Keyspace.Hash(key));
        }
    }

    /// <summary>Bytes of the payload of a value.</summary>
    public int LengthOf(ReadRecord record)
    {
        var length = Write(record).Length;
        Forget();
        return length;
    }

    /// <summary>Gives the memory of a large payload back that <see cref="Write(ReadRecord)"/> returned.</summary>
    public void Forget()
    {
        foreach (var writer in _writers) writer?.Clear();
    }

    /// <summary>Puts what was built into the database, where there must be no such key.</summary>
    public void Store(Database database, ReadOnlySpan<byte> key, ulong hash) => database.TakeFrom(_scratch!, key, hash);

    /// <summary>Frees what values are built in.</summary>
    public void Dispose() => _scratch?.Dispose();

    /// <summary>Drops what was built.</summary>
    public void Drop(ReadOnlySpan<byte> key, ulong hash) => _scratch![0].Delete(key, hash);

    private ReadOnlySpan<byte> Write(Keyspace keyspace, ReadRecord record)
    {
        var type = record.Type == ValueType.Hash ? HashTimes.TypeOf(keyspace, record) : ValueEncoder.TypeOf(record.Type, record.Encoding);
        return Write(keyspace, record, type, type is RdbType.HashListpackEx or RdbType.HashMetadata ? RdbDialect.Rdb12 : RdbDialect.Rdb10);
    }

    private ReadOnlySpan<byte> Write(Keyspace keyspace, ReadRecord record, RdbType type, RdbDialect dialect)
    {
        var dump = Writer(dialect);
        try
        {
            ValueEncoder.WritePayload(dump.Begin(type), keyspace, record);
            return dump.End();
        }
        catch (InsufficientMemoryException)
        {
            dump.Clear();
            throw;
        }
    }

    private DumpWriter Writer(RdbDialect dialect)
    {
        var compress = node.Config.RdbCompression;
        return _writers[(dialect == RdbDialect.Rdb12 ? 2 : 0) + (compress ? 1 : 0)] ??= new DumpWriter(dialect, compress);
    }

    /// <summary>
    /// Whether every server that may follow this one can read the payload as it is. Its trailer may say less than its type does: no server that reads it
    /// compares them.
    /// </summary>
    public static bool IsReadableByAll(ReadOnlySpan<byte> payload)
    {
        const int trailerLength = 10;
        return payload[0] <= (byte)RdbType.StreamListpacks2 && BinaryPrimitives.ReadUInt16LittleEndian(payload[^trailerLength..]) <= (int)RdbDialect.Rdb10;
    }
}
