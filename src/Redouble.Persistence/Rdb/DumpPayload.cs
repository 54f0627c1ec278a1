using System.Buffers.Binary;
using Redouble.Core.Checksums;

namespace Redouble.Persistence.Rdb;

/// <summary>What RESTORE may answer about a payload.</summary>
public enum DumpStatus
{
    /// <summary>It is good.</summary>
    Ok,

    /// <summary>Too short, from a newer version, or altered.</summary>
    WrongVersionOrChecksum,

    /// <summary>Its value is of no known type or broken.</summary>
    BadFormat,

    /// <summary>Its value is sound, and of a type that this version does not build.</summary>
    Unsupported,
}

/// <summary>
/// The payload of DUMP and RESTORE: one value as an RDB has it, with a trailer.
/// <code>
/// | type, 1 byte | value | RDB version, 2 bytes little-endian | CRC-64 of all before, 8 bytes little-endian |
/// </code>
/// </summary>
public static class DumpPayload
{
    /// <summary>The newest version that is read: Redis 7.4's.</summary>
    public const int VersionMax = 12;

    internal const int TrailerLength = 10;

    /// <summary>The reply of RESTORE, without the CR LF; empty for <see cref="DumpStatus.Ok"/>.</summary>
    public static ReadOnlySpan<byte> ErrorReply(DumpStatus status) => status switch
    {
        DumpStatus.Ok => default,
        DumpStatus.WrongVersionOrChecksum => "-ERR DUMP payload version or checksum are wrong"u8,
        _ => "-ERR Bad data format"u8,
    };

    /// <summary>Checks the trailer alone.</summary>
    /// <param name="skipChecksum">DEBUG SET-SKIP-CHECKSUM-VALIDATION.</param>
    public static bool IsIntact(ReadOnlySpan<byte> payload, bool skipChecksum = false)
    {
        if (payload.Length < TrailerLength) return false;
        var trailer = payload[^TrailerLength..];
        if (BinaryPrimitives.ReadUInt16LittleEndian(trailer) > VersionMax) return false;
        return skipChecksum || BinaryPrimitives.ReadUInt64LittleEndian(trailer[2..]) == Crc64.Append(0, payload[..^8]);
    }

    /// <summary>
    /// Checks a payload and finds its value. As in Redis, bytes between the value and the trailer are ignored.
    /// </summary>
    /// <param name="scratch">Where a compressed string is decompressed.</param>
    /// <param name="type">The type, when the status is Ok or Unsupported.</param>
    /// <param name="value">A string's bytes, when the status is Ok: a part of the payload or of the scratch.</param>
    public static DumpStatus Read(
        ReadOnlySpan<byte> payload, RdbScratch scratch, out RdbTypeInfo? type, out ReadOnlySpan<byte> value, bool skipChecksum = false)
    {
        type = null;
        value = default;
        if (!IsIntact(payload, skipChecksum)) return DumpStatus.WrongVersionOrChecksum;
        var body = payload[..^TrailerLength];
        if (body.IsEmpty) return DumpStatus.BadFormat;
        type = RdbTypes.Find(body[0], RdbFlavor.Redis);
        if (type == null || type.Shape.IsEmpty) return DumpStatus.BadFormat;
        body = body[1..];
        if (type.Type == RdbType.String)
            return RdbStrings.TryRead(body, scratch, out value, out _) == RdbAtom.Read ? DumpStatus.Ok : DumpStatus.BadFormat;

        var walker = new RdbWalker();
        walker.Begin(type);
        return walker.Run(body, out _, out _) == RdbAtom.Read ? DumpStatus.Unsupported : DumpStatus.BadFormat;
    }
}

/// <summary>Reads the values of DUMP payloads, of any type, into a target. Keep one: it owns the buffers.</summary>
public sealed class DumpReader<TTarget>(TTarget target)
    where TTarget : IRdbTarget
{
    private readonly RdbScratch _string = new();
    private readonly RdbValueReader<TTarget> _values = new();
    private TTarget _target = target;

    /// <summary>The target with what it gathered.</summary>
    public ref TTarget Target => ref _target;

    /// <summary>
    /// Checks a payload and delivers its value. When the status is not <see cref="DumpStatus.Ok"/>, what the target has built of it is to be
    /// dropped. As in Redis, bytes between the value and the trailer are ignored, and an empty collection is bad.
    /// </summary>
    /// <param name="key">Given to the target as it is.</param>
    /// <param name="problem">What is wrong with the value, when that is known: for a log.</param>
    public DumpStatus Read(ReadOnlySpan<byte> payload, in RdbKey key, out string? problem, bool skipChecksum = false)
    {
        problem = null;
        if (!DumpPayload.IsIntact(payload, skipChecksum)) return DumpStatus.WrongVersionOrChecksum;
        var body = payload[..^DumpPayload.TrailerLength];
        if (body.IsEmpty || RdbTypes.Find(body[0], RdbFlavor.Redis) is not { } type) return DumpStatus.BadFormat;
        if (!type.IsLoadable) return DumpStatus.Unsupported;
        body = body[1..];
        if (type.Type == RdbType.String) return ReadString(body, key);
        try
        {
            _values.Begin(type);
            var step = _values.Run(body, key, ref _target, out _, out _);
            problem = step.Problem;
            return step.Progress == RdbProgress.Done ? DumpStatus.Ok : DumpStatus.BadFormat;
        }
        finally
        {
            _values.Clear(); // also when the target finds no memory
        }
    }

    private DumpStatus ReadString(ReadOnlySpan<byte> body, in RdbKey key)
    {
        try
        {
            var isRead = RdbStrings.TryRead(body, _string, out var value, out _) == RdbAtom.Read && Deliver(key, value);
            return isRead ? DumpStatus.Ok : DumpStatus.BadFormat;
        }
        finally
        {
            _string.Clear();
        }
    }

    private bool Deliver(in RdbKey key, ReadOnlySpan<byte> value) => value.Length <= RdbReader.WholeValueMax
        ? _target.OnString(key, value)
        : _target.BeginString(key, value.Length) && _target.AppendString(value) && _target.EndString();
}

/// <summary>Makes DUMP payloads. Keep one: it owns the buffers.</summary>
public sealed class DumpWriter
{
    private readonly ScratchRdbOutput _output = new();
    private readonly RdbWriter _writer;
    private readonly ushort _version;

    /// <param name="dialect">The version in the trailer, and the types that may be used.</param>
    /// <param name="compress">Directive <c>rdbcompression</c>.</param>
    public DumpWriter(RdbDialect dialect, bool compress)
    {
        _version = (ushort)dialect;
        _writer = new RdbWriter(
            _output, new RdbWriterOptions { Dialect = dialect, Compression = compress ? RdbCompression.Always : RdbCompression.None });
    }

    /// <summary>The payload of a value that is one run of bytes, as for <see cref="RdbWriter.WriteRecord"/>. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Write(RdbType type, ReadOnlySpan<byte> value)
    {
        var writer = Begin(type);
        writer.WriteElement(value);
        return End();
    }

    /// <summary>Begins a payload whose value the caller writes, in its type's layout, with the writer that is returned.</summary>
    public RdbWriter Begin(RdbType type)
    {
        _output.Clear();
        _writer.Reset();
        _writer.WriteType(type);
        return _writer;
    }

    /// <summary>Adds the trailer. The payload is valid until the next <see cref="Begin"/>.</summary>
    public ReadOnlySpan<byte> End()
    {
        _writer.WriteUInt16(_version);
        _writer.WriteFixed8((long)_writer.Checksum);
        return _output.Written;
    }

    /// <summary>Bytes of the buffers.</summary>
    public long MemoryBytes => (long)_output.Capacity + _writer.ScratchCapacity;

    /// <summary>Gives a large payload's memory back, or what was made of it before there was no more.</summary>
    public void Clear()
    {
        _output.Clear();
        _writer.Reset();
    }
}
