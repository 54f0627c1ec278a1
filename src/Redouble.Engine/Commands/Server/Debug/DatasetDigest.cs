using System.Buffers.Binary;
using System.Security.Cryptography;
using Redouble.Core.Text;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Server.Debug;

/// <summary>
/// DEBUG DIGEST: 20 bytes that are equal on two servers exactly when (but for collisions) their data sets are. The same as Redis gives, so
/// that copies can be compared across the two. Two operations on a digest D, with H = SHA-1:
/// <code>
///   xor(D, x):  D ^= H(x)                      order of the x does not matter
///   mix(D, x):  D ^= H(x), then D = H(D)       order matters
///
///   data set = for each database that is not empty, by number:  mix(number, 4 bytes big endian);  for each key:  D ^= H(key digest)
///   key digest = mix(key), value digest, xor("!!expire!!") if it expires
///   element of a hash = mix(field), mix(value), xor("!!hexpire!!") if it expires
///   value digest = mix(type, 4 bytes big endian), then by type; a string: mix(its bytes)
/// </code>
/// </summary>
internal ref struct DatasetDigest
{
    /// <summary>Bytes of a digest.</summary>
    public const int Length = 20;

    private readonly Span<byte> _digest;

    /// <param name="digest">20 bytes, zero at the start.</param>
    public DatasetDigest(Span<byte> digest) => _digest = digest;

    /// <summary>The digest of a whole keyspace. Expired keys that are still present count, as they do for Redis.</summary>
    public static void Compute(Keyspace keyspace, Span<byte> destination)
    {
        destination.Clear();
        var whole = new DatasetDigest(destination);
        Span<byte> sum = stackalloc byte[Length];
        foreach (var database in keyspace.Databases)
        {
            if (database.Count == 0) continue;
            whole.MixNumber(database.Number);
            sum.Clear();
            var visitor = new KeyVisitor(keyspace, sum);
            ulong cursor = 0;
            do cursor = database.Scan(cursor, ref visitor);
            while (cursor != 0);
            whole.XorDigest(sum);
        }
    }

    /// <summary>The digest of a value and its expiry, without the key's name.</summary>
    public static void OfValue(Keyspace keyspace, ReadRecord record, Span<byte> destination)
    {
        destination.Clear();
        var digest = new DatasetDigest(destination);
        digest.AddValue(keyspace, record);
    }

    private static int RedisType(ValueType type) => type == ValueType.Stream ? 6 : (int)type;

    private readonly void AddValue(Keyspace keyspace, ReadRecord record)
    {
        MixNumber(RedisType(record.Type));
        switch (record.Type)
        {
            case ValueType.String:
                Mix(record.Value);
                break;
            case ValueType.List:
                AddInOrder(keyspace, record);
                break;
            case ValueType.Set:
            case ValueType.Hash:
            case ValueType.SortedSet:
                AddElements(keyspace, record);
                break;
            case ValueType.Stream:
                AddEntries(keyspace, record);
                break;
            default:
                throw new NotSupportedException($"DEBUG DIGEST does not know values of type {record.Type}.");
        }

        if (record.HasExpiry) Xor("!!expire!!"u8);
    }

    private readonly void AddInOrder(Keyspace keyspace, ReadRecord record)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        for (var cursor = new ListReader(keyspace, record).Seek(0); !cursor.AtEnd; cursor.MoveNext()) Mix(cursor.Value.Text(digits));
    }

    // Groups do not count.
    private readonly void AddEntries(Keyspace keyspace, ReadRecord record)
    {
        Span<byte> text = stackalloc byte[StreamId.TextMax];
        var entries = new StreamValueReader(keyspace, record).Range(StreamId.Min, StreamId.Max);
        while (entries.MoveNext())
        {
            var length = Integers.Format(entries.Id.Ms, text);
            text[length++] = (byte)'.';
            Mix(text[..(length + Integers.Format(entries.Id.Sequence, text[length..]))]);
            for (var left = entries.FieldCount; left > 0; left--)
            {
                entries.ReadField(out var name, out var value);
                Mix(name.Text(text));
                Mix(value.Text(text));
            }
        }
    }

    // Their order does not count: each element has a digest of its own. A set's is that of the member, the others' are of two mixed parts.
    private readonly void AddElements(Keyspace keyspace, ReadRecord record)
    {
        Span<byte> sum = stackalloc byte[Length];
        Span<byte> digits = stackalloc byte[Doubles.MaxLength];
        using var elements = new ElementCursor(keyspace, record);
        while (elements.MoveNext())
        {
            if (record.Type == ValueType.Set)
            {
                Xor(elements.Name.Text(digits));
                continue;
            }

            sum.Clear();
            var element = new DatasetDigest(sum);
            element.Mix(elements.Name.Text(digits));
            element.Mix(record.Type == ValueType.Hash ? elements.Value.Text(digits) : digits[..Doubles.FormatSeventeen(elements.Score, digits)]);
            if (elements.ExpireAtMs >= 0) element.Xor("!!hexpire!!"u8);
            Xor(sum);
        }
    }

    private readonly void MixNumber(int number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        Mix(bytes);
    }

    private readonly void Mix(ReadOnlySpan<byte> bytes)
    {
        Xor(bytes);
        Span<byte> hash = stackalloc byte[Length];
        Hash(_digest, hash);
        hash.CopyTo(_digest);
    }

    private readonly void Xor(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[Length];
        Hash(bytes, hash);
        XorDigest(hash);
    }

    private readonly void XorDigest(ReadOnlySpan<byte> other)
    {
        for (var i = 0; i < Length; i++) _digest[i] ^= other[i];
    }

#pragma warning disable CA5350 // The algorithm of the digest is given; it protects nothing.
    private static void Hash(ReadOnlySpan<byte> bytes, Span<byte> hash) => SHA1.HashData(bytes, hash);
#pragma warning restore CA5350

    private readonly ref struct KeyVisitor(Keyspace keyspace, Span<byte> sum) : IKeyVisitor
    {
        private readonly Span<byte> _sum = sum;

        public void Visit(ReadRecord record)
        {
            Span<byte> bytes = stackalloc byte[Length];
            bytes.Clear();
            var key = new DatasetDigest(bytes);
            key.Mix(record.Key);
            key.AddValue(keyspace, record);
            Span<byte> hash = stackalloc byte[Length];
            Hash(bytes, hash);
            for (var i = 0; i < Length; i++) _sum[i] ^= hash[i];
        }
    }
}
