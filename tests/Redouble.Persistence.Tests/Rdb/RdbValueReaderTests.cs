using Redouble.Persistence.Rdb;

namespace Redouble.Persistence.Tests.Rdb;

/// <summary>Values of every encoding, from files in pieces and from payloads.</summary>
public sealed class RdbValueReaderTests
{
    public static TheoryData<int, string> Samples()
    {
        var data = new TheoryData<int, string>();
        for (var i = 0; i < ValueSamples.All.Count; i++) data.Add(i, ValueSamples.All[i].Name);
        return data;
    }

    [Fact]
    public void There_is_a_sample_of_every_type_that_can_be_loaded()
    {
        foreach (var flavor in new[] { RdbFlavor.Redis, RdbFlavor.Valkey })
        {
            for (var code = 1; code < 256; code++)
            {
                var isLoadable = RdbTypes.Find(code, flavor) is { IsLoadable: true };
                var hasSample = ValueSamples.All.Any(sample => (int)sample.Type == code && (sample.Flavor == flavor || code < (int)RdbType.Hash22));
                Assert.True(isLoadable == hasSample, $"type {code} of {flavor}: loadable {isLoadable}, sample {hasSample}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void It_is_delivered_whole_in_two_pieces_and_byte_by_byte(int index, string name)
    {
        var sample = ValueSamples.All[index];
        Assert.Equal(sample.Name, name);
        var file = ValueSamples.File(sample.Flavor, sample.Type, sample.Value);
        string[] expected = [$"header {sample.Flavor} {(sample.Flavor == RdbFlavor.Redis ? 12 : 80)}", .. sample.Delivered, "end"];
        AssertDelivered(expected, RdbSamples.Read(file));
        AssertDelivered(expected, RdbSamples.Read(file, pieceLength: () => 1));
        AssertDelivered(expected, RdbSamples.Read(file, pieceLength: () => 7));
        for (var cut = 1; cut < file.Length; cut += file.Length > 2000 ? 7 : 1)
        {
            var lengths = new Queue<int>([cut, file.Length]);
            AssertDelivered(expected, RdbSamples.Read(file, pieceLength: lengths.Dequeue));
        }
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Every_truncation_is_a_short_read(int index, string name)
    {
        var sample = ValueSamples.All[index];
        Assert.Equal(sample.Name, name);
        var file = ValueSamples.File(sample.Flavor, sample.Type, sample.Value);
        for (var length = 9; length < file.Length; length += file.Length > 2000 ? 7 : 1)
        {
            var (status, reader) = RdbSamples.Read(file.AsSpan(0, length));
            Assert.Equal(RdbReadStatus.Failed, status);
            Assert.Equal(new RdbError(RdbErrorKind.ShortRead, "Unexpected EOF reading RDB file", length), reader.Error);
        }
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Each_call_may_refuse(int index, string name)
    {
        var sample = ValueSamples.All[index];
        Assert.Equal(sample.Name, name);
        var file = ValueSamples.File(sample.Flavor, sample.Type, sample.Value);
        for (var call = 2; call <= sample.Delivered.Length + 1; call++)
        {
            foreach (var piece in new[] { 1, file.Length })
            {
                var (status, reader) = RdbSamples.Read(file, pieceLength: () => piece, recording: new Recording { RefusedCall = call });
                Assert.Equal(RdbReadStatus.Failed, status);
                Assert.Equal(RdbErrorKind.Refused, reader.Error!.Kind);
                Assert.Equal(call, reader.Target.Recording.Calls);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_payload_delivers_the_same(int index, string name)
    {
        var sample = ValueSamples.All[index];
        Assert.Equal(sample.Name, name);
        if (sample.Flavor == RdbFlavor.Valkey) return; // a payload has no flavor
        var isEmpty = sample.Delivered[0].StartsWith("empty", StringComparison.Ordinal);
        var (status, log) = ReadPayload(sample.Type, sample.Value);
        Assert.Equal(isEmpty ? DumpStatus.BadFormat : DumpStatus.Ok, status);
        Assert.Equal(isEmpty ? [] : sample.Delivered, log);
        for (var length = 0; length < sample.Value.Length; length += sample.Value.Length > 2000 ? 7 : 1)
            Assert.Equal(DumpStatus.BadFormat, ReadPayload(sample.Type, sample.Value.AsSpan(0, length)).Status);
    }

    [Fact]
    public void Strings_of_payloads_are_delivered_too()
    {
        Assert.Equal(DumpStatus.Ok, ReadPayload(RdbType.String, ValueEncoder.Text("hello")).Status);
        var long_ = new string('l', RdbReader.WholeValueMax + 1);
        var recording = new Recording();
        var reader = new DumpReader<RecordingTarget>(new RecordingTarget(recording));
        Assert.Equal(DumpStatus.Ok, reader.Read(Payload(RdbType.String, ValueEncoder.Text(long_)), new RdbKey("k"u8), out _));
        Assert.Equal([new StringRecord(0, "k", long_)], recording.Strings);
        Assert.Equal(DumpStatus.Unsupported, ReadPayload(RdbType.Module2, [1, 0]).Status);
        Assert.Equal(DumpStatus.BadFormat, ReadPayload((RdbType)8, [1, 0]).Status);
    }

    [Fact]
    public void Elements_longer_than_a_piece_arrive_whole()
    {
        var random = new Random(1);
        var element = new string('e', 200_000);
        var field = new string('f', 70_000);
        byte[] quicklist = [2, 1, .. ValueEncoder.Text(element), 2, .. ValueEncoder.Text(ValueEncoder.Listpack(field, "1"))];
        byte[] hash = [2, .. ValueEncoder.Text(field), .. ValueEncoder.Text(element), .. ValueEncoder.Text("a"), .. ValueEncoder.Text("b")];
        var node = Convert.ToHexStringLower(ValueEncoder.Listpack(field, "1"));
        AssertInPieces(RdbType.ListQuicklist2, quicklist, ["begin List k 2", $"element {element}", $"node {node}", "end of value"]);
        AssertInPieces(RdbType.Hash, hash, ["begin Hash k 2", $"field {field}={element}", "field a=b", "end of value"]);

        void AssertInPieces(RdbType type, byte[] value, string[] delivered)
        {
            var file = ValueSamples.File(RdbFlavor.Redis, type, value);
            foreach (var max in new[] { 1000, 16_384, 65_536 })
                AssertDelivered(["header Redis 12", .. delivered, "end"], RdbSamples.Read(file, pieceLength: () => random.Next(1, max)));
        }
    }

    [Fact]
    public void What_is_said_of_a_key_comes_with_its_value()
    {
        byte[] file =
        [
            .. "REDIS0011"u8, 252, 1, 0, 0, 0, 0, 0, 0, 0, 248, 9, 2, 1, (byte)'k', 1, 1, (byte)'a',
            249, 3, 2, 1, (byte)'l', 1, 1, (byte)'b', 255, .. new byte[8],
        ];
        string[] expected =
        [
            "header Redis 11", "begin Set k @1 idle 9 1", "element a", "end of value", "begin Set l frequency 3 1", "element b", "end of value", "end",
        ];
        AssertDelivered(expected, RdbSamples.Read(file));
        AssertDelivered(expected, RdbSamples.Read(file, pieceLength: () => 1));
    }

    [Fact]
    public void Elements_allocate_nothing()
    {
        var texts = Enumerable.Range(0, 20_000).Select(i => $"element:{i}").ToArray();
        var file = ValueSamples.File(RdbFlavor.Redis, RdbType.Set, ValueEncoder.Texts(1, texts));
        var reader = new RdbReader<CountingTarget>(default, new RdbReaderOptions());
        reader.Feed(file.AsSpan(0, 20_000), out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        reader.Feed(file.AsSpan(20_000, 30_001), out _);
        var status = reader.Feed(file.AsSpan(50_001), out _);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(RdbReadStatus.Done, status);
        Assert.Equal(20_000, reader.Target.Elements);
    }

    internal static byte[] Payload(RdbType type, ReadOnlySpan<byte> value)
    {
        byte[] payload = [(byte)type, .. value, 11, 0, .. new byte[8]];
        RdbSamples.FixChecksum(payload);
        return payload;
    }

    internal static (DumpStatus Status, List<string> Log) ReadPayload(RdbType type, ReadOnlySpan<byte> value)
    {
        var recording = new Recording();
        var reader = new DumpReader<RecordingTarget>(new RecordingTarget(recording));
        return (reader.Read(Payload(type, value), new RdbKey("k"u8), out _), recording.Log);
    }

    private static void AssertDelivered(string[] expected, (RdbReadStatus Status, RdbReader<RecordingTarget> Reader) read)
    {
        Assert.Null(read.Reader.Error);
        Assert.Equal(RdbReadStatus.Done, read.Status);
        RdbSamples.AssertSame(expected, read.Reader.Target.Recording.Log);
    }
}
