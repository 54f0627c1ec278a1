using System.Text;
using Redouble.Protocol.Replies;

namespace Redouble.Protocol.Tests.Replies;

public sealed class ReplyWriterTests
{
    // RESP2 form, RESP3 form; those that DEBUG PROTOCOL can show are as redis-server 7.0.15 sends them.
    public static readonly TheoryData<string, Action<ReplyWriter>, string, string> Forms = new()
    {
        { "ok", w => w.Ok(), "+OK\r\n", "+OK\r\n" },
        { "status", w => w.SimpleString("Background saving started"u8), "+Background saving started\r\n", "+Background saving started\r\n" },
        { "error", w => w.Error("ERR no such key"u8), "-ERR no such key\r\n", "-ERR no such key\r\n" },
        { "error with line ends", w => w.Error("ERR a\r\nb\nc\r\n"u8), "-ERR a  b c\r\n", "-ERR a  b c\r\n" },
        { "integer", w => w.Integer(12345), ":12345\r\n", ":12345\r\n" },
        { "integer 9", w => w.Integer(9), ":9\r\n", ":9\r\n" },
        { "integer -1", w => w.Integer(-1), ":-1\r\n", ":-1\r\n" },
        { "integer min", w => w.Integer(long.MinValue), ":-9223372036854775808\r\n", ":-9223372036854775808\r\n" },
        { "bulk", w => w.Bulk("Hello World"u8), "$11\r\nHello World\r\n", "$11\r\nHello World\r\n" },
        { "empty bulk", w => w.Bulk(default), "$0\r\n\r\n", "$0\r\n\r\n" },
        { "bulk of a number", w => w.BulkFromLong(-42), "$3\r\n-42\r\n", "$3\r\n-42\r\n" },
        { "bulk in parts", w => { w.BulkHeader(3); w.Raw("abc"u8); w.LineEnd(); }, "$3\r\nabc\r\n", "$3\r\nabc\r\n" },
        { "null", w => w.Null(), "$-1\r\n", "_\r\n" },
        { "null bulk", w => w.NullBulk(), "$-1\r\n", "_\r\n" },
        { "null array", w => w.NullArray(), "*-1\r\n", "_\r\n" },
        { "array", w => w.ArrayHeader(3), "*3\r\n", "*3\r\n" },
        { "map", w => w.MapHeader(3), "*6\r\n", "%3\r\n" },
        { "set", w => w.SetHeader(3), "*3\r\n", "~3\r\n" },
        { "push", w => w.PushHeader(2), "*2\r\n", ">2\r\n" },
        { "attribute", WriteAttribute, "$1\r\nv\r\n", "|1\r\n$1\r\nk\r\n:90\r\n$1\r\nv\r\n" },
        { "true", w => w.Boolean(true), ":1\r\n", "#t\r\n" },
        { "false", w => w.Boolean(false), ":0\r\n", "#f\r\n" },
        { "double", w => w.Double("3.141"u8), "$5\r\n3.141\r\n", ",3.141\r\n" },
        { "big number", w => w.BigNumber("12345678901234567890"u8), "$20\r\n12345678901234567890\r\n", "(12345678901234567890\r\n" },
        { "verbatim", w => w.Verbatim("txt"u8, "verbatim\nstring"u8), "$15\r\nverbatim\nstring\r\n", "=19\r\ntxt:verbatim\nstring\r\n" },
        { "deferred array", w => { var d = w.BeginDeferred(); w.Integer(1); w.EndArray(d, 1); }, "*1\r\n:1\r\n", "*1\r\n:1\r\n" },
        { "deferred map", w => { var d = w.BeginDeferred(); w.Integer(1); w.Integer(2); w.EndMap(d, 1); }, "*2\r\n:1\r\n:2\r\n", "%1\r\n:1\r\n:2\r\n" },
        { "deferred empty set", w => w.EndSet(w.BeginDeferred(), 0), "*0\r\n", "~0\r\n" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void WritesBothVersions(string name, Action<ReplyWriter> write, string resp2, string resp3)
    {
        Assert.NotEmpty(name);
        using var second = new Written();
        write(second.Writer);
        Assert.Equal(resp2, second.Text());
        using var third = new Written(RespVersion.Resp3);
        write(third.Writer);
        Assert.Equal(resp3, third.Text());
        third.Writer.Version = RespVersion.Resp2;
        write(third.Writer);
        Assert.Equal(resp3 + resp2, Encoding.Latin1.GetString(third.Send(1)));
    }

    private static void WriteAttribute(ReplyWriter writer)
    {
        if (writer.AttributeHeader(1))
        {
            writer.Bulk("k"u8);
            writer.Integer(90);
        }

        writer.Bulk("v"u8);
    }

    [Theory]
    [InlineData(997)]
    [InlineData(998)]
    [InlineData(999)]
    [InlineData(1024)]
    [InlineData(16320)]
    [InlineData(100_000)]
    public void LongValuesSpanBlocks(int length)
    {
        var value = new byte[length];
        for (var i = 0; i < length; i++) value[i] = (byte)('a' + (i % 26));
        var text = Encoding.ASCII.GetString(value);
        using var written = new Written(RespVersion.Resp3);
        written.Writer.Bulk(value);
        written.Writer.SimpleString(value);
        written.Writer.Verbatim("mkd"u8, value);
        written.Writer.Raw(value);
        var expected = $"${length}\r\n{text}\r\n+{text}\r\n={length + 4}\r\nmkd:{text}\r\n{text}";
        Assert.Equal(expected.Length, written.Buffer.PendingBytes);
        Assert.Equal(expected, written.Text());
        Assert.Equal(expected, Encoding.ASCII.GetString(written.Send(1000)));
        Assert.Equal(0, written.Pool.LentBytes);
    }

    [Fact]
    public void SmallRepliesAllocateNothing()
    {
        using var written = new Written();
        var value = new byte[64];
        Turn();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Turn();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Turn()
        {
            for (var i = 0; i < 64; i++)
            {
                written.Writer.Ok();
                written.Writer.Bulk(value);
                written.Writer.Integer(i);
            }

            written.Buffer.Advance(written.Buffer.PendingBytes);
        }
    }
}
