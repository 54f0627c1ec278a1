using System.Text;
using System.Globalization;
using Redouble.Core.Memory;
using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Tests.Blocking;

public sealed class BlockingServiceTests
{
    private const string Unblocked = "-UNBLOCKED client unblocked via CLIENT UNBLOCK|";
    private const string Forced = "-UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)|";

    [Fact]
    public void Who_came_first_is_served_first()
    {
        using var node = new EngineNode();
        var (first, second, third) = (node.Park("GETDEL k"), node.Park("GETDEL k"), node.Park("GETDEL k"));
        node.Do("SET k a");
        Assert.Equal(("$1|a|", "", ""), (node.Take(first), node.Take(second), node.Take(third)));
        node.Do("SET k b");
        node.Do("SET k c");
        Assert.Equal(("", "$1|b|", "$1|c|"), (node.Take(first), node.Take(second), node.Take(third)));
        AssertNobodyWaits(node);
    }

    [Fact]
    public void A_pipelined_command_behind_the_write_comes_too_late()
    {
        using var node = new EngineNode();
        var waiting = node.Park("GETDEL k");
        Assert.Equal("+OK|$-1|", node.Send([.. EngineNode.Encode("SET", "k", "a"), .. EngineNode.Encode("GET", "k")]));
        Assert.Equal("$1|a|", node.Take(waiting));
    }

    [Fact]
    public void Nobody_is_served_inside_a_transaction()
    {
        using var node = new EngineNode();
        var stream = new StreamTap(node);
        var waiting = node.Park("GETDEL k");
        node.Do("MULTI");
        node.Do("SET k a");
        node.Do("GET k");
        node.Do("SET k b");
        Assert.Equal("*3|+OK|$1|a|+OK|", node.Do("EXEC"));
        Assert.Equal("$1|b|", node.Take(waiting));
        Assert.Equal("MULTI | SELECT 0 | SET k a | SET k b | EXEC | DEL k", stream.Take());
    }

    [Fact]
    public void A_key_that_goes_again_in_its_transaction_wakes_nobody()
    {
        using var node = new EngineNode();
        var waiting = node.Park("GETDEL k");
        node.Do("MULTI");
        node.Do("SET k a");
        node.Do("DEL k");
        node.Do("EXEC");
        Assert.True(waiting.Has(SessionFlags.Blocked));
        node.Do("SET k b");
        Assert.Equal("$1|b|", node.Take(waiting));
    }

    [Theory]
    [InlineData("RENAME x k")]
    [InlineData("RENAMENX x k")]
    [InlineData("COPY x k")]
    [InlineData("COPY x k REPLACE")]
    [InlineData("SET k a")]
    public void However_a_key_comes_it_is_served(string command)
    {
        using var node = new EngineNode();
        var waiting = node.Park("GETDEL k");
        node.Do("SET x a");
        node.Do(command);
        Assert.Equal("$1|a|", node.Take(waiting));
    }

    [Fact]
    public void A_key_that_comes_from_another_database_is_served()
    {
        using var node = new EngineNode();
        var other = node.Connect();
        node.Do("SELECT 1", other);
        var (first, second) = (node.Park("GETDEL k"), node.Park("GETDEL l"));
        node.Do("SET k a", other);
        node.Do("MOVE k 0", other);
        node.Do("SET l b", other);
        Assert.Equal(("$1|a|", ""), (node.Take(first), node.Take(second)));
        node.Do("SWAPDB 0 1");
        Assert.Equal("$1|b|", node.Take(second));
    }

    [Fact]
    public void Who_is_served_may_serve_another_before_the_next_command()
    {
        using var node = new EngineNode();
        var stream = new StreamTap(node);
        var (last, first) = (node.Park("GETDEL b"), node.Park("RENAME a b"));
        Assert.Equal("+OK|:0|", node.Send([.. EngineNode.Encode("SET", "a", "1"), .. EngineNode.Encode("EXISTS", "a", "b")]));
        Assert.Equal(("+OK|", "$1|1|"), (node.Take(first), node.Take(last)));
        Assert.Equal("SELECT 0 | SET a 1 | RENAME a b | DEL b", stream.Take());
    }

    [Fact]
    public void A_value_of_another_type_wakes_nobody()
    {
        using var node = new EngineNode();
        var waiting = node.Park("GETDEL k", ValueType.List);
        node.Do("SET k a");
        node.Node.Blocking.KeyReady(0, "k"u8);
        node.Do("PING");
        Assert.Equal("", node.Take(waiting));
        Assert.True(waiting.Has(SessionFlags.Blocked));
    }

    [Fact]
    public void One_of_several_keys_is_enough_and_ends_the_wait_for_all()
    {
        using var node = new EngineNode();
        var waiting = node.Park("MGET a b a", keys: 3);
        Assert.Equal(2, node.Node.Blocking.KeyCount);
        node.Do("MSET b 2 a 1");
        Assert.Equal("*3|$1|1|$1|2|$1|1|", node.Take(waiting));
        AssertNobodyWaits(node);
    }

    [Theory]
    [InlineData("DEL k", true)]
    [InlineData("UNLINK k", true)]
    [InlineData("RENAME k l", true)]
    [InlineData("FLUSHDB", true)]
    [InlineData("FLUSHALL", true)]
    [InlineData("SWAPDB 0 1", true)]
    [InlineData("SWAPDB 1 2", false)]
    [InlineData("SET k b", false)]
    [InlineData("EXPIRE k 100", false)]
    [InlineData("DEL other", false)]
    public void Some_wake_when_their_key_goes(string command, bool wakes)
    {
        using var node = new EngineNode();
        node.Do("SET k a");
        node.Do("SET other a");
        var reader = node.Park("GET k");
        var waiting = node.Park("STRLEN k", wakesWithoutKey: true);
        Assert.Equal(1, node.Node.Blocking.KeysWakingWithoutKey);
        node.Do(command);
        Assert.Equal(wakes ? ":0|" : "", node.Take(waiting));
        Assert.Equal("", node.Take(reader));
        Assert.Equal(wakes ? 0 : 1, node.Node.Blocking.KeysWakingWithoutKey);
    }

    [Fact]
    public void Expiry_wakes_who_waits_for_the_end_of_a_key()
    {
        using var node = new EngineNode();
        node.Do("SET k a PX 10");
        var waiting = node.Park("STRLEN k", wakesWithoutKey: true);
        node.Clock.Advance(20);
        node.Do("GET k");
        Assert.Equal(":0|", node.Take(waiting));
    }

    [Fact]
    public void At_the_deadline_there_is_a_null_array_and_the_input_goes_on()
    {
        using var node = new EngineNode();
        var early = node.Park("GETDEL k", timeoutMs: 100);
        var late = node.Park("GETDEL k", timeoutMs: 200);
        var never = node.Park("GETDEL k");
        node.Do("PING", early);
        Assert.Equal(2, node.Node.Blocking.DeadlineCount);
        Turn(node, 99);
        Assert.Equal("", node.Take(early));
        Turn(node, 1);
        Assert.Equal(("*-1|+PONG|", "", ""), (node.Take(early), node.Take(late), node.Take(never)));
        Turn(node, 100);
        Assert.Equal(("*-1|", ""), (node.Take(late), node.Take(never)));
        Assert.Equal(long.MaxValue, node.Node.Blocking.NextDeadlineMs);
        Assert.Equal(1, node.Node.Blocking.KeyCount);
    }

    [Fact]
    public void A_deadline_beyond_all_time_does_not_keep_the_loop_awake()
    {
        using var node = new EngineNode();
        node.Park("GETDEL k", timeoutMs: long.MaxValue - (node.Clock.UnixMicroseconds / 1000));
        Assert.True(node.Node.NextDeadline > node.Clock.MonotonicMicroseconds);
        Turn(node, 1000);
        Assert.Equal(1, node.Node.Blocking.DeadlineCount);
    }

    [Theory]
    [InlineData("", "*-1|", 0)]
    [InlineData(" TIMEOUT", "*-1|", 0)]
    [InlineData(" ERROR", Unblocked, 1)]
    public void CLIENT_UNBLOCK_ends_a_wait_once(string reason, string reply, int failed)
    {
        using var node = new EngineNode();
        var waiting = node.Park("GETDEL k", timeoutMs: 1000);
        Assert.Equal(":1|", node.Do($"CLIENT UNBLOCK {waiting.Id}{reason}"));
        Assert.Equal(reply, node.Take(waiting));
        Assert.Equal(":0|", node.Do($"CLIENT UNBLOCK {waiting.Id}{reason}"));
        Assert.Contains($"cmdstat_getdel:calls=1,usec=0,usec_per_call=0.00,rejected_calls=0,failed_calls={failed}|", Stats(node), StringComparison.Ordinal);
        AssertNobodyWaits(node);
    }

    [Fact]
    public void Nothing_is_served_to_a_client_that_was_killed_before()
    {
        using var node = new EngineNode();
        var waiting = node.Park("GETDEL k");
        node.Send([.. EngineNode.Encode("CLIENT", "KILL", "ID", waiting.Id.ToString(CultureInfo.InvariantCulture)), .. EngineNode.Encode("SET", "k", "a")]);
        Assert.Equal("$1|a|", node.Do("GET k"));
        AssertNobodyWaits(node);
    }

    [Fact]
    public void A_connection_that_goes_leaves_nothing_behind()
    {
        using var node = new EngineNode();
        var lent = node.Node.Blocks.LentBytes;
        var gone = node.Park("GETDEL k l", keys: 2, timeoutMs: 1000);
        var next = node.Park("GETDEL k");
        node.Node.RemoveSession(gone);
        node.Do("SET k a");
        Assert.Equal("$1|a|", node.Take(next));
        node.Node.RemoveSession(next);
        AssertNobodyWaits(node);
        Assert.Equal(lent, node.Node.Blocks.LentBytes);
    }

    [Fact]
    public void The_checks_are_made_again_when_the_command_runs()
    {
        using var node = new EngineNode();
        node.Do("SET x 1");
        var waiting = node.Park("INCR k");
        node.Do("CONFIG SET maxmemory 1");
        node.Do("RENAME x k");
        Assert.Equal("-OOM command not allowed when used memory > 'maxmemory'.|", node.Take(waiting));
        Assert.Equal("$1|1|", node.Do("GET k"));
        Assert.Contains("cmdstat_incr:calls=0,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=0|", Stats(node), StringComparison.Ordinal);
        AssertNobodyWaits(node);
    }

    [Fact]
    public void A_pause_puts_the_command_off_once_more()
    {
        using var node = new EngineNode();
        var waiting = node.Park("GETDEL k", timeoutMs: 60_000);
        node.Do("PING", waiting);
        node.Do("CLIENT PAUSE 10000 WRITE");
        node.Node.Keyspace[0].SetString("k"u8, node.Node.Keyspace.Hash("k"u8), "a"u8, Redouble.Storage.Keyspace.ValueEncoding.EmbeddedString);
        Turn(node, 1);
        Assert.Equal("", node.Take(waiting));
        Assert.Equal(":0|", node.Do($"CLIENT UNBLOCK {waiting.Id}"));
        node.Do("CLIENT UNPAUSE");
        Assert.Equal("$1|a|+PONG|", node.Take(waiting));
        AssertNobodyWaits(node);
    }

    [Fact]
    public void Who_leaves_during_a_pause_leaves_nothing_behind()
    {
        using var node = new EngineNode();
        var lent = node.Node.Blocks.LentBytes;
        var waiting = node.Park("GETDEL k");
        node.Do("CLIENT PAUSE 10000 WRITE");
        node.Node.Keyspace[0].SetString("k"u8, node.Node.Keyspace.Hash("k"u8), "a"u8, Redouble.Storage.Keyspace.ValueEncoding.EmbeddedString);
        Turn(node, 1);
        node.Node.RemoveSession(waiting);
        node.Do("CLIENT UNPAUSE");
        Assert.Equal("$1|a|", node.Do("GET k"));
        Assert.Equal(lent, node.Node.Blocks.LentBytes);
    }

    [Fact]
    public void A_node_that_becomes_a_replica_sends_them_away()
    {
        using var node = new EngineNode();
        _ = new StreamTap(node);
        var (onKey, onReplicas) = (node.Park("GETDEL k", timeoutMs: 1000), node.Connect());
        node.Do("SET a 1", onReplicas);
        node.Do("WAIT 1 0", onReplicas);
        node.Do("REPLICAOF 127.0.0.1 1");
        Assert.Equal((Forced, "+OK|" + Forced), (node.Take(onKey), "+OK|" + node.Take(onReplicas)));
        Assert.True(onKey.Has(SessionFlags.CloseAfterReply) && onReplicas.Has(SessionFlags.CloseAfterReply));
        Assert.Contains("cmdstat_getdel:calls=1,usec=0,usec_per_call=0.00,rejected_calls=0,failed_calls=1|", Stats(node), StringComparison.Ordinal);
        Assert.Contains("errorstat_UNBLOCKED:count=2|", node.Do("INFO errorstats"), StringComparison.Ordinal);
        AssertNobodyWaits(node);
    }

    [Fact]
    public void A_replica_that_is_given_another_primary_sends_them_away()
    {
        using var node = new EngineNode();
        node.Do("REPLICAOF 127.0.0.1 1");
        var waiting = node.Park("GET k");
        node.Do("REPLICAOF 127.0.0.1 1");
        Assert.Equal("", node.Take(waiting));
        node.Do("REPLICAOF 127.0.0.1 2");
        Assert.Equal(Forced, node.Take(waiting));
        Assert.True(waiting.Has(SessionFlags.CloseAfterReply));
        AssertNobodyWaits(node);
    }

    [Fact]
    public void What_has_expired_before_it_is_served_is_served_to_nobody()
    {
        using var node = new EngineNode("enable-debug-command yes");
        var waiting = node.Park("GETDEL k");
        node.Do("MULTI");
        node.Do("SET k a PX 1");
        node.Do("DEBUG SLEEP 0.01");
        node.Do("EXEC");
        Assert.Equal("", node.Take(waiting));
        Assert.True(waiting.Has(SessionFlags.Blocked));
    }

    [Fact]
    public void A_pause_that_comes_with_the_key_puts_the_waiting_command_off()
    {
        using var node = new EngineNode();
        var waiting = Waiting(node, "BLPOP k 0");
        node.Do("MULTI");
        node.Do("RPUSH k 1");
        node.Do("CLIENT PAUSE 60000 WRITE");
        node.Do("EXEC");
        Assert.Equal("", node.Take(waiting));
        Assert.Equal(":0|", node.Do($"CLIENT UNBLOCK {waiting.Id}"));
        Assert.Equal("*1|$1|1|", node.Do("LRANGE k 0 -1"));
        node.Do("CLIENT UNPAUSE");
        Assert.Equal("*2|$1|k|$1|1|", node.Take(waiting));
        AssertNobodyWaits(node);
    }

    [Fact]
    public void What_is_stored_over_another_type_is_new_to_nobody_but_who_waits_in_a_group()
    {
        using var node = new EngineNode();
        node.Do("RPUSH src 1 2");
        var list = Waiting(node, "BLPOP k 0");
        node.Do("SET k s");
        node.Do("SORT src STORE k");
        Assert.Equal("", node.Take(list));
        node.Do("XGROUP CREATE s g $ MKSTREAM");
        var group = Waiting(node, "XREADGROUP GROUP g x BLOCK 0 STREAMS s >");
        var other = node.Park("BLPOP s 0", ValueType.List);
        node.Do("SORT src STORE s");
        Assert.Equal("-WRONGTYPE Operation against a key holding the wrong kind of value|", node.Take(group));
        Assert.Equal("*2|$1|s|$1|1|", node.Take(other));
    }

    [Fact]
    public void Nobody_is_served_while_a_data_set_is_loaded()
    {
        using var node = new EngineNode();
        var waiting = node.Park("GETDEL k");
        node.Node.IsLoading = true;
        node.Node.Keyspace[0].SetString("k"u8, node.Node.Keyspace.Hash("k"u8), "a"u8, Redouble.Storage.Keyspace.ValueEncoding.EmbeddedString);
        node.Node.ResumeUnblocked();
        Assert.Equal("", node.Take(waiting));
        node.Node.IsLoading = false;
        node.Node.ResumeUnblocked();
        Assert.Equal("$1|a|", node.Take(waiting));
    }

    /// <summary>A gigabyte may have come behind a request that waits, and nobody else was served until all of it was done.</summary>
    [Theory]
    [InlineData("INCR n", 50_000)]
    [InlineData("", 5_000_000)]
    public void Very_many_requests_behind_a_blocked_one_run_in_several_turns(string request, int count)
    {
        using var node = new EngineNode("client-output-buffer-limit normal 0 0 0");
        var waiting = node.Park("GETDEL k");
        var one = request.Length == 0 ? "\r\n" : request + "\r\n";
        Assert.Equal("", node.Send(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(one, count)) + "SET last 1\r\n"), waiting));
        Assert.False(node.Node.HasBackgroundWork);
        node.Do("SET k a");
        var turns = 1;
        for (; node.Node.HasBackgroundWork; turns++)
        {
            Assert.Equal("$-1|", node.Do("GET last"));
            Assert.InRange(turns, 1, 1000);
        }

        Assert.InRange(turns, 2, 1000);
        Assert.Equal("$1|1|", node.Do("GET last"));
        var expected = "$1|a|" + (request.Length == 0 ? "" : string.Concat(Enumerable.Range(1, count).Select(static i => $":{i}|"))) + "+OK|";
        Assert.True(expected == node.Take(waiting));
    }

    /// <summary>Two that wake each other up do not keep the others waiting, either.</summary>
    [Fact]
    public void Blocked_ones_that_serve_each_other_run_in_several_turns()
    {
        const int count = 20_000;
        using var node = new EngineNode();
        var (ping, pong) = (node.Park("GETDEL a"), node.Park("GETDEL b"));
        node.Send(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("LPUSH l x\r\nBLPOP m 0\r\n", count))), ping);
        node.Send(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("BLPOP l 0\r\nLPUSH m x\r\n", count))), pong);
        node.Do("SET b 1");
        node.Do("SET a 1");
        Assert.True(node.Node.HasBackgroundWork);
        for (var i = 0; node.Node.HasBackgroundWork; i++)
        {
            Assert.InRange(i, 0, count);
            Assert.Equal("+PONG|", node.Do("PING"));
        }

        Assert.Equal(count, node.Take(ping).Split("*2|$1|m|$1|x|").Length - 1);
        Assert.Equal(count, node.Take(pong).Split("*2|$1|l|$1|x|").Length - 1);
    }

    [Fact]
    public void Requests_behind_a_blocked_one_stay_unread_and_run_in_the_turn_of_the_answer()
    {
        using var node = new EngineNode();
        var waiting = node.Park("GETDEL k");
        Assert.Equal("", node.Send([.. EngineNode.Encode("SET", "k2", "1"), .. EngineNode.Encode("GET", "k2")], waiting));
        Assert.Equal("$-1|", node.Do("GET k2"));
        node.Do("SET k a");
        Assert.Equal("$1|a|+OK|$1|1|", node.Take(waiting));
    }

    [Fact]
    public void INFO_and_CLIENT_LIST_show_them()
    {
        using var node = new EngineNode();
        var waiting = node.Park("MGET a b", keys: 2, timeoutMs: 100);
        node.Park("GETDEL a", wakesWithoutKey: true);
        var info = node.Do("INFO clients");
        foreach (var line in (string[])["blocked_clients:2", "clients_in_timeout_table:1", "total_blocking_keys:2", "total_blocking_keys_on_nokey:1"])
        {
            Assert.Contains($"|{line}|", info, StringComparison.Ordinal);
        }

        var line2 = node.Do($"CLIENT LIST ID {waiting.Id}");
        Assert.Contains(" flags=b ", line2, StringComparison.Ordinal);
        Assert.Contains(" argv-mem=6 ", line2, StringComparison.Ordinal);
    }

    [Fact]
    public void A_call_counts_when_it_ends_and_MONITOR_does_not_see_it_again()
    {
        using var node = new EngineNode("slowlog-log-slower-than 0");
        var monitor = node.Connect();
        node.Do("MONITOR", monitor);
        var (served, timed) = (node.Park("GETDEL k"), node.Park("GETDEL k2", timeoutMs: 10));
        node.Do("SET k a");
        Turn(node, 10);
        Assert.Equal(("$1|a|", "*-1|"), (node.Take(served), node.Take(timed)));
        Assert.DoesNotContain("GETDEL", node.Take(monitor), StringComparison.Ordinal);
        Assert.Contains("cmdstat_getdel:calls=2,", Stats(node), StringComparison.Ordinal);
        var slow = node.Do("SLOWLOG GET 10");
        Assert.Contains("*2|$6|GETDEL|$1|k|", slow, StringComparison.Ordinal);
        Assert.Contains("*2|$6|GETDEL|$2|k2|", slow, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CLIENT REPLY OFF", "")]
    [InlineData("CLIENT REPLY SKIP", "+PONG|")]
    public void A_silenced_wait_answers_nothing(string mode, string then)
    {
        using var node = new EngineNode();
        _ = new StreamTap(node);
        var waiting = node.Connect();
        node.Do("SET a 1", waiting);
        node.Do(mode, waiting);
        node.Do("WAIT 1 100", waiting);
        node.Do("PING", waiting);
        Turn(node, 100);
        Assert.Equal(then, node.Take(waiting));
    }

    [Fact]
    public void A_request_is_kept_with_another_word_in_it()
    {
        using var node = new EngineNode("slowlog-log-slower-than 0");
        var lent = node.Node.Blocks.LentBytes;
        var session = node.Connect();
        Parking.With(node, session, "GETEX k PX $", c =>
        {
            var request = c.BlockOnKeys(ValueType.String, 1, 1, 0);
            request.Replace(3, ["1"u8.ToArray()]);
            request.Replace(3, ["100000"u8.ToArray()]);
        });
        node.Do("SET k a");
        Assert.Equal("$1|a|", node.Take(session));
        Assert.Equal(":100000|", node.Do("PTTL k"));
        Assert.Contains("*4|$5|GETEX|$1|k|$2|PX|$1|$|", node.Do("SLOWLOG GET 10"), StringComparison.Ordinal);
        Assert.Equal(lent, node.Node.Blocks.LentBytes);
    }

    [Fact]
    public void Who_was_blocked_for_long_is_not_idle_for_long()
    {
        using var node = new EngineNode("timeout 10");
        var (served, timed) = (node.Park("GETDEL k"), node.Park("GETDEL l", timeoutMs: 60_000));
        Turn(node, 60_000);
        node.Do("SET k a");
        for (var i = 0; i < 20; i++) node.Node.Timer();
        Assert.False(served.Has(SessionFlags.CloseAsap) || timed.Has(SessionFlags.CloseAsap));
        Turn(node, 11_000);
        for (var i = 0; i < 20; i++) node.Node.Timer();
        Assert.True(served.Has(SessionFlags.CloseAsap) && timed.Has(SessionFlags.CloseAsap));
    }

    [Fact]
    public void Many_end_in_the_order_of_their_deadlines_and_leave_nothing()
    {
        const int count = 5000;
        using var node = new EngineNode();
        var lent = node.Node.Blocks.LentBytes;
        var sessions = new List<Session>();
        for (var i = 0; i < count; i++) sessions.Add(node.Park($"GETDEL k{i % 7}", timeoutMs: 1 + (i * 7919 % count)));
        for (var step = 0; step < 5; step++)
        {
            Turn(node, count / 5);
            Assert.Equal(count - ((step + 1) * (count / 5)), node.Node.Blocking.DeadlineCount);
        }

        Assert.All(sessions, session => Assert.Equal("*-1|", node.Take(session)));
        AssertNobodyWaits(node);
        Assert.Equal(lent, node.Node.Blocks.LentBytes);
    }

    /// <summary>The answer itself may be what a client's output limit cuts: closing the client forgot the wait that was being answered.</summary>
    [Theory]
    [InlineData("BLPOP k 0")]
    [InlineData("WAIT 1 0")]
    public void An_answer_beyond_the_output_limit_closes_the_client_and_nothing_else(string command)
    {
        using var node = new EngineNode("client-output-buffer-limit normal 1 0 0");
        var lent = node.Node.Blocks.LentBytes;
        var waiting = Waiting(node, command);
        waiting.Output.Write(new byte[2 * BlockPool.StandardCapacity]);
        Assert.False(waiting.Output.IsCut);
        Assert.Equal(":1|", node.Do($"CLIENT UNBLOCK {waiting.Id} ERROR"));
        Assert.True(waiting.Output.IsCut && waiting.Has(SessionFlags.CloseAsap));
        node.Node.RemoveSession(waiting);
        AssertNobodyWaits(node);
        Assert.Equal(lent, node.Node.Blocks.LentBytes);
    }

    [Theory]
    [InlineData("WAIT 1 10", false)]
    [InlineData("WAIT 1 0", true)]
    public void WAIT_counts_when_it_ends_and_as_failed_when_it_is_ended_with_an_error(string command, bool fails)
    {
        using var node = new EngineNode("slowlog-log-slower-than 0");
        var waiting = Waiting(node, command);
        Assert.DoesNotContain("cmdstat_wait:", Stats(node), StringComparison.Ordinal);
        if (fails) node.Do($"CLIENT UNBLOCK {waiting.Id} ERROR");
        else Turn(node, 10);
        Assert.NotEqual("", node.Take(waiting));
        Assert.Contains("cmdstat_wait:calls=1,", Stats(node), StringComparison.Ordinal);
        var line = Stats(node).Split('|').Single(line => line.StartsWith("cmdstat_wait:", StringComparison.Ordinal));
        Assert.EndsWith(fails ? ",failed_calls=1" : ",failed_calls=0", line, StringComparison.Ordinal);
        Assert.Contains("*3|$4|WAIT|", node.Do("SLOWLOG GET 10"), StringComparison.Ordinal);
    }

    // A client of a command that waits by itself.
    private static Session Waiting(EngineNode node, string command)
    {
        var session = node.Connect();
        Assert.Equal("", node.Do(command, session));
        Assert.True(session.Has(SessionFlags.Blocked));
        return session;
    }

    private static string Stats(EngineNode node) => node.Do("INFO commandstats");

    private static void Turn(EngineNode node, long milliseconds)
    {
        node.Clock.Advance(milliseconds);
        node.Node.BeginTurn(node.Clock.MonotonicMicroseconds);
        node.Node.ResumeUnblocked();
    }

    private static void AssertNobodyWaits(EngineNode node)
    {
        Assert.Equal((0, 0, 0), (node.Node.Blocking.KeyCount, node.Node.Blocking.KeysWakingWithoutKey, node.Node.Blocking.DeadlineCount));
        Assert.False(node.Node.Blocking.HasReady);
        Assert.Equal(0, node.Node.Keyspace.AwaitedTypes);
        Assert.False(node.Node.Keyspace.ReportRemovals);
    }

    /// <summary>The request was written anew for each of them: as many times as long as it had streams.</summary>
    [Fact]
    public void Who_waits_for_what_comes_to_many_streams_pays_for_each_once()
    {
        const int streams = 4000;
        using var node = new EngineNode();
        node.Do("XADD s7 5-0 f v");
        var reader = node.Connect();
        var request = EngineNode.Encode(
            ["XREAD", "BLOCK", "0", "STREAMS", .. Enumerable.Range(0, streams).Select(static i => $"s{i}"), .. Enumerable.Repeat("$", streams)]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal("", node.Send(request, reader));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
        node.Do("XADD s7 6-0 f w");
        Assert.Equal("*1|*2|$2|s7|*1|*2|$3|6-0|*2|$1|f|$1|w|", node.Take(reader));
    }
}
