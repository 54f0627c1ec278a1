using Redouble.Persistence.Rdb;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Persistence.Tests.Rdb;

/// <summary>Counts what is delivered and allocates nothing.</summary>
internal struct CountingTarget : IRdbTarget
{
    public int Keys { get; private set; }

    public int Elements { get; private set; }

    public readonly bool OnHeader(RdbFlavor flavor, int version) => true;

    public readonly bool OnAux(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => true;

    public readonly bool OnSelectDb(int db) => true;

    public readonly bool OnResizeDb(ulong keys, ulong expires) => true;

    public readonly bool OnFunction(ReadOnlySpan<byte> library) => true;

    public bool OnString(in RdbKey key, ReadOnlySpan<byte> value)
    {
        Keys++;
        return true;
    }

    public readonly bool BeginString(in RdbKey key, long length) => true;

    public readonly bool AppendString(ReadOnlySpan<byte> piece) => true;

    public readonly bool EndString() => true;

    public readonly bool OnScannedKey(in RdbKey key, RdbTypeInfo type) => true;

    public readonly bool OnPacked(in RdbKey key, ValueType type, PackedKind kind, ReadOnlySpan<byte> bytes, int longest) => true;

    public readonly bool BeginCollection(in RdbKey key, ValueType type, ulong count) => true;

    public bool OnElement(ReadOnlySpan<byte> element)
    {
        Elements++;
        return true;
    }

    public readonly bool OnListNode(ReadOnlySpan<byte> listpack) => true;

    public readonly bool OnField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, long expireAtMs) => true;

    public readonly bool OnScore(ReadOnlySpan<byte> member, double score) => true;

    public readonly bool OnStreamNode(RdbStreamId id, ReadOnlySpan<byte> listpack) => true;

    public readonly bool OnStreamState(in RdbStreamState state) => true;

    public readonly bool OnStreamGroup(ReadOnlySpan<byte> name, RdbStreamId lastId, long entriesRead) => true;

    public readonly bool OnPending(RdbStreamId id, long deliveryTimeMs, ulong deliveries) => true;

    public readonly bool OnConsumer(ReadOnlySpan<byte> name, long seenMs, long activeMs) => true;

    public readonly bool OnConsumerPending(RdbStreamId id) => true;

    public readonly bool EndCollection() => true;

    public readonly bool OnEmptyKey(in RdbKey key) => true;

    public readonly bool OnEnd(ulong checksum) => true;
}
