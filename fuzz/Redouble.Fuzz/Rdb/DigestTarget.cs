using Redouble.Core.Checksums;
using Redouble.Persistence.Rdb;

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

    public bool OnScannedKey(in RdbKey key, RdbTypeInfo type)
    {
        NoteKey(12, key);
        return Note(13, System.Text.Encoding.ASCII.GetBytes($"{type}"), 0);
    }

    public bool OnEnd(ulong checksum) => Note(14, [], (long)checksum);

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
