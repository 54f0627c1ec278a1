using System.Text;
using Redouble.Core.Checksums;
using Redouble.Persistence.Aof;

namespace Redouble.Persistence.Tests.Aof;

public sealed class AofAnnotationTests
{
    private const string Id = "0123456789abcdef0123456789abcdef01234567";
    private AofMark _last;

    [Fact]
    public void Time_stamps_are_Redis()
    {
        var line = new byte[AofAnnotation.LengthMax];
        var length = AofAnnotation.FormatTimestamp(1700000000, line);
        Assert.Equal("#TS:1700000000\r\n", Encoding.ASCII.GetString(line, 0, length));
        Assert.True(AofAnnotation.TryReadTimestamp(line.AsSpan(0, length), out var seconds));
        Assert.Equal(1700000000, seconds);
        Assert.False(AofAnnotation.TryReadTimestamp("#TS:17x\r\n"u8, out _));
        Assert.False(AofAnnotation.TryReadTimestamp("#RD:17\r\n"u8, out _));
    }

    [Theory]
    [InlineData(0, -1, false, 0, 0)]
    [InlineData(5054, 0, false, 5054, 0xe9c6d914c4b8d9ca)]
    [InlineData(long.MaxValue, int.MaxValue, true, long.MaxValue, ulong.MaxValue)]
    public void A_mark_is_read_as_it_was_written(long offset, int database, bool isReplica, long streamBytes, ulong checksum)
    {
        var mark = new AofMark(Id, offset, database, isReplica, streamBytes, checksum);
        var line = new byte[AofAnnotation.LengthMax];
        var length = AofAnnotation.FormatMark(Encoding.ASCII.GetBytes(Id), mark, line);
        Assert.Equal($"#RD:{Id} {offset} {database} {(isReplica ? "replica" : "primary")} {streamBytes} {checksum:x16}\r\n", Encoding.ASCII.GetString(line, 0,
            length));
        Assert.True(AofAnnotation.TryReadMark(line.AsSpan(0, length), out var read));
        Assert.Equal(mark, read);
        for (var cut = 0; cut < length; cut++) Assert.False(AofAnnotation.TryReadMark(line.AsSpan(0, cut), out _));
    }

    [Theory]
    [InlineData("#RD:" + Id + " 5 0 primary 5 00000000000000001\r\n")]
    [InlineData("#RD:" + Id + " 5 0 primary 5 000000000000000x\r\n")]
    [InlineData("#RD:" + Id + " 5 0 primary 5\r\n")]
    [InlineData("#RD:" + Id + " 5 0 primary 6 0000000000000000\r\n")]
    [InlineData("#RD:" + Id + " 5 0 master 5 0000000000000000\r\n")]
    [InlineData("#RD:" + Id + " 5 -2 primary 5 0000000000000000\r\n")]
    [InlineData("#RD:" + Id + " -5 0 primary 0 0000000000000000\r\n")]
    [InlineData("#RD:" + Id + " 05 0 primary 0 0000000000000000\r\n")]
    [InlineData("#RD:" + Id + "  5 0 primary 0 0000000000000000\r\n")]
    [InlineData("#RD:" + Id + " 5 0 primary 0 0000000000000000 x\r\n")]
    [InlineData("#RD: " + Id + " 5 0 primary 0 0000000000000000\r\n")]
    [InlineData("#RD:" + Id + " 5 0 primary 0 0000000000000000\n")]
    [InlineData("#RD:ABCD456789abcdef0123456789abcdef01234567 5 0 primary 5 0000000000000000\r\n")]
    public void What_is_not_wholly_a_mark_is_none(string line) => Assert.False(AofAnnotation.TryReadMark(Encoding.ASCII.GetBytes(line), out _));

    [Fact]
    public void A_marker_knows_how_much_of_the_stream_stands_before_a_mark()
    {
        var marker = new AofMarker();
        using var file = new MemoryStream();
        Assert.Equal(0, Mark(marker, file, 100).StreamBytes);
        Stream(marker, file, "abcde");
        Assert.Equal(5, Mark(marker, file, 105).StreamBytes);
        Other(marker, file, "#TS:1\r\n");
        Stream(marker, file, "fg");
        Assert.Equal(7, Mark(marker, file, 107).StreamBytes);
        Assert.Equal(7, Mark(marker, file, 107).StreamBytes);
        Stream(marker, file, "hi");
        Assert.Equal(0, Mark(marker, file, 110).StreamBytes); // a byte of the stream is not here
        Other(marker, file, "select");
        Assert.Equal(0, Mark(marker, file, 110).StreamBytes);
        Stream(marker, file, "jkl");
        Assert.Equal(3, Mark(marker, file, 113).StreamBytes);
        Other(marker, file, "xyz");
        Assert.Equal(0, Mark(marker, file, 116).StreamBytes); // as many bytes, but not the stream's
    }

    [Fact]
    public void A_marker_goes_on_behind_what_another_has_written()
    {
        var marker = new AofMarker();
        using var file = new MemoryStream();
        Mark(marker, file, 0);
        Stream(marker, file, "abc");
        var last = Mark(marker, file, 3);
        var next = new AofMarker(Crc64.Append(0, file.ToArray()), last.StreamBytes, last.Offset);
        Stream(next, file, "de");
        Assert.Equal(5, Mark(next, file, 5).StreamBytes);
        var unknown = new AofMarker(Crc64.Append(0, file.ToArray()));
        Stream(unknown, file, "f");
        Assert.Equal(0, Mark(unknown, file, 6).StreamBytes);
    }

    [Fact]
    public void A_mark_is_short_where_the_stream_goes_on_and_nothing_else_has_changed()
    {
        var marker = new AofMarker();
        var line = new byte[AofAnnotation.LengthMax];
        bool IsShort(long offset, int database = 0, bool isReplica = false, string id = Id) =>
            marker.Mark(Encoding.ASCII.GetBytes(id), offset, database, isReplica, line) < 40;
        Assert.False(IsShort(100));
        marker.AppendStream("abc"u8);
        Assert.True(IsShort(103));
        Assert.True(IsShort(103));
        marker.AppendOmitted("#RD:omits \"de\"\r\n"u8, 2);
        Assert.True(IsShort(105));
        Assert.False(IsShort(106)); // a gap
        Assert.True(IsShort(106));
        Assert.False(IsShort(106, database: 1));
        Assert.False(IsShort(106, 1, isReplica: true));
        Assert.True(IsShort(106, 1, true));
        Assert.False(IsShort(106, 1, true, Id[1..] + "0"));
        marker.AppendOther("set"u8);
        Assert.False(IsShort(106, 1, true, Id[1..] + "0"));
        marker.AppendNone();
        Assert.False(IsShort(106, 1, true, Id[1..] + "0"));
    }

    [Fact]
    public void A_short_mark_takes_the_rest_from_the_one_before()
    {
        var before = new AofMark(Id, 100, 3, true, 20, 1);
        Assert.True(AofAnnotation.TryReadNextMark("#RD:127 e9c6d914c4b8d9ca\r\n"u8, before, out var mark));
        Assert.Equal(before with { Offset = 127, StreamBytes = 47, Checksum = 0xe9c6d914c4b8d9ca }, mark);
        foreach (var line in (string[])["#RD:99 e9c6d914c4b8d9ca\r\n", "#RD:127 e9c6d914c4b8d9c\r\n", "#RD:127 e9c6d914c4b8d9ca\n",
            "#RD:x e9c6d914c4b8d9ca\r\n", "#RD:127 e9c6d914c4b8d9ca x\r\n", "#RD:127\r\n", "#RD:0127 e9c6d914c4b8d9ca\r\n", "#RD: \r\n", "#RD:"])
        {
            Assert.False(AofAnnotation.TryReadNextMark(Encoding.ASCII.GetBytes(line), before, out _), line);
        }
    }

    [Fact]
    public void What_is_omitted_is_read_as_it_was()
    {
        var all = Enumerable.Range(0, AofAnnotation.OmittedMax).Select(static i => (byte)(i + 10)).ToArray();
        var line = new byte[AofAnnotation.OmittedLengthMax];
        var bytes = new byte[AofAnnotation.OmittedLengthMax];
        foreach (var length in (int[])[0, 1, 14, 37, all.Length])
        {
            foreach (var omitted in (byte[][])[all[..length], new byte[length]])
            {
                var written = AofAnnotation.FormatOmitted(omitted, line);
                Assert.True(written < AofScanner.LineMax);
                Assert.Equal(length, AofAnnotation.ReadOmitted(line.AsSpan(0, written), bytes));
                Assert.Equal(omitted, bytes[..length]);
                Assert.Equal(-1, AofAnnotation.ReadOmitted(line.AsSpan(0, written - 1), bytes));
            }
        }

        Assert.Equal(-1, AofAnnotation.ReadOmitted("#RD:omits \"a\r\n"u8, bytes));
        Assert.Equal(-1, AofAnnotation.ReadOmitted("#RD:omits a b\r\n"u8, bytes));
        Assert.Equal(-1, AofAnnotation.ReadOmitted("#RD:omits \r\n"u8, bytes));
        Assert.Equal(-1, AofAnnotation.ReadOmitted(Encoding.ASCII.GetBytes($"#RD:omits {new string('a', AofAnnotation.OmittedMax + 1)}\r\n"), bytes));
    }

    // Every mark's checksum is of all that is in front of it, its own fields too.
    private AofMark Mark(AofMarker marker, MemoryStream file, long offset)
    {
        var line = new byte[AofAnnotation.LengthMax];
        var length = marker.Mark(Encoding.ASCII.GetBytes(Id), offset, 0, false, line);
        var written = line.AsSpan(0, length);
        AofMark mark;
        Assert.True(AofAnnotation.IsNextMark(written) ? AofAnnotation.TryReadNextMark(written, _last, out mark) : AofAnnotation.TryReadMark(written, out mark));
        Assert.Equal(offset, mark.Offset);
        _last = mark;
        file.Write(line, 0, length);
        Assert.Equal(Crc64.Append(0, file.ToArray().AsSpan(..^18)), mark.Checksum);
        return mark;
    }

    private static void Stream(AofMarker marker, MemoryStream file, string text)
    {
        marker.AppendStream(Encoding.ASCII.GetBytes(text));
        file.Write(Encoding.ASCII.GetBytes(text));
    }

    private static void Other(AofMarker marker, MemoryStream file, string text)
    {
        marker.AppendOther(Encoding.ASCII.GetBytes(text));
        file.Write(Encoding.ASCII.GetBytes(text));
    }
}
