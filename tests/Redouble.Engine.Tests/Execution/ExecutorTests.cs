using System.Text;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Execution;

public sealed class ExecutorTests
{
    [Fact]
    public void A_pipeline_cut_at_every_byte_gives_the_same_replies()
    {
        var pipeline = Encoding.Latin1.GetBytes("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING\r\n\r\n*1\r\n$4\r\nPING\r\nget k\r\n");
        for (var cut = 0; cut <= pipeline.Length; cut++)
        {
            using var node = new EngineNode();
            var session = node.Connect();
            node.Feed(session, pipeline.AsSpan(0, cut));
            node.Feed(session, pipeline.AsSpan(cut));
            Assert.Equal("+OK|$5|value|+PONG|+PONG|$5|value|", node.Take(session));
            Assert.True(session.Input.Block.IsNone);
        }
    }

    /// <summary>What has to wait for a slow command in the same turn begins when it begins: its times are not counted from before it came to its turn.</summary>
    [Fact]
    public void Behind_a_slow_command_time_has_passed()
    {
        using var node = new EngineNode("enable-debug-command yes");
        var before = node.Node.Keyspace.NowMs;
        var replies = node.Send("SET old v PX 100\r\nDEBUG SLEEP 0.4\r\nGET old\r\nSET new v PX 1000\r\nPEXPIRETIME new\r\nBLPOP none 0.3\r\n"u8);
        Assert.Equal($"+OK|+OK|$-1|+OK|:{before + 1400}|", replies);
        Assert.Equal(before + 700, node.Node.Blocking.NextDeadlineMs);
        replies = node.Send("MULTI\r\nSET one v PX 100\r\nDEBUG SLEEP 0.4\r\nPTTL one\r\nEXEC\r\n"u8, node.Connect());
        Assert.EndsWith("|*3|+OK|+OK|:100|", replies, StringComparison.Ordinal); // a transaction has one time
    }

    /// <summary>LPOP is fast, says COMMAND, and with a count it is as long as the count: each of these is timed, and one in sixteen of the others.</summary>
    [Theory]
    [InlineData("LPOP k", "LPOP k 3", 1)]
    [InlineData("RPOP k", "RPOP k 3", 1)]
    [InlineData("SPOP k", "SPOP k 3", 1)]
    [InlineData("ZPOPMIN k", "ZPOPMIN k 3", 1)]
    [InlineData("ZPOPMAX k", "ZPOPMAX k 3", 1)]
    [InlineData("XADD x 1-* a b", "XADD x MAXLEN 5 * a b", 1)]
    [InlineData("GET k", "GET k", 16)]
    public void Commands_that_are_as_long_as_a_number_says_are_always_timed(string quick, string counted, int of)
    {
        using var node = new EngineNode("slowlog-log-slower-than 10000", "slowlog-max-len 1000");
        for (var i = 0; i < 200; i++) node.Do(quick);
        node.Do("SLOWLOG RESET");
        node.Clock.MicrosecondsPerRead = 20_000;
        for (var i = 0; i < 32; i++) node.Do(counted);
        node.Clock.MicrosecondsPerRead = 0;
        var name = counted[..counted.IndexOf(' ', StringComparison.Ordinal)];
        Assert.Equal(32 / of, node.Do("SLOWLOG GET -1").Split($"|{name}|").Length - 1);
    }

    [Fact]
    public void A_request_larger_than_a_block_arrives_in_pieces()
    {
        using var node = new EngineNode();
        var value = new string('x', 300_000);
        Assert.Equal("+OK|", node.DoWords("SET", "k", value));
        Assert.Equal($"$300000|{value}|", node.Do("GET k"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Input_that_piles_up_is_copied_a_few_times_and_not_for_every_read(bool blocked)
    {
        // Steps of 8 KB made 100 MB behind a blocked client 600 GB of copying, and every step a block of its own.
        using var node = new EngineNode();
        var session = node.Connect();
        if (blocked) node.Feed(session, "*3\r\n$4\r\nWAIT\r\n$1\r\n1\r\n$1\r\n0\r\n"u8);
        else node.Feed(session, "*1000000\r\n"u8);
        var read = Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat(blocked ? "*1\r\n$4\r\nPING\r\n" : "$4\r\nPING\r\n", 500)));
        var block = session.Input.Block;
        var moves = 0;
        for (var i = 0; i < 1500; i++)
        {
            node.Feed(session, read);
            if (session.Input.Block != block) moves++;
            block = session.Input.Block;
        }

        Assert.True(session.Input.Pending >= 1400 * read.Length);
        Assert.InRange(moves, 1, 40);
        Assert.True(session.Input.Block.Capacity < 2 * session.Input.Pending);
    }

    [Fact]
    public void A_protocol_error_is_answered_behind_the_replies_before_it_and_closes()
    {
        using var node = new EngineNode();
        var session = node.Connect();
        node.Feed(session, "*1\r\n$4\r\nPING\r\n*x\r\nPING\r\n"u8);
        Assert.Equal("+PONG|-ERR Protocol error: invalid multibulk length|", node.Take(session));
        Assert.True(session.Has(Sessions.SessionFlags.CloseAfterReply));
        node.Feed(session, "PING\r\n"u8);
        Assert.Equal("", node.Take(session));
    }

    [Theory]
    [InlineData("FOO a b", "-ERR unknown command 'FOO', with args beginning with: 'a' 'b' |")]
    [InlineData("GET", "-ERR wrong number of arguments for 'get' command|")]
    [InlineData("SET k v NX XX", "-ERR syntax error|")]
    [InlineData("SET k v EX 0", "-ERR invalid expire time in 'set' command|")]
    public void Refusals_have_the_texts_of_Redis(string command, string reply)
    {
        using var node = new EngineNode();
        Assert.Equal(reply, node.Do(command));
    }

    [Fact]
    public void A_transaction_runs_its_commands_and_a_refused_command_aborts_it()
    {
        using var node = new EngineNode();
        Assert.Equal("+OK|", node.Do("MULTI"));
        Assert.Equal("+QUEUED|", node.Do("SET a 1"));
        Assert.Equal("+QUEUED|", node.Do("GET a"));
        Assert.Equal("*2|+OK|$1|1|", node.Do("EXEC"));
        node.Do("MULTI");
        node.Do("NOPE");
        Assert.Equal("-EXECABORT Transaction discarded because of previous errors.|", node.Do("EXEC"));
    }

    [Fact]
    public void A_watched_key_that_changes_makes_exec_answer_null()
    {
        using var node = new EngineNode();
        var other = node.Connect();
        node.Do("SET a 1");
        node.Do("WATCH a");
        node.Do("SET a 2", other);
        node.Do("MULTI");
        node.Do("GET a");
        Assert.Equal("*-1|", node.Do("EXEC"));
    }

    [Fact]
    public void An_unauthenticated_session_gets_only_what_needs_no_authentication()
    {
        using var node = new EngineNode("requirepass secret");
        Assert.Equal("-NOAUTH Authentication required.|", node.Do("GET a"));
    }

    /// <summary>Found by the fuzzer: the quotes of an inline request were resolved where it lay, and again when it was scanned for the second time.</summary>
    [Theory]
    [InlineData("WAIT 1 10\r\n", ":0|")]
    [InlineData("WAIT 1 10\r\n\r\n", ":0|")]
    [InlineData("CLIENT PAUSE 10 ALL\r\n", "+OK|")]
    [InlineData("CLIENT PAUSE 10 ALL\r\nGET other\r\n", "+OK|$-1|")]
    public void An_inline_request_that_has_to_wait_is_read_as_it_came(string before, string reply)
    {
        using var node = new EngineNode();
        var replies = node.Send(System.Text.Encoding.ASCII.GetBytes(before + "SET \"key\" \"a \\x41\\\"b\" \r\nGET key\r\n"));
        for (var i = 0; i < 3; i++)
        {
            node.Clock.Advance(1000);
            replies += node.Send([]);
        }

        Assert.Equal(reply + "+OK|$5|a A\"b|", replies);
    }

    /// <summary>Found by the fuzzer: the place reached in a request that was still arriving was taken for one in the request put off before it.</summary>
    [Theory]
    [InlineData("GET other\r\n", "SET \"key\" ", "value\r\n", "+OK|$-1|+OK|")]
    [InlineData("*2\r\n$3\r\nGET\r\n$5\r\nother\r\n", "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nva", "lue\r\n", "+OK|$-1|+OK|")]
    [InlineData("GET other\r\n", "*100\r\n$6\r\nEXISTS\r\n", "", "+OK|$-1|:0|")]
    public void A_request_that_has_to_wait_is_read_again_whatever_arrives_behind_it(string first, string start, string rest, string replies)
    {
        using var node = new EngineNode();
        var keys = string.Concat(Enumerable.Repeat("$1\r\nk\r\n", 99));
        if (rest.Length == 0) (start, rest) = (start + keys[..500], keys[500..]);
        var text = node.Send("CLIENT PAUSE 10 ALL\r\n"u8);
        foreach (var piece in (string[])[first + start, rest]) text += node.Send(System.Text.Encoding.ASCII.GetBytes(piece));
        for (var i = 0; i < 3; i++)
        {
            node.Clock.Advance(1000);
            text += node.Send([]);
        }

        Assert.Equal(replies, text);
    }
}
