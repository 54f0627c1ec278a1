using Redouble.Engine.Tests.Harness;
using Redouble.Replication.Identity;
using static Redouble.Engine.Tests.Persistence.Aof.AofSet;

namespace Redouble.Engine.Tests.Persistence.Aof;

/// <summary>Which history a node goes on with after it has loaded append-only files.</summary>
public sealed class AofIdentityTests
{
    [Theory]
    [InlineData("@100\nSET a 1\n@127", 127)]
    [InlineData("@100", 100)]
    [InlineData("@100\nSET a 1\n@127\n#TS:1700000000", 127)]
    [InlineData("SET a 1\n@27", 27)] // a file that another server began
    [InlineData("@100\nSET a 1\n@127\nMULTI\nSET b 1\nEXEC\n@184\n@198", 198)]
    [InlineData("SET a 1", -1)]
    [InlineData("@100\nSET a 1\n@127\nSET b 1", -1)]
    [InlineData("@100\nSET a 1\n@127\nMULTI\nSET b 1\nEXEC", -1)]
    [InlineData("@100\nSET a 1\n@4611686018427387904", -1)]
    public void A_mark_is_believed_if_it_is_the_last_thing(string file, long offset)
    {
        foreach (var asReplica in (bool[])[false, true])
        {
            foreach (var wasReplica in (bool[])[false, true])
            {
                using var node = Start(Bytes(Marked(file, isReplica: wasReplica)), asReplica ? ["replicaof 127.0.0.1 1"] : []);
                AssertPlace(node, asReplica, offset);
            }
        }
    }

    [Theory]
    [InlineData("SET a 1", "SET a 2")] // a value was changed
    [InlineData("FLUSHALL", "")]       // a command was taken out
    public void A_file_changed_by_hand_has_no_place(string from, string to)
    {
        var file = Marked("@100\nSET a 1\nFLUSHALL\nSET b 1\n@163\nSET c 1\n@190");
        var changed = file.Replace(Command(from), to.Length > 0 ? Command(to) : "", StringComparison.Ordinal);
        Assert.NotEqual(file, changed);
        using var node = Start(Bytes(changed));
        AssertPlace(node, false, -1);
        AssertReason(node, "it was changed after it had been written");
    }

    [Fact]
    public void A_file_that_lost_its_tail_has_the_place_of_the_mark_it_ends_with_and_no_other()
    {
        var file = Marked("@100\nSET a 1\n@127\nSET b 1\nMULTI\nSET c 1\nEXEC\n@211");
        var marks = Enumerable.Range(0, file.Length).Where(i => file.AsSpan(i).StartsWith("#RD:")).Select(i => (Start: i, End: file.IndexOf('\n', i) +
            1)).ToArray();
        var offsets = new[] { 100, 127, 211 };
        var places = 0;
        for (var cut = 0; cut <= file.Length; cut++)
        {
            using var node = Start(Bytes(file[..cut]), "replicaof 127.0.0.1 1");
            // The whole units that are left end at a mark, or behind one.
            var left = node.Files.Files[Folder + Incremental].Length;
            var index = Array.FindLastIndex(marks, mark => mark.End <= left);
            var isAtMark = index >= 0 && marks[index].End == left;
            AssertPlace(node, true, isAtMark ? offsets[index] : -1);
            if (isAtMark) places++;
        }

        Assert.InRange(places, 3, file.Length / 2);
    }

    [Fact]
    public void A_damaged_mark_is_none()
    {
        var file = Marked("@100\nSET a 1\n@127");
        foreach (var change in (string[])[file[..^5] + "0" + file[^4..], file.Replace("#RD:127 ", "#RD:128 ", StringComparison.Ordinal), file[..^2] +
            new string(' ', 200) + "\r\n"])
        {
            Assert.NotEqual(file, change);
            using var node = Start(Bytes(change));
            AssertPlace(node, false, -1);
        }
    }

    /// <summary>A rewrite has begun the second file and failed; somebody changes the first one, whose end the mark in the second does not vouch for.</summary>
    [Theory]
    [InlineData(false, "no")]
    [InlineData(true, "no")]
    [InlineData(false, "yes")]
    [InlineData(true, "yes")]
    public void A_change_of_an_earlier_file_takes_the_place_too(bool isChanged, string timestamps)
    {
        using var writer = new AofNode($"aof-timestamp-enabled {timestamps}");
        writer.Do("SET a 1");
        writer.Turn();
        writer.Engine.Background.EncodersWait = true;
        writer.Do("BGREWRITEAOF");
        writer.Turn();
        writer.Engine.Background.EncodersWait = false;
        writer.Files.FailsAt = "create";
        writer.Rewrite();
        writer.Files.FailsAt = "";
        writer.Do("SET b 1");
        Assert.True(writer.File.Flush());
        Assert.EndsWith("SELECT 0 / SET b 1", writer.Commands("appendonly.aof.2.incr.aof"), StringComparison.Ordinal);
        using var node = Create([], "replicaof 127.0.0.1 1");
        foreach (var (name, bytes) in writer.Files.Files) node.Files.Files[name] = bytes;
        var first = Folder + "appendonly.aof.1.incr.aof";
        if (isChanged) node.Files.Files[first] = Bytes(Text(node.Files.Files[first]).Replace(Command("SET a 1"), Command("SET a 2"), StringComparison.Ordinal));
        Load(node);
        Assert.Equal(isChanged ? "$1|2|" : "$1|1|", node.Do("GET a"));
        Assert.Equal(!isChanged, node.Node.Replication.Protocol.History.IsResumable);
        if (isChanged) AssertReason(node, "a file of it was changed after the next one had been begun");
    }

    [Fact]
    public void A_repaired_file_has_no_place()
    {
        using var node = Start(Bytes(Marked("@100\nSET a 1\n@127") + "#RD:repaired\r\n"));
        AssertPlace(node, false, -1);
        AssertReason(node, "it was repaired");
    }

    [Fact]
    public void The_last_file_that_says_something_counts()
    {
        (string, string)[] Set(string first, string second) =>
            [("appendonly.aof.manifest", "file a seq 1 type b\nfile b seq 1 type i\n"), ("a", first), ("b", second)];
        using var joined = Start(Set(Marked("SET a 1\n@127"), Marked("@127\nSET b 1\n@154")));
        AssertPlace(joined, false, 154);
        using var foreign = Start(Set(Command("SET a 1"), Marked("@127\nSET b 1\n@154")));
        AssertPlace(foreign, false, 154);
        using var empty = Start(Set(Marked("SET a 1\n@127"), ""));
        AssertPlace(empty, false, 127);
        using var unmarked = Start(Set(Marked("SET a 1\n@127"), Command("SET b 1")));
        AssertPlace(unmarked, false, -1);
    }

    [Fact]
    public void A_base_that_tells_its_place_is_believed_while_nothing_follows()
    {
        using var first = new EngineNode();
        _ = new StreamTap(first);
        first.Do("SET a 1");
        first.Do("SAVE");
        var rdb = Text(first.Files.Files["/data/dump.rdb"]);
        var saved = first.Node.Replication.Protocol;
        var id = saved.History.Identity.Id.ToString();
        var end = saved.Log.EndOffset;
        const string manifest = "file b.rdb seq 1 type b\nfile i seq 1 type i\n";
        using var alone = Start([("appendonly.aof.manifest", manifest), ("b.rdb", rdb), ("i", "")], "replicaof 127.0.0.1 1");
        AssertPlace(alone, true, end, id);
        using var followed = Start([("appendonly.aof.manifest", manifest), ("b.rdb", rdb), ("i", Marked($"@{end}\nSET b 1\n@{end + 27}", id))]);
        AssertPlace(followed, false, end + 27, id);
        using var unmarked = Start([("appendonly.aof.manifest", manifest), ("b.rdb", rdb), ("i", Command("SET b 1"))]);
        AssertPlace(unmarked, false, -1, id);
    }

    /// <summary>A kill right behind a rewrite, whose base of commands says nothing of its place, found none: every replica was synced fully.</summary>
    [Theory]
    [InlineData("yes", "everysec")]
    [InlineData("no", "everysec")]
    [InlineData("no", "always")]
    public void Behind_a_rewrite_the_place_is_known_before_anything_is_written(string preamble, string policy)
    {
        using var writer = new AofNode($"aof-use-rdb-preamble {preamble}", $"appendfsync {policy}");
        writer.Do("SET a 1");
        writer.Turn();
        writer.Do("BGREWRITEAOF");
        for (var i = 0; i < 1000 && !writer.Manifest.Contains(".2.base.", StringComparison.Ordinal); i++) writer.Turn(milliseconds: 0);
        using var node = Create([], "replicaof 127.0.0.1 1");
        foreach (var (name, bytes) in writer.Files.Files) node.Files.Files[name] = bytes;
        Load(node);
        Assert.Equal("$1|1|", node.Do("GET a"));
        var protocol = writer.Engine.Node.Replication.Protocol;
        AssertPlace(node, asReplica: true, protocol.Log.EndOffset, protocol.History.Identity.Id.ToString());
    }

    [Fact]
    public void What_is_written_next_joins_what_was_loaded()
    {
        var file = Marked("@100\nSET a 1\n@127");
        using var node = Start(Bytes(file));
        var recovery = node.Node.Loading.AppendOnlyFiles;
        Assert.Equal((file.Length, 0, Incremental), (recovery.TotalBytes, recovery.BaseBytes, recovery.Manifest.LastIncremental!.Name));
        Assert.Equal((ChecksumOf(file), 127), (recovery.LastFileMarker!.Checksum, recovery.LastFileMarker.LastOffset));

        using var cut = Start(Bytes(file + "*1\r"));
        Assert.Equal((file.Length, ChecksumOf(file)), (cut.Node.Loading.AppendOnlyFiles.TotalBytes, cut.Node.Loading.AppendOnlyFiles.LastFileMarker!.Checksum));
    }

    private static void AssertReason(EngineNode node, string reason) =>
        Assert.Contains(node.LogLines, line => line.EndsWith($"a full resynchronization. Of the file: {reason}", StringComparison.Ordinal));

    private static void AssertPlace(EngineNode node, bool asReplica, long offset, string id = Id)
    {
        var protocol = node.Node.Replication.Protocol;
        var identity = protocol.History.Identity;
        if (offset < 0)
        {
            Assert.Equal(ReplicationId.None, identity.SecondId);
            Assert.Equal(!asReplica, protocol.History.IsResumable);
            return;
        }

        Assert.Equal(offset, protocol.Log.EndOffset);
        Assert.True(protocol.History.IsResumable);
        Assert.Equal(id, (asReplica ? identity.Id : identity.SecondId).ToString());
        Assert.Equal(asReplica ? ReplicationId.None : identity.SecondId, identity.SecondId);
        Assert.Equal(asReplica ? -1 : offset + 1, identity.SecondOffset);
        if (!asReplica) Assert.NotEqual(id, identity.Id.ToString());
    }
}
