using System.Buffers.Binary;
using System.Text;

namespace Redouble.Persistence.Tests.Rdb;

/// <summary>Encodings of values as servers of all ages write them. Texts are Latin-1.</summary>
internal static class ValueEncoder
{
    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>A length code.</summary>
    public static byte[] Length(ulong length) => length switch
    {
        < 64 => [(byte)length],
        < 16_384 => [(byte)(0x40 | (length >> 8)), (byte)length],
        <= uint.MaxValue => [0x80, .. BigEndian((long)length)[4..]],
        _ => [0x81, .. BigEndian((long)length)],
    };

    /// <summary>A string as it is, behind its length.</summary>
    public static byte[] Text(ReadOnlySpan<byte> bytes) => [.. Length((ulong)bytes.Length), .. bytes];

    public static byte[] Text(string text) => Text(Bytes(text));

    /// <summary>Strings in a row, behind a count of them or of their pairs.</summary>
    public static byte[] Texts(int countedBy, params string[] texts) =>
        [.. Length((ulong)(texts.Length / countedBy)), .. texts.SelectMany(Text)];

    public static byte[] Fixed8(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }

    public static byte[] Double(double value) => Fixed8(BitConverter.DoubleToInt64Bits(value));

    public static byte[] BigEndian(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Id(long ms, long sequence) => [.. BigEndian(ms), .. BigEndian(sequence)];

    /// <summary>A listpack; numbers become integer entries.</summary>
    public static byte[] Listpack(params string[] entries)
    {
        var room = new byte[16 + entries.Sum(entry => entry.Length + 11)];
        Storage.Structures.Listpack.WriteEmpty(room);
        foreach (var entry in entries) Storage.Structures.Listpack.Append(room, Bytes(entry));
        return room[..Storage.Structures.Listpack.Size(room)];
    }

    public static byte[] Intset(params long[] members)
    {
        var room = new byte[Storage.Structures.Intset.HeaderSize + (8 * members.Length)];
        Storage.Structures.Intset.WriteEmpty(room);
        foreach (var member in members) Storage.Structures.Intset.Insert(room, member);
        return room[..Storage.Structures.Intset.Size(room)];
    }

    /// <summary>A ziplist, with numbers as integers of the fewest bytes.</summary>
    public static byte[] Ziplist(params string[] entries)
    {
        var bytes = new List<byte>(new byte[10]);
        var before = 0;
        foreach (var entry in entries)
        {
            var start = bytes.Count;
            if (before < 254) bytes.Add((byte)before);
            else bytes.AddRange([254, .. Fixed8(before)[..4]]);
            bytes.AddRange(ZiplistContent(entry));
            before = bytes.Count - start;
        }

        var tail = bytes.Count - before;
        bytes.Add(255);
        byte[] header = [.. Fixed8(bytes.Count)[..4], .. Fixed8(tail)[..4], .. Fixed8(Math.Min(entries.Length, 65_535))[..2]];
        return [.. header, .. bytes[10..]];
    }

    /// <summary>A zipmap of fields and values in turn; each value with as many free bytes as its position.</summary>
    public static byte[] Zipmap(params string[] texts)
    {
        var pairs = texts.Length / 2;
        List<byte> bytes = [(byte)Math.Min(pairs, 254)];
        for (var i = 0; i < texts.Length; i++)
        {
            var length = texts[i].Length;
            bytes.AddRange(length < 254 ? [(byte)length] : [254, .. Fixed8(length)[..4]]);
            var free = i % 2 == 0 ? 0 : (i / 2) % 4;
            if (i % 2 != 0) bytes.Add((byte)free);
            bytes.AddRange(Bytes(texts[i]));
            bytes.AddRange(Enumerable.Repeat((byte)'?', free));
        }

        return [.. bytes, 255];
    }

    /// <summary>
    /// A node of a stream whose master has the fields a and b. An entry is "ms,seq" relative to the node, then '!' when deleted, then its
    /// fields and values in turn, or values alone, which are then those of the master's fields.
    /// </summary>
    public static byte[] StreamNode(params string[][] entries)
    {
        var deleted = entries.Count(entry => entry[0].EndsWith('!'));
        List<string> items = [$"{entries.Length - deleted}", $"{deleted}", "2", "a", "b", "0"];
        foreach (var entry in entries)
        {
            var id = entry[0].TrimEnd('!').Split(',');
            var isSame = entry.Length == 3;
            items.Add($"{(entry[0].EndsWith('!') ? 1 : 0) + (isSame ? 2 : 0)}");
            items.AddRange(id);
            if (!isSame) items.Add($"{(entry.Length - 1) / 2}");
            items.AddRange(entry[1..]);
            items.Add($"{entry.Length - 1 + (isSame ? 3 : 4)}");
        }

        return Listpack([.. items]);
    }

    private static byte[] ZiplistContent(string text)
    {
        if (long.TryParse(text, out var number) && number.ToString() == text)
        {
            var bytes = Fixed8(number);
            return number switch
            {
                >= 0 and <= 12 => [(byte)(0xf1 + number)],
                >= sbyte.MinValue and <= sbyte.MaxValue => [0xfe, bytes[0]],
                >= short.MinValue and <= short.MaxValue => [0xc0, .. bytes[..2]],
                >= -(1 << 23) and < 1 << 23 => [0xf0, .. bytes[..3]],
                >= int.MinValue and <= int.MaxValue => [0xd0, .. bytes[..4]],
                _ => [0xe0, .. bytes],
            };
        }

        return text.Length switch
        {
            < 64 => [(byte)text.Length, .. Bytes(text)],
            < 16_384 => [(byte)(0x40 | (text.Length >> 8)), (byte)text.Length, .. Bytes(text)],
            _ => [0x80, .. BigEndian(text.Length)[4..], .. Bytes(text)],
        };
    }
}
