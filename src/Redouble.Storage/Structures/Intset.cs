using System.Buffers.Binary;

namespace Redouble.Storage.Structures;

/// <summary>
/// Redis' intset: the integers of a small set, sorted, all of the width that the widest needs. In memory as in RDB files.
/// <code>
/// | width, 4 | count, 4 | integer | integer | …       width is 2, 4 or 8 bytes; all little endian
/// </code>
/// The first integer that does not fit widens all of them; removal never narrows. Methods work over spans that the caller has made long enough; nothing is
/// allocated. Cost: a binary search to find, and every change moves the integers behind it.
/// Except for <see cref="Validate"/> the bytes are trusted: what comes from outside goes through it first.
/// </summary>
public static class Intset
{
    /// <summary>Bytes before the first integer, and so those of an empty set.</summary>
    public const int HeaderSize = 8;

    /// <summary>Makes the first <see cref="HeaderSize"/> bytes an empty set.</summary>
    public static void WriteEmpty(Span<byte> room) => WriteHeader(room, sizeof(short), 0);

    /// <summary>Number of integers.</summary>
    public static int Count(ReadOnlySpan<byte> set) => BinaryPrimitives.ReadInt32LittleEndian(set[4..]);

    /// <summary>Bytes of the whole set.</summary>
    public static int Size(ReadOnlySpan<byte> set) => HeaderSize + Count(set) * Width(set);

    /// <summary>The integer at an index in ascending order.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public static long Get(ReadOnlySpan<byte> set, int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count(set), nameof(index));
        return Read(set, index, Width(set));
    }

    /// <summary>The smallest integer of a set that is not empty.</summary>
    public static long Min(ReadOnlySpan<byte> set) => Get(set, 0);

    /// <summary>The largest integer of a set that is not empty.</summary>
    public static long Max(ReadOnlySpan<byte> set) => Get(set, Count(set) - 1);

    /// <summary>Whether an integer is a member.</summary>
    /// <param name="set">The set.</param>
    /// <param name="value">The integer.</param>
    /// <param name="index">Its index, or the one it would get.</param>
    public static bool Find(ReadOnlySpan<byte> set, long value, out int index)
    {
        var width = Width(set);
        int low = 0, high = Count(set);

        // Ids come in ascending order more often than not.
        if (high > 0 && value > Read(set, high - 1, width))
        {
            index = high;
            return false;
        }

        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (Read(set, middle, width) < value) low = middle + 1;
            else high = middle;
        }

        index = low;
        return low < Count(set) && Read(set, low, width) == value;
    }

    /// <summary>Size of the set once an integer that is not a member has been inserted.</summary>
    public static int SizeWith(ReadOnlySpan<byte> set, long value) => checked(HeaderSize + (Count(set) + 1) * Math.Max(Width(set), WidthFor(value)));

    /// <summary>Inserts an integer, unless it is a member. Returns the new size.</summary>
    /// <param name="room">The set, with room for <see cref="SizeWith"/> bytes.</param>
    /// <param name="value">The integer.</param>
    public static int Insert(Span<byte> room, long value)
    {
        int width = Width(room), count = Count(room);
        if (WidthFor(value) > width) return Widen(room, value);
        if (Find(room, value, out var index)) return Size(room);
        var at = HeaderSize + index * width;
        room[at..Size(room)].CopyTo(room[(at + width)..]);
        Write(room, index, width, value);
        WriteHeader(room, width, count + 1);
        return Size(room);
    }

    /// <summary>Removes the integer at an index. Returns the new size.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public static int Remove(Span<byte> set, int index)
    {
        int width = Width(set), count = Count(set);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)count, nameof(index));
        var at = HeaderSize + index * width;
        set[(at + width)..Size(set)].CopyTo(set[at..]);
        WriteHeader(set, width, count - 1);
        return Size(set);
    }

    /// <summary>Bytes of a listpack with the same members.</summary>
    public static int ListpackSize(ReadOnlySpan<byte> set)
    {
        var size = Listpack.EmptySize;
        for (var i = 0; i < Count(set); i++) size += Listpack.EncodedSize(Get(set, i));
        return size;
    }

    /// <summary>Writes the members as a listpack, in ascending order.</summary>
    public static void CopyToListpack(ReadOnlySpan<byte> set, Span<byte> room)
    {
        Listpack.WriteEmpty(room);
        for (var i = 0; i < Count(set); i++) Listpack.Append(room, Get(set, i));
    }

    /// <summary>Whether bytes from outside are a set that is not empty: a width there is, as many integers as the length says, ascending, none twice.</summary>
    public static bool Validate(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= HeaderSize || Width(bytes) is not (sizeof(short) or sizeof(int) or sizeof(long))) return false;
        var count = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        var width = Width(bytes);
        if (HeaderSize + (long)count * width != bytes.Length) return false;
        for (var i = 1; i < (int)count; i++)
        {
            if (Read(bytes, i, width) <= Read(bytes, i - 1, width)) return false;
        }

        return true;
    }

    private static int Width(ReadOnlySpan<byte> set) => BinaryPrimitives.ReadInt32LittleEndian(set);

    private static int WidthFor(long value) => value == (short)value ? sizeof(short) : value == (int)value ? sizeof(int) : sizeof(long);

    private static void WriteHeader(Span<byte> room, int width, int count)
    {
        BinaryPrimitives.WriteInt32LittleEndian(room[4..], count);
        BinaryPrimitives.WriteInt32LittleEndian(room, width);
    }

    private static long Read(ReadOnlySpan<byte> set, int index, int width)
    {
        var at = set[(HeaderSize + index * width)..];
        return width switch
        {
            sizeof(short) => BinaryPrimitives.ReadInt16LittleEndian(at),
            sizeof(int) => BinaryPrimitives.ReadInt32LittleEndian(at),
            _ => BinaryPrimitives.ReadInt64LittleEndian(at),
        };
    }

    private static void Write(Span<byte> room, int index, int width, long value)
    {
        var at = room[(HeaderSize + index * width)..];
        switch (width)
        {
            case sizeof(short):
                BinaryPrimitives.WriteInt16LittleEndian(at, (short)value);
                break;
            case sizeof(int):
                BinaryPrimitives.WriteInt32LittleEndian(at, (int)value);
                break;
            default:
                BinaryPrimitives.WriteInt64LittleEndian(at, value);
                break;
        }
    }

    // What does not fit the width is beyond all members: it goes to one of the two ends. From the back, so that no integer is written over before it is read.
    private static int Widen(Span<byte> room, long value)
    {
        int old = Width(room), width = WidthFor(value), count = Count(room);
        var shift = value < 0 ? 1 : 0;
        for (var i = count - 1; i >= 0; i--) Write(room, i + shift, width, Read(room, i, old));
        Write(room, value < 0 ? 0 : count, width, value);
        WriteHeader(room, width, count + 1);
        return Size(room);
    }
}
