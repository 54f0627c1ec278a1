using System.Buffers.Binary;
using Redouble.Core.Text;

namespace Redouble.Storage.Structures;

/// <summary>
/// Redis' listpack: strings and integers one after the other in one run of bytes, to be walked from both ends. Small lists, sets, hashes and sorted
/// sets, and the nodes of lists and streams, are listpacks, in memory as in RDB files.
/// <code>
/// | size, 4 | count, 2 | entry | entry | … | FF |      size is of all of it; a count of 65535 says that nobody knows
/// entry = | content | length of the content, to be read from its end |          see ListpackEntry
/// </code>
/// Text that is a canonical 64-bit integer is kept as one: "7" takes two bytes. All methods work over spans that the caller has made long enough, and
/// nothing is allocated. An offset is that of an entry's first byte, from the listpack's start; it holds until something before it is written. Cost: walks
/// take a step per entry, and every change moves the bytes behind it, so listpacks are kept small (128 entries, 8 KB).
/// Except for <see cref="Validate"/> the bytes are trusted: what comes from outside goes through it first.
/// </summary>
public static partial class Listpack
{
    /// <summary>Bytes before the first entry.</summary>
    public const int HeaderSize = 6;

    /// <summary>Bytes of a listpack without entries.</summary>
    public const int EmptySize = HeaderSize + 1;

    private const int UnknownCount = ushort.MaxValue;

    /// <summary>Makes the first <see cref="EmptySize"/> bytes an empty listpack.</summary>
    public static void WriteEmpty(Span<byte> room)
    {
        room[HeaderSize] = ListpackEntry.Terminator;
        BinaryPrimitives.WriteInt32LittleEndian(room, EmptySize);
        BinaryPrimitives.WriteUInt16LittleEndian(room[4..], 0);
    }

    /// <summary>Bytes of the whole listpack.</summary>
    public static int Size(ReadOnlySpan<byte> listpack) => BinaryPrimitives.ReadInt32LittleEndian(listpack);

    /// <summary>Number of entries; a walk where there were ever 65,535 of them.</summary>
    public static int Count(ReadOnlySpan<byte> listpack)
    {
        var stored = StoredCount(listpack);
        return stored != UnknownCount ? stored : CountByWalk(listpack);
    }

    /// <summary>Offset of the first entry, or -1.</summary>
    public static int First(ReadOnlySpan<byte> listpack) => listpack[HeaderSize] == ListpackEntry.Terminator ? -1 : HeaderSize;

    /// <summary>Offset of the entry behind the one at an offset, or -1.</summary>
    public static int Next(ReadOnlySpan<byte> listpack, int offset)
    {
        offset += ListpackEntry.SizeAt(listpack, offset);
        return listpack[offset] == ListpackEntry.Terminator ? -1 : offset;
    }

    /// <summary>Offset of the last entry, or -1.</summary>
    public static int Last(ReadOnlySpan<byte> listpack) => Previous(listpack, End(listpack));

    /// <summary>Offset of the entry before the one at an offset (or before <see cref="End"/>), or -1.</summary>
    public static int Previous(ReadOnlySpan<byte> listpack, int offset)
    {
        if (offset <= HeaderSize) return -1;
        var content = ListpackEntry.ReadBacklen(listpack, offset - 1);
        return offset - content - ListpackEntry.BacklenSize(content);
    }

    /// <summary>Offset of the terminator: where an insertion appends.</summary>
    public static int End(ReadOnlySpan<byte> listpack) => Size(listpack) - 1;

    /// <summary>Offset of the entry at an index from the head, or from the tail with -1 for the last one; -1 when there is none.</summary>
    public static int Seek(ReadOnlySpan<byte> listpack, long index)
    {
        var count = StoredCount(listpack);
        if (count != UnknownCount)
        {
            if (index < 0) index += count;
            if ((ulong)index >= (ulong)count) return -1;
            if (index > count / 2) index -= count;
        }

        if (index < 0)
        {
            var back = Last(listpack);
            while (++index < 0 && back >= 0) back = Previous(listpack, back);
            return back;
        }

        var offset = First(listpack);
        while (index-- > 0 && offset >= 0) offset = Next(listpack, offset);
        return offset;
    }

    /// <summary>The entry at an offset.</summary>
    public static PackedValue Get(ReadOnlySpan<byte> listpack, int offset) => ListpackEntry.Read(listpack, offset);

    /// <summary>Bytes that an entry of this value takes.</summary>
    public static int EncodedSize(ReadOnlySpan<byte> value) =>
        Integers.TryParse(value, out var number) ? ListpackEntry.SizeFor(number) : ListpackEntry.SizeForString(value.Length);

    /// <summary>Bytes that an entry of this value takes.</summary>
    public static int EncodedSize(long value) => ListpackEntry.SizeFor(value);

    /// <summary>Inserts a value before the entry at an offset, or at the end when it is <see cref="End"/>; the new entry is at the offset then.</summary>
    /// <param name="room">The listpack and at least <see cref="EncodedSize(ReadOnlySpan{byte})"/> bytes more.</param>
    /// <param name="offset">An entry, or <see cref="End"/>.</param>
    /// <param name="value">Not a part of <paramref name="room"/>.</param>
    /// <returns>The new size.</returns>
    public static int Insert(Span<byte> room, int offset, ReadOnlySpan<byte> value) => Put(room, offset, 0, value);

    /// <summary>Inserts an integer; see <see cref="Insert(Span{byte}, int, ReadOnlySpan{byte})"/>.</summary>
    public static int Insert(Span<byte> room, int offset, long value) => Put(room, offset, 0, value);

    /// <summary>Inserts a value at the end. Returns the new size.</summary>
    public static int Append(Span<byte> room, ReadOnlySpan<byte> value) => Put(room, End(room), 0, value);

    /// <summary>Inserts an integer at the end. Returns the new size.</summary>
    public static int Append(Span<byte> room, long value) => Put(room, End(room), 0, value);

    /// <summary>Writes a value over the entry at an offset.</summary>
    /// <param name="room">The listpack, with room for <see cref="ReplaceSize(ReadOnlySpan{byte}, int, ReadOnlySpan{byte})"/> bytes.</param>
    /// <param name="offset">An entry.</param>
    /// <param name="value">Not a part of <paramref name="room"/>.</param>
    /// <returns>The new size.</returns>
    public static int Replace(Span<byte> room, int offset, ReadOnlySpan<byte> value) => Put(room, offset, ListpackEntry.SizeAt(room, offset), value);

    /// <summary>Writes an integer over the entry at an offset; see <see cref="Replace(Span{byte}, int, ReadOnlySpan{byte})"/>.</summary>
    public static int Replace(Span<byte> room, int offset, long value) => Put(room, offset, ListpackEntry.SizeAt(room, offset), value);

    /// <summary>Size of the listpack once the entry at an offset is replaced.</summary>
    public static int ReplaceSize(ReadOnlySpan<byte> listpack, int offset, ReadOnlySpan<byte> value) =>
        checked(Size(listpack) - ListpackEntry.SizeAt(listpack, offset) + EncodedSize(value));

    /// <summary>Size of the listpack once the entry at an offset is replaced.</summary>
    public static int ReplaceSize(ReadOnlySpan<byte> listpack, int offset, long value) =>
        Size(listpack) - ListpackEntry.SizeAt(listpack, offset) + EncodedSize(value);

    /// <summary>Removes so many entries from an offset on, or as many as there are. Returns the new size; what follows is at the offset then.</summary>
    public static int Delete(Span<byte> listpack, int offset, int entries)
    {
        var after = offset;
        var removed = 0;
        while (removed < entries && listpack[after] != ListpackEntry.Terminator)
        {
            after += ListpackEntry.SizeAt(listpack, after);
            removed++;
        }

        return Splice(listpack, offset, after - offset, 0, -removed);
    }

    /// <summary>
    /// Offset of the first entry equal to a value, or -1. Looks at the entry at <paramref name="from"/> and then at every
    /// (<paramref name="skip"/> + 1)-th: 1 for the fields of a hash. Integers are compared as numbers.
    /// </summary>
    public static int Find(ReadOnlySpan<byte> listpack, int from, ReadOnlySpan<byte> value, int skip)
    {
        if (from < 0) return -1;

        // Nearly all entries are of the two short kinds. Their first byte tells most of them apart from the value, the last byte most others: names
        // are more alike at their beginning. A short string that reads as an integer is not what Redis writes, but it takes it from outside.
        var isInteger = Integers.TryParse(value, out var number);
        var integerLead = isInteger && (ulong)number < ListpackEntry.ShortString ? (int)number : -1;
        var stringLead = value.Length <= ListpackEntry.ShortStringMax ? ListpackEntry.ShortString | value.Length : -1;
        var last = value.IsEmpty ? stringLead : value[^1];
        var left = 0;
        for (var offset = from; ; left--)
        {
            int lead = listpack[offset];
            if (lead < ListpackEntry.FirstWide)
            {
                if (left == 0)
                {
                    if (lead == integerLead) return offset;
                    if (lead == stringLead && listpack[offset + value.Length] == last &&
                        listpack.Slice(offset + 1, value.Length).SequenceEqual(value)) return offset;
                    left = skip + 1;
                }
            }
            else
            {
                if (lead == ListpackEntry.Terminator) return -1;
                if (left == 0)
                {
                    if (ListpackEntry.WideEquals(listpack, offset, lead, value, isInteger, number)) return offset;
                    left = skip + 1;
                }
            }

            offset += ListpackEntry.SizeAt(listpack, offset, lead);
        }
    }

    /// <summary>
    /// Whether bytes from outside are a whole listpack: its size is theirs, every entry lies inside and has its own length behind it, the terminator
    /// is the last byte, and the count is right or unknown. Then no walk leaves them. Reads nothing outside.
    /// </summary>
    public static bool Validate(ReadOnlySpan<byte> bytes, out int count)
    {
        count = 0;
        if (!ListpackCheck.TryBegin(bytes, out var end)) return false;
        for (var offset = HeaderSize; offset < end; count++)
        {
            offset = ListpackCheck.Pass(bytes, offset, end);
            if (offset < 0) return false;
        }

        return ListpackCheck.IsCount(bytes, count);
    }

    private static int StoredCount(ReadOnlySpan<byte> listpack) => BinaryPrimitives.ReadUInt16LittleEndian(listpack[4..]);

    private static int CountByWalk(ReadOnlySpan<byte> listpack)
    {
        var count = 0;
        for (var offset = HeaderSize; listpack[offset] != ListpackEntry.Terminator; offset += ListpackEntry.SizeAt(listpack, offset)) count++;
        return count;
    }

    private static int Put(Span<byte> room, int offset, int replaced, ReadOnlySpan<byte> value)
    {
        return Integers.TryParse(value, out var number) ? Put(room, offset, replaced, number) : PutText(room, offset, replaced, value);
    }

    private static int PutText(Span<byte> room, int offset, int replaced, ReadOnlySpan<byte> value)
    {
        var length = ListpackEntry.SizeForString(value.Length);
        var size = Splice(room, offset, replaced, length, replaced == 0 ? 1 : 0);
        ListpackEntry.WriteString(room.Slice(offset, length), value);
        return size;
    }

    private static int Put(Span<byte> room, int offset, int replaced, long value)
    {
        var length = ListpackEntry.SizeFor(value);
        var size = Splice(room, offset, replaced, length, replaced == 0 ? 1 : 0);
        ListpackEntry.Write(room.Slice(offset, length), value);
        return size;
    }

    // Every change: the bytes behind it move, and the header follows. The entry's own bytes are the caller's to write.
    private static int Splice(Span<byte> room, int offset, int replaced, int length, int countChange)
    {
        var size = Size(room);
        if (length != replaced)
        {
            room[(offset + replaced)..size].CopyTo(room[(offset + length)..]);
            size += length - replaced;
            BinaryPrimitives.WriteInt32LittleEndian(room, size);
        }

        if (countChange != 0)
        {
            var count = StoredCount(room);
            if (count != UnknownCount) BinaryPrimitives.WriteUInt16LittleEndian(room[4..], (ushort)(count + countChange));
        }

        return size;
    }
}
