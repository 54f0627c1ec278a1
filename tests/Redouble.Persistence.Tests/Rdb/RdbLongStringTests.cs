using Redouble.Persistence.Rdb;

namespace Redouble.Persistence.Tests.Rdb;

/// <summary>Strings that are written while they arrive.</summary>
public sealed class RdbLongStringTests
{
    private const int KeptMin = 200_000;

    /// <summary>Of every kind of content the record can be read, takes the room it should, and is written in steps that are small.</summary>
    [Theory]
    [InlineData("", false)]
    [InlineData("z", false)]
    [InlineData("zzz", false)]
    [InlineData("z20", true)]
    [InlineData("z3000000", true)]
    [InlineData("r1", false)]
    [InlineData("r40", false)]
    [InlineData("r70000", false)]
    [InlineData("r2000000", false)]
    [InlineData("t60000", true)]
    [InlineData("t300000", true)]
    [InlineData("t2000000", false)]       // saves a third, but would have to be kept: more than is allowed
    [InlineData("z2000000 t300000", true)]
    [InlineData("z2000000 r100000 z100", true)]
    [InlineData("z2000000 r500000 z500000", false)] // too much in the middle
    [InlineData("r100000 z5000000", false)] // does not pay from the start
    [InlineData("z1000 r50000", false)]
    public void Is_read_back_and_compressed_where_it_pays(string kinds, bool isCompressed)
    {
        var random = new Random(5);
        var value = Value(kinds, random);
        foreach (var compresses in (bool[])[true, false])
        {
            var output = new ScratchRdbOutput();
            var writer = new RdbWriter(output, new RdbWriterOptions());
            writer.WriteHeader();
            writer.WriteSelectDb(0);
            var head = (int)writer.Position;
            var written = new RdbLongString(writer, compresses, KeptMin);
            Write(written, writer, new RdbKey("key"u8) { ExpiryMs = 77_000 }, value, random);
            var length = writer.Position - head;
            writer.WriteRecord(new RdbKey("next"u8), RdbType.String, "value"u8);
            writer.WriteEnd();
            written.Close();
            Assert.Equal(compresses && isCompressed, output.Written[head + 14] == 0xc3); // behind expiry, type and key
            if (!compresses || !isCompressed) Assert.InRange(length, value.Length, value.Length + 25);
            else Assert.InRange(length, 1, Math.Max(value.Length + 10, KeptMin + 50_000));

            var (status, reader) = RdbSamples.Read(output.Written.ToArray(), pieceLength: () => 10_000);
            Assert.Null(reader.Error);
            Assert.Equal(RdbReadStatus.Done, status);
            var strings = reader.Target.Recording.Strings;
            Assert.Equal(["key", "next"], strings.Select(record => record.Key));
            Assert.True(RecordingTarget.Bytes(strings[0].Value).AsSpan().SequenceEqual(value));
            Assert.Equal(77_000, strings[0].ExpiryMs);
        }
    }

    [Fact]
    public void One_writer_writes_many_and_may_be_closed_in_the_middle_of_one()
    {
        var random = new Random(6);
        var output = new ScratchRdbOutput();
        var writer = new RdbWriter(output, new RdbWriterOptions());
        writer.WriteHeader();
        writer.WriteSelectDb(0);
        var written = new RdbLongString(writer, compresses: true, KeptMin);
        var values = new List<byte[]>();
        for (var i = 0; i < 40; i++)
        {
            var value = Value($"{"zrt"[random.Next(3)]}{random.Next(200_000)} {"zrt"[random.Next(3)]}{random.Next(1, 200_000)}", random);
            values.Add(value);
            Write(written, writer, new RdbKey(RecordingTarget.Bytes("key" + i)), value, random);
        }

        writer.WriteEnd();
        var (status, reader) = RdbSamples.Read(output.Written.ToArray(), pieceLength: () => 50_000);
        Assert.Equal(RdbReadStatus.Done, status);
        var strings = reader.Target.Recording.Strings;
        for (var i = 0; i < values.Count; i++) Assert.True(RecordingTarget.Bytes(strings[i].Value).AsSpan().SequenceEqual(values[i]), $"value {i}");

        written.Begin(new RdbKey("half"u8), 100_000);
        written.Add(new byte[30_000]);
        written.Close();
        Assert.False(written.Owes);
        Assert.Throws<InvalidOperationException>(() => written.Add("x"u8));
    }

    [Fact]
    public void Strings_do_not_overlap()
    {
        var written = new RdbLongString(new RdbWriter(new ScratchRdbOutput(), new RdbWriterOptions()), compresses: true);
        written.Begin(new RdbKey("a"u8), 10);
        Assert.Throws<InvalidOperationException>(() => written.Begin(new RdbKey("b"u8), 10));
        written.Add("0123456789"u8);
        Assert.True(written.Owes);
        Assert.Throws<InvalidOperationException>(() => written.Add("x"u8));
    }

    private static void Write(RdbLongString written, RdbWriter writer, RdbKey key, byte[] value, Random random)
    {
        written.Begin(key, value.Length);
        for (var at = 0; at < value.Length;)
        {
            var piece = Math.Min(value.Length - at, random.Next(4) == 0 ? random.Next(1, 100) : random.Next(1, RdbLongString.PieceMax + 1));
            var before = writer.Position;
            written.Add(value.AsSpan(at, piece));
            Assert.InRange(writer.Position - before, 0, piece + 20);
            at += piece;
            while (written.Owes)
            {
                before = writer.Position;
                written.WriteOwed();
                Assert.InRange(writer.Position - before, 1, RdbLongString.StepMax);
            }
        }
    }

    // Stretches of zeros, of random bytes, and of text that compresses to about two thirds.
    private static byte[] Value(string kinds, Random random)
    {
        var value = new MemoryStream();
        foreach (var kind in kinds.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var length = kind.Length > 1 && char.IsDigit(kind[1]) ? int.Parse(kind.AsSpan(1)) : kind.Length;
            var bytes = new byte[length];
            if (kind[0] == 'r') random.NextBytes(bytes);
            for (var i = 0; kind[0] == 't' && i < length; i++) bytes[i] = i % 32 < 14 ? (byte)random.Next(256) : (byte)('a' + (i % 32));
            value.Write(bytes);
        }

        return value.ToArray();
    }
}
