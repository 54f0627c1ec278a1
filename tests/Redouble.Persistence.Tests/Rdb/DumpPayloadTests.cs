using Redouble.Core.Checksums;
using Redouble.Persistence.Rdb;

namespace Redouble.Persistence.Tests.Rdb;

public sealed class DumpPayloadTests
{
    [Fact]
    public void Strings_that_Redis_dumped_are_read_and_written_alike()
    {
        foreach (var (name, hex) in RdbSamples.Dumps)
        {
            if (!name.StartsWith("string ", StringComparison.Ordinal)) continue;
            var expected = name == "string a*50" ? new string('a', 50) : name[7..];
            var payload = Convert.FromHexString(hex);
            Assert.Equal(DumpStatus.Ok, DumpPayload.Read(payload, new RdbScratch(), out var type, out var value));
            Assert.Equal(RdbType.String, type!.Type);
            Assert.Equal(expected, RecordingTarget.Text(value));
            var own = new DumpWriter(RdbDialect.Rdb10, compress: true).Write(RdbType.String, value);
            if (name != "string a*50") Assert.Equal(hex, Convert.ToHexStringLower(own));
            Assert.Equal(DumpStatus.Ok, DumpPayload.Read(own, new RdbScratch(), out _, out value));
            Assert.Equal(expected, RecordingTarget.Text(value));
        }
    }

    [Fact]
    public void Other_types_that_Redis_dumped_are_sound_but_not_built()
    {
        foreach (var (name, hex) in RdbSamples.Dumps)
        {
            if (name.StartsWith("string ", StringComparison.Ordinal)) continue;
            var payload = Convert.FromHexString(hex);
            Assert.Equal(DumpStatus.Unsupported, DumpPayload.Read(payload, new RdbScratch(), out var type, out _));
            Assert.StartsWith(type!.Name, name);
            Assert.Equal("-ERR Bad data format", RecordingTarget.Text(DumpPayload.ErrorReply(DumpStatus.Unsupported)));
        }
    }

    [Fact]
    public void An_altered_cut_or_newer_payload_is_refused()
    {
        var payload = new DumpWriter(RdbDialect.Rdb11, compress: false).Write(RdbType.String, "hello"u8).ToArray();
        Assert.True(DumpPayload.IsIntact(payload));
        for (var at = 0; at < payload.Length; at++)
        {
            var altered = payload.ToArray();
            altered[at] ^= 4;
            Assert.Equal(DumpStatus.WrongVersionOrChecksum, DumpPayload.Read(altered, new RdbScratch(), out _, out _));
            Assert.False(DumpPayload.IsIntact(payload.AsSpan(0, at)));
        }

        payload[^10] = 13;
        RdbSamples.FixChecksum(payload);
        Assert.False(DumpPayload.IsIntact(payload));
        payload[^10] = 0;
        RdbSamples.FixChecksum(payload);
        Assert.True(DumpPayload.IsIntact(payload));
        payload[^1] ^= 1;
        Assert.False(DumpPayload.IsIntact(payload));
        Assert.True(DumpPayload.IsIntact(payload, skipChecksum: true));
        Assert.Equal(
            "-ERR DUMP payload version or checksum are wrong", RecordingTarget.Text(DumpPayload.ErrorReply(DumpStatus.WrongVersionOrChecksum)));
    }

    [Theory]
    [InlineData("000161", DumpStatus.Ok)]
    [InlineData("0001617878", DumpStatus.Ok)] // Redis ignores what follows the value
    [InlineData("00800000000161", DumpStatus.Ok)] // a length in a longer form than needed
    [InlineData("0081000000000000000161", DumpStatus.Ok)]
    [InlineData("00c201000000", DumpStatus.Ok)] // an integer in a longer form than needed
    [InlineData("00c30000", DumpStatus.Ok)]
    [InlineData("", DumpStatus.BadFormat)]
    [InlineData("080161", DumpStatus.BadFormat)]
    [InlineData("fe00", DumpStatus.BadFormat)]
    [InlineData("00c302056162", DumpStatus.BadFormat)]
    [InlineData("00c402", DumpStatus.BadFormat)]
    [InlineData("00820000000161", DumpStatus.BadFormat)]
    [InlineData("00817fffffffffffffff61", DumpStatus.BadFormat)]
    [InlineData("00056162", DumpStatus.BadFormat)]
    [InlineData("0202016101", DumpStatus.BadFormat)]
    public void The_value_within_is_checked_as_Redis_does(string body, DumpStatus expected)
    {
        byte[] payload = [.. Convert.FromHexString(body), 10, 0, .. new byte[8]];
        RdbSamples.FixChecksum(payload);
        Assert.Equal(expected, DumpPayload.Read(payload, new RdbScratch(), out _, out _));
    }

    [Fact]
    public void A_payload_written_element_by_element_equals_the_one_of_Redis()
    {
        var dump = new DumpWriter(RdbDialect.Rdb10, compress: true);
        var writer = dump.Begin(RdbType.SortedSet2);
        writer.WriteLength(3);
        foreach (var (member, score) in new[] { ("c", double.PositiveInfinity), ("b", 2.5), ("a", 1.0) })
        {
            writer.WriteElement(RecordingTarget.Bytes(member));
            writer.WriteFixed8(BitConverter.DoubleToInt64Bits(score));
        }

        Assert.Equal(RdbSamples.Dumps["zset (skiplist)"], Convert.ToHexStringLower(dump.End()));
    }

    [Fact]
    public void Mutated_payloads_are_refused_or_read()
    {
        var random = new Random(6);
        var scratch = new RdbScratch();
        var samples = RdbSamples.Dumps.Values.Select(Convert.FromHexString).ToArray();
        for (var round = 0; round < 20_000; round++)
        {
            var payload = samples[random.Next(samples.Length)].ToArray();
            for (var i = random.Next(1, 4); i > 0; i--) payload[random.Next(payload.Length - 10)] = (byte)random.Next(256);
            RdbSamples.FixChecksum(payload);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var status = DumpPayload.Read(payload, scratch, out _, out var value);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
            Assert.NotEqual(DumpStatus.WrongVersionOrChecksum, status);
            Assert.True(status == DumpStatus.Ok || value.IsEmpty);
            Assert.Equal(0UL, Crc64.Append(0, payload));
        }
    }
}
