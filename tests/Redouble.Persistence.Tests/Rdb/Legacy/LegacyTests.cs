using Redouble.Persistence.Rdb;

namespace Redouble.Persistence.Tests.Rdb.Legacy;

/// <summary>Ziplists and zipmaps from strangers: whatever their bytes, they are refused or read, never beyond their end.</summary>
public sealed class LegacyTests
{
    [Theory]
    [InlineData(RdbType.ListZiplist)]
    [InlineData(RdbType.HashZiplist)]
    [InlineData(RdbType.HashZipmap)]
    public void Altered_bytes_are_refused_or_read(RdbType type)
    {
        var random = new Random(91);
        var refused = 0;
        const int rounds = 30_000;
        for (var round = 0; round < rounds; round++)
        {
            var texts = Enumerable.Range(0, 2 * random.Next(1, 4)).Select(_ => Text(random)).ToArray();
            var bytes = type == RdbType.HashZipmap ? ValueEncoder.Zipmap(texts) : ValueEncoder.Ziplist(texts);
            var (status, log) = RdbValueReaderTests.ReadPayload(type, ValueEncoder.Text(bytes));
            Assert.Equal(DumpStatus.Ok, status);
            string[] expected = type == RdbType.ListZiplist
                ? [.. texts.Select(text => "element " + text)]
                : [.. texts.Chunk(2).Select(pair => $"field {pair[0]}={pair[1]}")];
            Assert.Equal(expected, log[1..^1]);

            for (var i = random.Next(1, 4); i > 0; i--)
                bytes[random.Next(bytes.Length)] = (byte)(random.Next(2) == 0 ? random.Next(256) : random.Next(250, 256));
            (status, log) = RdbValueReaderTests.ReadPayload(type, ValueEncoder.Text(bytes));
            if (status != DumpStatus.Ok) refused++;
            Assert.Equal(status == DumpStatus.Ok, log.Count > 0);
        }

        Assert.InRange(refused, rounds / 20, rounds - 1);
    }

    [Fact]
    public void A_ziplist_of_more_entries_than_its_header_counts_is_read_to_the_end()
    {
        var texts = Enumerable.Range(0, 70_000).Select(i => $"{i % 13}").ToArray();
        var (status, log) = RdbValueReaderTests.ReadPayload(RdbType.ListZiplist, ValueEncoder.Text(ValueEncoder.Ziplist(texts)));
        Assert.Equal(DumpStatus.Ok, status);
        Assert.Equal("begin List k 70000", log[0]);
        Assert.Equal(70_002, log.Count);
    }

    [Fact]
    public void A_zipmap_of_more_pairs_than_its_header_counts_is_read_to_the_end()
    {
        var texts = Enumerable.Range(0, 600).Select(i => $"t{i}").ToArray();
        var (status, log) = RdbValueReaderTests.ReadPayload(RdbType.HashZipmap, ValueEncoder.Text(ValueEncoder.Zipmap(texts)));
        Assert.Equal(DumpStatus.Ok, status);
        Assert.Equal("begin Hash k 300", log[0]);
        Assert.Equal("field t598=t599", log[^2]);
    }

    [Fact]
    public void A_long_form_of_a_short_length_before_is_as_good()
    {
        // Redis left five bytes there when an entry before had become shorter.
        byte[] ziplist = [21, 0, 0, 0, 13, 0, 0, 0, 2, 0, 0, 1, (byte)'a', 254, 3, 0, 0, 0, 1, (byte)'b', 255];
        var (status, log) = RdbValueReaderTests.ReadPayload(RdbType.ListZiplist, ValueEncoder.Text(ziplist));
        Assert.Equal(DumpStatus.Ok, status);
        Assert.Equal(["begin List k 2", "element a", "element b", "end of value"], log);
    }

    private static string Text(Random random) => random.Next(3) switch
    {
        0 => $"{random.NextInt64(-(1L << random.Next(63)), 1L << random.Next(63))}",
        1 => new string((char)random.Next(256), random.Next(70)),
        _ => new string('l', random.Next(250, 300)),
    };
}
