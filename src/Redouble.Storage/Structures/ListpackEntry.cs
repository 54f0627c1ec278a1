using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Redouble.Storage.Structures;

/// <summary>
/// One entry of a listpack: content, then <em>backlen</em>, the content's length to be read backwards. <see cref="Listpack"/> puts them together.
/// <code>
/// content               what                                backlen of n bytes
/// 0vvvvvvv              0 … 127                             n ≤ 127            nnnnnnn
/// 10llllll text         string to 63 bytes                  n &lt; 2^14 − 1      nnnnnnn 1nnnnnnn
/// 110vvvvv v            −4096 … 4095                        n &lt; 2^21 − 1      and so on, high bits first:
/// 1110llll l text       string to 4095 bytes                n &lt; 2^28 − 1      a byte with the top bit has
/// F0 llll text          longer                              longer: 5 bytes    another one before it
/// F1 vv · F2 vvv · F3 vvvv · F4 vvvvvvvv                    FF ends the listpack
/// </code>
/// Integers and F0's length are little endian; 13 and 12 bits have the high ones first. The bounds of backlen are Redis' own: 16,383 takes three bytes.
/// </summary>
internal static class ListpackEntry
{
    public const byte Terminator = 0xFF;

    public const int ShortStringMax = 63;

    public const int ShortString = 0x80;
    public const int FirstWide = 0xC0;

    private const int Integer13 = 0xC0;
    private const int String12 = 0xE0;
    private const int String12Max = 4095;
    private const int String32 = 0xF0;
    private const int Integer16 = 0xF1;
    private const int Integer24 = 0xF2;
    private const int Integer32 = 0xF3;
    private const int Integer64 = 0xF4;

    /// <summary>Entry sizes by first byte, C0 to FF; 0 where a length decides or there is no entry. A table: kinds that alternate are ill to predict.</summary>
    private static ReadOnlySpan<byte> IntegerSizes =>
    [
        3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 5, 6, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    /// <summary>Bytes of an integer's entry: 2, 3, 4, 5, 6 or 10.</summary>
    public static int SizeFor(long value) => value switch
    {
        >= 0 and <= 127 => 2,
        >= -4096 and <= 4095 => 3,
        >= short.MinValue and <= short.MaxValue => 4,
        >= -(1 << 23) and < 1 << 23 => 5,
        >= int.MinValue and <= int.MaxValue => 6,
        _ => 10,
    };

    /// <summary>Bytes of a string's entry.</summary>
    public static int SizeForString(int length)
    {
        if (length <= ShortStringMax) return length + 2;
        var content = ContentSizeForString(length);
        return content + BacklenSize(content);
    }

    /// <summary>Bytes of a string's entry without the backlen.</summary>
    public static int ContentSizeForString(int length) => length <= ShortStringMax ? length + 1 : checked(length + (length <= String12Max ? 2 : 5));

    /// <summary>Bytes of what begins with <paramref name="lead"/> at an offset, without a backlen.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // the step of every walk; small ones take two compares
    public static int ContentSizeAt(ReadOnlySpan<byte> bytes, int offset, int lead)
    {
        if (lead < ShortString) return 1;
        if (lead < FirstWide) return lead - ShortString + 1;
        int size = IntegerSizes[lead & 63];
        return size != 0 ? size - 1 : StringContentAt(bytes, offset, lead);
    }

    /// <summary>Bytes of the entry at an offset of a listpack that is known to be whole.</summary>
    public static int SizeAt(ReadOnlySpan<byte> listpack, int offset) => SizeAt(listpack, offset, listpack[offset]);

    /// <summary>The same where the first byte is known already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // the step of every walk; small entries take two compares
    public static int SizeAt(ReadOnlySpan<byte> listpack, int offset, int lead)
    {
        if (lead < ShortString) return 2;
        if (lead < FirstWide) return lead - ShortString + 2;
        int size = IntegerSizes[lead & 63];
        return size != 0 ? size : StringSizeAt(listpack, offset, lead);
    }

    /// <summary>Bytes of an integer's entry by its first byte, <see cref="FirstWide"/> or more; 0 when that is no integer's.</summary>
    public static int IntegerSizeOf(int lead) => IntegerSizes[lead & 63];

    /// <summary>The integer that an entry is; false when it is a string.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // every score of every file
    public static bool TryReadInteger(ReadOnlySpan<byte> listpack, int offset, out long number)
    {
        int lead = listpack[offset];
        number = lead;
        if (lead < ShortString) return true;
        if (lead < FirstWide || IntegerSizes[lead & 63] == 0) return false;
        number = ReadInteger(listpack, offset, lead);
        return true;
    }

    /// <summary>The value of an entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // a walk reads every entry; small ones take two compares
    public static PackedValue Read(ReadOnlySpan<byte> listpack, int offset)
    {
        int lead = listpack[offset];
        if (lead < ShortString) return new PackedValue(lead);
        return lead < FirstWide ? new PackedValue(listpack.Slice(offset + 1, lead - ShortString)) : ReadWide(listpack, offset, lead);
    }

    /// <summary>Whether an entry of none of the two short kinds is a value.</summary>
    /// <param name="listpack">The listpack.</param>
    /// <param name="offset">The entry's.</param>
    /// <param name="lead">Its first byte, <see cref="FirstWide"/> or more.</param>
    /// <param name="value">The value's text.</param>
    /// <param name="isInteger">Whether it is an integer.</param>
    /// <param name="number">The integer.</param>
    public static bool WideEquals(ReadOnlySpan<byte> listpack, int offset, int lead, ReadOnlySpan<byte> value, bool isInteger, long number) =>
        lead is >= String12 and <= String32
            ? ReadString(listpack, offset, lead).SequenceEqual(value)
            : isInteger && ReadInteger(listpack, offset, lead) == number;

    /// <summary>Writes an integer over <paramref name="entry"/>, which has its <see cref="SizeFor"/>.</summary>
    public static void Write(Span<byte> entry, long value)
    {
        entry[^1] = (byte)(entry.Length - 1);
        WriteContent(entry[..^1], value);
    }

    /// <summary>Writes an integer over <paramref name="content"/>, which has its <see cref="SizeFor"/> without the backlen.</summary>
    public static void WriteContent(Span<byte> content, long value)
    {
        switch (content.Length)
        {
            case 1:
                content[0] = (byte)value;
                break;
            case 2:
                content[1] = (byte)value;
                content[0] = (byte)(Integer13 | (value >> 8 & 31));
                break;
            case 3:
                content[0] = Integer16;
                BinaryPrimitives.WriteInt16LittleEndian(content[1..], (short)value);
                break;
            case 4:
                content[0] = Integer24;
                BinaryPrimitives.WriteInt16LittleEndian(content[1..], (short)value);
                content[3] = (byte)(value >> 16);
                break;
            case 5:
                content[0] = Integer32;
                BinaryPrimitives.WriteInt32LittleEndian(content[1..], (int)value);
                break;
            default:
                content[0] = Integer64;
                BinaryPrimitives.WriteInt64LittleEndian(content[1..], value);
                break;
        }
    }

    /// <summary>Writes a string's entry at an offset, where there is room for it. Returns where it ends.</summary>
    public static int WriteString(Span<byte> room, int offset, ReadOnlySpan<byte> text)
    {
        if (text.Length > ShortStringMax)
        {
            var size = SizeForString(text.Length);
            WriteString(room.Slice(offset, size), text);
            return offset + size;
        }

        room[offset] = (byte)(ShortString | text.Length);
        text.CopyTo(room[(offset + 1)..]);
        room[offset + 1 + text.Length] = (byte)(text.Length + 1);
        return offset + text.Length + 2;
    }

    /// <summary>Writes a string over <paramref name="entry"/>, which has its <see cref="SizeForString"/>.</summary>
    public static void WriteString(Span<byte> entry, ReadOnlySpan<byte> text)
    {
        var content = ContentSizeForString(text.Length);
        WriteStringContent(entry, text);
        WriteBacklen(entry[content..], content);
    }

    /// <summary>Writes a string at the start of <paramref name="content"/>, which has at least its <see cref="ContentSizeForString"/>.</summary>
    public static void WriteStringContent(Span<byte> content, ReadOnlySpan<byte> text)
    {
        if (text.Length <= ShortStringMax)
        {
            content[0] = (byte)(ShortString | text.Length);
            text.CopyTo(content[1..]);
        }
        else if (text.Length <= String12Max)
        {
            content[1] = (byte)text.Length;
            content[0] = (byte)(String12 | text.Length >> 8);
            text.CopyTo(content[2..]);
        }
        else
        {
            content[0] = String32;
            BinaryPrimitives.WriteInt32LittleEndian(content[1..], text.Length);
            text.CopyTo(content[5..]);
        }
    }

    /// <summary>Bytes that a content's length takes behind it.</summary>
    public static int BacklenSize(int content) => content switch
    {
        <= 127 => 1,
        < (1 << 14) - 1 => 2,
        < (1 << 21) - 1 => 3,
        < (1 << 28) - 1 => 4,
        _ => 5,
    };

    /// <summary>The content's length whose last byte is at <paramref name="last"/>, or -1 when it is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // the step of every walk backwards; small entries have one byte
    public static int ReadBacklen(ReadOnlySpan<byte> listpack, int last)
    {
        int low = listpack[last];
        return low < 0x80 ? low : ReadWideBacklen(listpack, last);
    }

    /// <summary>Bytes of the entry at an offset of bytes of any kind, or -1 when it does not end before <paramref name="end"/> or contradicts itself.</summary>
    public static int Measure(ReadOnlySpan<byte> bytes, int offset, int end)
    {
        int lead = bytes[offset];
        long content = lead switch
        {
            < ShortString => 1,
            < FirstWide => lead - ShortString + 1,
            < String12 => 2,
            < String32 => end - offset < 2 ? -1 : 2 + ((lead & 15) << 8 | bytes[offset + 1]),
            String32 => end - offset < 5 ? -1 : 5L + BinaryPrimitives.ReadUInt32LittleEndian(bytes[(offset + 1)..]),
            Integer16 => 3,
            Integer24 => 4,
            Integer32 => 5,
            Integer64 => 9,
            _ => -1,
        };
        if (content < 0 || content >= end - offset) return -1;
        var size = content + BacklenSize((int)content);
        return size <= end - offset && ReadBacklen(bytes, (int)(offset + size - 1)) == content ? (int)size : -1;
    }

    private static PackedValue ReadWide(ReadOnlySpan<byte> listpack, int offset, int lead) =>
        lead is >= String12 and <= String32 ? new PackedValue(ReadString(listpack, offset, lead)) : new PackedValue(ReadInteger(listpack, offset, lead));

    private static ReadOnlySpan<byte> ReadString(ReadOnlySpan<byte> listpack, int offset, int lead) =>
        lead < String32
            ? listpack.Slice(offset + 2, (lead & 15) << 8 | listpack[offset + 1])
            : listpack.Slice(offset + 5, BinaryPrimitives.ReadInt32LittleEndian(listpack[(offset + 1)..]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long ReadInteger(ReadOnlySpan<byte> listpack, int offset, int lead)
    {
        if (lead < String12) return (lead << 8 | listpack[offset + 1]) << 19 >> 19; // the shifts extend bit 12
        var bits = (IntegerSizes[lead & 63] - 2) * 8;
        var last8 = offset + 1 + (bits >> 3) - sizeof(long); // read to the number's end, and shifted until nothing else is left of them
        if (bits > 0 && last8 >= 0) return BinaryPrimitives.ReadInt64LittleEndian(listpack[last8..]) >> (64 - bits);
        return ReadFirstInteger(listpack[(offset + 1)..], lead);
    }

    // With less than eight bytes in front of its end.
    private static long ReadFirstInteger(ReadOnlySpan<byte> content, int lead) => lead switch
    {
        Integer16 => BinaryPrimitives.ReadInt16LittleEndian(content),
        Integer24 => BinaryPrimitives.ReadUInt16LittleEndian(content) | (sbyte)content[2] << 16,
        Integer32 => BinaryPrimitives.ReadInt32LittleEndian(content),
        Integer64 => BinaryPrimitives.ReadInt64LittleEndian(content),
        _ => throw NoEntry(lead),
    };

    private static int StringSizeAt(ReadOnlySpan<byte> listpack, int offset, int lead) => WithBacklen(StringContentAt(listpack, offset, lead));

    private static int StringContentAt(ReadOnlySpan<byte> listpack, int offset, int lead) => lead switch
    {
        < String32 => 2 + ((lead & 15) << 8 | listpack[offset + 1]),
        String32 => 5 + BinaryPrimitives.ReadInt32LittleEndian(listpack[(offset + 1)..]),
        _ => throw NoEntry(lead),
    };

    private static int WithBacklen(int content) => content + BacklenSize(content);

    /// <summary>Writes a content's length over the bytes that it takes behind it.</summary>
    public static void WriteBacklen(Span<byte> backlen, int content)
    {
        for (var i = backlen.Length - 1; i > 0; i--)
        {
            backlen[i] = (byte)(content & 127 | 128);
            content >>= 7;
        }

        backlen[0] = (byte)content;
    }

    private static int ReadWideBacklen(ReadOnlySpan<byte> listpack, int last)
    {
        long content = 0;
        for (var shift = 0; shift <= 28; shift += 7)
        {
            int group = listpack[last--];
            content |= (long)(group & 127) << shift;
            if (group < 0x80) return content <= int.MaxValue ? (int)content : -1;
        }

        return -1;
    }

    private static InvalidOperationException NoEntry(int lead) => new($"No listpack entry begins with {lead:X2}.");
}
