using System.Text;
using Redouble.Demo;

namespace Redouble.Tests.Demo;

public sealed class RespClientTests
{
    private const string Replies = "+PONG\r\n:-12\r\n$5\r\na\r\nbc\r\n$-1\r\n*2\r\n$0\r\n\r\n*1\r\n:3\r\n*-1\r\n";

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4096)]
    public void Replies_are_read_however_they_are_cut(int piece)
    {
        using RespClient client = new(new PieceStream(Replies, piece));
        Assert.Equal("PONG", client.Read());
        Assert.Equal(-12L, client.Read());
        Assert.Equal("a\r\nbc", client.Read());
        Assert.Null(client.Read());
        object?[] array = Assert.IsType<object?[]>(client.Read());
        Assert.Equal("", array[0]);
        Assert.Equal([3L], Assert.IsType<object?[]>(array[1]));
        Assert.Null(client.Read());
        Assert.Throws<EndOfStreamException>(() => client.Read());
    }

    [Fact]
    public void An_error_reply_is_thrown_with_its_text_and_the_next_reply_is_read()
    {
        using RespClient client = new(new PieceStream("-ERR no\r\n+OK\r\n", 4096));
        Assert.Equal("ERR no", Assert.Throws<RespErrorException>(() => client.Read()).Message);
        Assert.Equal("OK", client.Read());
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("HTTP/1.1 400\r\n")]
    public void What_is_not_a_reply_is_refused(string bytes)
    {
        using RespClient client = new(new PieceStream(bytes, 4096));
        Assert.Throws<IOException>(() => client.Read());
    }

    [Fact]
    public void A_command_is_an_array_of_bulk_strings()
    {
        StringBuilder request = new();
        RespClient.AppendCommand(request, "SET", "key", "");
        Assert.Equal("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$0\r\n\r\n", request.ToString());
    }

    [Fact]
    public void Info_is_split_into_fields()
    {
        const string Text = "# Replication\r\nrole:master\r\nmaster_host:::1\r\n";
        using RespClient client = new(new PieceStream($"${Text.Length}\r\n{Text}\r\n", 4096));
        Dictionary<string, string> info = client.Info("replication");
        Assert.Equal("master", info["role"]);
        Assert.Equal("::1", info["master_host"]);
        Assert.Equal(2, info.Count);
    }

    /// <summary>Gives at most so many bytes a read; swallows what is written.</summary>
    private sealed class PieceStream(string bytes, int piece) : MemoryStream(Encoding.Latin1.GetBytes(bytes))
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, piece));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, piece)]);

        public override void Write(byte[] buffer, int offset, int count)
        {
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
        }
    }
}
