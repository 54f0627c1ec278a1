using Redouble.Persistence.Rdb;

namespace Redouble.Persistence.Tests.Rdb;

public sealed class RdbWriterTests
{
    private const string ReplicationId = "0123456789abcdefghijklmnopqrstuvwxyzABCD";

    [Fact]
    public void A_small_file_is_byte_for_byte_what_the_format_says()
    {
        var output = new ScratchRdbOutput();
        var writer = new RdbWriter(output, new RdbWriterOptions());
        writer.WriteHeader();
        writer.WriteAuxFields(new RdbAuxFields
        {
            CreationTimeSeconds = 1_795_179_431,
            UsedMemory = 1_248_400,
            Replication = new RdbReplicationFields(0, ReplicationId, 70_000),
        });
        writer.WriteFunction("lib"u8);
        writer.WriteSelectDb(0);
        writer.WriteResizeDb(2, 1);
        writer.WriteRecord(new RdbKey("k"u8) { ExpiryMs = 0x01b9511f2f52, Frequency = 9 }, RdbType.String, "hello"u8);
        writer.WriteRecord(new RdbKey("12"u8) { IdleSeconds = 100 }, RdbType.String, "-300"u8);
        writer.WriteEnd();
        Assert.Equal(
            "524544495330303130" + "fa0972656469732d76657205372e322e34" + "fa0a72656469732d62697473c040" + "fa056374696d65c2a743006b"
            + "fa08757365642d6d656dc2900c1300" + "fa0e7265706c2d73747265616d2d6462c000"
            + "fa077265706c2d696428" + Convert.ToHexStringLower(RecordingTarget.Bytes(ReplicationId)) + "fa0b7265706c2d6f6666736574c270110100"
            + "fa08616f662d62617365c000" + "f5036c6962" + "fe00" + "fb0201" + "fc522f1f51b9010000" + "f909" + "00016b0568656c6c6f"
            + "f84064" + "00c00cc1d4fe" + "ff",
            Convert.ToHexStringLower(output.Written[..^8]));
        Assert.Equal(output.Written.Length, writer.Position);
    }

    [Theory]
    [InlineData(RdbDialect.Rdb10, "REDIS0010")]
    [InlineData(RdbDialect.Rdb11, "REDIS0011")]
    public void The_header_names_the_dialect(RdbDialect dialect, string magic)
    {
        var output = new ScratchRdbOutput();
        new RdbWriter(output, new RdbWriterOptions { Dialect = dialect }).WriteHeader();
        Assert.Equal(magic, RecordingTarget.Text(output.Written));
    }

    [Fact]
    public void Without_checksum_the_trailer_is_zero()
    {
        var output = new ScratchRdbOutput();
        var writer = new RdbWriter(output, new RdbWriterOptions { Checksum = false });
        writer.WriteHeader();
        writer.WriteEnd();
        Assert.Equal("524544495330303130ff0000000000000000", Convert.ToHexStringLower(output.Written));
    }

    [Theory]
    [InlineData("0", "c000")]
    [InlineData("127", "c07f")]
    [InlineData("-128", "c080")]
    [InlineData("128", "c18000")]
    [InlineData("-129", "c17fff")]
    [InlineData("32767", "c1ff7f")]
    [InlineData("32768", "c200800000")]
    [InlineData("2147483647", "c2ffffff7f")]
    [InlineData("-2147483648", "c200000080")]
    [InlineData("2147483648", "0a32313437343833363438")]
    [InlineData("-2147483649", "0b2d32313437343833363439")]
    [InlineData("99999999999", "0b3939393939393939393939")]
    [InlineData("-0", "022d30")]
    [InlineData("-", "012d")]
    [InlineData("+1", "022b31")]
    [InlineData("01", "023031")]
    [InlineData(" 1", "022031")]
    [InlineData("1a", "023161")]
    [InlineData("", "00")]
    public void Canonical_integers_are_stored_as_integers(string text, string expected)
    {
        var output = new ScratchRdbOutput();
        new RdbWriter(output, new RdbWriterOptions()).WriteElement(RecordingTarget.Bytes(text));
        Assert.Equal(expected, Convert.ToHexStringLower(output.Written));
    }

    [Theory]
    [InlineData(0, "00")]
    [InlineData(63, "3f")]
    [InlineData(64, "4040")]
    [InlineData(16383, "7fff")]
    [InlineData(16384, "8000004000")]
    [InlineData(0xffffffff, "80ffffffff")]
    [InlineData(0x100000000, "810000000100000000")]
    public void Lengths_take_their_shortest_form(long length, string expected)
    {
        var output = new ScratchRdbOutput();
        new RdbWriter(output, new RdbWriterOptions()).WriteLength((ulong)length);
        Assert.Equal(expected, Convert.ToHexStringLower(output.Written));
    }

    [Fact]
    public void Strings_of_20_bytes_are_not_compressed_and_of_21_are()
    {
        var output = new ScratchRdbOutput();
        var writer = new RdbWriter(output, new RdbWriterOptions());
        writer.WriteElement(RecordingTarget.Bytes(new string('a', 20)));
        Assert.Equal(21, output.Written.Length);
        output.Clear();
        writer.WriteElement(RecordingTarget.Bytes(new string('a', 21)));
        Assert.Equal(0xc3, output.Written[0]);
    }

    [Fact]
    public void A_type_that_the_dialect_lacks_is_a_bug_of_the_caller()
    {
        var writer = new RdbWriter(new ScratchRdbOutput(), new RdbWriterOptions());
        Assert.Throws<ArgumentException>(() => writer.WriteRecord(new RdbKey("k"u8), RdbType.SetListpack, "x"u8));
        Assert.Throws<ArgumentException>(() => writer.BeginRecord(new RdbKey("k"u8), RdbType.StreamListpacks3));
        Assert.Throws<ArgumentException>(() => writer.WriteRecord(new RdbKey("k"u8), RdbType.Hash, "x"u8));
        var newer = new RdbWriter(new ScratchRdbOutput(), new RdbWriterOptions { Dialect = RdbDialect.Rdb11 });
        newer.WriteRecord(new RdbKey("k"u8), RdbType.SetListpack, "x"u8);
        Assert.Throws<ArgumentException>(() => newer.BeginRecord(new RdbKey("k"u8), RdbType.HashMetadata));
    }

    [Fact]
    public void Pieces_must_add_up()
    {
        var writer = new RdbWriter(new ScratchRdbOutput(), new RdbWriterOptions());
        writer.BeginStringInPieces(new RdbKey("k"u8), 3);
        writer.WritePiece("ab"u8);
        Assert.Throws<InvalidOperationException>(() => writer.WritePiece("cd"u8));
        Assert.Throws<InvalidOperationException>(writer.WriteEnd);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void No_more_room_is_used_than_was_asked_for(int extra)
    {
        var random = new Random(10);
        var records = RdbReaderTests.RandomRecords(random, 1500, large: false);
        var exact = new ExactOutput(extra);
        var array = new ScratchRdbOutput();
        foreach (var output in new RdbOutput[] { exact, array })
        {
            var writer = new RdbWriter(output, new RdbWriterOptions { Compression = RdbCompression.Always });
            foreach (var record in records)
            {
                var key = new RdbKey(RecordingTarget.Bytes(record.Key)) { ExpiryMs = record.ExpiryMs, IdleSeconds = record.IdleSeconds };
                writer.WriteRecord(key, RdbType.String, RecordingTarget.Bytes(record.Value));
                writer.WriteElement(RecordingTarget.Bytes(record.Key));
            }
        }

        Assert.Equal(array.Written.ToArray(), exact.Written.ToArray());
        Assert.InRange(exact.LargestRoom, 500, RdbOutput.RoomMax);
    }

    // Gives just the room that is asked for (and a little more where one byte is).
    private sealed class ExactOutput(int extra) : RdbOutput
    {
        private byte[] _span = [];
        private int _covered;

        public List<byte> Written { get; } = [];

        public int LargestRoom { get; private set; }

        public override Span<byte> GetSpan(int roomMin)
        {
            LargestRoom = Math.Max(LargestRoom, roomMin);
            return _span = new byte[roomMin == 1 ? extra : roomMin];
        }

        public override void Advance(int count) => Written.AddRange(_span.AsSpan(0, count));

        protected override ReadOnlySpan<byte> TakeUncovered()
        {
            var from = _covered;
            _covered = Written.Count;
            return Written.ToArray().AsSpan(from);
        }
    }
}
