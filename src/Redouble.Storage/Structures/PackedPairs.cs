using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Redouble.Core.Text;

namespace Redouble.Storage.Structures;

/// <summary>
/// A small hash or sorted set in memory: what a listpack says of it and the record that holds it does not.
/// <code>
/// | pairs, 1 | name | value | name | value | …        a count of 255 says that nobody knows; name and value are as in ListpackEntry, without the backlen
/// </code>
/// A hash has fields and values, a sorted set members and scores, in their order. Nearly all walks go forwards, and the length is the record's: a listpack of
/// five pairs is 16 bytes longer, a twelfth or an eighth. Files, DUMP and replicas get the listpack that Redis would have (<see cref="ToListpack"/>). As
/// there, text that is a canonical 64-bit integer is kept as one, an offset is that of an entry's first byte, and the bytes are trusted. Those that are given
/// to a method are as long as the value, except where it is told how many are in use.
/// </summary>
public static class PackedPairs
{
    /// <summary>Bytes before the first name.</summary>
    public const int HeaderSize = 1;

    private const int UnknownCount = byte.MaxValue;
    private const int CopiedAtOnce = 32;

    /// <summary>No pairs.</summary>
    public static ReadOnlySpan<byte> Empty => [0];

    /// <summary>Number of pairs; a walk where there were ever 255 of them.</summary>
    public static int Count(ReadOnlySpan<byte> pairs) => pairs[0] != UnknownCount ? pairs[0] : CountByWalk(pairs);

    /// <summary>Offset of the first name, or -1.</summary>
    public static int First(ReadOnlySpan<byte> pairs) => pairs.Length > HeaderSize ? HeaderSize : -1;

    /// <summary>Offset behind the entry at an offset: of a name's value, or of the name behind a value, or the end.</summary>
    public static int After(ReadOnlySpan<byte> pairs, int offset) => offset + ListpackEntry.ContentSizeAt(pairs, offset, pairs[offset]);

    /// <summary>Offset of the name behind the one at an offset, or -1.</summary>
    public static int Next(ReadOnlySpan<byte> pairs, int offset)
    {
        var next = After(pairs, After(pairs, offset));
        return next < pairs.Length ? next : -1;
    }

    /// <summary>Offset of the name at an index below the count.</summary>
    public static int Seek(ReadOnlySpan<byte> pairs, int index)
    {
        var at = HeaderSize;
        for (; index > 0; index--) at = After(pairs, After(pairs, at));
        return at;
    }

    /// <summary>The name or value at an offset.</summary>
    public static PackedValue Get(ReadOnlySpan<byte> pairs, int offset) => ListpackEntry.Read(pairs, offset);

    /// <summary>Bytes that a name or value takes.</summary>
    public static int EncodedSize(ReadOnlySpan<byte> text) =>
        Integers.TryParse(text, out var number) ? ListpackEntry.SizeFor(number) - 1 : ListpackEntry.ContentSizeForString(text.Length);

    /// <summary>Offset of a name, or -1.</summary>
    public static int Find(ReadOnlySpan<byte> pairs, ReadOnlySpan<byte> name)
    {
        // As in a listpack's Find, the first byte tells most names apart from the name, the last byte most others.
        var isInteger = Integers.TryParse(name, out var number);
        var integerLead = isInteger && (ulong)number < ListpackEntry.ShortString ? (int)number : -1;
        var stringLead = name.Length <= ListpackEntry.ShortStringMax ? ListpackEntry.ShortString | name.Length : -1;
        var last = name.IsEmpty ? stringLead : name[^1];
        for (var at = HeaderSize; at < pairs.Length;)
        {
            int lead = pairs[at];
            if (lead >= ListpackEntry.FirstWide)
            {
                if (ListpackEntry.WideEquals(pairs, at, lead, name, isInteger, number)) return at;
            }
            else if (lead == integerLead || (lead == stringLead && pairs[at + name.Length] == last && pairs.Slice(at + 1, name.Length).SequenceEqual(name)))
            {
                return at;
            }

            var value = at + ListpackEntry.ContentSizeAt(pairs, at, lead);
            at = value + ListpackEntry.ContentSizeAt(pairs, value, pairs[value]);
        }

        return -1;
    }

    /// <summary>Finds the names before the one at an offset, the nearest last, as many as there is room for, by a walk. Returns how many.</summary>
    public static int Before(ReadOnlySpan<byte> pairs, int offset, Span<int> names)
    {
        var count = 0;
        for (var at = HeaderSize; at < offset; at = After(pairs, After(pairs, at))) names[count++ % names.Length] = at;
        if (count <= names.Length) return count;
        RotateLeft(names, count % names.Length);
        return names.Length;
    }

    /// <summary>Adds a name that is not there, behind the others.</summary>
    /// <param name="room">The pairs, and the bytes that the new one takes.</param>
    /// <param name="used">Bytes of the pairs.</param>
    /// <param name="name">The name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>Bytes of the pairs now.</returns>
    public static int Append(Span<byte> room, int used, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        used = Write(room, used, name);
        used = Write(room, used, value);
        AddToCount(room, 1);
        return used;
    }

    /// <summary>As <see cref="Append"/>, but in front of the name at an offset; with <paramref name="used"/>, at the end.</summary>
    public static int Insert(Span<byte> room, int used, int offset, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var size = EncodedSize(name) + EncodedSize(value);
        room[offset..used].CopyTo(room[(offset + size)..]);
        Append(room, offset, name, value);
        return used + size;
    }

    /// <summary>Writes a value over the one at an offset.</summary>
    /// <param name="room">The pairs, and room for what they become longer.</param>
    /// <param name="used">Bytes of the pairs.</param>
    /// <param name="offset">Of the value.</param>
    /// <param name="value">The new one.</param>
    /// <returns>Bytes of the pairs now.</returns>
    public static int Replace(Span<byte> room, int used, int offset, ReadOnlySpan<byte> value)
    {
        var end = After(room, offset);
        var newEnd = offset + EncodedSize(value);
        if (newEnd != end) room[end..used].CopyTo(room[newEnd..]);
        Write(room, offset, value);
        return used + newEnd - end;
    }

    /// <summary>Removes names with their values, as many as are asked for; they must be there. Returns the bytes of the pairs now.</summary>
    public static int Delete(Span<byte> pairs, int offset, int count = 1)
    {
        var end = offset;
        for (var left = count; left > 0; left--) end = After(pairs, After(pairs, end));
        pairs[end..].CopyTo(pairs[offset..]);
        AddToCount(pairs, -count);
        return pairs.Length - (end - offset);
    }

    /// <summary>Bytes that suffice for <see cref="ToListpack"/>.</summary>
    public static int ListpackRoom(ReadOnlySpan<byte> pairs) => checked(Listpack.EmptySize + (2 * pairs.Length)); // an entry of one byte becomes two

    /// <summary>Writes the pairs as a listpack of name, value, name, value. Returns its size.</summary>
    public static int ToListpack(ReadOnlySpan<byte> pairs, Span<byte> listpack)
    {
        var to = Listpack.HeaderSize;
        var entries = 0;
        for (var at = HeaderSize; at < pairs.Length; entries++)
        {
            var content = ListpackEntry.ContentSizeAt(pairs, at, pairs[at]);
            CopyContent(pairs, at, listpack, to, content);
            at += content;
            to = EndEntry(listpack, to, content);
        }

        return Listpack.CutTail(listpack, to, entries);
    }

    /// <summary>Writes how many pairs there are, where they were put together entry by entry (<see cref="CopyContent"/>).</summary>
    internal static void SetCount(Span<byte> pairs, int count) => pairs[0] = (byte)Math.Min(count, UnknownCount);

    /// <summary>Bytes of the pairs once each has a third entry of that size and a backlen behind every entry: as a <see cref="TimedListpack"/>.</summary>
    internal static int SizeAsTriples(ReadOnlySpan<byte> pairs, int thirdSize)
    {
        var size = Listpack.EmptySize;
        var isName = true;
        for (var at = HeaderSize; at < pairs.Length; isName = !isName)
        {
            var content = ListpackEntry.ContentSizeAt(pairs, at, pairs[at]);
            size += content + ListpackEntry.BacklenSize(content) + (isName ? 0 : thirdSize);
            at += content;
        }

        return size;
    }

    /// <summary>Copies the entry at an offset to a listpack's, its backlen with it. Returns where it ends there.</summary>
    internal static int CopyEntry(ReadOnlySpan<byte> pairs, int offset, Span<byte> listpack, int to)
    {
        var content = ListpackEntry.ContentSizeAt(pairs, offset, pairs[offset]);
        CopyContent(pairs, offset, listpack, to, content);
        return EndEntry(listpack, to, content);
    }

    /// <summary>Copies an entry's content. Nearly all are short, and a call that copies any number of bytes takes longer than two that copy 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // ten times for five pairs that are loaded or saved
    internal static void CopyContent(ReadOnlySpan<byte> from, int at, Span<byte> into, int to, int count)
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

    private static int CountByWalk(ReadOnlySpan<byte> pairs)
    {
        var count = 0;
        for (var at = HeaderSize; at < pairs.Length; count++) at = After(pairs, After(pairs, at));
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

    private static void RotateLeft(Span<int> names, int by)
    {
        names[..by].Reverse();
        names[by..].Reverse();
        names.Reverse();
    }

    private static void AddToCount(Span<byte> pairs, int change)
    {
        if (pairs[0] != UnknownCount) pairs[0] = (byte)(pairs[0] + change);
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
}
