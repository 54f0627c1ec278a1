using System.Globalization;
using System.Text;
using Redouble.Storage.Structures;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Structures;

public sealed class PackedPairsTests
{
    private const byte Guard = 0xA5;
    private const int GuardLength = 40; // more than is copied at once

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_changes_leave_what_a_dictionary_would(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 30; round++)
        {
            var model = new List<(byte[] Field, byte[] Value)>();
            var fields = PackedPairs.Empty.ToArray();
            var most = random.Next(4) == 0 ? 400 : 12;
            for (var step = 0; step < 3 * most; step++)
            {
                var value = PackedValues.Next(random);
                var index = model.Count == 0 ? -1 : random.Next(model.Count);
                if (index >= 0 && random.Next(4) == 0)
                {
                    fields = Replace(fields, model[index].Field, value);
                    model[index] = (model[index].Field, value);
                }
                else if (index >= 0 && (model.Count > most || random.Next(4) == 0))
                {
                    var at = PackedPairs.Find(fields, model[index].Field);
                    var count = Math.Min(1 + (random.Next(8) / 6), model.Count - index);
                    fields = fields[..PackedPairs.Delete(fields, at, count)];
                    model.RemoveRange(index, count);
                }
                else
                {
                    var field = PackedValues.Next(random);
                    if (model.Exists(pair => pair.Field.AsSpan().SequenceEqual(field))) continue;
                    Assert.Equal(-1, PackedPairs.Find(fields, field));
                    var place = random.Next(2) == 0 ? model.Count : random.Next(model.Count + 1);
                    fields = Insert(fields, place == model.Count ? fields.Length : PackedPairs.Seek(fields, place), field, value);
                    model.Insert(place, (field, value));
                }
            }

            Check(fields, model, $"seed {seed}, round {round}");
        }
    }

    [Fact]
    public void Five_fields_of_sixteen_letters_take_sixteen_bytes_less_than_their_listpack()
    {
        var fields = PackedPairs.Empty.ToArray();
        for (var i = 0; i < 5; i++) fields = Append(fields, Encoding.ASCII.GetBytes($"field-{i:D10}"), Encoding.ASCII.GetBytes($"value-{i:D10}"));
        Assert.Equal(1 + (10 * 17), fields.Length);
        Assert.Equal(7 + (10 * 18), ToListpack(fields).Length);
    }

    [Theory]
    [InlineData(254)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(511)]
    public void More_fields_than_the_header_counts_are_counted_all_the_same(int count)
    {
        var fields = PackedPairs.Empty.ToArray();
        for (var i = 0; i < count; i++) fields = Append(fields, Number(i), "v"u8.ToArray());
        Assert.Equal(count, PackedPairs.Count(fields));
        var listpack = ToListpack(fields);
        Assert.True(Listpack.Validate(listpack, out var entries));
        Assert.Equal(2 * count, entries);
        Assert.Equal(count, PackedPairs.Count(FromListpack(listpack)));
        for (var i = 0; i < count; i++) Assert.True(PackedPairs.Find(fields, Number(i)) >= 0);
        for (var i = count - 1; i >= 0; i--)
        {
            fields = fields[..PackedPairs.Delete(fields, PackedPairs.Seek(fields, i))];
            Assert.Equal(i, PackedPairs.Count(fields));
        }

        Assert.Equal(-1, PackedPairs.First(fields));
    }

    [Fact]
    public void A_number_in_a_listpack_that_is_kept_as_text_is_found()
    {
        byte[] listpack = [12, 0, 0, 0, 2, 0, 0x81, (byte)'7', 2, 5, 1, 0xFF]; // what Redis takes but never writes
        Assert.True(Listpack.Validate(listpack, out _));
        var fields = FromListpack(listpack);
        var at = PackedPairs.Find(fields, "7"u8);
        Assert.Equal(1, at);
        Assert.Equal(5, PackedPairs.Get(fields, PackedPairs.After(fields, at)).Integer);
        Assert.Equal(listpack, ToListpack(fields));
    }

    private static void Check(byte[] fields, List<(byte[] Field, byte[] Value)> model, string context)
    {
        Assert.True(model.Count == PackedPairs.Count(fields), context);
        var index = 0;
        for (var at = PackedPairs.First(fields); at >= 0; at = PackedPairs.Next(fields, at), index++)
        {
            Assert.True(PackedPairs.Get(fields, at).Equals(model[index].Field), context);
            Assert.True(PackedPairs.Get(fields, PackedPairs.After(fields, at)).Equals(model[index].Value), context);
            Assert.Equal(at, PackedPairs.Find(fields, model[index].Field));
            Assert.Equal(at, PackedPairs.Seek(fields, index));
        }

        Assert.Equal(model.Count, index);
        CheckBackwards(fields, model.Count);
        CheckListpack(fields, model, context);
        CheckTriples(fields, model, context);
    }

    private static void CheckBackwards(byte[] pairs, int count)
    {
        var offsets = Enumerable.Range(0, count).Select(index => PackedPairs.Seek(pairs, index)).Append(pairs.Length).ToArray();
        foreach (var room in (int[])[1, 3, 16])
        {
            var names = new int[room];
            for (var index = 0; index <= count; index += 1 + (count / 40))
            {
                var found = PackedPairs.Before(pairs, offsets[index], names);
                Assert.Equal(offsets[Math.Max(0, index - room)..index], names[..found]);
            }
        }
    }

    // The listpack is the one that its own code would have made of the same fields, and makes the same fields again.
    private static void CheckListpack(byte[] fields, List<(byte[] Field, byte[] Value)> model, string context)
    {
        var expected = new byte[(2 * fields.Length) + Listpack.EmptySize];
        Listpack.WriteEmpty(expected);
        foreach (var (field, value) in model)
        {
            Listpack.Append(expected, field);
            Listpack.Append(expected, value);
        }

        var listpack = ToListpack(fields);
        Assert.True(expected.AsSpan(0, Listpack.Size(expected)).SequenceEqual(listpack), context);
        Assert.Equal(Listpack.Size(expected), listpack.Length);
        var again = FromListpack(listpack);
        if (fields[0] != byte.MaxValue) Assert.Equal(fields, again);
        Assert.True(fields.AsSpan(1).SequenceEqual(again.AsSpan(1)), context);
    }

    private static void CheckTriples(byte[] fields, List<(byte[] Field, byte[] Value)> model, string context)
    {
        var size = TimedListpack.SizeWithTimes(fields);
        var triples = Guarded(size, room => TimedListpack.AddTimes(fields, room));
        Assert.Equal(size, triples.Length);
        Assert.True(Listpack.Validate(triples, out var entries), context);
        Assert.Equal(Math.Min(3 * model.Count, 65535), entries);
        foreach (var (field, value) in model)
        {
            var at = TimedListpack.Find(triples, field);
            Assert.True(Listpack.Get(triples, Listpack.Next(triples, at)).Equals(value), context);
            Assert.Equal(-1, TimedListpack.ExpireAtMs(triples, at));
        }
    }

    private static byte[] Append(byte[] fields, byte[] field, byte[] value)
    {
        var size = fields.Length + PackedPairs.EncodedSize(field) + PackedPairs.EncodedSize(value);
        var appended = Guarded(size, room =>
        {
            fields.CopyTo(room);
            return PackedPairs.Append(room, fields.Length, field, value);
        });
        Assert.Equal(size, appended.Length);
        return appended;
    }

    private static byte[] Insert(byte[] pairs, int offset, byte[] name, byte[] value)
    {
        var size = pairs.Length + PackedPairs.EncodedSize(name) + PackedPairs.EncodedSize(value);
        var inserted = Guarded(size, room =>
        {
            pairs.CopyTo(room);
            return PackedPairs.Insert(room, pairs.Length, offset, name, value);
        });
        Assert.Equal(size, inserted.Length);
        return inserted;
    }

    private static byte[] Replace(byte[] fields, byte[] field, byte[] value)
    {
        var at = PackedPairs.After(fields, PackedPairs.Find(fields, field));
        var size = fields.Length - (PackedPairs.After(fields, at) - at) + PackedPairs.EncodedSize(value);
        var replaced = Guarded(Math.Max(size, fields.Length), room =>
        {
            fields.CopyTo(room);
            return PackedPairs.Replace(room, fields.Length, at, value);
        });
        Assert.Equal(size, replaced.Length);
        return replaced;
    }

    private static byte[] ToListpack(byte[] fields) => Guarded(PackedPairs.ListpackRoom(fields), room => PackedPairs.ToListpack(fields, room));

    private static byte[] FromListpack(byte[] listpack)
    {
        var members = new PackedMembers();
        Assert.True(members.TryReadPairs(listpack));
        return members.Pairs.ToArray();
    }

    // What is written into exactly that much room; nothing is behind it.
    private static byte[] Guarded(int size, WriteInto write)
    {
        var bytes = new byte[size + GuardLength];
        bytes.AsSpan(size).Fill(Guard);
        var written = write(bytes.AsSpan(0, size));
        Assert.Equal(-1, bytes.AsSpan(size).IndexOfAnyExcept(Guard));
        return bytes[..written];
    }

    private static byte[] Number(int i) => Encoding.ASCII.GetBytes(i.ToString(CultureInfo.InvariantCulture));

    private delegate int WriteInto(Span<byte> room);
}
