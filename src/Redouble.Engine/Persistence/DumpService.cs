using System.Buffers.Binary;
using Redouble.Persistence.Rdb;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Persistence;

/// <summary>
/// DUMP and RESTORE payloads of a node, with the buffers they are made in. They are written as version 10, which Redis 7.0 and all later servers read.
/// </summary>
public sealed class DumpService(Node node)
{
    private readonly RdbScratch _scratch = new();
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

    /// <summary>Checks a payload and finds its value, as <see cref="DumpPayload.Read"/>; valid until <see cref="Release"/> or the next call.</summary>
    public DumpStatus Read(ReadOnlySpan<byte> payload, out RdbTypeInfo? type, out ReadOnlySpan<byte> value) =>
        DumpPayload.Read(payload, _scratch, out type, out value, SkipsChecksum);

    /// <summary>Whether every server that may follow this one can read the payload as it is.</summary>
    public static bool IsReadableByAll(ReadOnlySpan<byte> payload)
    {
        const int trailerLength = 10;
        return BinaryPrimitives.ReadUInt16LittleEndian(payload[^trailerLength..]) <= (int)RdbDialect.Rdb10;
    }

    /// <summary>Gives a large buffer back.</summary>
    public void Release() => _scratch.Clear();
}
