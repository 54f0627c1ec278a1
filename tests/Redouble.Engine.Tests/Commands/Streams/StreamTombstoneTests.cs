using System.Text;
using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;
using Redouble.Engine.Tests.Persistence;
using Redouble.Engine.Tests.Persistence.Aof;

namespace Redouble.Engine.Tests.Commands.Streams;

/// <summary>
/// Streams whose last id XSETID has set below that of a deleted entry, which is still in its node. Replies and payloads are those of redis-server 7.0.15.
/// </summary>
public sealed class StreamTombstoneTests
{
    private static readonly string[] Lowered =
        ["XADD s 1-1 a 1", "XADD s 5-1 a 1", "XDEL s 5-1", "XSETID s 5-1 ENTRIESADDED 2 MAXDELETEDID 1-1", "XSETID s 2-1"];

    // All is deleted, and in one node: the cut ends at the deleted 5-1.
    private static readonly string[] AllDeleted =
        ["XADD s 1-1 a 1", "XADD s 5-1 a 1", "XDEL s 5-1", "XTRIM s MINID 3", "XSETID s 5-1 ENTRIESADDED 2 MAXDELETEDID 0-1", "XSETID s 0-1"];

    [Theory]
    [InlineData(100)]
    [InlineData(2)]
    [InlineData(1)]
    public void What_is_added_below_a_deleted_entry_is_found(int nodeEntries)
    {
        using var node = Filled(Lowered, nodeEntries);
        foreach (var id in (string[])["3-1", "4-1", "6-1"]) Assert.Equal($"$3|{id}|", node.Do($"XADD s {id} f v"));
        Assert.Equal("1-1 3-1 4-1 6-1", Ids(node.Do("XRANGE s - +")));
        Assert.Equal("6-1 4-1 3-1 1-1", Ids(node.Do("XREVRANGE s + -")));
        Assert.Equal("4-1 3-1 1-1", Ids(node.Do("XREVRANGE s 4-1 -")));
        Assert.Equal("3-1", Ids(node.Do("XRANGE s 3-1 3-1")));
        Assert.Equal("3-1", Ids(node.Do("XREVRANGE s 3-1 3-1")));
        Assert.Equal("4-1 6-1", Ids(node.Do("XREAD STREAMS s 3-1")));
        Assert.Equal(":1|", node.Do("XDEL s 3-1 5-1"));
        Assert.Equal("1-1 4-1 6-1", Ids(node.Do("XRANGE s - +")));
        Assert.Equal(":1|", node.Do("XTRIM s MAXLEN 2"));
        Assert.Equal("4-1 6-1", Ids(node.Do("XRANGE s - +")));
        Assert.Equal(":2|", node.Do("XLEN s"));
        Assert.Contains("|recorded-first-entry-id|$3|4-1|", node.Do("XINFO STREAM s"), StringComparison.Ordinal);
    }

    /// <summary>A replica that is a Redis would have another data set otherwise.</summary>
    [Fact]
    public void A_cut_by_id_ends_at_a_deleted_entry()
    {
        using var node = Filled(Lowered);
        foreach (var id in (string[])["3-1", "4-1", "6-1"]) node.Do($"XADD s {id} f v");
        Assert.Equal(":1|", node.Do("XTRIM s MINID 5"));
        Assert.Equal("3-1 4-1 6-1", Ids(node.Do("XRANGE s - +")));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(3)]
    [InlineData(2)]
    [InlineData(1)]
    public void Entries_come_before_a_node_in_which_all_is_deleted(int nodeEntries)
    {
        using var node = Filled(AllDeleted, nodeEntries);
        Assert.Equal(":0|", node.Do("XLEN s"));
        foreach (var id in (string[])["0-2", "0-3", "1-1", "1-2", "4-1"]) Assert.Equal($"$3|{id}|", node.Do($"XADD s {id} f v"));
        Assert.Equal("0-2 0-3 1-1 1-2 4-1", Ids(node.Do("XRANGE s - +")));
        Assert.Equal("4-1 1-2 1-1 0-3 0-2", Ids(node.Do("XREVRANGE s + -")));
        Assert.Equal("0-2", Ids(node.Do("XREVRANGE s 0-2 -")));
        Assert.Equal("1-1 1-2", Ids(node.Do("XRANGE s 1-0 3-0")));
        AssertComesBack(node);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_can_be_restored_and_loaded(bool isEmpty)
    {
        using var node = Filled(isEmpty ? AllDeleted : Lowered);
        AssertComesBack(node);
        if (isEmpty) return;
        node.Do("XADD s 3-1 b 3");
        AssertComesBack(node);
        node.Do("XADD s 6-1 b 3");
        AssertComesBack(node);
    }

    /// <summary>A file of a Redis 7.0 that was its primary, and what a rewrite makes of it.</summary>
    [Theory]
    [InlineData("yes")]
    [InlineData("no")]
    public void An_append_only_file_brings_it_back(string preamble)
    {
        string[] commands = ["XADD s 1-1 a 1", "XADD s 5-1 a 1", "XDEL s 5-1", "XSETID s 2-1", "XADD s 3-1 b 3"];
        using var node = new AofNode(AofSet.Start(AofSet.Bytes(string.Concat(commands.Select(AofSet.Command))), $"aof-use-rdb-preamble {preamble}"));
        var before = node.Do("XINFO STREAM s");
        Assert.Contains("|last-generated-id|$3|3-1|$20|max-deleted-entry-id|$3|5-1|", before, StringComparison.Ordinal);
        Assert.StartsWith("+Background", node.Do("BGREWRITEAOF"), StringComparison.Ordinal);
        node.Rewrite();
        using var restarted = AofSet.Again(node.Engine);
        Assert.Equal(before, restarted.Do("XINFO STREAM s"));
    }

    /// <summary>The copy kept its last id, refused what the primary then added, and was another data set.</summary>
    [Fact]
    public void A_primary_that_is_a_Redis_7_0_sets_an_id_below_the_greatest_deleted_one()
    {
        using var node = Filled("XADD s 1-1 a 1", "XADD s 5-1 a 1", "XDEL s 5-1");
        Assert.Equal("-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id|", node.Do("XSETID s 2-1"));
        Assert.Equal("+OK|", node.Do("XSETID s 2-1", Primary(node)));
        Assert.Equal("$3|3-1|", node.Do("XADD s 3-1 b 3"));
        AssertComesBack(node);
    }

    /// <summary>
    /// As DUMP has them after XADD 1-1 and 5-1, XDEL 5-1 and: XSETID 2-1, XADD 3-1 and 4-1; XTRIM MINID 3, XSETID 0-1, XADD 0-2 and 0-3;
    /// XTRIM MINID 3, XADD 6-1, 7-1 and 8-1 with two entries to a node.
    /// </summary>
    [Theory]
    [InlineData("1-1 3-1 4-1", "4-1", "5-1", "13021000000000000000010000000000000001c32c350735000000160002014000078161020001020100200104010104"
        + "0103200380098015202006620203010601ff10000000000000000400000000000000011c1c0000000a0001010001010181610200"
        + "0102010001000104010401ff0304010101050104000a00bbda2eb8a6baae9f")]
    [InlineData("0-2 0-3", "0-3", "1-1", "130110000000000000000100000000000000014041410000001b0002010201010181610200010301000100010101040103010401000101010401"
        + "0001dfff0201010101816202020106010201dfff02020111010401ff0200030002050104000a001c254721708a4a04")]
    [InlineData("6-1 7-1 8-1", "8-1", "9-1", "1303100000000000000001000000000000000126260000000f000001020101018161020001030100010001010104"
        + "0103010401000101010401ff100000000000000006000000000000000126260000000f0002010001010181610200010201000100010601040102010101000107010401ff"
        + "10000000000000000800000000000000011c1c0000000a00010100010101816102000102010001000108010401ff0308010601050105000a0004ecbd7c0b4be15b")]
    public void Payloads_of_Redis_are_restored(string ids, string last, string next, string payload)
    {
        using var node = Filled("CONFIG SET stream-node-max-entries 2");
        Assert.Equal("+OK|", node.DoWords("RESTORE", "s", "0", Encoding.Latin1.GetString(Convert.FromHexString(payload))));
        Assert.Equal(ids, Ids(node.Do("XRANGE s - +")));
        Assert.Equal(last, Ids(node.Do($"XREVRANGE s {last} - COUNT 1")));
        AssertComesBack(node);
        foreach (var id in (string[])[next, "9-2"]) Assert.Equal($"$3|{id}|", node.Do($"XADD s {id} f v"));
        Assert.Equal($"{ids} {next} 9-2", Ids(node.Do("XRANGE s - +")));
        foreach (var id in ids.Split(' ')) Assert.Equal(":1|", node.Do($"XDEL s {id}"));
        Assert.Equal($"{next} 9-2", Ids(node.Do("XRANGE s - +")));
        AssertComesBack(node);
    }

    private static EngineNode Filled(params string[] commands) => Filled(commands, 100);

    private static EngineNode Filled(string[] commands, int nodeEntries)
    {
        var node = new EngineNode($"stream-node-max-entries {nodeEntries}");
        foreach (var command in commands) Assert.DoesNotContain("-ERR", node.Do(command), StringComparison.Ordinal);
        return node;
    }

    private static Session Primary(EngineNode node)
    {
        var primary = node.Connect();
        primary.Flags |= SessionFlags.Primary;
        return primary;
    }

    // Every id of entries in a reply; keys and fields of these tests look different.
    private static string Ids(string reply) => string.Join(' ', reply.Split('|').Where(static word => word.Contains('-') && char.IsAsciiDigit(word[0])));

    private static void AssertComesBack(EngineNode node)
    {
        var expected = Described(node, "s");
        var keyspace = node.Node.Keyspace;
        var payload = Encoding.Latin1.GetString(node.Node.Dumps.Write(keyspace[0].Peek("s"u8, keyspace.Hash("s"u8))));
        Assert.Equal("+OK|", node.DoWords("RESTORE", "copy", "0", payload, "REPLACE"));
        Assert.Equal(expected, Described(node, "copy"));
        Assert.Equal(":1|", node.Do("DEL copy"));
        Assert.Equal("+OK|", node.Do("SAVE"));
        var (second, _) = SavedNode.Restart(node, laterMs: 1000);
        using (second) Assert.Equal(expected, Described(second, "s"));
    }

    private static string Described(EngineNode node, string key) => node.Do($"XINFO STREAM {key}") + node.Do($"XRANGE {key} - +");
}
