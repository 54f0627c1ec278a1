using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Redouble.Core.Text;

namespace Redouble.Storage.Structures;

/// <summary>
/// A small hash in memory: what a listpack says of it and the record that holds it does not.
/// <code>
/// | fields, 1 | field | value | field | value | …        a count of 255 says that nobody knows; field and value are as in ListpackEntry, without the backlen
/// </code>
/// Nobody walks a hash backwards, and its length is the record's: a listpack of five fields is 16 bytes longer, a twelfth. Files, DUMP and replicas get the
/// listpack that Redis would have (<see cref="ToListpack"/>). As there, text that is a canonical 64-bit integer is kept as one, an offset is that of an entry's
/// first byte, and the bytes are trusted. Those that are given to a method are as long as the hash, except where it is told how many are in use.
/// </summary>
public static class PackedFields
{
    /// <summary>Bytes before the first field.</summary>
    public const int HeaderSize = 1;

    private const int UnknownCount = byte.MaxValue;
    private const int CopiedAtOnce = 32;

    /// <summary>A hash without fields.</summary>
    public static ReadOnlySpan<byte> Empty => [0];

    /// <summary>Number of fields; a walk where there were ever 255 of them.</summary>
    public static int Count(ReadOnlySpan<byte> fields) => fields[0] != UnknownCount ? fields[0] : CountByWalk(fields);

    /// <summary>Offset of the first field, or -1.</summary>
    public static int First(ReadOnlySpan<byte> fields) => fields.Length > HeaderSize ? HeaderSize : -1;

    /// <summary>Offset behind the entry at an offset: of a field's value, or of the field behind a value, or the end.</summary>
    public static int After(ReadOnlySpan<byte> fields, int offset) => offset + ListpackEntry.ContentSizeAt(fields, offset, fields[offset]);

    /// <summary>Offset of the field behind the one at an offset, or -1.</summary>
    public static int Next(ReadOnlySpan<byte> fields, int offset)
    {
        var next = After(fields, After(fields, offset));
        return next < fields.Length ? next : -1;
    }

    /// <summary>Offset of the field at an index below the count.</summary>
    public static int Seek(ReadOnlySpan<byte> fields, int index)
    {
        var at = HeaderSize;
        for (; index > 0; index--) at = After(fields, After(fields, at));
        return at;
    }

    /// <summary>The field or value at an offset.</summary>
    public static PackedValue Get(ReadOnlySpan<byte> fields, int offset) => ListpackEntry.Read(fields, offset);

    /// <summary>Bytes that a field or value takes.</summary>
    public static int EncodedSize(ReadOnlySpan<byte> text) =>
        Integers.TryParse(text, out var number) ? ListpackEntry.SizeFor(number) - 1 : ListpackEntry.ContentSizeForString(text.Length);

    /// <summary>Offset of a field, or -1.</summary>
    public static int Find(ReadOnlySpan<byte> fields, ReadOnlySpan<byte> name)
    {
        // As in a listpack's Find, the first byte tells most fields apart from the name, the last byte most others.
        var isInteger = Integers.TryParse(name, out var number);
        var integerLead = isInteger && (ulong)number < ListpackEntry.ShortString ? (int)number : -1;
        var stringLead = name.Length <= ListpackEntry.ShortStringMax ? ListpackEntry.ShortString | name.Length : -1;
        var last = name.IsEmpty ? stringLead : name[^1];
        for (var at = HeaderSize; at < fields.Length;)
        {
            int lead = fields[at];
            if (lead >= ListpackEntry.FirstWide)
            {
                if (ListpackEntry.WideEquals(fields, at, lead, name, isInteger, number)) return at;
            }
            else if (lead == integerLead || (lead == stringLead && fields[at + name.Length] == last && fields.Slice(at + 1, name.Length).SequenceEqual(name)))
            {
                return at;
            }

            var value = at + ListpackEntry.ContentSizeAt(fields, at, lead);
            at = value + ListpackEntry.ContentSizeAt(fields, value, fields[value]);
        }

        return -1;
    }

    /// <summary>Adds a field that is not there.</summary>
    /// <param name="room">The fields, and the bytes that the new one takes.</param>
    /// <param name="used">Bytes of the fields.</param>
    /// <param name="name">The field.</param>
    /// <param name="value">Its value.</param>
    /// <returns>Bytes of the fields now.</returns>
    public static int Append(Span<byte> room, int used, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        used = Write(room, used, name);
        used = Write(room, used, value);
        AddToCount(room, 1);
        return used;
    }

    /// <summary>Writes a value over the one at an offset.</summary>
    /// <param name="room">The fields, and room for what they become longer.</param>
    /// <param name="used">Bytes of the fields.</param>
    /// <param name="offset">Of the value.</param>
    /// <param name="value">The new one.</param>
    /// <returns>Bytes of the fields now.</returns>
    public static int Replace(Span<byte> room, int used, int offset, ReadOnlySpan<byte> value)
    {
        var end = After(room, offset);
        var newEnd = offset + EncodedSize(value);
        if (newEnd != end) room[end..used].CopyTo(room[newEnd..]);
        Write(room, offset, value);
        return used + newEnd - end;
    }

    /// <summary>Removes a field and its value. Returns the bytes of the fields now.</summary>
    public static int Delete(Span<byte> fields, int offset)
    {
        var end = After(fields, After(fields, offset));
        fields[end..].CopyTo(fields[offset..]);
        AddToCount(fields, -1);
        return fields.Length - (end - offset);
    }

    /// <summary>Bytes that suffice for <see cref="ToListpack"/>.</summary>
    public static int ListpackRoom(ReadOnlySpan<byte> fields) => checked(Listpack.EmptySize + (2 * fields.Length)); // an entry of one byte becomes two

    /// <summary>Writes the fields as a listpack of field, value, field, value. Returns its size.</summary>
    public static int ToListpack(ReadOnlySpan<byte> fields, Span<byte> listpack)
    {
        var to = Listpack.HeaderSize;
        var entries = 0;
        for (var at = HeaderSize; at < fields.Length; entries++)
        {
            var content = ListpackEntry.ContentSizeAt(fields, at, fields[at]);
            Copy(fields, at, listpack, to, content);
            at += content;
            to = EndEntry(listpack, to, content);
        }

        return Listpack.CutTail(listpack, to, entries);
    }

    /// <summary>Writes a listpack of field, value, field, value as fields, which are shorter. Returns their size.</summary>
    public static int FromListpack(ReadOnlySpan<byte> listpack, Span<byte> fields)
    {
        var to = HeaderSize;
        var entries = 0;
        var end = Listpack.End(listpack);
        for (var at = Listpack.HeaderSize; at < end; entries++)
        {
            int lead = listpack[at];
            var content = ListpackEntry.ContentSizeAt(listpack, at, lead);
            Copy(listpack, at, fields, to, content);
            to += content;
            at += content < sbyte.MaxValue ? content + 1 : content + ListpackEntry.BacklenSize(content);
        }

        fields[0] = (byte)Math.Min(entries / 2, UnknownCount);
        return to;
    }

    /// <summary>Bytes of the fields once each has a third entry of that size and a backlen behind every entry: as a <see cref="TimedListpack"/>.</summary>
    internal static int SizeAsTriples(ReadOnlySpan<byte> fields, int thirdSize)
    {
        var size = Listpack.EmptySize;
        var isName = true;
        for (var at = HeaderSize; at < fields.Length; isName = !isName)
        {
            var content = ListpackEntry.ContentSizeAt(fields, at, fields[at]);
            size += content + ListpackEntry.BacklenSize(content) + (isName ? 0 : thirdSize);
            at += content;
        }

        return size;
    }

    /// <summary>Copies the entry at an offset to a listpack's, its backlen with it. Returns where it ends there.</summary>
    internal static int CopyEntry(ReadOnlySpan<byte> fields, int offset, Span<byte> listpack, int to)
    {
        var content = ListpackEntry.ContentSizeAt(fields, offset, fields[offset]);
        Copy(fields, offset, listpack, to, content);
        return EndEntry(listpack, to, content);
    }

    private static int CountByWalk(ReadOnlySpan<byte> fields)
    {
        var count = 0;
        for (var at = HeaderSize; at < fields.Length; count++) at = After(fields, After(fields, at));
        return count;
    }

    private static int Write(Span<byte> room, int offset, ReadOnlySpan<byte> text)
    {
        if (Integers.TryParse(text, out var number))
        {
            var size = ListpackEntry.SizeFor(number) - 1;
            ListpackEntry.WriteContent(room.Slice(offset, size), number);
            return offset + size;
        }

        ListpackEntry.WriteStringContent(room[offset..], text);
        return offset + ListpackEntry.ContentSizeForString(text.Length);
    }

    private static void AddToCount(Span<byte> fields, int change)
    {
        if (fields[0] != UnknownCount) fields[0] = (byte)(fields[0] + change);
    }

    private static int EndEntry(Span<byte> listpack, int to, int content)
    {
        var end = to + content;
        if (content <= sbyte.MaxValue)
        {
            listpack[end] = (byte)content;
            return end + 1;
        }

        var backlen = ListpackEntry.BacklenSize(content);
        ListpackEntry.WriteBacklen(listpack.Slice(end, backlen), content);
        return end + backlen;
    }

    // Nearly all entries are short, and a call that copies any number of bytes takes longer than two that copy 16.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // ten times for a hash of five fields that is loaded or saved
    private static void Copy(ReadOnlySpan<byte> from, int at, Span<byte> into, int to, int count)
    {
        if (count <= CopiedAtOnce && at + CopiedAtOnce <= from.Length && to + CopiedAtOnce <= into.Length)
        {
            ref var source = ref MemoryMarshal.GetReference(from);
            ref var target = ref MemoryMarshal.GetReference(into);
            var second = Vector128.LoadUnsafe(ref source, (nuint)at + 16);
            Vector128.LoadUnsafe(ref source, (nuint)at).StoreUnsafe(ref target, (nuint)to);
            second.StoreUnsafe(ref target, (nuint)to + 16);
            return;
        }

        from.Slice(at, count).CopyTo(into[to..]);
    }
}
