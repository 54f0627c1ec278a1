using System.Text;
using Redouble.Core.Checksums;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Replication;

/// <summary>FUNCTION in the stream of a Redis 7.0, Redis 8.0 or Valkey 8.0 primary: all of them pass on these four.</summary>
public sealed class KeptFunctionsTests
{
    private const string One = "#!lua name=one\nredis.register_function('f', function() return 1 end)";
    private const string OneAgain = "#!lua  name=one\nredis.register_function('f', function() return 2 end)";
    private const string Two = "#!lua name=two\nredis.register_function('g', function() return 1 end)";

    [Fact]
    public void Loading_replaces_the_library_of_the_same_name()
    {
        using var node = Following();
        Hear(node, "FUNCTION", "LOAD", One);
        Hear(node, "function", "load", Two);
        Hear(node, "FUNCTION", "LOAD", "REPLACE", OneAgain);
        Assert.Equal([Two, OneAgain], Libraries(node));
        Assert.Contains("|number_of_libraries:2|", node.Do("INFO memory"), StringComparison.Ordinal);
        Assert.True(node.Link.IsUp);
    }

    [Fact]
    public void They_are_deleted_and_flushed()
    {
        using var node = Following();
        Hear(node, "FUNCTION", "LOAD", One);
        Hear(node, "FUNCTION", "LOAD", Two);
        Hear(node, "FUNCTION", "DELETE", "one");
        Assert.Equal([Two], Libraries(node));
        Hear(node, "FUNCTION", "FLUSH", "ASYNC");
        Assert.Empty(Libraries(node));
        Assert.True(node.Link.IsUp);
    }

    [Theory]
    [InlineData("APPEND", 2)]
    [InlineData("REPLACE", 2)]
    [InlineData("FLUSH", 1)]
    public void They_are_restored(string policy, int count)
    {
        using var node = Following();
        Hear(node, "FUNCTION", "LOAD", Two);
        Hear(node, "FUNCTION", "RESTORE", Payload(One), policy);
        Assert.Equal(count, Libraries(node).Count);
        Assert.Equal(One, Libraries(node)[^1]);
        Assert.True(node.Link.IsUp);
    }

    [Theory]
    [InlineData("DELETE", "nosuch")]
    [InlineData("RESTORE", "nonsense that is no payload")]
    [InlineData("RESTORE", "")]
    [InlineData("LOAD", "REPLACE", "a", "b")]
    public void What_cannot_be_done_is_counted_and_changes_nothing(params string[] words)
    {
        using var node = Following();
        Hear(node, "FUNCTION", "LOAD", One);
        Hear(node, ["FUNCTION", .. words]);
        Assert.Equal([One], Libraries(node));
        Assert.Contains("unexpected_error_replies:1|", node.Do("INFO stats"), StringComparison.Ordinal);
    }

    [Fact]
    public void They_may_stand_in_a_transaction()
    {
        using var node = Following();
        Hear(node, "MULTI");
        Hear(node, "FUNCTION", "LOAD", One);
        Hear(node, "SET", "a", "1");
        Hear(node, "EXEC");
        Assert.Equal([One], Libraries(node));
        Assert.Equal("$1|1|", node.Do("GET a"));
    }

    [Fact]
    public void They_are_in_the_file_that_is_saved()
    {
        using var node = Following();
        Hear(node, "FUNCTION", "LOAD", One);
        Assert.Equal("+OK|", node.Do("SAVE"));
        Assert.Contains("name=one", Encoding.Latin1.GetString(node.Engine.Files.Files["/data/dump.rdb"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_subcommand_is_unknown()
    {
        using var node = Following();
        Hear(node, "FUNCTION", "NOSUCH", One);
        Assert.False(node.Link.IsUp);
        Assert.Contains("unknown command 'FUNCTION'", node.Link.LastError, StringComparison.Ordinal);
    }

    [Fact]
    public void To_a_client_the_command_is_unknown()
    {
        using var node = Following();
        Assert.StartsWith("-ERR unknown command 'FUNCTION'", node.Do("FUNCTION FLUSH"), StringComparison.Ordinal);
    }

    private static FollowingNode Following()
    {
        var node = new FollowingNode("replica-freshness-period-ms 0");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(1));
        Assert.True(node.Link.IsUp);
        return node;
    }

    private static void Hear(FollowingNode node, params string[] words)
    {
        node.Hear(string.Concat([$"*{words.Length}\r\n", .. words.Select(static word => $"${word.Length}\r\n{word}\r\n")]));
        node.Turn();
    }

    private static List<string> Libraries(FollowingNode node) => [.. node.Engine.Node.Functions.Select(Encoding.Latin1.GetString)];

    // As FUNCTION DUMP of a Redis 7.0.15 writes it: opcode 245, the code with its length in 14 bits, version 10, CRC.
    private static string Payload(string code)
    {
        byte[] body = [245, (byte)(0x40 | (code.Length >> 8)), (byte)code.Length, .. Encoding.Latin1.GetBytes(code), 10, 0];
        return Encoding.Latin1.GetString([.. body, .. BitConverter.GetBytes(Crc64.Append(0, body))]);
    }
}
