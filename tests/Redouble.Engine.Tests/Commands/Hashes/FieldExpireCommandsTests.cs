using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Commands.Hashes;

/// <summary>Fields that expire, as observed on Redis 7.4, over both encodings.</summary>
public sealed class FieldExpireCommandsTests : IDisposable
{
    private readonly EngineNode _node = new("enable-debug-command yes", "notify-keyspace-events KA");

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData("512")]
    [InlineData("0")]
    public void Answers_each_field_in_order(string entriesMax)
    {
        UseEntries(entriesMax);
        Assert.Equal(":3|", _node.Do("HSET h a 1 b 2 c 3"));
        Assert.Equal("*3|:1|:1|:-2|", _node.Do("HPEXPIRE h 100000 FIELDS 3 a b x"));
        Assert.Equal("*2|:1|:1|", _node.Do("HPEXPIRE h 100000 FIELDS 2 a a"));
        Assert.Equal("*2|:-2|:-2|", _node.Do("HEXPIRE nokey 10 FIELDS 2 a b"));
        Assert.Equal("*4|:100|:100|:-1|:-2|", _node.Do("httl h fields 4 a b c x"));
        Assert.Equal("*3|:1|:-1|:-2|", _node.Do("HPERSIST h FIELDS 3 a a x"));
        Assert.Equal("*2|:1|:0|", _node.Do("HEXPIRE h 10 NX FIELDS 2 a b"));
        Assert.Equal("*2|:2|:-2|", _node.Do("HEXPIRE h 0 FIELDS 2 c c"));
        Assert.Equal(":2|", _node.Do("HLEN h"));
    }

    [Theory]
    [InlineData("512")]
    [InlineData("0")]
    public void Conditions_are_tested_before_the_time(string entriesMax)
    {
        UseEntries(entriesMax);
        _node.Do("HSET h a 1 b 2");
        Assert.Equal("*1|:0|", _node.Do("HPEXPIREAT h 1 XX FIELDS 1 a"));
        Assert.Equal("*1|:0|", _node.Do("HPEXPIRE h 1000 GT FIELDS 1 a"));
        Assert.Equal("*1|:1|", _node.Do("HPEXPIRE h 1000 LT FIELDS 1 a"));
        Assert.Equal("*1|:0|", _node.Do("HPEXPIRE h 1000 LT FIELDS 1 a"));
        Assert.Equal("*1|:0|", _node.Do("HPEXPIRE h 1000 gt FIELDS 1 a"));
        Assert.Equal("*1|:1|", _node.Do("HPEXPIRE h 1001 GT FIELDS 1 a"));
        Assert.Equal("*1|:1|", _node.Do("HPEXPIRE h 2000 XX FIELDS 1 a"));
        Assert.Equal("*2|:0|:1|", _node.Do("HPEXPIRE h 2000 NX FIELDS 2 a b"));
    }

    [Fact]
    public void Times_are_rounded_up_to_seconds()
    {
        _node.Do("HSET h a 1 b 2");
        _node.Do("HPEXPIREAT h 1999999999001 FIELDS 1 a");
        Assert.Equal("*2|:2000000000|:-1|", _node.Do("HEXPIRETIME h FIELDS 2 a b"));
        Assert.Equal("*1|:1999999999001|", _node.Do("HPEXPIRETIME h FIELDS 1 a"));
        _node.Do("HPEXPIRE h 1500 FIELDS 1 b");
        Assert.Equal("*1|:2|", _node.Do("HTTL h FIELDS 1 b"));
        Assert.Equal("*1|:1500|", _node.Do("HPTTL h FIELDS 1 b"));
    }

    [Theory]
    [InlineData("HEXPIRE s x FIELDS 1 a", "-WRONGTYPE Operation against a key holding the wrong kind of value|")]
    [InlineData("HEXPIRE h x FIELDS 1 a", "-ERR value is not an integer or out of range|")]
    [InlineData("HEXPIRE nokey -1 FIELDS 1 a", "-ERR invalid expire time, must be >= 0|")]
    [InlineData("HEXPIRE h 70368744178 FIELDS 1 a", "-ERR invalid expire time in 'hexpire' command|")]
    [InlineData("HPEXPIREAT h 70368744177664 FIELDS 1 a", "-ERR invalid expire time in 'hpexpireat' command|")]
    [InlineData("HPEXPIREAT h 70368744177663 FIELDS 1 a", "*1|:1|")]
    [InlineData("HEXPIRE h 1 NX XX FIELDS 1 a", "-ERR Mandatory argument FIELDS is missing or not at the right position|")]
    [InlineData("HEXPIRE h 1 FIELDS 0 a", "-ERR Parameter `numFields` should be greater than 0|")]
    [InlineData("HEXPIRE h 1 FIELDS 2 a", "-ERR The `numfields` parameter must match the number of arguments|")]
    [InlineData("HEXPIRE h 1 FIELDS 1 a NX", "-ERR The `numfields` parameter must match the number of arguments|")]
    [InlineData("HPERSIST h FIELDS x a", "-ERR Number of fields must be a positive integer|")]
    [InlineData("HTTL h FIELD 1 a", "-ERR Mandatory argument FIELDS is missing or not at the right position|")]
    [InlineData("HTTL h FIELDS 2 a", "-ERR The `numfields` parameter must match the number of arguments|")]
    public void Refuses_in_order(string command, string reply)
    {
        _node.Do("HSET h a 1");
        _node.Do("SET s x");
        Assert.Equal(reply, _node.Do(command));
    }

    [Theory]
    [InlineData("512")]
    [InlineData("0")]
    public void Expired_fields_are_hidden_and_counted(string entriesMax)
    {
        UseEntries(entriesMax);
        Expire("a", "b");
        Assert.Equal("*0|", _node.Do("HGETALL h"));
        Assert.Equal("*0|", _node.Do("HKEYS h"));
        Assert.Equal("*2|$1|0|*0|", _node.Do("HSCAN h 0"));
        Assert.Equal("*2|:-2|:-2|", _node.Do("HTTL h FIELDS 2 a b"));
        Assert.Equal("*1|:-2|", _node.Do("HPERSIST h FIELDS 1 a"));
        Assert.Equal(":2|", _node.Do("HLEN h"));
        Assert.Equal(":1|", _node.Do("EXISTS h"));
        Assert.Equal("*2|:0|:-2|", _node.Do("HPEXPIRE h 1000 NX FIELDS 2 a c"));
        Assert.Equal("*1|:1|", _node.Do("HPEXPIRE h 1000 XX FIELDS 1 a"));
        Assert.Equal("*2|$1|a|$1|1|", _node.Do("HGETALL h"));
        Assert.Equal(":0|", _node.Do("HSET h b 9"));
        Assert.Equal("*1|:-1|", _node.Do("HTTL h FIELDS 1 b"));
        Assert.Contains("expired_subkeys:0", _node.Do("INFO stats"));
    }

    [Theory]
    [InlineData("512")]
    [InlineData("0")]
    public void Commands_that_name_an_expired_field_remove_it(string entriesMax)
    {
        UseEntries(entriesMax);
        var tap = new StreamTap(_node);
        Expire("a", "b");
        _node.Do("HSET h keep 1");
        tap.Take();
        Assert.Equal("$-1|", _node.Do("HGET h a"));
        Assert.Equal("HDEL h a", tap.Take());
        Assert.Equal(":7|", _node.Do("HINCRBY h b 7"));
        Assert.Equal("MULTI | HDEL h b | HINCRBY h b 7 | EXEC", tap.Take());
        Assert.Equal("*1|:-1|", _node.Do("HTTL h FIELDS 1 b"));
        Assert.Contains("expired_subkeys:2", _node.Do("INFO stats"));
        Assert.Equal(":2|", _node.Do("HLEN h"));
    }

    [Theory]
    [InlineData("HGET h a", "$-1|")]
    [InlineData("HEXISTS h a", ":0|")]
    [InlineData("HSTRLEN h a", ":0|")]
    [InlineData("HRANDFIELD h", "$-1|")]
    [InlineData("HRANDFIELD h 5", "*0|")]
    public void The_last_field_takes_the_hash_with_it(string command, string reply)
    {
        Expire("a");
        var tap = new StreamTap(_node);
        var events = Subscribe();
        Assert.Equal(reply, _node.Do(command));
        Assert.Equal(":0|", _node.Do("EXISTS h"));
        Assert.Equal("SELECT 0 | HDEL h a", tap.Take());
        Assert.Equal("hexpired del", events());
    }

    [Fact]
    public void Several_of_one_command_are_one_event()
    {
        Expire("a", "b", "c");
        _node.Do("HSET h d 4");
        var tap = new StreamTap(_node);
        var events = Subscribe();
        Assert.Equal("*3|$-1|$-1|$1|4|", _node.Do("HMGET h a b d"));
        Assert.Equal("MULTI | SELECT 0 | HDEL h a | HDEL h b | EXEC", tap.Take());
        Assert.Equal("hexpired", events());
    }

    [Fact]
    public void HMGET_of_the_last_field_alone_is_no_event()
    {
        Expire("a");
        var events = Subscribe();
        Assert.Equal("*2|$-1|$-1|", _node.Do("HMGET h a x"));
        Assert.Equal(":0|", _node.Do("EXISTS h"));
        Assert.Equal("", events());
    }

    [Fact]
    public void Replicas_are_told_the_moment_and_the_fields_that_got_it()
    {
        _node.Do("HSET h a 1 b 2 c 3");
        _node.Do("HEXPIRE h 1000 FIELDS 1 a");
        var tap = new StreamTap(_node);
        var at = _node.Node.Keyspace.NowMs + 100_000;
        Assert.Equal("*2|:0|:1|", _node.Do("HPEXPIRE h 100000 NX FIELDS 2 a b"));
        Assert.Equal($"SELECT 0 | HPEXPIREAT h {at} NX FIELDS 1 b", tap.Take());
        _node.Do("HPEXPIREAT h 1999999999000 FIELDS 2 a b");
        Assert.Equal("HPEXPIREAT h 1999999999000 FIELDS 2 a b", tap.Take());
        _node.Do("HPEXPIREAT h 1999999999001 FIELDS 2 a x");
        Assert.Equal("HPEXPIREAT h 1999999999001 FIELDS 1 a", tap.Take());
        _node.Do("HPEXPIRE h 1 NX FIELDS 2 a b");
        Assert.Equal("", tap.Take());
        Assert.Equal("*2|:2|:2|", _node.Do("HEXPIREAT h 1 FIELDS 2 a b"));
        Assert.Equal("MULTI | HDEL h a | HDEL h b | EXEC", tap.Take());
        _node.Do("HPERSIST h FIELDS 1 c");
        Assert.Equal("", tap.Take());
    }

    [Fact]
    public void HINCRBYFLOAT_keeps_the_time_on_replicas_too()
    {
        _node.Do("HSET h a 1");
        _node.Do("HPEXPIREAT h 1999999999000 FIELDS 1 a");
        var tap = new StreamTap(_node);
        Assert.Equal("$3|1.5|", _node.Do("HINCRBYFLOAT h a 0.5"));
        Assert.Equal("MULTI | SELECT 0 | HSET h a 1.5 | HPEXPIREAT h 1999999999000 FIELDS 1 a | EXEC", tap.Take());
        Assert.Equal("*1|:1999999999000|", _node.Do("HPEXPIRETIME h FIELDS 1 a"));
    }

    [Fact]
    public void Events_of_the_commands()
    {
        _node.Do("HSET h a 1 b 2");
        var events = Subscribe();
        _node.Do("HEXPIRE h 100 FIELDS 2 a b");
        _node.Do("HPERSIST h FIELDS 2 a b");
        _node.Do("HPERSIST h FIELDS 2 a b");
        _node.Do("HEXPIRE h 0 FIELDS 2 a b");
        Assert.Equal("hexpire hpersist hdel del", events());
    }

    [Fact]
    public void Encodings_follow_Redis()
    {
        _node.Do("HSET h a 1");
        Assert.Equal("$8|listpack|", _node.Do("OBJECT ENCODING h"));
        _node.Do("HEXPIRE h 100 FIELDS 1 nofield");
        Assert.Equal("$10|listpackex|", _node.Do("OBJECT ENCODING h"));
        _node.Do("HPEXPIREAT h 1999999999000 FIELDS 1 a");
        _node.DoWords("HSET", "h", "long", new string('x', 65));
        Assert.Equal("$9|hashtable|", _node.Do("OBJECT ENCODING h"));
        Assert.Equal("*2|:1999999999000|:-1|", _node.Do("HPEXPIRETIME h FIELDS 2 a long"));
    }

    [Fact]
    public void A_listpackex_answers_in_the_order_of_times()
    {
        _node.Do("HSET h a 1 b 2 c 3 d 4");
        _node.Do("HPEXPIREAT h 1999999999000 FIELDS 1 c");
        _node.Do("HPEXPIREAT h 1999999998000 FIELDS 1 d");
        _node.Do("HPEXPIREAT h 1999999999000 FIELDS 1 b");
        Assert.Equal("*4|$1|d|$1|b|$1|c|$1|a|", _node.Do("HKEYS h"));
        _node.Do("HPERSIST h FIELDS 1 d");
        Assert.Equal("*4|$1|b|$1|c|$1|a|$1|d|", _node.Do("HKEYS h"));
    }

    [Theory]
    [InlineData("512")]
    [InlineData("0")]
    public void Times_go_along_and_come_back(string entriesMax)
    {
        UseEntries(entriesMax);
        _node.Do("HSET h a 1 b 2");
        _node.Do("HPEXPIREAT h 1999999999000 FIELDS 1 a");
        var before = _node.Do("DEBUG DIGEST-VALUE h");
        _node.Do("RENAME h r");
        _node.Do("COPY r c");
        _node.Do("EXPIRE c 1000");
        _node.Do("PERSIST c");
        _node.Do("MOVE c 1");
        Assert.Equal("+OK|", _node.Do("DEBUG RELOAD"));
        Assert.Equal("*2|:1999999999000|:-1|", _node.Do("HPEXPIRETIME r FIELDS 2 a b"));
        Assert.Equal(before, _node.Do("DEBUG DIGEST-VALUE r"));
        Assert.Contains("db0:keys=1,expires=0,avg_ttl=0,subexpiry=1|db1:keys=1,expires=0,avg_ttl=0,subexpiry=1", _node.Do("INFO keyspace"));
        _node.Do("SELECT 1");
        Assert.Equal("*2|:1999999999000|:-1|", _node.Do("HPEXPIRETIME c FIELDS 2 a b"));
        _node.Do("HPERSIST c FIELDS 1 a");
        Assert.NotEqual(before, _node.Do("DEBUG DIGEST-VALUE c"));
        _node.Do("SELECT 0");
        _node.Do("DEL r");
        Assert.DoesNotContain("subexpiry", _node.Do("INFO keyspace"));
    }

    [Theory]
    [InlineData("512")]
    [InlineData("0")]
    public void DUMP_and_RESTORE_keep_times_of_the_past_too(string entriesMax)
    {
        UseEntries(entriesMax);
        Expire("a", "b");
        _node.Do("HSET h c 3");
        var dump = _node.Do("DUMP h");
        var payload = dump[(dump.IndexOf('|', StringComparison.Ordinal) + 1)..^1].Replace("|", "\r\n", StringComparison.Ordinal);
        Assert.Equal("+OK|", _node.DoWords("RESTORE", "copy", "0", payload));
        Assert.Equal(":3|", _node.Do("HLEN copy"));
        Assert.Equal("*2|$1|c|$1|3|", _node.Do("HGETALL copy"));
        Assert.Equal("*1|:0|", _node.Do("HPEXPIRE copy 1000 NX FIELDS 1 a"));
    }

    // Bytes from Redis 7.4.1 and from an 8.0 development build.
    [Theory]
    [InlineData("19 181c4aa9d1010000 28 28000000 0600 816102 0101 f4131c4aa9d101000009 82626203 82787903 f4181c4aa9d101000009 ff", "listpackex", false)]
    [InlineData("18 131c4aa9d1010000 03 06 026262 027879 00 0163 016e 01 0161 c001", "listpackex", true)]
    public void Reads_what_Redis_writes(string value, string encoding, bool hasThird)
    {
        Assert.Equal("+OK|", _node.DoWords("RESTORE", "h", "0", Payload(value)));
        Assert.Equal($"${encoding.Length}|{encoding}|", _node.Do("OBJECT ENCODING h"));
        Assert.Equal("*2|:1999999998995|:1999999999000|", _node.Do("HPEXPIRETIME h FIELDS 2 a bb"));
        Assert.Equal("*3|$1|1|$2|xy|" + (hasThird ? "$1|n|" : "$-1|"), _node.Do("HMGET h a bb c"));
    }

    /// <summary>Valkey's go to the end of 63 bits: the copy refused them, and the field kept the time before.</summary>
    [Fact]
    public void A_primary_s_time_beyond_those_of_Redis_is_the_latest_one()
    {
        _node.Do("HSET h a 1");
        Assert.StartsWith("-ERR invalid expire time", _node.Do($"HPEXPIREAT h {long.MaxValue} FIELDS 1 a"), StringComparison.Ordinal);
        var primary = _node.Connect();
        primary.Flags |= Redouble.Engine.Sessions.SessionFlags.Primary;
        Assert.Equal("*1|:1|", _node.Do($"HPEXPIREAT h {long.MaxValue} FIELDS 1 a", primary));
        Assert.Equal("*1|:70368744177663|", _node.Do("HPEXPIRETIME h FIELDS 1 a"));
        Assert.Equal("*1|:1|", _node.Do("HPEXPIREAT h 70368744177663 FIELDS 1 a"));
    }

    [Fact]
    public void Active_expiry_removes_and_tells()
    {
        _node.Do("HSET h a 1 b 2 c 3");
        _node.Do("HSET g a 1");
        _node.Do("HPEXPIRE h 150 FIELDS 2 a b");
        _node.Do("HPEXPIRE g 150 FIELDS 1 a");
        var tap = new StreamTap(_node);
        var events = Subscribe();
        _node.Clock.Advance(200);
        _node.Node.BeginTurn(_node.Clock.MonotonicMicroseconds);
        _node.Node.Timer();
        for (var i = 0; i < 10; i++) _node.Node.BackgroundSlice(_node.Clock.MonotonicMicroseconds, busy: false);
        Assert.Equal(["HDEL g a", "HDEL h a", "HDEL h b"], tap.Take().Split(" | ").Where(word => word != "SELECT 0").Order());
        Assert.Equal("*1|$1|c|", _node.Do("HKEYS h"));
        Assert.Equal(":0|", _node.Do("EXISTS g"));
        Assert.Equal(["del", "hexpired", "hexpired"], events().Split(' ').Order());
        Assert.Contains("expired_subkeys:3", _node.Do("INFO stats"));
    }

    [Fact]
    public void A_deadline_that_passes_is_no_change_but_the_removal_is()
    {
        Expire("a");
        _node.Do("HSET h b 2");
        var watcher = _node.Connect();
        _node.Do("WATCH h", watcher);
        _node.Clock.Advance(100);
        _node.Do("HGETALL h");
        Assert.Equal("+OK|+QUEUED|*1|+PONG|", _node.Do("MULTI", watcher) + _node.Do("PING", watcher) + _node.Do("EXEC", watcher));
        _node.Do("WATCH h", watcher);
        _node.Do("HGET h a");
        Assert.Equal("+OK|+QUEUED|*-1|", _node.Do("MULTI", watcher) + _node.Do("PING", watcher) + _node.Do("EXEC", watcher));
    }

    [Theory]
    [InlineData("512")]
    [InlineData("0")]
    public void A_replica_hides_and_removes_nothing(string entriesMax)
    {
        UseEntries(entriesMax);
        _node.Do("CONFIG SET replica-read-only no");
        Expire("a");
        _node.Do("HSET h b 2");
        _node.Node.IsReplica = true;
        Assert.Equal("$-1|", _node.Do("HGET h a"));
        Assert.Equal("*2|$-1|$1|2|", _node.Do("HMGET h a b"));
        Assert.Equal("*1|$1|b|", _node.Do("HKEYS h"));
        Assert.Equal(":2|", _node.Do("HLEN h"));
        Assert.StartsWith("*2|", _node.Do("HRANDFIELD h 5"));
        Assert.Equal("*1|:1|", _node.Do("HPEXPIREAT h 1 FIELDS 1 b"));
        _node.Node.Timer();
        _node.Node.BackgroundSlice(_node.Clock.MonotonicMicroseconds, busy: false);
        Assert.Equal(":2|", _node.Do("HLEN h"));
        _node.Node.IsReplica = false; // promoted
        _node.Do("PING");
        _node.Node.Timer();
        for (var i = 0; i < 5; i++) _node.Node.BackgroundSlice(_node.Clock.MonotonicMicroseconds, busy: false);
        Assert.Equal(":0|", _node.Do("EXISTS h"));
    }

    [Fact]
    public void SORT_removes_expired_fields_that_its_patterns_name()
    {
        _node.Do("SADD s 1 2");
        _node.Do("HSET w1 f 10 g x");
        _node.Do("HSET w2 f 5");
        _node.Do("HPEXPIRE w1 100 FIELDS 1 g");
        _node.Clock.Advance(200);
        Assert.Equal("*2|$-1|$-1|", _node.Do("SORT s BY w*->f GET w*->g"));
        Assert.Equal(":1|", _node.Do("HLEN w1"));
    }

    private void UseEntries(string entriesMax) => Assert.Equal("+OK|", _node.Do("CONFIG SET hash-max-listpack-entries " + entriesMax));

    // A hash whose fields have all expired.
    private void Expire(params string[] fields)
    {
        for (var i = 0; i < fields.Length; i++) _node.Do($"HSET h {fields[i]} {i + 1}");
        foreach (var field in fields) Assert.Equal("*1|:1|", _node.Do($"HPEXPIRE h 100 FIELDS 1 {field}"));
        _node.Clock.Advance(200);
    }

    // Events from here on, by name.
    private Func<string> Subscribe()
    {
        var listener = _node.Connect();
        _node.Do("PSUBSCRIBE __keyspace@*", listener);
        return () => string.Join(' ', _node.Take(listener).Split("*4|").Skip(1).Select(message => message.Split('|')[^2]));
    }

    private static string Payload(string hex)
    {
        byte[] body = [.. Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), 12, 0];
        byte[] whole = [.. body, .. BitConverter.GetBytes(Core.Checksums.Crc64.Append(0, body))];
        return System.Text.Encoding.Latin1.GetString(whole);
    }
}
