using Redouble.Persistence.Rdb;

namespace Redouble.Persistence.Tests.Rdb;

public sealed class RdbReaderTests
{
    [Fact]
    public void What_was_written_is_read_in_pieces_of_any_size()
    {
        for (var seed = 0; seed < 150; seed++)
        {
            var random = new Random(seed);
            var records = RandomRecords(random, random.Next(0, 60), large: seed % 10 == 0);
            var file = Write(records, random);
            var pieceMax = seed % 3 == 0 ? 100_000 : 1 + (int)Math.Pow(2, random.Next(16));
            var (status, reader) = RdbSamples.Read(file, pieceLength: () => random.Next(1, pieceMax + 1));
            Assert.Null(reader.Error);
            Assert.Equal(RdbReadStatus.Done, status);
            Assert.Equal(file.Length, reader.Position);
            RdbSamples.AssertSame(records, reader.Target.Recording.Strings);
            Assert.True(reader.Target.Recording.LongestPiece <= 100_000);
        }
    }

    [Fact]
    public void Every_cut_gives_the_same_and_every_truncation_is_a_short_read()
    {
        var random = new Random(77);
        var records = RandomRecords(random, 12, large: false);
        var file = Write(records, random);
        for (var cut = 0; cut <= file.Length; cut++)
        {
            var lengths = new Queue<int>(cut == 0 ? [file.Length] : [cut, file.Length]);
            var (status, whole) = RdbSamples.Read(file, pieceLength: lengths.Dequeue);
            Assert.Equal(RdbReadStatus.Done, status);
            RdbSamples.AssertSame(records, whole.Target.Recording.Strings);
            if (cut == file.Length) continue;

            var (cutStatus, short_) = RdbSamples.Read(file.AsSpan(0, cut));
            Assert.Equal(RdbReadStatus.Failed, cutStatus);
            Assert.Equal(new RdbError(RdbErrorKind.ShortRead, "Unexpected EOF reading RDB file", cut), short_.Error);
        }
    }

    [Fact]
    public void Large_strings_come_in_pieces_compressed_or_not()
    {
        var random = new Random(5);
        foreach (var compression in new[] { RdbCompression.None, RdbCompression.Always })
        {
            foreach (var length in new[] { 65_536, 65_537, 80_000, 1_000_000 })
            {
                var value = new char[length];
                for (var i = 0; i < length; i++) value[i] = i > 9000 && random.Next(3) > 0 ? value[i - random.Next(1, 9000)] : (char)random.Next('a', 'f');
                var output = new ScratchRdbOutput();
                var writer = new RdbWriter(output, new RdbWriterOptions { Compression = compression });
                writer.WriteHeader();
                writer.WriteRecord(new RdbKey("big"u8) { ExpiryMs = 5 }, RdbType.String, RecordingTarget.Bytes(new string(value)));
                writer.WriteRecord(new RdbKey("after"u8), RdbType.String, "x"u8);
                writer.WriteEnd();
                foreach (var piece in new[] { 1000, 16_384, 65_536, int.MaxValue })
                {
                    var (status, reader) = RdbSamples.Read(output.Written, pieceLength: () => piece);
                    Assert.Null(reader.Error);
                    Assert.Equal(RdbReadStatus.Done, status);
                    StringRecord[] expected = [new(0, "big", new string(value), 5), new(0, "after", "x")];
                    RdbSamples.AssertSame(expected, reader.Target.Recording.Strings);
                }
            }
        }
    }

    [Fact]
    public void Bytes_behind_the_end_are_left_to_the_caller()
    {
        var file = Write([new StringRecord(0, "a", "b")], new Random(1));
        byte[] more = [.. file, .. "*1\r\n"u8];
        var reader = new RdbReader<RecordingTarget>(new RecordingTarget(new Recording()), new RdbReaderOptions());
        Assert.Equal(RdbReadStatus.Done, reader.Feed(more, out var consumed));
        Assert.Equal(file.Length, consumed);
        Assert.Equal(RdbReadStatus.Done, reader.Feed(more, out consumed));
        Assert.Equal(0, consumed);
    }

    [Theory]
    [InlineData("REDIS0013", RdbErrorKind.None, "header Redis 13")]
    [InlineData("REDIS0001", RdbErrorKind.None, "header Redis 1")]
    [InlineData("VALKEY080", RdbErrorKind.None, "header Valkey 80")]
    [InlineData("REDIS0000", RdbErrorKind.WrongVersion, "Can't handle RDB format version 0000")]
    [InlineData("REDIS00x1", RdbErrorKind.WrongVersion, "Can't handle RDB format version 00x1")]
    [InlineData("RADIS0010", RdbErrorKind.WrongSignature, "Wrong signature trying to load DB from file")]
    public void The_header_tells_flavor_and_version(string magic, RdbErrorKind error, string text)
    {
        var (_, reader) = RdbSamples.Read([.. RecordingTarget.Bytes(magic), 255, 0, 0, 0, 0, 0, 0, 0, 0]);
        Assert.Equal(error, reader.Error?.Kind ?? RdbErrorKind.None);
        Assert.Equal(text, reader.Error?.Text ?? reader.Target.Recording.Log[0]);
    }

    [Fact]
    public void Versions_before_5_have_no_checksum()
    {
        var (status, reader) = RdbSamples.Read([.. "REDIS0004"u8, 0xfe, 0, 0, 1, 97, 1, 98, 255]);
        Assert.Equal(RdbReadStatus.Done, status);
        Assert.Equal([new StringRecord(0, "a", "b")], reader.Target.Recording.Strings);
    }

    [Fact]
    public void All_opcodes_in_front_of_a_key_are_read()
    {
        var (status, reader) = RdbSamples.Read(
        [
            .. "REDIS0010"u8, 250, 1, 97, 0xc0, 5, 245, 3, 108, 105, 98, 0xfe, 0x42, 0, 0xfb, 1, 0x80, 0, 0, 1, 0, 244, 1, 2, 3,
            247, 1, 2, 2, 1, 9, 0,
            253, 0, 0, 0, 1, 248, 0x40, 100, 0, 1, 97, 1, 98,
            252, 255, 255, 255, 255, 255, 0, 0, 0, 249, 200, 0, 0xc1, 0, 1, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0,
        ]);
        Assert.Null(reader.Error);
        Assert.Equal(RdbReadStatus.Done, status);
        Assert.Equal(["header Redis 10", "aux a=5", "function lib", "select 512", "resize 1 256", "end"], reader.Target.Recording.Log);
        StringRecord[] expected = [new(512, "a", "b", 0x01000000 * 1000L, 100), new(512, "256", string.Empty, 0xffffffffff, -1, 200)];
        RdbSamples.AssertSame(expected, reader.Target.Recording.Strings);
    }

    [Theory]
    [InlineData("0702016b", "the RDB holds a value of type 'module' (7) for key '\\x01k', which this version cannot load")]
    [InlineData("06016b", "the RDB holds a value of type 'module (pre-release)' (6) for key 'k', which this version cannot load")]
    [InlineData("1a016b", "the RDB holds a value of type 'stream (listpacks 4)' (26) for key 'k', which this version cannot load")]
    [InlineData("08016b", "Unknown RDB encoding type 8 (the file has format version 12)")]
    [InlineData("63016b", "Unknown RDB encoding type 99 (the file has format version 12)")]
    [InlineData("f6", "Pre-release function format not supported.")]
    [InlineData("f3", "the RDB holds 'key metadata' (243), which this version cannot load")]
    [InlineData("fe82", "Bad length encoding in the RDB")]
    [InlineData("fe80ffffffff", "Bad length encoding in the RDB")]
    [InlineData("00016bc4", "Bad string encoding in the RDB")]
    [InlineData("00016bc30205616161", "Bad string encoding in the RDB")] // literals of 98 bytes
    [InlineData("00016bc3034fff", "Bad string encoding in the RDB")] // 3 bytes cannot be 4,095
    [InlineData("00016b81ffffffffffffffff", "Bad string encoding in the RDB")]
    public void What_cannot_be_read_is_named(string body, string text)
    {
        var (status, reader) = RdbSamples.Read([.. "REDIS0012"u8, .. Convert.FromHexString(body), .. new byte[9]]);
        Assert.Equal(RdbReadStatus.Failed, status);
        Assert.Equal(text, reader.Error!.Text);
        Assert.InRange(reader.Error.Offset, 9, 14);
    }

    [Fact]
    public void Type_22_is_named_after_the_file_s_flavor()
    {
        byte[] body = [22, 1, 107, 0];
        Assert.Contains("hash (hash table with field expiry, pre-release) k", Scan([.. "REDIS0012"u8, .. body]));
        Assert.Contains("hash (hash table with field expiry, Valkey) k", Scan([.. "VALKEY080"u8, .. body]));

        static List<string> Scan(byte[] file) => RdbSamples.Read(file, RdbReadMode.Scan).Reader.Target.Recording.Log;
    }

    [Fact]
    public void A_wrong_checksum_is_an_error_and_zero_is_none()
    {
        var file = Write([new StringRecord(0, "a", "b")], new Random(1), checksum: true);
        file[^1] ^= 1;
        var (status, reader) = RdbSamples.Read(file);
        Assert.Equal(RdbReadStatus.Failed, status);
        Assert.Equal(RdbErrorKind.WrongChecksum, reader.Error!.Kind);
        Assert.StartsWith("Wrong RDB checksum expected: (", reader.Error.Text);
        file.AsSpan()[^8..].Clear();
        Assert.Equal(RdbReadStatus.Done, RdbSamples.Read(file).Status);

        file[^1] = 1;
        var careless = new RdbReader<RecordingTarget>(new RecordingTarget(new Recording()), new RdbReaderOptions { VerifyChecksum = false });
        Assert.Equal(RdbReadStatus.Done, careless.Feed(file, out _));
    }

    [Fact]
    public void Each_call_may_refuse()
    {
        var random = new Random(9);
        var file = Write([new StringRecord(0, "a", "b"), new StringRecord(2, "c", new string('x', 70_000) + "y")], random);
        var calls = RdbSamples.Read(file).Reader.Target.Recording.Calls;
        Assert.True(calls > 8);
        for (var call = 1; call <= calls; call++)
        {
            var (status, reader) = RdbSamples.Read(file, recording: new Recording { RefusedCall = call });
            Assert.Equal(RdbReadStatus.Failed, status);
            Assert.Equal(RdbErrorKind.Refused, reader.Error!.Kind);
            Assert.Equal(call, reader.Target.Recording.Calls);
        }
    }

    [Theory]
    [InlineData("0080" + "40000000")] // a key of 1 GB
    [InlineData("00016b80" + "7fffffff")] // a value of 2 GB
    [InlineData("00016b81" + "7fffffffffffffff")]
    [InlineData("00016bc3" + "8020000000" + "8040000000")] // a compressed value
    [InlineData("00c3" + "8020000000" + "8040000000")] // a compressed key
    [InlineData("fb80ffffffff80ffffffff")] // a database of 4 billion keys
    [InlineData("fa80" + "3fffffff")]
    [InlineData("f580" + "3fffffff")]
    public void Announced_lengths_allocate_nothing(string body)
    {
        byte[] file = [.. "REDIS0010"u8, .. Convert.FromHexString(body), .. new byte[1000]];
        var reader = new RdbReader<RecordingTarget>(new RecordingTarget(new Recording()), new RdbReaderOptions());
        var before = GC.GetAllocatedBytesForCurrentThread();
        reader.Feed(file, out _);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
        Assert.NotEqual(RdbReadStatus.Done, reader.Finish());
    }

    [Fact]
    public void Small_records_allocate_nothing()
    {
        var random = new Random(4);
        var output = new ScratchRdbOutput();
        var writer = new RdbWriter(output, new RdbWriterOptions());
        writer.WriteHeader();
        for (var i = 0; i < 3000; i++)
        {
            var value = new string((char)random.Next(97, 123), random.Next(100));
            writer.WriteRecord(new RdbKey(RecordingTarget.Bytes($"key:{i}")), RdbType.String, RecordingTarget.Bytes(value));
        }

        writer.WriteEnd();
        var reader = new RdbReader<CountingTarget>(new CountingTarget(), new RdbReaderOptions());
        reader.Feed(output.Written[..5000], out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        reader.Feed(output.Written[5000..20_000], out _);
        var status = reader.Feed(output.Written[20_000..], out _);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(RdbReadStatus.Done, status);
        Assert.Equal(3000, reader.Target.Keys);
    }

    internal static List<StringRecord> RandomRecords(Random random, int count, bool large)
    {
        var records = new List<StringRecord>();
        var db = 0;
        for (var i = 0; i < count; i++)
        {
            if (random.Next(10) == 0) db += random.Next(1, 100);
            var length = large && random.Next(10) == 0 ? random.Next(60_000, 200_000) : random.Next(random.Next(1, 2000));
            var meta = random.Next(8);
            records.Add(new StringRecord(
                db, RandomText(random, random.Next(random.Next(1, 300))), RandomText(random, length),
                meta is 1 or 2 ? random.NextInt64(1L << 50) : -1, meta is 2 or 3 ? random.NextInt64(1L << 33) : -1, meta == 4 ? random.Next(256) : -1));
        }

        return records;
    }

    internal static byte[] Write(List<StringRecord> records, Random random, bool checksum = false)
    {
        var output = new ScratchRdbOutput();
        var writer = new RdbWriter(output, new RdbWriterOptions
        {
            Checksum = checksum || random.Next(4) > 0,
            Compression = (RdbCompression)random.Next(3),
            Dialect = random.Next(2) == 0 ? RdbDialect.Rdb10 : RdbDialect.Rdb11,
        });
        writer.WriteHeader();
        writer.WriteAuxFields(new RdbAuxFields { CreationTimeSeconds = 1, UsedMemory = 2 });
        var db = -1;
        foreach (var record in records)
        {
            if (record.Db != db) writer.WriteSelectDb(db = record.Db);
            if (random.Next(5) == 0) writer.WriteResizeDb(1, 1);
            var key = new RdbKey(RecordingTarget.Bytes(record.Key))
            {
                ExpiryMs = record.ExpiryMs,
                IdleSeconds = record.IdleSeconds,
                Frequency = record.Frequency,
            };
            var value = RecordingTarget.Bytes(record.Value);
            if (random.Next(5) > 0)
            {
                writer.WriteRecord(key, RdbType.String, value);
                continue;
            }

            writer.BeginStringInPieces(key, value.Length);
            var half = random.Next(value.Length + 1);
            writer.WritePiece(value.AsSpan(0, half));
            writer.WritePiece(value.AsSpan(half));
        }

        writer.WriteEnd();
        return output.Written.ToArray();
    }

    private static string RandomText(Random random, int length)
    {
        switch (random.Next(4))
        {
            case 0:
                return random.NextInt64(-(1L << random.Next(40)), 1L << random.Next(40)).ToString();
            case 1:
                var bytes = new byte[length];
                random.NextBytes(bytes);
                return RecordingTarget.Text(bytes);
            case 2:
                return new string((char)random.Next(256), length);
            default:
                return string.Concat(Enumerable.Range(0, (length / 8) + 1).Select(_ => random.Next(30) + ",abcdef"))[..length];
        }
    }
}
