using System.Buffers.Binary;
using System.Text;
using Redouble.Core.Compression;

namespace Redouble.Persistence.Rdb;

/// <summary>
/// Encodes an RDB: the one encoder for files, full syncs, DUMP and the base of an AOF. Pure: it sees copies, knows no clock and no file.
/// <code>
/// REDIS0010
/// 250 name value …                 auxiliary fields
/// 245 library …                    functions
/// 254 db, 251 keys expires         per database, followed by its records:
///     [252 expiry] [248 idle | 249 frequency] type key value
/// 255 crc64
/// </code>
/// A small record is put together in one span of the output, so it costs two virtual calls. The sequence of calls
/// is the caller's duty. Used by one thread at a time.
/// </summary>
public sealed class RdbWriter
{
    /// <summary>Records up to this size, in their longest form, are written in one go.</summary>
    private const int SmallRecordMax = 1024;

    // The longest of everything in a record but the bytes of its key and value.
    private const int RecordOverheadMax = 9 + (1 + RdbLength.SizeMax) + 2 + 1 + (2 * RdbLength.SizeMax);

    private const int CompressedLengthMin = 21;
    private const int CompressionSavingMin = 4;

    private readonly RdbOutput _output;
    private readonly RdbWriterOptions _options;
    private readonly LzfCompressor? _compressor;
    private readonly CompressionGate? _gate;
    private readonly RdbScratch _scratch = new();
    private long _pieceBytesLeft;

    public RdbWriter(RdbOutput output, RdbWriterOptions options)
    {
        _output = output;
        _options = options;
        if (options.Compression != RdbCompression.None) _compressor = new LzfCompressor();
        if (options.Compression == RdbCompression.Adaptive) _gate = new CompressionGate();
        if (options.Checksum) output.StartChecksum();
    }

    /// <summary>The version that is written.</summary>
    public RdbDialect Dialect => _options.Dialect;

    /// <summary>Bytes written.</summary>
    public long Position { get; private set; }

    /// <summary>Checksum of the bytes written; 0 when none is computed.</summary>
    public ulong Checksum => _options.Checksum ? _output.Checksum : 0;

    /// <summary>Bytes of the buffer that strings are compressed in.</summary>
    public int ScratchCapacity => _scratch.Capacity;

    /// <summary>Makes the writer as new, for another RDB or payload into the same output, also after a value that there was no memory for.</summary>
    public void Reset()
    {
        Position = 0;
        _scratch.Clear();
        if (_options.Checksum) _output.StartChecksum();
        _gate?.Reset();
    }

    /// <summary>The magic and the version.</summary>
    public void WriteHeader()
    {
        var span = _output.GetSpan(9);
        "REDIS00"u8.CopyTo(span);
        ((int)_options.Dialect).TryFormat(span[7..], out _);
        Commit(9);
    }

    /// <summary>All auxiliary fields, in Redis' order.</summary>
    public void WriteAuxFields(RdbAuxFields fields)
    {
        WriteAux("redis-ver"u8, fields.RedisVersion);
        WriteAux("redis-bits"u8, "64");
        WriteAux("ctime"u8, fields.CreationTimeSeconds.ToString());
        WriteAux("used-mem"u8, fields.UsedMemory.ToString());
        if (fields.Replication is { } replication)
        {
            WriteAux("repl-stream-db"u8, replication.StreamDb.ToString());
            WriteAux("repl-id"u8, replication.ReplicationId);
            WriteAux("repl-offset"u8, replication.Offset.ToString());
        }

        WriteAux("aof-base"u8, fields.IsAofBase ? "1" : "0");
    }

    /// <summary>One auxiliary field.</summary>
    public void WriteAux(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        WriteByte(RdbOpcodes.Aux);
        WriteElement(name);
        WriteElement(value);
    }

    /// <summary>A function library: its source text.</summary>
    public void WriteFunction(ReadOnlySpan<byte> library)
    {
        WriteByte(RdbOpcodes.Function2);
        WriteElement(library);
    }

    /// <summary>The database of the following records.</summary>
    public void WriteSelectDb(int db)
    {
        WriteByte(RdbOpcodes.SelectDb);
        WriteLength((ulong)db);
    }

    /// <summary>How many keys, and keys with an expiry, the database has: a hint for the reader.</summary>
    public void WriteResizeDb(long keys, long expires)
    {
        WriteByte(RdbOpcodes.ResizeDb);
        WriteLength((ulong)keys);
        WriteLength((ulong)expires);
    }

    /// <summary>
    /// A record whose value is one run of bytes: a string, or a collection in an encoding that is stored as it is in memory (listpack,
    /// intset). Values of other layouts are <see cref="BeginRecord"/> followed by their lengths and elements.
    /// </summary>
    public void WriteRecord(in RdbKey key, RdbType type, ReadOnlySpan<byte> value)
    {
        if (!RdbTypes.Get(type).IsSingleString) ThrowNotOneString(type);
        var sizeMax = (long)key.Name.Length + value.Length + RecordOverheadMax;
        if (sizeMax <= SmallRecordMax)
        {
            var span = _output.GetSpan((int)sizeMax);
            var at = PutMeta(span, key, type);
            at += PutString(span[at..], key.Name);
            at += PutString(span[at..], value);
            Commit(at);
            return;
        }

        BeginRecord(key, type);
        WriteElement(value);
    }

    /// <summary>The head of a record: expiry, idle time or frequency, type and key. The value follows in its type's layout.</summary>
    public void BeginRecord(in RdbKey key, RdbType type)
    {
        var span = _output.GetSpan(RecordOverheadMax);
        Commit(PutMeta(span, key, type));
        WriteElement(key.Name);
    }

    /// <summary>
    /// The head of a string record whose value of <paramref name="length"/> bytes follows in pieces, uncompressed, by
    /// <see cref="WritePiece"/>: for values too large to be copied or compressed at once. <see cref="RdbLongString"/> compresses.
    /// </summary>
    public void BeginStringInPieces(in RdbKey key, long length)
    {
        BeginRecord(key, RdbType.String);
        BeginPieces(length);
    }

    /// <summary>The next bytes of a string in pieces.</summary>
    public void WritePiece(ReadOnlySpan<byte> piece)
    {
        if (piece.Length > _pieceBytesLeft) throw new InvalidOperationException("More bytes were written than were announced.");
        _pieceBytesLeft -= piece.Length;
        WriteBytes(piece);
    }

    /// <summary>The head of a string of which so many bytes follow by <see cref="WritePiece"/>.</summary>
    internal void BeginPieces(long length)
    {
        WriteLength((ulong)length);
        _pieceBytesLeft = length;
    }

    /// <summary>The head of a compressed string; the compressed bytes follow by <see cref="WriteBytes"/>.</summary>
    internal void WriteLzfHead(long compressedLength, long length)
    {
        var span = _output.GetSpan(1 + (2 * RdbLength.SizeMax));
        Commit(PutLzfHead(span, compressedLength, length));
    }

    /// <summary>The type byte in front of a value that stands alone (DUMP).</summary>
    public void WriteType(RdbType type)
    {
        RequireDialect(type);
        WriteByte((byte)type);
    }

    /// <summary>A string within a record, in its shortest encoding.</summary>
    public void WriteElement(ReadOnlySpan<byte> value)
    {
        if (value.Length <= SmallRecordMax - RecordOverheadMax)
        {
            var span = _output.GetSpan(value.Length + RdbLength.SizeMax);
            Commit(PutString(span, value));
            return;
        }

        var compressed = Compress(value);
        var head = _output.GetSpan(1 + (2 * RdbLength.SizeMax));
        Commit(compressed.IsEmpty ? RdbLength.Write(head, (ulong)value.Length) : PutLzfHead(head, compressed.Length, value.Length));
        WriteBytes(compressed.IsEmpty ? value : compressed);
        _scratch.Clear();
    }

    /// <summary>A length or count within a record.</summary>
    public void WriteLength(ulong length)
    {
        var span = _output.GetSpan(RdbLength.SizeMax);
        Commit(RdbLength.Write(span, length));
    }

    /// <summary>Eight bytes within a record, little-endian: a time, the bits of a score.</summary>
    public void WriteFixed8(long value)
    {
        var span = _output.GetSpan(8);
        BinaryPrimitives.WriteInt64LittleEndian(span, value);
        Commit(8);
    }

    /// <summary>Bytes that are already in RDB form.</summary>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var span = _output.GetSpan(1);
            var count = Math.Min(span.Length, bytes.Length);
            bytes[..count].CopyTo(span);
            Commit(count);
            bytes = bytes[count..];
        }
    }

    /// <summary>The end of the RDB and its checksum.</summary>
    public void WriteEnd()
    {
        if (_pieceBytesLeft != 0) throw new InvalidOperationException("Fewer bytes were written than were announced.");
        WriteByte(RdbOpcodes.Eof);
        WriteFixed8((long)Checksum);
    }

    internal void WriteUInt16(ushort value)
    {
        var span = _output.GetSpan(2);
        BinaryPrimitives.WriteUInt16LittleEndian(span, value);
        Commit(2);
    }

    private void WriteAux(ReadOnlySpan<byte> name, string value) => WriteAux(name, Encoding.ASCII.GetBytes(value));

    private void WriteByte(byte value)
    {
        var span = _output.GetSpan(1);
        span[0] = value;
        Commit(1);
    }

    private int PutMeta(Span<byte> span, in RdbKey key, RdbType type)
    {
        RequireDialect(type);
        var at = 0;
        if (key.ExpiryMs != -1)
        {
            span[0] = RdbOpcodes.ExpireTimeMs;
            BinaryPrimitives.WriteInt64LittleEndian(span[1..], key.ExpiryMs);
            at = 9;
        }

        if (key.IdleSeconds >= 0)
        {
            span[at++] = RdbOpcodes.Idle;
            at += RdbLength.Write(span[at..], (ulong)key.IdleSeconds);
        }

        if (key.Frequency >= 0)
        {
            span[at++] = RdbOpcodes.Frequency;
            span[at++] = (byte)key.Frequency;
        }

        span[at++] = (byte)type;
        return at;
    }

    // A string of at most SmallRecordMax bytes, in at most SizeMax more: the head of a compressed one takes 5, and it saves at least 4.
    private int PutString(Span<byte> span, ReadOnlySpan<byte> value)
    {
        if (value.Length <= RdbStrings.IntegerTextMax && RdbStrings.TryParseInteger(value, out var number)) return PutInteger(span, number);
        int at;
        var compressed = Compress(value);
        if (!compressed.IsEmpty)
        {
            at = PutLzfHead(span, compressed.Length, value.Length);
            compressed.CopyTo(span[at..]);
            return at + compressed.Length;
        }

        at = RdbLength.Write(span, (ulong)value.Length);
        value.CopyTo(span[at..]);
        return at + value.Length;
    }

    private static int PutInteger(Span<byte> span, int number)
    {
        if (number == (sbyte)number)
        {
            span[0] = 0xc0;
            span[1] = (byte)number;
            return 2;
        }

        if (number == (short)number)
        {
            span[0] = 0xc1;
            BinaryPrimitives.WriteInt16LittleEndian(span[1..], (short)number);
            return 3;
        }

        span[0] = 0xc2;
        BinaryPrimitives.WriteInt32LittleEndian(span[1..], number);
        return 5;
    }

    private static int PutLzfHead(Span<byte> span, long compressedLength, long length)
    {
        span[0] = 0xc3;
        var at = 1 + RdbLength.Write(span[1..], (ulong)compressedLength);
        return at + RdbLength.Write(span[at..], (ulong)length);
    }

    // The compressed bytes, in the scratch buffer; empty when it was not tried or saves too little.
    private ReadOnlySpan<byte> Compress(ReadOnlySpan<byte> value)
    {
        if (_compressor == null || value.Length < CompressedLengthMin || (_gate != null && !_gate.ShouldTry(value.Length))) return default;
        var room = _scratch.Take(value.Length - (_gate == null ? CompressionSavingMin : CompressionGate.SavingMin(value.Length)));
        var length = _compressor.Compress(value, room);
        _gate?.Report(value.Length, length > 0);
        return room[..length];
    }

    private void Commit(int count)
    {
        Position += count;
        _output.Advance(count);
    }

    private void RequireDialect(RdbType type)
    {
        if (type < RdbType.SetListpack) return;
        var needed = type <= RdbType.StreamListpacks3 ? RdbDialect.Rdb11 : RdbDialect.Rdb12;
        if (_options.Dialect < needed || type is > RdbType.HashListpackEx or RdbType.Hash22 or RdbType.HashListpackExPreRelease) ThrowTooNew(type);
    }

    private static void ThrowNotOneString(RdbType type) =>
        throw new ArgumentException($"A value of type '{RdbTypes.Get(type).Name}' is written element by element.", nameof(type));

    private static void ThrowTooNew(RdbType type) =>
        throw new ArgumentException($"The RDB version that is written has no type '{RdbTypes.Get(type).Name}'.", nameof(type));
}
