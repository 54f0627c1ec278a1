using System.Buffers.Binary;
using Redouble.Core.Checksums;
using Redouble.Core.Memory;
using Redouble.Core.Platform;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Snapshots;

/// <summary>What a frame is.</summary>
public enum SnapshotFrameKind : byte
{
    /// <summary>A key with its whole value.</summary>
    Record = 0,

    /// <summary>A key whose value follows in parts.</summary>
    Open = 1,

    /// <summary>A part of the value that was opened last: an element, or a run of them.</summary>
    Part = 2,

    /// <summary>A part that is elements as <see cref="ElementRun"/> has them.</summary>
    Run = 3,
}

/// <summary>
/// One saved record in a block of the snapshot queue, before it is encoded for any reader:
/// <code>
/// | frame length, 4 | type, enc | kind | database, 4 | expiry, 8 | clock, 4 | key length, 4 | value length, 4 | key | value or block, 8 |
/// </code>
/// Little-endian. Bit 7 of the kind: the value is a <see cref="Block"/> to which the frame holds a reference. Frames do not cross blocks.
/// A large value is a frame of kind Open, whose value is its count of elements (of a string: its length) and the earliest expiry of one, 8 bytes each,
/// and frames of kind Part or Run.
/// </summary>
public readonly ref struct SnapshotFrame
{
    /// <summary>Bytes in front of the key.</summary>
    public const int HeaderSize = 30;

    private const byte ValueInBlock = 128;
    private readonly ReadOnlySpan<byte> _frame;

    private SnapshotFrame(ReadOnlySpan<byte> frame) => _frame = frame;

    /// <summary>Type of the value.</summary>
    public ValueType Type => (ValueType)(_frame[4] & 15);

    /// <summary>Encoding of the value.</summary>
    public ValueEncoding Encoding => (ValueEncoding)(_frame[4] >> 4);

    /// <summary>What the frame is.</summary>
    public SnapshotFrameKind Kind => (SnapshotFrameKind)(_frame[5] & ~ValueInBlock);

    /// <summary>Elements of the value that is opened; bytes of a string.</summary>
    public long Count => BinaryPrimitives.ReadInt64LittleEndian(_frame[(HeaderSize + KeyLength)..]);

    /// <summary>Earliest unix time in milliseconds at which a field of the hash that is opened expires, or -1.</summary>
    public long EarliestMs => BinaryPrimitives.ReadInt64LittleEndian(_frame[(HeaderSize + KeyLength + sizeof(long))..]);

    /// <summary>Number of the database at the snapshot's offset.</summary>
    public int Database => BinaryPrimitives.ReadInt32LittleEndian(_frame[6..]);

    /// <summary>Unix time in milliseconds, or -1.</summary>
    public long ExpireAtMs => BinaryPrimitives.ReadInt64LittleEndian(_frame[10..]);

    /// <summary>The 24-bit access clock.</summary>
    public int Clock => BinaryPrimitives.ReadInt32LittleEndian(_frame[18..]);

    /// <summary>The key.</summary>
    public ReadOnlySpan<byte> Key => _frame.Slice(HeaderSize, KeyLength);

    /// <summary>The value's bytes; may be read by the helper thread, since nobody writes a block that has two holders.</summary>
    public ReadOnlySpan<byte> Value => HasBlock ? Block.Written : _frame.Slice(HeaderSize + KeyLength, BinaryPrimitives.ReadInt32LittleEndian(_frame[26..]));

    /// <summary>Whether the value is a block.</summary>
    public bool HasBlock => (_frame[5] & ValueInBlock) != 0;

    /// <summary>The block that the frame holds a reference to.</summary>
    public Block Block => Block.UnsafeFromHandle(BinaryPrimitives.ReadInt64LittleEndian(_frame[(HeaderSize + KeyLength)..]));

    private int KeyLength => BinaryPrimitives.ReadInt32LittleEndian(_frame[22..]);

    /// <summary>Takes the next frame off <paramref name="bytes"/>; false when there is none.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> bytes, out SnapshotFrame frame)
    {
        frame = default;
        if (bytes.IsEmpty) return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        frame = new SnapshotFrame(bytes[..length]);
        bytes = bytes[length..];
        return true;
    }

    /// <summary>Bytes of a block's frames when each holds its value.</summary>
    public static long InlineLength(Block frames)
    {
        long length = frames.Length;
        if (frames.Tag == 0) return length;
        ReadOnlySpan<byte> rest = frames.Written;
        while (TryRead(ref rest, out var frame)) length += frame.HasBlock ? frame.Block.Length - sizeof(long) : 0;
        return length;
    }

    /// <summary>Writes a block's frames with their values in them, to be read back as one block. Returns the checksum of what was written.</summary>
    /// <exception cref="IOException">The file does not take it.</exception>
    public static ulong WriteInline(Block frames, IWritableFile file)
    {
        ReadOnlySpan<byte> rest = frames.Written;
        if (frames.Tag == 0) return WriteSummed(file, rest, 0);
        ulong checksum = 0;
        while (TryRead(ref rest, out var frame))
        {
            if (!frame.HasBlock)
            {
                checksum = WriteSummed(file, frame._frame, checksum);
                continue;
            }

            var head = frame._frame[..(HeaderSize + frame.KeyLength)].ToArray();
            BinaryPrimitives.WriteInt32LittleEndian(head, head.Length + frame.Value.Length);
            BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(26), frame.Value.Length);
            head[5] &= ValueInBlock ^ 255;
            checksum = WriteSummed(file, head, checksum);
            checksum = WriteSummed(file, frame.Value, checksum);
        }

        return checksum;
    }

    internal static int SizeOf(Record record) => HeaderSize + record.KeyLength + (record.IsBlock ? sizeof(long) : record.InlineLength);

    /// <summary>The head of a large value as a frame of its own.</summary>
    internal static byte[] OpenFrame(Record record, int database, long count, long earliestMs = -1)
    {
        const int length = 2 * sizeof(long);
        var frame = new byte[HeaderSize + record.KeyLength + length];
        WriteHead(frame, record, database, SnapshotFrameKind.Open);
        frame[5] = (byte)SnapshotFrameKind.Open; // a string's block is the ticket's
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(26), length);
        BinaryPrimitives.WriteInt64LittleEndian(frame.AsSpan(HeaderSize + record.KeyLength), count);
        BinaryPrimitives.WriteInt64LittleEndian(frame.AsSpan(HeaderSize + record.KeyLength + sizeof(long)), earliestMs);
        return frame;
    }

    /// <summary>The head of a part that is not a record.</summary>
    internal static void WriteHead(Span<byte> to, ValueEncoding encoding, int valueLength, SnapshotFrameKind kind = SnapshotFrameKind.Part)
    {
        to[..HeaderSize].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(to, to.Length);
        to[4] = (byte)((int)encoding << 4);
        to[5] = (byte)kind;
        BinaryPrimitives.WriteInt64LittleEndian(to[10..], -1);
        BinaryPrimitives.WriteInt32LittleEndian(to[26..], valueLength);
    }

    internal static void Write(Span<byte> to, Record record, int database, SnapshotFrameKind kind)
    {
        WriteHead(to, record, database, kind);
        var value = to[(HeaderSize + record.KeyLength)..];
        if (record.IsBlock)
        {
            record.Block.Retain();
            BinaryPrimitives.WriteInt64LittleEndian(value, record.Block.UnsafeHandle);
        }
        else
        {
            record.Value.CopyTo(value);
        }
    }

    private static void WriteHead(Span<byte> to, Record record, int database, SnapshotFrameKind kind)
    {
        var key = record.Key;
        BinaryPrimitives.WriteInt32LittleEndian(to, to.Length);
        to[4] = (byte)((int)record.Type | (int)record.Encoding << 4);
        to[5] = (byte)((int)kind | (record.IsBlock ? ValueInBlock : 0));
        BinaryPrimitives.WriteInt32LittleEndian(to[6..], database);
        BinaryPrimitives.WriteInt64LittleEndian(to[10..], record.ExpireAtMs);
        BinaryPrimitives.WriteInt32LittleEndian(to[18..], record.Clock);
        BinaryPrimitives.WriteInt32LittleEndian(to[22..], key.Length);
        BinaryPrimitives.WriteInt32LittleEndian(to[26..], record.ValueLength);
        key.CopyTo(to[HeaderSize..]);
    }

    private static ulong WriteSummed(IWritableFile file, ReadOnlySpan<byte> bytes, ulong checksum)
    {
        file.Write(bytes);
        return Crc64.Append(checksum, bytes);
    }
}
