using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;
using Redouble.Replication.Primary;

namespace Redouble.Engine.Tests.Replication;

/// <summary>
/// A Redis before 7.4 drops a whole transaction for one command that it does not know, and was another data set from then on: after
/// <c>HINCRBYFLOAT</c> of a field with a time, and after each <c>MULTI</c> with a <c>HEXPIRE</c> in it.
/// </summary>
public sealed class ForeignReplicaTests : IDisposable
{
    private const string Unit = "SET k 1 | SET l 2 | HPEXPIREAT h 1999999999000 FIELDS 1 a | INCR k | HPERSIST h FIELDS 1 a";

    private readonly EngineNode _node = new("repl-diskless-sync-delay 0");
    private readonly StreamTap _tap;

    public ForeignReplicaTests()
    {
        _tap = new StreamTap(_node);
        _node.Do("HSET h a 1 b 2");
        _node.Do("HPEXPIREAT h 1999999999000 FIELDS 1 b");
    }

    [Fact]
    public void Redoubles_get_units_whole()
    {
        Follow("REPLCONF capa eof capa psync2 capa redouble");
        Run(Unit);
        Assert.Equal($"MULTI | {Unit} | EXEC", Told());
        _node.Do("HINCRBYFLOAT h b 0.5");
        Assert.Equal("MULTI | HSET h b 2.5 | HPEXPIREAT h 1999999999000 FIELDS 1 b | EXEC", Told());
    }

    [Fact]
    public void For_others_times_of_fields_stand_between_transactions()
    {
        const string parts = "MULTI | SET k 1 | SET l 2 | EXEC | HPEXPIREAT h 1999999999000 FIELDS 1 a | INCR k | HPERSIST h FIELDS 1 a";
        Follow("REPLCONF capa eof capa psync2");
        Run(Unit);
        Assert.Equal(parts, Told());
        _node.Do("HINCRBYFLOAT h b 0.5");
        Assert.Equal("HSET h b 2.5 | HPEXPIREAT h 1999999999000 FIELDS 1 b", Told());
        Run("hpexpireat h 1999999999000 fields 1 a | hpersist h fields 1 a");
        Assert.Equal("hpexpireat h 1999999999000 fields 1 a | hpersist h fields 1 a", Told());
        Run("SET k 1 | HEXPIREAT h 1 FIELDS 1 a | SET l 2");
        Assert.Equal("MULTI | SET k 1 | HDEL h a | SET l 2 | EXEC", Told());
    }

    /// <summary>A message stood between two commands of the stream.</summary>
    [Fact]
    public void A_replica_that_listens_to_a_channel_is_ended_by_a_message()
    {
        var replica = Follow("HELLO 3", "SUBSCRIBE channel", "REPLCONF capa eof capa psync2 capa redouble");
        var pending = replica.Output.PendingBytes;
        Assert.Equal(":1|", _node.Do("PUBLISH channel text"));
        Assert.True(replica.Has(SessionFlags.CloseAsap));
        Assert.Equal(pending, replica.Output.PendingBytes);
    }

    /// <summary>What it is shown stood between the commands of the stream.</summary>
    [Theory]
    [InlineData("PSYNC ? -1")]
    [InlineData("SYNC")]
    public void A_monitor_does_not_become_a_replica(string command)
    {
        var monitor = _node.Connect();
        Assert.Equal("+OK|", _node.Do("MONITOR", monitor));
        Assert.DoesNotContain("FULLRESYNC", _node.Do(command, monitor), StringComparison.Ordinal);
        Assert.False(monitor.Has(SessionFlags.Replica));
        Assert.Contains("connected_slaves:0|", _node.Do("INFO replication"), StringComparison.Ordinal);
    }

    /// <summary>It wrote into the copy that the node had just become, and no other copy ever heard of it.</summary>
    [Fact]
    public void What_stands_behind_a_REPLICAOF_in_a_transaction_is_refused_as_outside_of_one()
    {
        Run("SET before 1 | REPLICAOF 127.0.0.1 1 | SET behind 1 | GET before");
        Assert.Equal("*2|$1|1|$-1|", _node.Do("MGET before behind"));
        Assert.StartsWith("-READONLY", _node.Do("SET behind 1"), StringComparison.Ordinal);
    }

    /// <summary>
    /// Once it had been there, and after every restart and promotion, no unit with such a command was one any more: nor for Redoubles, and in the file.
    /// </summary>
    [Fact]
    public void Who_is_gone_leaves_units_whole_and_comes_back_from_behind_them()
    {
        var log = _node.Node.Replication.Protocol.Log;
        _node.Node.Replication.Forget(Follow("REPLCONF capa eof capa psync2"));
        Run("SET k 1 | INCR k");
        var before = log.EndOffset;
        Assert.Equal(0, log.FieldExpiryOffset);
        Run(Unit);
        Assert.EndsWith($"MULTI | {Unit} | EXEC", Told(), StringComparison.Ordinal);
        Assert.Equal(log.EndOffset, log.FieldExpiryOffset);
        var end = log.EndOffset;
        Run("SET k 1 | INCR k");
        _node.Do("HPEXPIREAT h 1999999999000 FIELDS 1 b"); // an error for it, and no harm
        Assert.Equal(end, log.FieldExpiryOffset);
        Assert.Equal(ReplicaLinkState.WaitStart, Resume(before));
        Assert.Equal(ReplicaLinkState.WaitStart, Resume(end - 1));
        Assert.Equal(ReplicaLinkState.Online, Resume(end));
        Assert.Equal(ReplicaLinkState.Online, Resume(before, "REPLCONF capa eof capa psync2 capa redouble"));
        _node.Do("CONFIG SET repl-oldest-redis-replica 7.4");
        Assert.Equal(ReplicaLinkState.Online, Resume(before));
    }

    /// <summary>Others have followed the same primary, and go on here.</summary>
    [Fact]
    public void Who_followed_the_former_primary_goes_on_at_a_promoted_one_from_where_it_can()
    {
        const string unit = "MULTI | HSET h a 1 | HPEXPIREAT h 1999999999000 FIELDS 1 a | EXEC";
        using var node = new FollowingNode("replica-freshness-period-ms 0");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(0));
        foreach (var command in unit.Split(" | ")) node.Hear(EngineNode.Encode(command.Split(' ')));
        var end = node.Engine.Node.Replication.Protocol.Log.EndOffset;
        node.Hear(EngineNode.Encode("SET", "k", "1"));
        Assert.Equal("+OK|", node.Do("REPLICAOF NO ONE"));
        Assert.Equal(ReplicaLinkState.WaitStart, Resume(node.Engine, 1000, FollowingNode.IdA));
        Assert.Equal(ReplicaLinkState.Online, Resume(node.Engine, end, FollowingNode.IdA));
        Assert.Equal(ReplicaLinkState.Online, Resume(node.Engine, 1000, FollowingNode.IdA, "REPLCONF capa redouble"));
    }

    [Fact]
    public void A_promoted_primary_writes_units_whole()
    {
        const string unit = "MULTI | HSET h a 1 | HPEXPIREAT h 1999999999000 FIELDS 1 a | EXEC";
        using var node = new FollowingNode("replica-freshness-period-ms 0");
        node.FullSync(FollowingNode.IdA, FollowingNode.Rdb(0));
        Assert.Equal("+OK|", node.Do("REPLICAOF NO ONE"));
        var tap = new StreamTap(node.Engine);
        foreach (var command in unit.Split(" | ")) node.Do(command);
        Assert.Equal(unit, tap.Take().Replace("SELECT 0 | ", "", StringComparison.Ordinal));
    }

    [Fact]
    public void A_restarted_primary_writes_units_whole()
    {
        var protocol = _node.Node.Replication.Protocol;
        protocol.Restore(protocol.History.Identity.Id, protocol.Log.EndOffset, 0, asReplica: false);
        Told();
        Run("SET k 1 | HPERSIST h FIELDS 1 b");
        Assert.Equal("MULTI | SET k 1 | HPERSIST h FIELDS 1 b | EXEC", Told());
    }

    [Fact]
    public void A_link_that_is_up_may_be_said_to_be_one()
    {
        _node.Do("CONFIG SET repl-oldest-redis-replica 7.4");
        Follow("REPLCONF capa eof capa psync2");
        Run("SET k 1 | HPERSIST h FIELDS 1 b");
        Assert.Equal("MULTI | SET k 1 | HPERSIST h FIELDS 1 b | EXEC", Told());
        _node.Do("HPEXPIREAT h 1999999999000 FIELDS 1 b");
        _node.Do("CONFIG SET repl-oldest-redis-replica 7.0");
        Told();
        Run("SET k 1 | HPERSIST h FIELDS 1 b");
        Assert.Equal("SET k 1 | HPERSIST h FIELDS 1 b", Told());
    }

    [Theory]
    [InlineData("listpack", "512")]
    [InlineData("hashtable", "1")]
    public void A_payload_with_times_goes_to_others_without_them_and_the_times_follow(string encoding, string entriesMax)
    {
        _node.DoWords("CONFIG", "SET", "hash-max-listpack-entries", entriesMax);
        _node.Do("HSET g a 1 b 2");
        var plain = Dump("g");
        _node.Do("HPEXPIREAT g 1999999999000 FIELDS 1 a");
        var timed = Dump("g");
        Told();
        var log = _node.Node.Replication.Protocol.Log;
        _node.DoWords("RESTORE", "r", "0", timed);
        Assert.Equal($"RESTORE r 0 {timed}", Told());
        var end = log.EndOffset;
        Assert.Equal(end, log.FieldExpiryOffset);
        Follow("REPLCONF capa eof capa psync2");
        _node.DoWords("RESTORE", "r", "0", timed, "REPLACE");
        Assert.Equal($"RESTORE r 0 {plain} REPLACE | HPEXPIREAT r 1999999999000 FIELDS 1 a", Told());
        Assert.Equal("*1|:1999999999000|", _node.Do("HPEXPIRETIME r FIELDS 1 a"));
        _node.DoWords("RESTORE", "r", "5000", plain, "REPLACE");
        Assert.Equal($"RESTORE r {_node.Node.Keyspace.NowMs + 5000} {plain} REPLACE ABSTTL", Told());
        Assert.Equal($"${encoding.Length}|{encoding}|", _node.Do("OBJECT ENCODING r"));
        Assert.Equal(end, log.FieldExpiryOffset);
    }

    /// <summary>The reply went into the stream, and the replica's offset was wrong ever after.</summary>
    [Theory]
    [InlineData("PING", "ping")]
    [InlineData("GET k", "get")]
    [InlineData("SET k v", "set")]
    [InlineData("CONFIG GET port", "config|get")]
    [InlineData("NOSUCH", "<unknown>")]
    [InlineData("REPLCONF nosuch 1", "replconf")]
    [InlineData("WAIT 5 100", "wait")] // would get one later
    [InlineData("BLPOP none 0", "blpop")]
    public void A_replica_that_asks_for_a_reply_is_closed_without_one(string command, string name)
    {
        var replica = Follow("REPLCONF capa eof capa psync2");
        _node.Take(replica);
        Assert.Equal("", _node.Do("REPLCONF ACK 0", replica));
        Assert.False(replica.Has(SessionFlags.CloseAsap));
        Assert.Equal("", _node.Do(command, replica));
        Assert.True(replica.Has(SessionFlags.CloseAsap));
        Assert.StartsWith($"Replica generated a reply to command '{name}', disconnecting it: id=", _node.LogLines[^1], StringComparison.Ordinal);
    }

    public void Dispose() => _node.Dispose();

    private Session Follow(params string[] introduction)
    {
        var replica = _node.Connect();
        foreach (var command in introduction) _node.Do(command, replica);
        _node.Do("PSYNC ? -1", replica);
        Told();
        return replica;
    }

    // What becomes of one that has everything up to an offset and asks to go on.
    private ReplicaLinkState Resume(long offset, string introduction = "REPLCONF capa eof capa psync2") =>
        Resume(_node, offset, _node.Node.Replication.Protocol.History.Identity.Id.ToString(), introduction);

    private static ReplicaLinkState Resume(EngineNode node, long offset, string id, string introduction = "REPLCONF capa eof capa psync2")
    {
        var replica = node.Connect();
        node.Do(introduction, replica);
        Assert.Equal("", node.Do($"PSYNC {id} {offset + 1}", replica));
        var state = Assert.IsType<ReplicaLink>(replica.ReplicaLink).State;
        node.Node.Replication.Forget(replica);
        return state;
    }

    private string Dump(string key)
    {
        var bulk = _node.Do($"DUMP {key}").Split('|', 2)[1];
        return bulk[..^1];
    }

    // A SELECT stands wherever a snapshot has begun.
    private string Told() => _tap.Take().Replace("SELECT 0 | ", "", StringComparison.Ordinal);

    private void Run(string commands)
    {
        _node.Do("MULTI");
        foreach (var command in commands.Split(" | ")) Assert.Equal("+QUEUED|", _node.Do(command));
        _node.Do("EXEC");
    }
}
