using System.Buffers.Binary;

namespace Redouble.Storage.Structures;

/// <content>
/// The ends of a listpack, and runs of entries: what the leaves of lists need. An entry knows nothing of its neighbours, so runs are copied as they are,
/// and at the head only the header has to move.
/// </content>
public static partial class Listpack
{
    /// <summary>A listpack without entries.</summary>
    public static ReadOnlySpan<byte> Empty => [EmptySize, 0, 0, 0, 0, 0, ListpackEntry.Terminator];

    /// <summary>Offset behind the entry at an offset: of the next entry, or <see cref="End"/>.</summary>
    public static int After(ReadOnlySpan<byte> listpack, int offset) => offset + ListpackEntry.SizeAt(listpack, offset);

    /// <summary>Whether the entry at an offset is an integer, and which.</summary>
    public static bool TryGetInteger(ReadOnlySpan<byte> listpack, int offset, out long number) => ListpackEntry.TryReadInteger(listpack, offset, out number);

    /// <summary>Entries before an offset.</summary>
    public static int CountBefore(ReadOnlySpan<byte> listpack, int offset)
    {
        var count = 0;
        for (var at = HeaderSize; at < offset; at += ListpackEntry.SizeAt(listpack, at)) count++;
        return count;
    }

    /// <summary>Inserts a value at the head of a listpack with free bytes in front of it, which are to be a part of it: its header moves there.</summary>
    /// <param name="room"><paramref name="entrySize"/> free bytes, then the listpack.</param>
    /// <param name="value">The value.</param>
    /// <param name="entrySize">Its <see cref="EncodedSize(ReadOnlySpan{byte})"/>.</param>
    public static void Prepend(Span<byte> room, ReadOnlySpan<byte> value, int entrySize)
    {
        var listpack = room[entrySize..];
        var size = Size(listpack) + entrySize;
        var count = StoredCount(listpack);
        WriteHeader(room, size, count == UnknownCount ? count : count + 1);
        WriteEntry(room.Slice(HeaderSize, entrySize), value);
    }

    /// <summary>
    /// Removes the entries before an offset: the header moves there. Returns where the listpack begins now.
    /// </summary>
    public static int CutHead(Span<byte> listpack, int offset, int entries)
    {
        var start = offset - HeaderSize;
        var count = StoredCount(listpack);
        WriteHeader(listpack[start..], Size(listpack) - start, count == UnknownCount ? count : count - entries);
        return start;
    }

    /// <summary>Removes the entries from an offset on, of which <paramref name="count"/> are left. Returns the new size.</summary>
    public static int CutTail(Span<byte> listpack, int offset, int count)
    {
        listpack[offset] = ListpackEntry.Terminator;
        WriteHeader(listpack, offset + 1, Math.Min(count, UnknownCount));
        return offset + 1;
    }

    /// <summary>Appends entries that come from another listpack. Returns the new size.</summary>
    public static int AppendRun(Span<byte> room, ReadOnlySpan<byte> entries, int count)
    {
        var end = End(room);
        var stored = StoredCount(room);
        entries.CopyTo(room[end..]);
        room[end + entries.Length] = ListpackEntry.Terminator;
        WriteHeader(room, end + entries.Length + 1, stored == UnknownCount ? stored : Math.Min(stored + count, UnknownCount));
        return end + entries.Length + 1;
    }

    private static void WriteHeader(Span<byte> listpack, int size, int count)
    {
        BinaryPrimitives.WriteInt32LittleEndian(listpack, size);
        BinaryPrimitives.WriteUInt16LittleEndian(listpack[4..], (ushort)count);
    }

    private static void WriteEntry(Span<byte> entry, ReadOnlySpan<byte> value)
    {
        if (Core.Text.Integers.TryParse(value, out var number)) ListpackEntry.Write(entry, number);
        else ListpackEntry.WriteString(entry, value);
    }
}
