using System.Buffers.Binary;

namespace Redouble.Storage.Structures;

/// <summary>
/// A small hash of which fields may expire, as Redis 7.4 keeps it (listpackex): a listpack of triples, earliest time first.
/// <code>
/// | field | value | time | field | value | time | … | field | value | 0 | …        time: unix time in milliseconds, 0 for none: those are last
/// </code>
/// A field that gets a time goes before those of the same time; one that loses its time goes to the end. All methods work over the bytes
/// of valid listpacks of whole triples.
/// </summary>
public static class TimedListpack
{
    /// <summary>Entries of a field.</summary>
    public const int EntriesPerField = 3;

    private const int UnknownCount = ushort.MaxValue;

    /// <summary>The earliest time, or -1 when no field has one.</summary>
    public static long EarliestOf(ReadOnlySpan<byte> triples)
    {
        var at = Listpack.First(triples);
        return at < 0 ? -1 : ExpireAtMs(triples, at);
    }

    /// <summary>Offset of a field, or -1.</summary>
    public static int Find(ReadOnlySpan<byte> triples, ReadOnlySpan<byte> field) =>
        Listpack.Find(triples, Listpack.First(triples), field, skip: EntriesPerField - 1);

    /// <summary>The time of the field at an offset, or -1.</summary>
    public static long ExpireAtMs(ReadOnlySpan<byte> triples, int field)
    {
        var time = Listpack.Get(triples, TimeAt(triples, field)).Integer;
        return time == 0 ? -1 : time;
    }

    /// <summary>Offset of the time of the field at an offset.</summary>
    public static int TimeAt(ReadOnlySpan<byte> triples, int field) => Listpack.Next(triples, Listpack.Next(triples, field));

    /// <summary>Offset where a triple with that time is to be inserted; -1 for no time.</summary>
    public static int PlaceOf(ReadOnlySpan<byte> triples, long expireAtMs)
    {
        if (expireAtMs < 0) return Listpack.End(triples);
        for (var at = Listpack.First(triples); at >= 0;)
        {
            var timeAt = TimeAt(triples, at);
            var time = Listpack.Get(triples, timeAt).Integer;
            if (time == 0 || time >= expireAtMs) return at;
            at = Listpack.Next(triples, timeAt);
        }

        return Listpack.End(triples);
    }

    /// <summary>How many fields have a time before that one.</summary>
    public static int CountBefore(ReadOnlySpan<byte> triples, long timeMs)
    {
        var count = 0;
        for (var at = Listpack.First(triples); at >= 0; count++)
        {
            var timeAt = TimeAt(triples, at);
            var time = Listpack.Get(triples, timeAt).Integer;
            if (time == 0 || time >= timeMs) break;
            at = Listpack.Next(triples, timeAt);
        }

        return count;
    }

    /// <summary>Whether each triple's time is a number and none is before that of its predecessor.</summary>
    public static bool IsInOrder(ReadOnlySpan<byte> triples)
    {
        long before = 0;
        var ended = false;
        for (var at = Listpack.First(triples); at >= 0;)
        {
            var timeAt = TimeAt(triples, at);
            var time = Listpack.Get(triples, timeAt);
            if (!time.IsInteger || time.Integer < 0 || (time.Integer != 0 && (ended || time.Integer < before))) return false;
            ended = time.Integer == 0;
            before = time.Integer;
            at = Listpack.Next(triples, timeAt);
        }

        return true;
    }

    /// <summary>Bytes of a triple whose field and value take so many.</summary>
    public static int TripleSize(int fieldAndValue, long expireAtMs) => fieldAndValue + Listpack.EncodedSize(Math.Max(0, expireAtMs));

    /// <summary>Inserts a triple.</summary>
    /// <param name="room">The listpack and at least <see cref="TripleSize"/> bytes more.</param>
    /// <param name="offset">Where: see <see cref="PlaceOf"/>.</param>
    /// <param name="fieldAndValue">Two entries as listpacks have them; not a part of <paramref name="room"/>.</param>
    /// <param name="expireAtMs">The time, or -1.</param>
    /// <returns>The new size.</returns>
    public static int Insert(Span<byte> room, int offset, ReadOnlySpan<byte> fieldAndValue, long expireAtMs)
    {
        var time = Math.Max(0, expireAtMs);
        var timeSize = Listpack.EncodedSize(time);
        var size = Listpack.Size(room);
        room[offset..size].CopyTo(room[(offset + fieldAndValue.Length + timeSize)..]);
        fieldAndValue.CopyTo(room[offset..]);
        ListpackEntry.Write(room.Slice(offset + fieldAndValue.Length, timeSize), time);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(room[4..]);
        size += fieldAndValue.Length + timeSize;
        WriteHeader(room, size, count == UnknownCount ? UnknownCount : count + EntriesPerField);
        return size;
    }

    /// <summary>Bytes of <see cref="PackedPairs"/> once each has a time of 0.</summary>
    public static int SizeWithTimes(ReadOnlySpan<byte> fields) => PackedPairs.SizeAsTriples(fields, Listpack.EncodedSize(0));

    /// <summary>Writes <see cref="PackedPairs"/> as triples without times; returns their size.</summary>
    public static int AddTimes(ReadOnlySpan<byte> fields, Span<byte> triples)
    {
        var timeSize = Listpack.EncodedSize(0);
        var to = Listpack.HeaderSize;
        var count = 0;
        for (var at = PackedPairs.First(fields); at >= 0; count++)
        {
            to = PackedPairs.CopyEntry(fields, at, triples, to);
            to = PackedPairs.CopyEntry(fields, PackedPairs.After(fields, at), triples, to);
            ListpackEntry.Write(triples.Slice(to, timeSize), 0);
            to += timeSize;
            at = PackedPairs.Next(fields, at);
        }

        return Finish(triples, to, count * EntriesPerField);
    }

    /// <summary>Writes triples as field, value, field, value, for readers that know no times; returns their size, which is smaller.</summary>
    public static int RemoveTimes(ReadOnlySpan<byte> triples, Span<byte> pairs)
    {
        var to = Listpack.HeaderSize;
        var fields = 0;
        for (var at = Listpack.First(triples); at >= 0; fields++)
        {
            var timeAt = TimeAt(triples, at);
            triples[at..timeAt].CopyTo(pairs[to..]);
            to += timeAt - at;
            at = Listpack.Next(triples, timeAt);
        }

        return Finish(pairs, to, fields * 2);
    }

    private static int Finish(Span<byte> listpack, int end, int count)
    {
        listpack[end] = ListpackEntry.Terminator;
        WriteHeader(listpack, end + 1, count);
        return end + 1;
    }

    private static void WriteHeader(Span<byte> listpack, int size, int count)
    {
        BinaryPrimitives.WriteInt32LittleEndian(listpack, size);
        BinaryPrimitives.WriteUInt16LittleEndian(listpack[4..], (ushort)Math.Min(count, UnknownCount));
    }
}
