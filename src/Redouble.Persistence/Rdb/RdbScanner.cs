using System.Buffers.Text;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Persistence.Rdb;

/// <summary>
/// Checks an RDB from its first to its last byte without building anything: opcodes, types, lengths, the nested layout of every value,
/// the checksum. A replica scans a spooled file before it gives up its old data. Strings are not decompressed and the bytes within
/// listpacks and their like are not looked at: the checksum vouches for them.
/// </summary>
public sealed class RdbScanner(bool verifyChecksum = true)
{
    private readonly RdbReader<Target> _reader =
        new(new Target(new RdbScanSummary()), new RdbReaderOptions { Mode = RdbReadMode.Scan, VerifyChecksum = verifyChecksum });

    /// <summary>What was found so far.</summary>
    public RdbScanSummary Summary => _reader.Target.Summary;

    /// <summary>Why the scan failed.</summary>
    public RdbError? Error => _reader.Error;

    /// <summary>Bytes taken so far.</summary>
    public long Position => _reader.Position;

    /// <inheritdoc cref="RdbReader{TTarget}.Feed"/>
    public RdbReadStatus Feed(ReadOnlySpan<byte> input, out int consumed) => _reader.Feed(input, out consumed);

    /// <inheritdoc cref="RdbReader{TTarget}.Finish"/>
    public RdbReadStatus Finish() => _reader.Finish();

    private readonly struct Target(RdbScanSummary summary) : IRdbTarget
    {
        public RdbScanSummary Summary => summary;

        public bool OnHeader(RdbFlavor flavor, int version)
        {
            summary.Flavor = flavor;
            summary.Version = version;
            return true;
        }

        public bool OnAux(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            if (name.SequenceEqual("repl-id"u8)) summary.ReplicationId = RdbText.Printable(value);
            else if (name.SequenceEqual("repl-offset"u8) && Utf8Parser.TryParse(value, out long offset, out _)) summary.ReplicationOffset = offset;
            else if (name.SequenceEqual("redis-ver"u8) || name.SequenceEqual("valkey-ver"u8)) summary.WriterVersion = RdbText.Printable(value);
            return true;
        }

        public bool OnSelectDb(int db)
        {
            summary.DatabaseMax = Math.Max(summary.DatabaseMax, db);
            return true;
        }

        public bool OnResizeDb(ulong keys, ulong expires) => true;

        public bool OnFunction(ReadOnlySpan<byte> library)
        {
            summary.Functions++;
            return true;
        }

        public bool OnScannedKey(in RdbKey key, RdbTypeInfo type)
        {
            summary.Keys++;
            if (key.ExpiryMs != -1) summary.Expires++;
            if (!type.IsLoadable) summary.Unloadable ??= RdbReader<Target>.UnsupportedText(type, key.Name);
            return true;
        }

        public bool OnString(in RdbKey key, ReadOnlySpan<byte> value) => false;

        public bool BeginString(in RdbKey key, long length) => false;

        public bool AppendString(ReadOnlySpan<byte> piece) => false;

        public bool EndString() => false;

        public bool OnPacked(in RdbKey key, ValueType type, PackedKind kind, ReadOnlySpan<byte> bytes, int longest) => false;

        public bool BeginCollection(in RdbKey key, ValueType type, ulong count) => false;

        public bool OnElement(ReadOnlySpan<byte> element) => false;

        public bool OnListNode(ReadOnlySpan<byte> listpack) => false;

        public bool OnField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, long expireAtMs) => false;

        public bool OnScore(ReadOnlySpan<byte> member, double score) => false;

        public bool OnStreamNode(RdbStreamId id, ReadOnlySpan<byte> listpack) => false;

        public bool OnStreamState(in RdbStreamState state) => false;

        public bool OnStreamGroup(ReadOnlySpan<byte> name, RdbStreamId lastId, long entriesRead) => false;

        public bool OnPending(RdbStreamId id, long deliveryTimeMs, ulong deliveries) => false;

        public bool OnConsumer(ReadOnlySpan<byte> name, long seenMs, long activeMs) => false;

        public bool OnConsumerPending(RdbStreamId id) => false;

        public bool EndCollection() => false;

        public bool OnEmptyKey(in RdbKey key) => false;

        public bool OnEnd(ulong checksum)
        {
            summary.HasChecksum = checksum != 0;
            return true;
        }
    }
}

/// <summary>What a scan found.</summary>
public sealed class RdbScanSummary
{
    /// <summary>Whose magic it has.</summary>
    public RdbFlavor Flavor { get; internal set; }

    /// <summary>Its format version.</summary>
    public int Version { get; internal set; }

    /// <summary>The server version that wrote it, or null.</summary>
    public string? WriterVersion { get; internal set; }

    /// <summary>Auxiliary field <c>repl-id</c>, or null.</summary>
    public string? ReplicationId { get; internal set; }

    /// <summary>Auxiliary field <c>repl-offset</c>, or null.</summary>
    public long? ReplicationOffset { get; internal set; }

    /// <summary>Keys of all types.</summary>
    public long Keys { get; internal set; }

    /// <summary>Keys with an expiry.</summary>
    public long Expires { get; internal set; }

    /// <summary>Function libraries.</summary>
    public int Functions { get; internal set; }

    /// <summary>The highest database that was selected.</summary>
    public int DatabaseMax { get; internal set; }

    /// <summary>Whether it carries a checksum.</summary>
    public bool HasChecksum { get; internal set; }

    /// <summary>The first value that a load would refuse, as its error text; null when all can be loaded.</summary>
    public string? Unloadable { get; internal set; }
}
