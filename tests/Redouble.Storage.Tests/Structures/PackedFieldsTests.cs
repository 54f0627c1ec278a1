using System.Globalization;
using System.Text;
using Redouble.Storage.Structures;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Structures;

public sealed class PackedFieldsTests
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
            var fields = PackedFields.Empty.ToArray();
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
                    var at = PackedFields.Find(fields, model[index].Field);
                    fields = fields[..PackedFields.Delete(fields, at)];
                    model.RemoveAt(index);
                }
                else
                {
                    var field = PackedValues.Next(random);
                    if (model.Exists(pair => pair.Field.AsSpan().SequenceEqual(field))) continue;
                    Assert.Equal(-1, PackedFields.Find(fields, field));
                    fields = Append(fields, field, value);
                    model.Add((field, value));
                }
            }

            Check(fields, model, $"seed {seed}, round {round}");
        }
    }

    [Fact]
    public void Five_fields_of_sixteen_letters_take_sixteen_bytes_less_than_their_listpack()
    {
        var fields = PackedFields.Empty.ToArray();
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
        var fields = PackedFields.Empty.ToArray();
        for (var i = 0; i < count; i++) fields = Append(fields, Number(i), "v"u8.ToArray());
        Assert.Equal(count, PackedFields.Count(fields));
        var listpack = ToListpack(fields);
        Assert.True(Listpack.Validate(listpack, out var entries));
        Assert.Equal(2 * count, entries);
        Assert.Equal(count, PackedFields.Count(FromListpack(listpack)));
        for (var i = 0; i < count; i++) Assert.True(PackedFields.Find(fields, Number(i)) >= 0);
        for (var i = count - 1; i >= 0; i--)
        {
            fields = fields[..PackedFields.Delete(fields, PackedFields.Seek(fields, i))];
            Assert.Equal(i, PackedFields.Count(fields));
        }

        Assert.Equal(-1, PackedFields.First(fields));
    }

    [Fact]
    public void A_number_in_a_listpack_that_is_kept_as_text_is_found()
    {
        byte[] listpack = [12, 0, 0, 0, 2, 0, 0x81, (byte)'7', 2, 5, 1, 0xFF]; // what Redis takes but never writes
        Assert.True(Listpack.Validate(listpack, out _));
        var fields = FromListpack(listpack);
        var at = PackedFields.Find(fields, "7"u8);
        Assert.Equal(1, at);
        Assert.Equal(5, PackedFields.Get(fields, PackedFields.After(fields, at)).Integer);
        Assert.Equal(listpack, ToListpack(fields));
    }

    private static void Check(byte[] fields, List<(byte[] Field, byte[] Value)> model, string context)
    {
        Assert.True(model.Count == PackedFields.Count(fields), context);
        var index = 0;
        for (var at = PackedFields.First(fields); at >= 0; at = PackedFields.Next(fields, at), index++)
        {
            Assert.True(PackedFields.Get(fields, at).Equals(model[index].Field), context);
            Assert.True(PackedFields.Get(fields, PackedFields.After(fields, at)).Equals(model[index].Value), context);
            Assert.Equal(at, PackedFields.Find(fields, model[index].Field));
            Assert.Equal(at, PackedFields.Seek(fields, index));
        }

        Assert.Equal(model.Count, index);
        CheckListpack(fields, model, context);
        CheckTriples(fields, model, context);
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
        var size = fields.Length + PackedFields.EncodedSize(field) + PackedFields.EncodedSize(value);
        var appended = Guarded(size, room =>
        {
            fields.CopyTo(room);
            return PackedFields.Append(room, fields.Length, field, value);
        });
        Assert.Equal(size, appended.Length);
        return appended;
    }

    private static byte[] Replace(byte[] fields, byte[] field, byte[] value)
    {
        var at = PackedFields.After(fields, PackedFields.Find(fields, field));
        var size = fields.Length - (PackedFields.After(fields, at) - at) + PackedFields.EncodedSize(value);
        var replaced = Guarded(Math.Max(size, fields.Length), room =>
        {
            fields.CopyTo(room);
            return PackedFields.Replace(room, fields.Length, at, value);
        });
        Assert.Equal(size, replaced.Length);
        return replaced;
    }

    private static byte[] ToListpack(byte[] fields) => Guarded(PackedFields.ListpackRoom(fields), room => PackedFields.ToListpack(fields, room));

    private static byte[] FromListpack(byte[] listpack) => Guarded(listpack.Length, room => PackedFields.FromListpack(listpack, room));

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
