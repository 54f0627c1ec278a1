#if !GUARDED // which has nothing to say of it: it is refused before anything is touched
using Redouble.Core.Memory;
using Redouble.Engine.Tests.Harness;

namespace Redouble.Engine.Tests.Execution;

/// <summary>
/// The system gives no more memory, and a command brings an element for which there is no room. Many make the collection first, or add other elements
/// before that one: so the room is asked for before they begin.
/// </summary>
public sealed class ShortMemoryOfElementsTests
{
    private const string Oom = "-OOM command not allowed: the system gives no more memory.|";
    private const int Limit = 32 << 20;

    /// <summary>
    /// A list without elements was once left, and who popped from it read at the address 0; a set without members was looked at for ever by who wanted one of
    /// them; elements in front of the large one stayed, and the client was told that nothing had changed.
    /// </summary>
    [Theory]
    [InlineData("RPUSH new BIG")]
    [InlineData("LPUSH new BIG")]
    [InlineData("RPUSH new a BIG")]
    [InlineData("RPUSH list a BIG")]
    [InlineData("LPUSHX list a BIG")]
    [InlineData("LSET list 1 BIG")]
    [InlineData("LINSERT list BEFORE b BIG")]
    [InlineData("LSET long 500 BIG")]
    [InlineData("LINSERT long BEFORE 500 BIG")]
    [InlineData("SADD new BIG")]
    [InlineData("SADD set c BIG")]
    [InlineData("HSET new f BIG")]
    [InlineData("HSET new BIG v")]
    [InlineData("HSET hash f w g BIG")]
    [InlineData("HSET timed f BIG")]
    [InlineData("HMSET timed f w BIG v")]
    [InlineData("HSETNX new f BIG")]
    [InlineData("HINCRBY new BIG 1")]
    [InlineData("HINCRBYFLOAT new BIG 1")]
    [InlineData("ZADD new 1 BIG")]
    [InlineData("ZADD sorted 5 a 1 BIG")]
    [InlineData("ZINCRBY new 1 BIG")]
    [InlineData("GEOADD new 1 1 BIG")]
    [InlineData("XADD new 1-1 f BIG")]
    [InlineData("XADD stream 2-1 f BIG")]
    public void An_element_that_finds_no_room_is_refused_and_nothing_has_changed(string command)
    {
        using var node = new EngineNode(Limit, "enable-debug-command yes", "notify-keyspace-events KEA");
        Fill(node);
        var (digest, used) = (node.Do("DEBUG DIGEST"), node.Node.Keyspace.DataBytes);
        var (watcher, listener) = (node.Connect(), node.Connect());
        node.Do("WATCH new list long set hash timed sorted stream other another", watcher);
        node.Do("PSUBSCRIBE __key*", listener);
        node.Take(listener);
        Assert.Equal(Oom, node.DoWords(Words(command, 20_000_000)));
        Assert.Equal((digest, used), (node.Do("DEBUG DIGEST"), node.Node.Keyspace.DataBytes));
        Assert.Equal("", node.Take(listener));
        Assert.Equal(":0|", node.Do("EXISTS new other another"));
        Assert.Equal(":0|", node.Do("HLEN new"));
        node.Do("MULTI", watcher);
        node.Do("PING", watcher);
        Assert.Equal("*1|+PONG|", node.Do("EXEC", watcher));
        Assert.Equal(":1|", node.Do("RPUSH new a"));
        Assert.Equal("$1|a|", node.Do("LPOP new"));
        Assert.Equal(":0|", node.Do("HSET timed f w"));
        Assert.Equal("*1|:-1|", node.Do("HTTL timed FIELDS 1 f"));
    }

    /// <summary>What takes the block that it came in needs no room beside it.</summary>
    [Theory]
    [InlineData("SET new BIG")]
    [InlineData("SET list BIG EX 100")]
    [InlineData("SETEX new 100 BIG")]
    [InlineData("SETNX new BIG")]
    [InlineData("GETSET string BIG")]
    [InlineData("MSET new BIG")]
    public void A_string_that_takes_the_place_it_came_in_is_not_refused(string command)
    {
        using var node = new EngineNode(Limit);
        Fill(node);
        var reply = node.DoWords(Words(command, 20_000_000));
        Assert.True(reply is "+OK|" or ":1|" or "$1|v|", reply);
        Assert.Equal(":20000000|", node.Do($"STRLEN {command.Split(' ')[1]}"));
    }

    /// <summary>The system has refused more, and enough is free, but no two chunks in a row.</summary>
    [Theory]
    [InlineData("RPUSH new BIG", 5)]
    [InlineData("SADD new BIG", 5)]
    [InlineData("HSET timed f BIG", 5)]
    [InlineData("MSET new HALF other HALF", 6)]
    [InlineData("MSETNX new HALF other HALF", 6)]
    public void An_element_that_finds_no_run_of_chunks_is_refused_and_nothing_has_changed(string command, int chunks)
    {
        using var node = new EngineNode(Limit, "enable-debug-command yes");
        Fill(node);
        var blocks = new List<Block>();
        while (!node.Node.Heap.IsShort) blocks.Add(node.Node.Blocks.Rent(60_000));
        for (var left = 31; left > chunks; left--) blocks.Add(node.Node.Blocks.Rent(60_000)); // the request takes four of them
        for (var i = 0; i < blocks.Count; i += 2) node.Node.Blocks.Release(blocks[i]);
        Assert.False(node.Node.Heap.IsShort);
        var (digest, used) = (node.Do("DEBUG DIGEST"), node.Node.Keyspace.DataBytes);
        Assert.Equal(Oom, node.DoWords(Words(command, 200_000)));
        Assert.Equal((digest, used), (node.Do("DEBUG DIGEST"), node.Node.Keyspace.DataBytes));
        Assert.Equal(":0|", node.Do("EXISTS new other"));
        for (var i = 1; i < blocks.Count; i += 2) node.Node.Blocks.Release(blocks[i]);
    }

    /// <summary>A hash for whose new name there is no room was once left out of the order of times: nothing of it expired any more.</summary>
    [Fact]
    public void A_hash_that_finds_no_room_to_move_still_expires()
    {
        using var node = new EngineNode(Limit, "enable-debug-command yes");
        node.Do("HSET h f v");
        node.Do("HPEXPIRE h 100 FIELDS 1 f");
        var digest = node.Do("DEBUG DIGEST");
        Assert.Equal(Oom, node.DoWords(Words("RENAME h BIG", 20_000_000)));
        Assert.Equal(digest, node.Do("DEBUG DIGEST"));
        node.Clock.Advance(200);
        node.Node.BeginTurn(node.Clock.MonotonicMicroseconds);
        node.Node.Timer();
        while (node.Node.Expiry.HasWork) node.Node.Expiry.Slice(long.MaxValue);
        Assert.Equal(":0|", node.Do("DBSIZE"));
    }

    /// <summary>Its size is told from its first elements. What had been copied of it once stayed, once more with each attempt.</summary>
    [Theory]
    [InlineData("RPUSH from BIG")]
    [InlineData("HSET from field BIG")]
    [InlineData("HSET from BIG v")]
    [InlineData("SADD from BIG")]
    [InlineData("ZADD from 1 BIG")]
    [InlineData("XADD from * f BIG")]
    public void Nothing_is_left_of_a_copy_that_finds_no_room(string command)
    {
        const int length = 9_000_000;
        using var node = new EngineNode(4 * Limit);
        var words = Words(command, length);
        for (var i = 0; i < 20_000; i++) node.DoWords([.. words.Select(word => word.Length > 1000 ? $"element:{i}" : word)]);
        if (words[0] == "XADD")
        {
            node.Do("XGROUP CREATE from g 0");
            node.Do("XREADGROUP GROUP g c COUNT 100 STREAMS from >");
        }

        Assert.DoesNotContain("OOM", node.DoWords(words), StringComparison.Ordinal);
        node.Do("PING"); // and the room that the request took is free
        var blocks = new List<Block>();
        while (node.Node.Heap.HasRoom(length / 2)) blocks.Add(node.Node.Blocks.Rent(2_000_000));
        var (data, used) = (node.Node.Keyspace.DataBytes, node.Node.Heap.UsedBytes);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(Oom, node.Do("COPY from to"));
            while (node.Node.Keyspace.FreeSlice(64))
            {
            }

            Assert.Equal(data, node.Node.Keyspace.DataBytes);
        }

        Assert.InRange(node.Node.Heap.UsedBytes, 0, used + (64 << 10));
        Assert.Equal(0, node.Node.Keyspace.PendingFreeBytes);
        if (words[0] == "XADD") Assert.StartsWith("*4|:100|", node.Do("XPENDING from g"), StringComparison.Ordinal);
        foreach (var block in blocks) node.Node.Blocks.Release(block);
    }

    /// <summary>
    /// The elements are short, and what they are packed in finds no room to grow after some of them. Those stayed, and neither the client nor the replicas
    /// were told of them.
    /// </summary>
    [Theory]
    [InlineData("HSET", true)]
    [InlineData("HMSET", true)]
    [InlineData("SADD", false)]
    [InlineData("ZADD", true)]
    public void Elements_of_which_some_find_no_room_are_refused_and_nothing_has_changed(string command, bool isPair)
    {
        using var node = new EngineNode(
            Limit, "enable-debug-command yes", "hash-max-listpack-entries 5000", "set-max-listpack-entries 5000", "zset-max-listpack-entries 5000");
        var digits = new string('d', 55);
        string[] Element(int i) => isPair ? [command == "ZADD" ? $"{i}" : $"f{i}:{digits}", $"v{i}:{digits}"] : [$"v{i}:{digits}"];
        string[] Elements(int from, int count) => [command, "k", .. Enumerable.Range(from, count).SelectMany(Element)];
        var present = 0;
        for (; present * 60 * (isPair && command[0] == 'H' ? 2 : 1) < 18_000; present += 10) node.DoWords(Elements(present, 10));
        var blocks = new List<Block>();
        while (!node.Node.Heap.IsShort) blocks.Add(node.Node.Blocks.Rent(60_000));
        for (var left = 31; left > 1; left--) blocks.Add(node.Node.Blocks.Rent(60_000));
        for (var i = 0; i < blocks.Count; i += 2) node.Node.Blocks.Release(blocks[i]);
        Assert.False(node.Node.Heap.IsShort);
        var (digest, refused) = (node.Do("DEBUG DIGEST"), 0);
        for (var i = 0; i < 60 && refused == 0; i++, present += 40)
        {
            if (node.DoWords(Elements(present, 40)) != Oom) digest = node.Do("DEBUG DIGEST");
            else refused++;
        }

        Assert.Equal(1, refused);
        Assert.Equal(digest, node.Do("DEBUG DIGEST"));
        for (var i = 1; i < blocks.Count; i += 2) node.Node.Blocks.Release(blocks[i]);
    }

    /// <summary>One field more than fits makes it a table, in which the long ones find no room. It was there by then, and nobody was told.</summary>
    [Theory]
    [InlineData("HSET h c v")]
    [InlineData("HSETNX h c v")]
    [InlineData("HINCRBY h c 1")]
    [InlineData("HINCRBYFLOAT h c 1")]
    public void A_field_for_which_a_hash_would_have_to_be_unpacked_is_refused_and_nothing_has_changed(string command)
    {
        using var node = new EngineNode(4 * Limit, "enable-debug-command yes", "hash-max-listpack-entries 2", "hash-max-listpack-value 9000000");
        Assert.Equal(":1|", node.DoWords("HSET", "h", "a", new string('a', 6_000_000)));
        Assert.Equal(":1|", node.DoWords("HSET", "h", "b", new string('b', 6_000_000)));
        node.Do("PING");
        var blocks = new List<Block>();
        while (node.Node.Heap.HasRoom(4_000_000)) blocks.Add(node.Node.Blocks.Rent(2_000_000));
        var (digest, used) = (node.Do("DEBUG DIGEST"), node.Node.Keyspace.DataBytes);
        Assert.Equal(Oom, node.Do(command));
        Assert.Equal((digest, used), (node.Do("DEBUG DIGEST"), node.Node.Keyspace.DataBytes));
        foreach (var block in blocks) node.Node.Blocks.Release(block);
    }

    private static string[] Words(string command, int length) => [.. command.Split(' ').Select(word => word switch
    {
        "BIG" => new string('b', length),
        "HALF" => new string('b', length / 2),
        _ => word,
    })];

    private static void Fill(EngineNode node)
    {
        node.Do("SET string v");
        node.Do("RPUSH list a b c");
        for (var i = 0; i < 2000; i++) node.Do($"RPUSH long {i}");
        node.Do("SADD set a b");
        node.Do("HSET hash f v");
        for (var i = 0; i < 600; i++) node.Do($"HSET timed f{i} v");
        node.Do("HSET timed f v");
        node.Do("HPEXPIRE timed 100000 FIELDS 2 f f1");
        node.Do("ZADD sorted 1 a");
        node.Do("XADD stream 1-1 f v");
        node.Do("XGROUP CREATE stream g 0");
    }
}
#endif
