using System.Buffers.Binary;

namespace Redouble.Replication.Verification;

/// <summary>
/// What a replica says about a mark, as the value of <c>REPLCONF redouble-verify</c>: sent in the direction of acknowledgements, only to a primary that has
/// set such a mark, never answered.
/// <code>
///   message   | kind | id of the mark, 8 | content |                                                         little-endian, at most 16 KB
///   key       | database, 4 | identity, 8 | expiry, 8 | value, 8 | length, 2 | name, up to 256 bytes |
/// </code>
/// </summary>
public sealed class VerifyMessage
{
    /// <summary>Bytes of a message at most.</summary>
    public const int LengthMax = 16 * 1024;

    /// <summary>Buckets in a message.</summary>
    public const int BucketsMax = 1024;

    /// <summary>Bytes of a name that are told.</summary>
    public const int NameMax = 256;

    private const int HeadLength = 1 + sizeof(ulong);
    private const int KeyLength = sizeof(int) + (3 * sizeof(ulong)) + 2;

    private readonly byte[] _bytes = new byte[LengthMax];
    private int _length;

    /// <summary>The message.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    /// <summary>Whether it has no content yet.</summary>
    public bool IsEmpty => _length <= HeadLength;

    /// <summary>Begins a message.</summary>
    public void Begin(VerifyMessageKind kind, ulong id)
    {
        _bytes[0] = (byte)kind;
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(1), id);
        _length = HeadLength;
    }

    /// <summary>Appends a count.</summary>
    public void AppendCount(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(sizeof(long)), value);

    /// <summary>Appends a text.</summary>
    public void AppendText(ReadOnlySpan<byte> text) => text.CopyTo(Take(text.Length));

    /// <summary>Appends digests of buckets.</summary>
    public void AppendBuckets(int first, ReadOnlySpan<ulong> digests)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(Take(2), (ushort)first);
        foreach (var digest in digests) BinaryPrimitives.WriteUInt64LittleEndian(Take(sizeof(ulong)), digest);
    }

    /// <summary>Appends a key; false when there is no room for it.</summary>
    public bool TryAppendKey(in VerifiedKey key)
    {
        var name = key.Name[..Math.Min(key.Name.Length, NameMax)];
        if (LengthMax - _length < KeyLength + name.Length) return false;
        var to = Take(KeyLength + name.Length);
        BinaryPrimitives.WriteInt32LittleEndian(to, key.Database);
        BinaryPrimitives.WriteUInt64LittleEndian(to[4..], key.Identity);
        BinaryPrimitives.WriteInt64LittleEndian(to[12..], key.ExpireAtMs);
        BinaryPrimitives.WriteUInt64LittleEndian(to[20..], key.Value);
        BinaryPrimitives.WriteUInt16LittleEndian(to[28..], (ushort)name.Length);
        name.CopyTo(to[KeyLength..]);
        return true;
    }

    /// <summary>Reads the head; what follows it is left in <paramref name="message"/>.</summary>
    public static bool TryReadHead(ref ReadOnlySpan<byte> message, out VerifyMessageKind kind, out ulong id)
    {
        kind = default;
        id = 0;
        if (message.Length < HeadLength) return false;
        kind = (VerifyMessageKind)message[0];
        id = BinaryPrimitives.ReadUInt64LittleEndian(message[1..]);
        message = message[HeadLength..];
        return true;
    }

    /// <summary>Reads a count.</summary>
    public static bool TryReadCount(ReadOnlySpan<byte> content, out long count) => BinaryPrimitives.TryReadInt64LittleEndian(content, out count);

    /// <summary>Reads digests of buckets into the place where they belong.</summary>
    public static bool TryReadBuckets(ReadOnlySpan<byte> content, Span<ulong> all, out int count)
    {
        count = (content.Length - 2) / sizeof(ulong);
        if (content.Length < 2 || (content.Length - 2) % sizeof(ulong) != 0) return false;
        var first = BinaryPrimitives.ReadUInt16LittleEndian(content);
        if (first + count > all.Length) return false;
        for (var i = 0; i < count; i++) all[first + i] = BinaryPrimitives.ReadUInt64LittleEndian(content[(2 + (i * sizeof(ulong)))..]);
        return true;
    }

    /// <summary>Takes the next key off; false at the end, and when what is left is none.</summary>
    public static bool TryReadKey(ref ReadOnlySpan<byte> content, out VerifiedKey key)
    {
        key = default;
        if (content.Length < KeyLength) return false;
        var length = BinaryPrimitives.ReadUInt16LittleEndian(content[28..]);
        if (content.Length - KeyLength < length) return false;
        key = new VerifiedKey
        {
            Database = BinaryPrimitives.ReadInt32LittleEndian(content),
            Identity = BinaryPrimitives.ReadUInt64LittleEndian(content[4..]),
            ExpireAtMs = BinaryPrimitives.ReadInt64LittleEndian(content[12..]),
            Value = BinaryPrimitives.ReadUInt64LittleEndian(content[20..]),
            Name = content.Slice(KeyLength, length),
        };
        content = content[(KeyLength + length)..];
        return true;
    }

    private Span<byte> Take(int length)
    {
        var room = _bytes.AsSpan(_length, length);
        _length += length;
        return room;
    }
}
