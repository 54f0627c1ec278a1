using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Execution;

/// <summary>The system gives no more memory: whoever asks for it hears of it, and the others are served.</summary>
public sealed class ShortMemoryTests
{
    private const string Oom = "-OOM command not allowed: the system gives no more memory.|";
    private const int Limit = 32 << 20;
    private const int Room = 96 << 20;

    [Fact]
    public void Writes_are_refused_until_enough_has_been_deleted()
    {
        using var node = new EngineNode(Limit);
        var value = new string('v', 1000);
        var keys = 0;
        while (Set(node, keys, value) == "+OK|") Assert.InRange(++keys, 0, 60_000);
        Assert.InRange(keys, 15_000, 60_000);
        Assert.Equal(Oom, Set(node, keys, value));
        Assert.Equal(Oom, node.Do("LPUSH list a"));
        node.Do("MULTI");
        Assert.Equal(Oom, node.Do("SET a b"));
        node.Do("DISCARD");
        Assert.Equal($"$1000|{value}|", node.Do($"GET key:{keys / 2}"));
        Assert.Equal($":{keys}|", node.Do("DBSIZE"));
        for (var i = 0; i < keys / 2; i++) Assert.Equal(":1|", node.Do($"DEL key:{i}"));
        node.Node.Heap.Purge(0);
        Assert.Equal("+OK|", Set(node, 0, value));
        Assert.Equal($":{keys - (keys / 2) + 1}|", node.Do("DBSIZE"));
    }

    [Theory]
    [InlineData("SETRANGE big 100000000 x")]
    [InlineData("SETBIT big 800000000 1")]
    [InlineData("SETRANGE other 100000000 x")]
    [InlineData("BITOP NOT other huge")]
    [InlineData("COPY huge big REPLACE")]
    public void A_value_that_finds_no_room_is_refused_and_nothing_has_changed(string command)
    {
        using var node = new EngineNode(Room, "enable-debug-command yes");
        Assert.Equal("+OK|", node.DoWords("SET", "large", new string('v', 13_000_000)));
        Assert.Equal("+OK|", node.DoWords("SET", "big", new string('v', 9_000_000)));
        Assert.Equal(":40000000|", node.Do("SETRANGE huge 39999999 x"));
        var (digest, used) = (node.Do("DEBUG DIGEST"), node.Node.Keyspace.DataBytes);
        Assert.Equal(Oom, node.Do(command));
        Assert.Equal((digest, used), (node.Do("DEBUG DIGEST"), node.Node.Keyspace.DataBytes));
        Assert.Equal("+PONG|", node.Do("PING"));
        Assert.Equal(":1|", node.Do("DEL large"));
    }

    [Fact]
    public void A_request_that_finds_no_room_ends_its_connection_and_no_other()
    {
        using var node = new EngineNode(Limit);
        var sender = node.Connect();
        node.Feed(sender, System.Text.Encoding.ASCII.GetBytes("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$90000000\r\n"));
        var part = new byte[1 << 20];
        for (var i = 0; i < 89 && !sender.Has(SessionFlags.CloseAfterReply); i++) node.Feed(sender, part);
        Assert.True(sender.Has(SessionFlags.CloseAfterReply));
        Assert.Equal(Oom, node.Take(sender));
        Assert.Equal("+OK|", node.Do("SET k v"));
    }

    /// <summary>Replies were once written into what is left for finishing what is under way, and a reply longer than that ended the process.</summary>
    [Theory]
    [InlineData("LRANGE list 0 -1")]
    [InlineData("SMEMBERS set")]
    [InlineData("KEYS *")]
    public void A_reply_that_finds_no_room_is_an_error_and_nothing_of_it_is_left(string command)
    {
        using var node = new EngineNode(Limit);
        var element = new string('e', 800);
        for (var i = 0; i < 5000; i++)
        {
            node.Do($"RPUSH list {element}");
            node.Do($"SADD set {element}{i}");
        }

        var (keys, value) = (0, new string('v', 300));
        while (Set(node, keys, value) == "+OK|") keys++;
        Assert.Equal(Oom, node.Do(command));
        Assert.Equal("*1|$800|" + element + "|", node.Do("LRANGE list 0 0"));
        Assert.Equal($":{keys + 2}|", node.Do("DBSIZE"));
        var reader = node.Connect();
        node.Feed(reader, [.. EngineNode.Encode("GET", "key:1"), .. EngineNode.Encode(command.Split(' ')), .. EngineNode.Encode("GET", "key:2")]);
        Assert.Equal($"$300|{value}|{Oom}$300|{value}|", node.Take(reader));
        Assert.False(reader.Has(SessionFlags.CloseAsap));
    }

    /// <summary>The elements of a refused SORT were once stored by the next one, and not on the replicas.</summary>
    [Fact]
    public void A_sort_that_finds_no_room_leaves_no_elements_to_the_next_one()
    {
        using var node = new EngineNode(Limit);
        var element = new string('e', 800);
        for (var i = 0; i < 5000; i++) node.Do($"RPUSH list {element}");
        node.Do("RPUSH small c a b");
        Exhaust(node);
        for (var i = 0; i < 2; i++) Assert.Equal(Oom, node.Do("SORT_RO list BY nosort"));
        Assert.Equal("*3|$1|c|$1|a|$1|b|", node.Do("SORT_RO small BY nosort"));
        node.Do("FLUSHALL SYNC");
        node.Node.Heap.Purge(0);
        while (node.Node.Keyspace.PendingFreeBytes > 0) node.Node.BackgroundSlice(node.Clock.MonotonicMicroseconds, busy: false);
        node.Do("RPUSH small c a b");
        Assert.Equal(":3|", node.Do("SORT small BY nosort STORE dst"));
        Assert.Equal("*3|$1|c|$1|a|$1|b|", node.Do("LRANGE dst 0 -1"));
    }

    /// <summary>The buffer of the payload was once kept, until the next DUMP.</summary>
    [Fact]
    public void The_payload_of_a_dump_is_not_kept_even_if_there_is_no_room_for_the_reply()
    {
        const int kept = 4 << 20; // a megabyte a buffer
        using var node = new EngineNode(Limit, "enable-debug-command yes");
        var random = new Random(5);
        Assert.Equal("+OK|", node.DoWords("SET", "k", string.Create(8_000_000, random, static (text, random) =>
        {
            for (var i = 0; i < text.Length; i++) text[i] = (char)random.Next(256);
        })));
        Assert.Contains("serializedlength:80000", node.Do("DEBUG OBJECT k"), StringComparison.Ordinal);
        Assert.InRange(node.Node.Dumps.WriteBufferBytes, 0, kept);
        Assert.StartsWith("$80000", node.Do("DUMP k"), StringComparison.Ordinal);
        Assert.InRange(node.Node.Dumps.WriteBufferBytes, 0, kept);
        Exhaust(node);
        Assert.Equal(Oom, node.Do("DUMP k"));
        Assert.InRange(node.Node.Dumps.WriteBufferBytes, 0, kept);
    }

#if !GUARDED // which keeps what is freed for longer than this has room for
    /// <summary>
    /// There once was no room for the log, or for the payload as every replica reads it, when the key was already there; that ended the process.
    /// </summary>
    [Theory]
    [InlineData(10, "")]
    [InlineData(12, "")]
    [InlineData(12, "REPLACE")]
    public void What_finds_no_room_in_the_log_is_refused_and_nothing_has_changed(byte version, string option)
    {
        using var node = new EngineNode(Room, "enable-debug-command yes", "rdbcompression no");
        node.Do("DEBUG SET-SKIP-CHECKSUM-VALIDATION 1");
        var tap = new StreamTap(node);
        if (option.Length > 0) node.Do("SET k before");
        tap.Take();
        var length = Room / 100 * (version == 10 ? 34 : 28); // as request, value, and in the log, once more for one to be written anew: one time too much
        byte[] head = [0, 0x80, .. BitConverter.GetBytes(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(length))];
        byte[] payload = [.. head, .. new byte[length], version, 0, .. new byte[8]];
        var text = System.Text.Encoding.Latin1.GetString(payload);
        var (digest, used) = (node.Do("DEBUG DIGEST"), node.Node.Keyspace.DataBytes);
        Assert.Equal(Oom, node.DoWords(["RESTORE", "k", "0", text, .. option.Split(' ', StringSplitOptions.RemoveEmptyEntries)]));
        Assert.Equal((digest, used), (node.Do("DEBUG DIGEST"), node.Node.Keyspace.DataBytes));
        Assert.Equal("", tap.Take());
        Assert.Equal("+OK|", node.Do("SET k v"));
        Assert.EndsWith("SET k v", tap.Take(), StringComparison.Ordinal);
    }
#endif

#if !GUARDED // which keeps what is freed for longer than this has room for
    /// <summary>The log gets all that a transaction has done when it has been done. Where there was no room for that the process once ended.</summary>
    [Fact]
    public void A_transaction_that_finds_no_room_in_the_log_is_refused_and_nothing_has_changed()
    {
        using var node = new EngineNode(Room);
        var tap = new StreamTap(node);
        var (client, value) = (node.Connect(), new string('v', 900_000));
        Assert.Equal("+OK|", node.Do("MULTI", client));
        for (var i = 0; i < 60; i++)
        {
            node.Feed(client, EngineNode.Encode("SET", "k", value));
            Assert.Equal("+QUEUED|", node.Take(client));
        }

        tap.Take();
        Assert.Equal($"-EXECABORT Transaction discarded because of: {Oom[1..]}", node.Do("EXEC", client));
        Assert.Equal("-ERR EXEC without MULTI|", node.Do("EXEC", client));
        Assert.Equal("$-1|", node.Do("GET k"));
        Assert.Equal("", tap.Take());
        node.Node.Heap.Purge(0);
        Assert.Equal("+OK|", node.Do("SET k v"));
    }

    /// <summary>What is too long to be told to the replicas once ended the process, too, when it was no data.</summary>
    [Fact]
    public void A_message_that_finds_no_room_in_the_log_is_refused()
    {
        using var node = new EngineNode(Room);
        var tap = new StreamTap(node);
        tap.Take();
        Assert.Equal(Oom, node.DoWords("PUBLISH", "news", new string('m', 60_000_000)));
        Assert.Equal("", tap.Take());
        Assert.Equal(":0|", node.Do("PUBLISH news m"));
    }

    /// <summary>A claim of 150 bytes is told of each entry, however small it is. Where the log had no room for all of them the process once ended.</summary>
    [Theory]
    [InlineData("XREADGROUP GROUP g c COUNT 1000000 STREAMS stream >")]
    [InlineData("XREADGROUP GROUP g c STREAMS stream >")]
    public void No_more_entries_are_delivered_than_there_is_room_to_tell_of(string command)
    {
        using var node = new EngineNode(Room);
        var tap = new StreamTap(node);
        const int entries = 400_000;
        FillStream(node, tap, "stream", "g", entries);
        Assert.False(node.Node.Heap.IsShort);
        node.Do(command);
        var claims = tap.Take().Split(" | ").Count(static effect => effect.StartsWith("XCLAIM stream ", StringComparison.Ordinal));
        Assert.InRange(claims, 1, entries - 1);
        Assert.StartsWith($"*4|:{claims}|", node.Do("XPENDING stream g"), StringComparison.Ordinal);
    }

    /// <summary>Each stream was once looked at by itself, and so was each command of a transaction. That ended the process.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_more_entries_of_several_streams_are_delivered_than_there_is_room_to_tell_of(bool inTransaction)
    {
        using var node = new EngineNode(Room);
        var tap = new StreamTap(node);
        const int streams = 25, entries = 8_000;
        var (group, consumer) = (new string('g', 200), new string('c', 200));
        var names = Enumerable.Range(0, streams).Select(static i => $"s{i}").ToArray();
        foreach (var name in names) FillStream(node, tap, name, group, entries);
        Assert.False(node.Node.Heap.IsShort);
        var client = node.Connect();
        if (inTransaction)
        {
            node.Do("MULTI", client);
            foreach (var name in names) node.Do($"XREADGROUP GROUP {group} {consumer} STREAMS {name} >", client);
            node.Do("EXEC", client);
        }
        else
        {
            node.Do($"XREADGROUP GROUP {group} {consumer} STREAMS {string.Join(' ', names)} {string.Join(' ', names.Select(static _ => ">"))}", client);
        }

        var claims = tap.Take().Split(" | ").Count(static effect => effect.StartsWith("XCLAIM s", StringComparison.Ordinal));
        Assert.InRange(claims, entries + 1, (streams * entries) - 1);
        Assert.Equal(claims, names.Sum(name => Pending(node, name, group)));
    }

    /// <summary>A claim of 180 bytes is told of each id, however short. Where there was no room for all of them the process once ended.</summary>
    [Fact]
    public void Claims_that_there_is_no_room_to_tell_of_are_refused_and_nothing_has_changed()
    {
        using var node = new EngineNode(Room);
        var tap = new StreamTap(node);
        const int entries = 200_000;
        var group = new string('g', 200);
        FillStream(node, tap, "stream", group, entries);
        string[] Claims(int count) => ["XCLAIM", "stream", group, "c", "0", .. Enumerable.Range(1, count).Select(static i => $"{i}-1"), "FORCE", "JUSTID"];
        Assert.Equal(Oom, node.DoWords(Claims(entries)));
        Assert.Equal(0, Pending(node, "stream", group));
        Assert.Equal("*0|", node.Do($"XINFO CONSUMERS stream {group}"));
        Assert.Equal("", tap.Take());
        Assert.StartsWith("*1000|$3|1-1|", node.DoWords(Claims(1000)), StringComparison.Ordinal);
        Assert.Equal(1000, tap.Take().Split(" | ").Count(static effect => effect.StartsWith("XCLAIM stream ", StringComparison.Ordinal)));
    }

    /// <summary>An HDEL is told of each field, with the key. Where there was no room for all of them the process once ended.</summary>
    [Fact]
    public void Fields_whose_end_there_is_no_room_to_tell_of_stay_where_they_are()
    {
        using var node = new EngineNode(Room);
        var tap = new StreamTap(node);
        const int fields = 200_000;
        var key = new string('k', 600);
        for (var i = 0; i < fields; i += 1000)
        {
            node.DoWords(["HSET", key, .. Enumerable.Range(i, 1000).SelectMany(static number => new[] { $"{number}", "v" })]);
            tap.Take();
            node.Node.FeedReplicas();
        }

        string[] Passed(int count) => ["HPEXPIREAT", key, "1", "FIELDS", $"{count}", .. Enumerable.Range(0, count).Select(static number => $"{number}")];
        Assert.Equal(Oom, node.DoWords(Passed(fields)));
        Assert.Equal($":{fields}|", node.Do($"HLEN {key}"));
        Assert.Equal("", tap.Take());
        Assert.StartsWith("*1000|:2|", node.DoWords(Passed(1000)), StringComparison.Ordinal);
        Assert.Equal(1000, tap.Take().Split(" | ").Count(static effect => effect.StartsWith("HDEL ", StringComparison.Ordinal)));
        Assert.Equal($":{fields - 1000}|", node.Do($"HLEN {key}"));
    }

    /// <summary>Where it ends for want of room is where it goes on, be the entries there or deleted.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void XAUTOCLAIM_goes_on_from_where_there_was_no_more_room(bool areDeleted)
    {
        using var node = new EngineNode(Room);
        var tap = new StreamTap(node);
        const int entries = 150_000;
        var consumer = new string('c', 500);
        FillStream(node, tap, "stream", "g", entries);
        for (var i = 0; i < entries; i += 1000)
        {
            node.Do($"XREADGROUP GROUP g {consumer} COUNT 1000 STREAMS stream >");
            tap.Take();
            node.Node.FeedReplicas();
        }

        if (areDeleted) Assert.Equal($":{entries}|", node.Do("XTRIM stream MAXLEN 0"));
        tap.Take();
        node.Node.FeedReplicas();
        var (start, next, calls) = ("0-0", 1, 0);
        do
        {
            var reply = node.Do($"XAUTOCLAIM stream g {consumer} 0 {start} COUNT {entries} JUSTID").Split('|');
            Assert.Equal("*3", reply[0]);
            start = reply[2];
            var ids = reply.Skip(3).Where(static word => word.EndsWith("-1", StringComparison.Ordinal)).ToArray();
            Assert.NotEmpty(ids);
            foreach (var id in ids) Assert.Equal($"{next++}-1", id);
            Assert.Equal(next <= entries ? $"{next}-1" : "0-0", start);
            Assert.Equal(ids.Length, tap.Take().Split(" | ").Count(static effect => effect.StartsWith("XCLAIM stream ", StringComparison.Ordinal)));
            Assert.Equal(areDeleted ? entries - next + 1 : entries, Pending(node, "stream", "g"));
            node.Node.FeedReplicas();
            calls++;
        }
        while (start != "0-0");

        Assert.Equal(entries + 1, next);
        Assert.True(calls > 1);
    }

    /// <summary>The members that SPOP takes are told by name, twice as long as they were for a while. It once ended the process when they had gone.</summary>
    [Fact]
    public void Members_that_there_is_no_room_to_tell_of_stay_where_they_are()
    {
        using var node = new EngineNode(Room);
        var tap = new StreamTap(node);
        var member = new string('m', 900);
        const int members = 66_000;
        for (var i = 0; i < members; i += 100)
        {
            node.DoWords(["SADD", "set", .. Enumerable.Range(i, 100).Select(number => $"{member}{number}")]);
            tap.Take();
            node.Node.FeedReplicas();
        }

        Assert.False(node.Node.Heap.IsShort);
        Assert.Equal(Oom, node.Do($"SPOP set {members - 1000}"));
        Assert.Equal($":{members}|", node.Do("SCARD set"));
        Assert.Equal("", tap.Take());
        Assert.StartsWith("*1000|", node.Do("SPOP set 1000"), StringComparison.Ordinal);
        Assert.Contains("SREM set ", tap.Take(), StringComparison.Ordinal);
    }
#endif

    /// <summary>Results were once built of what is left for finishing what is under way, and a larger one ended the process.</summary>
    [Theory]
    [InlineData("SUNION set none")]
    [InlineData("ZUNION 2 sorted none")]
    [InlineData("ZINTER 2 sorted set")]
    [InlineData("ZDIFF 2 sorted none")]
    public void A_result_that_finds_no_room_is_an_error_and_nothing_of_it_is_left(string command)
    {
        using var node = new EngineNode(Limit);
        FillSets(node, 8000);
        Exhaust(node);
        FreeAll(node);
        var used = node.Node.Heap.UsedBytes;
        Assert.Equal(Oom, node.Do(command));
        FreeAll(node);
        Assert.InRange(node.Node.Heap.UsedBytes, 0, used + (64 << 10));
        Assert.Equal("*2|$1|a|$1|b|", node.Do("SUNION small none"));
        Assert.Equal("*1|$1|a|", node.Do("ZUNION 2 smallsorted none"));
        Assert.Equal(":8000|", node.Do("SCARD set"));
    }

#if !GUARDED // which keeps what is freed for longer than this has room for
    [Theory]
    [InlineData("SUNIONSTORE dst set none")]
    [InlineData("ZUNIONSTORE dst 2 sorted none")]
    [InlineData("ZRANGESTORE dst sorted 0 -1")]
    [InlineData("SORT set BY nosort STORE dst")]
    [InlineData("COPY set dst REPLACE")]
    [InlineData("COPY sorted dst REPLACE")]
    public void A_result_to_be_stored_for_which_memory_does_not_suffice_is_refused_and_the_key_is_what_it_was(string command)
    {
        using var node = new EngineNode(Limit);
        FillSets(node, 12_500);
        node.Do("SET dst before");
        Assert.False(node.Node.Heap.IsShort);
        Assert.Equal(Oom, node.Do(command));
        Assert.Equal("$6|before|", node.Do("GET dst"));
    }
#endif

    [Fact]
    public void A_client_that_others_write_to_is_closed_when_there_is_no_room()
    {
        using var node = new EngineNode(Limit);
        var listener = node.Connect();
        node.Do("SUBSCRIBE news", listener);
        Exhaust(node);
        var message = new string('m', 1000);
        for (var i = 0; i < 400 && !listener.Has(SessionFlags.CloseAsap); i++) node.Do($"PUBLISH news {message}");
        Assert.True(listener.Has(SessionFlags.CloseAsap));
        Assert.Contains(node.LogLines, line => line.StartsWith("Closing client, as the system gives no more memory: id=", StringComparison.Ordinal));
        Assert.Equal("+PONG|", node.Do("PING"));
    }

    [Fact]
    public void What_clients_cache_is_forgotten_for_the_sake_of_others()
    {
        using var node = new EngineNode(Limit);
        var cache = node.Connect();
        node.Do("HELLO 3", cache);
        node.Do("CLIENT TRACKING ON", cache);
        for (var i = 0; i < 2000; i++) node.Do($"GET cached:{i}", cache);
        Assert.Contains("tracking_total_keys:2000|", node.Do("INFO stats"), StringComparison.Ordinal);
        Exhaust(node);
        var taken = node.Node.Blocks.Rent(600_000); // or what is forgotten might be enough for it to be over
        for (var i = 0; i < 20; i++)
        {
            node.Take(cache);
            node.Do("PING");
        }

        Assert.Contains("tracking_total_keys:0|", node.Do("INFO stats"), StringComparison.Ordinal);
        Assert.StartsWith("-OOM", node.Do("WATCH k"), StringComparison.Ordinal);
        node.Node.Blocks.Release(taken);
    }

#if !GUARDED // which keeps what is freed for longer than this has room for
    /// <summary>Each of them has less than a block, and all together more than there is.</summary>
    [Fact]
    public void When_many_clients_do_not_read_the_largest_are_closed_and_the_others_served()
    {
        using var node = new EngineNode(Limit);
        node.DoWords("SET", "k", new string('v', 1000));
        Exhaust(node);
        var open = new List<Session>();
        for (var i = 0; i < 1000; i++)
        {
            var reader = node.Connect();
            open.Add(reader);
            for (var j = 0; j < 5 + (i % 10); j++) node.Feed(reader, EngineNode.Encode("GET", "k"));
            node.Node.EndTurn();
            foreach (var closed in open.FindAll(session => session.Has(SessionFlags.CloseAsap))) node.Node.RemoveSession(closed);
            open.RemoveAll(session => session.Has(SessionFlags.CloseAsap));
        }

        Assert.InRange(open.Count, 20, 400);
        Assert.Equal(1000 - open.Count, node.Node.ClientEviction.EvictedClients);
        Assert.Equal($"$1000|{new string('v', 1000)}|", node.Do("GET k"));
        Assert.Equal(":1|", node.Do("DEL k"));
    }
#endif

    // A set and a sorted set of the same members, 900 bytes each.
    private static void FillSets(EngineNode node, int members)
    {
        var member = new string('m', 900);
        for (var i = 0; i < members; i++)
        {
            node.Do($"SADD set {member}{i}");
            node.Do($"ZADD sorted {i} {member}{i}");
        }

        node.Do("SADD small a b");
        node.Do("ZADD smallsorted 1 a");
    }

    private static void FreeAll(EngineNode node)
    {
        while (node.Node.Keyspace.FreeSlice(64))
        {
        }
    }

    private static void Exhaust(EngineNode node)
    {
        var value = new string('v', 1000);
        for (var i = 0; Set(node, i, value) == "+OK|"; i++) Assert.InRange(i, 0, 60_000);
        node.Node.FeedReplicas();
    }

    // Entries 1-1, 2-1 and so on, of which a group has read none.
    private static void FillStream(EngineNode node, StreamTap tap, string name, string group, int entries)
    {
        node.Do($"XGROUP CREATE {name} {group} 0 MKSTREAM");
        for (var i = 1; i <= entries; i++)
        {
            node.Do($"XADD {name} {i}-1 f v");
            if (i % 1000 != 0) continue;
            tap.Take();
            node.Node.FeedReplicas();
        }
    }

    private static int Pending(EngineNode node, string stream, string group) =>
        int.Parse(node.Do($"XPENDING {stream} {group}").Split('|')[1][1..], System.Globalization.CultureInfo.InvariantCulture);

    private static string Set(EngineNode node, int number, string value) => node.Do($"SET key:{number} {value}");

    /// <summary>What a command had changed before its reply found no room was once neither undone nor told to the replicas.</summary>
    [Theory]
    [InlineData("SPOP set 1000", "SCARD set", "SREM set ")]
    [InlineData("XREADGROUP GROUP g c COUNT 1000 STREAMS stream >", "XLEN stream", "XCLAIM stream ")]
    public void What_was_changed_before_a_reply_found_no_room_is_told_to_the_replicas(string command, string left, string effect)
    {
        using var node = new EngineNode(Limit);
        var tap = new StreamTap(node);
        FillShort(node, tap);
        tap.Take();
        var client = node.Connect();
        var reply = node.Do(command, client);
        Assert.True(client.Has(SessionFlags.CloseAsap), reply[..Math.Min(200, reply.Length)]);
        var effects = tap.Take().Split(" | ").Where(sent => sent.StartsWith(effect, StringComparison.Ordinal)).ToArray();
        var told = effect.StartsWith('S') ? effects.Sum(words => words.Split(' ').Length - 2) : effects.Length;
        Assert.Equal(1000, told);
        Assert.Equal(effect.StartsWith('S') ? ":3000|" : ":4000|", node.Do(left));
    }

    [Theory]
    [InlineData("XDEL stream id", "XLEN stream")]
    [InlineData("SREM set member", "SCARD set")]
    public void A_write_whose_short_reply_finds_no_room_is_told_to_the_replicas(string command, string left)
    {
        using var node = new EngineNode(Limit);
        var tap = new StreamTap(node);
        FillShort(node, tap);
        tap.Take();
        var client = node.Connect();
        for (var pending = -800L; client.Output.PendingBytes - pending >= 800;)
        {
            pending = client.Output.PendingBytes;
            node.Feed(client, EngineNode.Encode("GET", "padding")); // until one is refused, and the block nearly full
        }

        Assert.False(client.Has(SessionFlags.CloseAsap));
        var padding = new string('p', 800);
        for (var i = 1; i < 4000 && !client.Has(SessionFlags.CloseAsap); i++)
        {
            var words = command.Split(' ').Select(word => word switch { "id" => $"{i}-1", "member" => $"{i}:{padding}", _ => word });
            node.Feed(client, EngineNode.Encode([.. words]));
        }

        Assert.True(client.Has(SessionFlags.CloseAsap));
        var told = tap.Take().Split(" | ").Count(words => words.StartsWith(command[..4], StringComparison.Ordinal));
        Assert.InRange(told, 1, 1000);
        Assert.Equal($":{4000 - told}|", node.Do(left));
    }

    /// <summary>HELLO and SUBSCRIBE were once answered with OOM, and had been done. Where a short reply has no room, an error has none either.</summary>
    [Theory]
    [InlineData("SELECT 1|SELECT 0")]
    [InlineData("MULTI|DISCARD")]
    [InlineData("SUBSCRIBE a b c d e f g h|UNSUBSCRIBE")]
    [InlineData("HELLO 2|HELLO 3")]
    [InlineData("CLIENT SETNAME a|CLIENT SETNAME b")]
    public void What_changes_a_session_is_done_and_its_client_closed_where_its_reply_finds_no_room(string commands)
    {
        using var node = new EngineNode(Limit);
        var tap = new StreamTap(node);
        FillShort(node, tap);
        for (var length = 500; length < 560; length++)
        {
            var (client, echo) = (node.Connect(), EngineNode.Encode("ECHO", new string('e', length)));
            for (var pending = -500L; client.Output.PendingBytes - pending >= 500;)
            {
                pending = client.Output.PendingBytes;
                node.Feed(client, echo); // until one is refused, and the block more or less nearly full
            }

            var oom = Count(client, "-OOM");
            for (var i = 0; i < 4000 && !client.Has(SessionFlags.CloseAsap); i++)
            {
                foreach (var command in commands.Split('|')) node.Feed(client, EngineNode.Encode(command.Split(' ')));
                if (!client.Has(SessionFlags.CloseAsap)) Assert.Equal(oom, Count(client, "-OOM"));
            }

            Assert.True(client.Has(SessionFlags.CloseAsap));
            node.Node.RemoveSession(client);
        }
    }

    private static int Count(Session session, string text)
    {
        var output = new byte[session.Output.PendingBytes];
        session.Output.CopyTo(output);
        return System.Text.Encoding.Latin1.GetString(output).Split(text).Length - 1;
    }

    /// <summary>A report is made of nothing but its reply.</summary>
    [Theory]
    [InlineData("COMMAND DOCS")]
    [InlineData("CONFIG GET *")]
    [InlineData("INFO everything")]
    public void A_report_that_finds_no_room_is_an_error_and_its_client_stays(string command)
    {
        using var node = new EngineNode(Limit);
        var tap = new StreamTap(node);
        FillShort(node, tap);
        var client = node.Connect();
        for (var i = 0; i < 1000 && Count(client, "-OOM") == 0; i++) node.Feed(client, EngineNode.Encode(command.Split(' ')));
        Assert.Equal(1, Count(client, "-OOM"));
        Assert.False(client.Has(SessionFlags.CloseAsap));
    }

    /// <summary>It takes the sorted set out of its listpack, as in Redis, and once took what was left for finishing what is under way.</summary>
    [Fact]
    public void A_sort_leaves_a_sorted_set_packed_while_memory_is_short()
    {
        using var node = new EngineNode(Limit);
        node.Do("ZADD sorted 2 b 1 a");
        node.Do("ZADD other 2 b 1 a");
        Assert.Equal("*2|$1|a|$1|b|", node.Do("SORT_RO other ALPHA"));
        Assert.Equal("$8|skiplist|", node.Do("OBJECT ENCODING other"));
        Exhaust(node);
        foreach (var (options, reply) in new[] { ("ALPHA DESC", "*2|$1|b|$1|a|"), ("BY nosort", "*2|$1|a|$1|b|"), ("BY nosort DESC LIMIT 0 1", "*1|$1|b|") })
        {
            Assert.Equal(reply, node.Do($"SORT_RO sorted {options}"));
            Assert.Equal(reply, node.Do($"SORT_RO other {options}"));
        }

        Assert.Equal("$8|listpack|", node.Do("OBJECT ENCODING sorted"));
    }

    /// <summary>They change nothing before all of it is there.</summary>
    [Theory]
    [InlineData("LPOP list 4000", "LLEN list")]
    [InlineData("ZPOPMIN sorted 4000", "ZCARD sorted")]
    public void A_pop_whose_reply_finds_no_room_is_refused_and_nothing_is_lost(string command, string left)
    {
        using var node = new EngineNode(Limit);
        var tap = new StreamTap(node);
        FillShort(node, tap);
        tap.Take();
        Assert.Equal(Oom, node.Do(command));
        Assert.Equal(":4000|", node.Do(left));
        Assert.Equal("", tap.Take());
    }

    // Collections of 4000 elements of 800 bytes, and then keys until memory is short.
    private static void FillShort(EngineNode node, StreamTap tap)
    {
        var padding = new string('p', 800);
        node.DoWords("SET", "padding", padding);
        node.Do("XGROUP CREATE stream g 0 MKSTREAM");
        for (var i = 0; i < 4000; i++)
        {
            node.Do($"SADD set {i}:{padding}");
            node.Do($"XADD stream {i + 1}-1 f {padding}");
            node.Do($"RPUSH list {padding}");
            node.Do($"ZADD sorted {i} {i}:{padding}");
            tap.Take();
        }

        for (var i = 0; Set(node, i, padding) == "+OK|"; i++) tap.Take();
        tap.Take();
        node.Node.FeedReplicas();
    }
}
