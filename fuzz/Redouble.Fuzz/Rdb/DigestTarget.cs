using Redouble.Core.Checksums;
using Redouble.Persistence.Rdb;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Fuzz.Rdb;

/// <summary>What a reader delivered, as one number.</summary>
internal sealed class Delivered
{
    public ulong Sum { get; set; }

    public long Calls { get; set; }

    public long PiecesLeft { get; set; }
}

/// <summary>Takes note of everything, in order; the pieces of a long string count as one string.</summary>
internal readonly struct DigestTarget(Delivered delivered) : IRdbTarget
{
    public bool OnHeader(RdbFlavor flavor, int version) => Note(1, [(byte)flavor], version);

    public bool OnAux(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Note(2, name, 0);
        return Note(3, value, 0);
    }

    public bool OnSelectDb(int db) => Note(4, [], db);

    public bool OnResizeDb(ulong keys, ulong expires) => Note(5, [], (long)(keys ^ (expires << 1)));

    public bool OnFunction(ReadOnlySpan<byte> library) => Note(6, library, 0);

    public bool OnString(in RdbKey key, ReadOnlySpan<byte> value)
    {
        FuzzFailureException.ThrowUnless(value.Length <= RdbReader.WholeValueMax, $"a string of {value.Length} bytes was delivered whole");
        NoteKey(7, key);
        return Note(8, value, 0);
    }

    public bool BeginString(in RdbKey key, long length)
    {
        FuzzFailureException.ThrowUnless(length > RdbReader.WholeValueMax, $"a string of {length} bytes was delivered in pieces");
        delivered.PiecesLeft = length;
        NoteKey(9, key);
        return Note(10, [], length);
    }

    public bool AppendString(ReadOnlySpan<byte> piece)
    {
        delivered.PiecesLeft -= piece.Length;
        delivered.Sum = Crc64.Append(delivered.Sum, piece);
        return true;
    }

    public bool EndString()
    {
        FuzzFailureException.ThrowUnless(delivered.PiecesLeft == 0, $"{delivered.PiecesLeft} bytes of a string did not come");
        return Note(11, [], 0);
    }

    public bool OnPacked(in RdbKey key, ValueType type, PackedKind kind, ReadOnlySpan<byte> bytes, int longest)
    {
        if (kind == PackedKind.Pairs)
        {
            var listpack = new byte[PackedPairs.ListpackRoom(bytes)];
            bytes = listpack.AsSpan(0, PackedPairs.ToListpack(bytes, listpack));
        }

        FuzzFailureException.ThrowUnless(
            kind == PackedKind.Intset ? Intset.Validate(bytes) && Intset.Count(bytes) > 0 : IsSound(bytes), $"a {kind} was delivered that is none");
        NoteKey(15, key);
        return Note(16, bytes, ((long)type << 8) | (long)kind);
    }

    public bool BeginCollection(in RdbKey key, ValueType type, ulong count)
    {
        NoteKey(17, key);
        return Note(18, [(byte)type], (long)count);
    }

    public bool OnElement(ReadOnlySpan<byte> element) => Note(19, element, 0);

    public bool OnListNode(ReadOnlySpan<byte> listpack)
    {
        FuzzFailureException.ThrowUnless(IsSound(listpack), "a node of a list was delivered that is no listpack");
        return Note(20, listpack, 0);
    }

    public bool OnField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, long expireAtMs)
    {
        Note(21, field, expireAtMs);
        return Note(22, value, 0);
    }

    public bool OnScore(ReadOnlySpan<byte> member, double score)
    {
        FuzzFailureException.ThrowUnless(!double.IsNaN(score), "a score was delivered that is no number");
        return Note(23, member, BitConverter.DoubleToInt64Bits(score));
    }

    public bool OnStreamNode(RdbStreamId id, ReadOnlySpan<byte> listpack)
    {
        FuzzFailureException.ThrowUnless(IsSound(listpack), "a node of a stream was delivered that is no listpack");
        return NoteId(24, id) && Note(25, listpack, 0);
    }

    public bool OnStreamState(in RdbStreamState state) =>
        NoteId(26, state.LastId) && NoteId(27, state.FirstId) && NoteId(28, state.MaxDeletedId) && Note(29, [], (long)state.Length)
        && Note(30, [], (long)state.EntriesAdded);

    public bool OnStreamGroup(ReadOnlySpan<byte> name, RdbStreamId lastId, long entriesRead) => NoteId(31, lastId) && Note(32, name, entriesRead);

    public bool OnPending(RdbStreamId id, long deliveryTimeMs, ulong deliveries) =>
        NoteId(33, id) && Note(34, [], deliveryTimeMs) && Note(35, [], (long)deliveries);

    public bool OnConsumer(ReadOnlySpan<byte> name, long seenMs, long activeMs) => Note(36, name, seenMs) && Note(37, [], activeMs);

    public bool OnConsumerPending(RdbStreamId id) => NoteId(38, id);

    public bool EndCollection() => Note(39, [], 0);

    public bool OnEmptyKey(in RdbKey key)
    {
        NoteKey(40, key);
        return true;
    }

    public bool OnScannedKey(in RdbKey key, RdbTypeInfo type)
    {
        NoteKey(12, key);
        return Note(13, System.Text.Encoding.ASCII.GetBytes($"{type}"), 0);
    }

    public bool OnEnd(ulong checksum) => Note(14, [], (long)checksum);

    private static bool IsSound(ReadOnlySpan<byte> listpack) => Listpack.Validate(listpack, out var count) && count > 0;

    private bool NoteId(byte kind, RdbStreamId id) => Note(kind, [], (long)id.Ms) && Note(kind, [], (long)id.Sequence);

    private void NoteKey(byte kind, in RdbKey key)
    {
        Note(kind, key.Name, key.ExpiryMs);
        Note(kind, [], key.IdleSeconds);
        Note(kind, [], key.Frequency);
    }

    private bool Note(byte kind, ReadOnlySpan<byte> bytes, long number)
    {
        Span<byte> head = stackalloc byte[13];
        head[0] = kind;
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(head[1..], bytes.Length);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(head[5..], number);
        delivered.Sum = Crc64.Append(Crc64.Append(delivered.Sum, head), bytes);
        delivered.Calls++;
        return true;
    }
}
