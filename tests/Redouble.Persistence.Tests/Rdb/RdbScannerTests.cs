using Redouble.Persistence.Rdb;

namespace Redouble.Persistence.Tests.Rdb;

public sealed class RdbScannerTests
{
    [Theory]
    [InlineData(RdbFlavor.Redis)]
    [InlineData(RdbFlavor.Valkey)]
    public void Every_type_with_a_known_layout_is_walked_over(RdbFlavor flavor)
    {
        var file = RdbSamples.EveryType(flavor);
        var values = RdbSamples.Values(flavor);
        var known = Enumerable.Range(0, 256).Select(code => RdbTypes.Find(code, flavor)).Where(type => type is { Shape.IsEmpty: false });
        Assert.Equal(known.Select(type => (int)type!.Type).Order(), values.Select(value => (int)value[0]).Distinct().Order());
        for (var piece = 1; piece < 40; piece++)
        {
            var size = piece;
            var (status, reader) = RdbSamples.Read(file, RdbReadMode.Scan, () => size);
            Assert.Null(reader.Error);
            Assert.Equal(RdbReadStatus.Done, status);
            var expected = values.Select(value => $"{RdbTypes.Find(value[0], flavor)!.Name} key:{value[0]}");
            Assert.Equal(expected, reader.Target.Recording.Log.Where(line => line.Contains(" key:")));
        }
    }

    [Fact]
    public void Every_truncation_is_a_short_read()
    {
        var file = RdbSamples.EveryType();
        for (var length = 0; length < file.Length; length++)
        {
            var (status, reader) = RdbSamples.Read(file.AsSpan(0, length), RdbReadMode.Scan);
            Assert.Equal(RdbReadStatus.Failed, status);
            Assert.Equal(RdbErrorKind.ShortRead, reader.Error!.Kind);
        }
    }

    [Fact]
    public void The_summary_tells_what_a_replica_must_know_before_it_flushes()
    {
        var scanner = new RdbScanner();
        var file = RdbSamples.EveryType();
        Assert.Equal(RdbReadStatus.Done, scanner.Feed(file, out var consumed));
        Assert.Equal(file.Length, consumed);
        var summary = scanner.Summary;
        var values = RdbSamples.Values(RdbFlavor.Redis);
        Assert.Equal((RdbFlavor.Redis, 12, "7.2.4"), (summary.Flavor, summary.Version, summary.WriterVersion));
        Assert.Equal((values.Count, 1, 3), ((int)summary.Keys, summary.Functions, summary.DatabaseMax));
        Assert.Equal(values.Count(value => value[0] % 5 is 1 or 2), summary.Expires);
        Assert.True(summary.HasChecksum);
        Assert.Equal("the RDB holds a value of type 'module' (7) for key 'key:7', which this version cannot load", summary.Unloadable);
    }

    [Fact]
    public void A_file_of_strings_has_nothing_unloadable_and_its_replication_fields_are_found()
    {
        var output = new ScratchRdbOutput();
        var writer = new RdbWriter(output, new RdbWriterOptions());
        writer.WriteHeader();
        var id = "0123456789012345678901234567890123456789";
        writer.WriteAuxFields(new RdbAuxFields { CreationTimeSeconds = 1, UsedMemory = 2, Replication = new RdbReplicationFields(4, id, 99) });
        writer.WriteRecord(new RdbKey("a"u8), RdbType.String, new byte[200_000]);
        writer.WriteEnd();
        var scanner = new RdbScanner();
        Assert.Equal(RdbReadStatus.Done, scanner.Feed(output.Written, out _));
        Assert.Null(scanner.Summary.Unloadable);
        Assert.Equal((id, 99L, 1L), (scanner.Summary.ReplicationId, scanner.Summary.ReplicationOffset, scanner.Summary.Keys));
    }

    [Fact]
    public void A_flipped_bit_anywhere_does_not_pass()
    {
        var file = RdbSamples.EveryType();
        for (var at = 0; at < file.Length; at++)
        {
            var flipped = file.ToArray();
            flipped[at] ^= 0x10;
            Assert.Equal(RdbReadStatus.Failed, RdbSamples.Read(flipped, RdbReadMode.Scan).Status);
        }
    }

    [Theory]
    [InlineData("02" + "81ffffffffffffffff")] // a set of 2^64 - 1 members
    [InlineData("0f" + "0080ffffffff")]
    [InlineData("07" + "0506")] // a module tag that is none
    [InlineData("12" + "01c0")] // an encoding where a length belongs
    public void Broken_layouts_end_and_take_no_memory(string value)
    {
        var hex = Convert.FromHexString(value);
        byte[] file = [.. "REDIS0012"u8, hex[0], 1, 107, .. hex.AsSpan(1), .. new byte[1000]];
        var scanner = new RdbScanner();
        var before = GC.GetAllocatedBytesForCurrentThread();
        scanner.Feed(file, out _);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        Assert.Equal(RdbReadStatus.Failed, scanner.Finish());
    }
}
