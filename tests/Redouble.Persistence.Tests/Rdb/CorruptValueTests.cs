using Redouble.Persistence.Rdb;
using static Redouble.Persistence.Tests.Rdb.ValueEncoder;

namespace Redouble.Persistence.Tests.Rdb;

/// <summary>Values that are laid out well and hold what they must not: they are refused in Redis' words where it has some.</summary>
public sealed class CorruptValueTests
{
    // The node's id is 7-0. Its items: count, deleted, 2, a, b, 0; flags, ms, seq, value, value, size.
    private static readonly string[] Items = ["1", "0", "2", "a", "b", "0", "2", "0", "0", "x", "y", "5"];

    private static readonly (string Text, RdbType Type, byte[] Value)[] Corrupt =
    [
        ("Listpack integrity check failed.", RdbType.ListQuicklist2, [1, 2, .. Text(Listpack("a")[..^1])]),
        ("Quicklist node is empty.", RdbType.ListQuicklist2, [1, 1, 0]),
        ("Quicklist integrity check failed.", RdbType.ListQuicklist2, [1, 3, .. Text(Listpack("a"))]),
        ("Ziplist integrity check failed.", RdbType.ListQuicklist, [1, .. Text(Listpack("a"))]),
        ("List ziplist integrity check failed.", RdbType.ListZiplist, Text(Broken(Ziplist("a", "b"), 0, 1))),
        ("List ziplist integrity check failed.", RdbType.ListZiplist, Text(Broken(Ziplist("a", "b"), 4, 1))),
        ("List ziplist integrity check failed.", RdbType.ListZiplist, Text(Broken(Ziplist("a", "b"), 8, 1))),
        ("List ziplist integrity check failed.", RdbType.ListZiplist, Text(Broken(Ziplist("a", "b"), 10, 1))),
        ("List ziplist integrity check failed.", RdbType.ListZiplist, Text(Broken(Ziplist("a", "b"), 11, 4))),
        ("List ziplist integrity check failed.", RdbType.ListZiplist, Text([])),
        ("Set listpack integrity check failed.", RdbType.SetListpack, Text(Listpack("a", "b", "a"))),
        ("Set listpack integrity check failed.", RdbType.SetListpack, Text(Listpack("10", "b", "11", "10"))),
        ("Set listpack integrity check failed.", RdbType.SetListpack, Text(Listpack("first-name", "other-name", "first-name"))),
        ("Set listpack integrity check failed.", RdbType.SetListpack, Text(Listpack([.. Enumerable.Range(0, 20).Select(i => $"member:{i}"), "member:7"]))),
        ("Set listpack integrity check failed.", RdbType.SetListpack, Text([.. Listpack("a"), 0])),
        ("Intset integrity check failed.", RdbType.SetIntset, Text(Intset())),
        ("Intset integrity check failed.", RdbType.SetIntset, Text(Broken(Intset(1, 2, 3), 8, 2))),
        ("Intset integrity check failed.", RdbType.SetIntset, Text(Broken(Intset(1, 2, 3), 8, 9))),
        ("Intset integrity check failed.", RdbType.SetIntset, Text(Broken(Intset(1, 2, 3), 0, 4))),
        ("Intset integrity check failed.", RdbType.SetIntset, Text(Broken(Intset(1, 2, 3), 0, 3))),
        ("Zset with NAN score detected", RdbType.SortedSet, [1, .. Text("a"), 253]),
        ("Zset with NAN score detected", RdbType.SortedSet2, [1, .. Text("a"), .. Double(double.NaN)]),
        ("Bad layout of a value of type 'zset (skiplist, text scores)' in the RDB", RdbType.SortedSet, [1, .. Text("a"), .. Text("1x")]),
        ("Zset listpack integrity check failed.", RdbType.SortedSetListpack, Text(Listpack("a", "nan"))),
        ("Zset listpack integrity check failed.", RdbType.SortedSetListpack, Text(Listpack("a", "b"))),
        ("Zset listpack integrity check failed.", RdbType.SortedSetListpack, Text(Listpack("a", "1", "b"))),
        ("Zset listpack integrity check failed.", RdbType.SortedSetListpack, Text(Listpack("a", "1", "a", "2"))),
        ("Zset ziplist integrity check failed.", RdbType.SortedSetZiplist, Text(Ziplist("a", "nan"))),
        ("Zset ziplist integrity check failed.", RdbType.SortedSetZiplist, Text(Ziplist("a"))),
        ("Hash listpack integrity check failed.", RdbType.HashListpack, Text(Listpack("a", "1", "b"))),
        ("Hash listpack integrity check failed.", RdbType.HashListpack, Text(Listpack("a", "1", "b", "1", "a", "2"))),
        ("Hash ziplist integrity check failed.", RdbType.HashZiplist, Text(Ziplist("a", "1", "b"))),
        ("Zipmap integrity check failed.", RdbType.HashZipmap, Text(Zipmap())),
        ("Zipmap integrity check failed.", RdbType.HashZipmap, Text(Broken(Zipmap("a", "b"), 0, 3))),
        ("Zipmap integrity check failed.", RdbType.HashZipmap, Text(Broken(Zipmap("a", "b"), 1, 7))),
        ("Zipmap integrity check failed.", RdbType.HashZipmap, Text(Broken(Zipmap("a", "b"), 4, 1))),
        ("Hash listpack integrity check failed.", RdbType.HashListpackEx, [.. Fixed8(1), .. Text(Listpack("a", "b"))]),
        ("Hash listpack integrity check failed.", RdbType.HashListpackEx, [.. Fixed8(1), .. Text(Listpack("a", "b", "c"))]),
        ("Hash listpack integrity check failed.", RdbType.HashListpackEx, [.. Fixed8(1), .. Text(Listpack("a", "b", "-1"))]),
        ("Hash listpack integrity check failed.", RdbType.HashListpackEx, [.. Fixed8(1), .. Text(Listpack("a", "b", "281474976710656"))]),
        ("Hash listpack integrity check failed.", RdbType.HashListpackExPreRelease, Text(Listpack("a", "b", "1", "a", "c", "2"))),
        ("Hash read invalid minExpire value: 1000000000001", RdbType.HashMetadata, [.. Fixed8(0x1000000000001), 1, 0, .. Text("f"), .. Text("v")]),
        ("invalid expireAt time: 281474976710656", RdbType.HashMetadata, [.. Fixed8(0xffffffffffff), 1, 2, .. Text("f"), .. Text("v")]),
        ("invalid expireAt time: 18446744073709551615", RdbType.HashMetadata, [.. Fixed8(5), 1, .. Length(ulong.MaxValue), .. Text("f"), .. Text("v")]),
        ("invalid expireAt time: 281474976710656", RdbType.Hash22, [1, .. Length(0x1000000000000), .. Text("f"), .. Text("v")]),
        ("Bad layout of a value of type 'set (hash table)' in the RDB", RdbType.Set, [1, 0xc4]),
        ("Bad layout of a value of type 'list (linked list)' in the RDB", RdbType.List, [0xc0, 1]),
    ];

    private static readonly (string Text, RdbType Type, byte[] Value)[] CorruptStreams =
    [
        ("Stream node key entry is not the size of a stream ID", RdbType.StreamListpacks, [1, .. Text("short"), .. Text(Listpack("1"))]),
        ("Empty listpack inside stream", RdbType.StreamListpacks, Node(Listpack())),
        ("Listpack re-added with existing key", RdbType.StreamListpacks, [2, .. Node(Sound)[1..], .. Node(Sound)[1..]]),
        ("Stream length inconsistent with rax entries", RdbType.StreamListpacks, [0, 1, 1, 1, 0]),
        ("Stream last id 1-0 is smaller than the id of an entry, 7-0", RdbType.StreamListpacks, [.. Node(Sound), 1, 1, 0, 0]),
        ("Duplicated global PEL entry loading stream consumer group", RdbType.StreamListpacks,
            [.. Node(Sound), 1, 7, 0, 1, .. Text("g"), 7, 0, 2, .. Id(7, 0), .. Fixed8(1), 1, .. Id(7, 0), .. Fixed8(1), 1]),
        ("Duplicated consumer PEL entry loading a stream consumer group", RdbType.StreamListpacks,
            [.. Node(Sound), 1, 7, 0, 1, .. Text("g"), 7, 0, 1, .. Id(7, 0), .. Fixed8(1), 1, 1, .. Text("c"), .. Fixed8(1), 2, .. Id(7, 0), .. Id(7, 0)]),
    ];

    private static byte[] Sound => Listpack(Items);

    public static TheoryData<int, string> Cases()
    {
        var data = new TheoryData<int, string>();
        for (var i = 0; i < Corrupt.Length + CorruptStreams.Length; i++) data.Add(i, Case(i).Text);
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_is_named_in_a_file_and_refused_in_a_payload(int index, string text)
    {
        var (_, type, value) = Case(index);
        AssertCorrupt(text, type, value);
    }

    [Theory]
    [InlineData(0, "2")]
    [InlineData(0, "0")]
    [InlineData(0, "x")]
    [InlineData(1, "1")]
    [InlineData(2, "3")]
    [InlineData(2, "-1")]
    [InlineData(2, "9223372036854775807")]
    [InlineData(5, "1")]
    [InlineData(6, "0")]
    [InlineData(6, "3")]
    [InlineData(6, "x")]
    [InlineData(7, "-1")]
    [InlineData(8, "x")]
    [InlineData(11, "6")]
    public void Nodes_of_streams_are_checked_entry_by_entry(int item, string replacement)
    {
        Assert.Equal(DumpStatus.Ok, RdbValueReaderTests.ReadPayload(RdbType.StreamListpacks, [.. Node(Sound), 1, 7, 0, 0]).Status);
        var items = (string[])Items.Clone();
        items[item] = replacement;
        AssertCorrupt("Stream listpack integrity check failed.", RdbType.StreamListpacks, [.. Node(Listpack(items)), 1, 7, 0, 0]);
    }

    [Fact]
    public void Nodes_of_streams_end_with_their_last_entry_and_ids_ascend()
    {
        const string text = "Stream listpack integrity check failed.";
        for (var length = 1; length < Items.Length; length++) AssertCorrupt(text, RdbType.StreamListpacks, Node(Listpack(Items[..length])));
        AssertCorrupt(text, RdbType.StreamListpacks, Node(Listpack([.. Items, "1"])));
        AssertCorrupt(text, RdbType.StreamListpacks, Node(StreamNode(["0,1", "x", "y"], ["0,1", "x", "y"])));
        AssertCorrupt(text, RdbType.StreamListpacks, Node(StreamNode(["1,0", "x", "y"], ["0,9", "x", "y"])));
        AssertCorrupt(text, RdbType.StreamListpacks, Node(StreamNode(["-1,0", "x", "y"])));
        AssertCorrupt(text, RdbType.StreamListpacks, Node(StreamNode(["3,0", "x", "y"], ["9,0!", "x", "y"], ["2,0", "x", "y"])));
    }

    /// <summary>XSETID does not look at deleted entries: what is added then may have lower ids, in the same node and in the next.</summary>
    [Fact]
    public void Ids_of_deleted_entries_do_not_ascend()
    {
        var first = StreamNode(["0,1", "x", "y"], ["4,1!", "x", "y"], ["2,1", "x", "y"]);
        var second = StreamNode(["0,0!", "x", "y"], ["9,0!", "x", "y"]);
        byte[] third = [.. Text(Id(12, 0)), .. Text(StreamNode(["0,0!", "x", "y"], ["-1,0", "x", "y"]))];
        byte[] stream = [3, .. Node(first)[1..], .. Text(Id(10, 0)), .. Text(second), .. third, 3, 11, 0, 0];
        var (status, log) = RdbValueReaderTests.ReadPayload(RdbType.StreamListpacks, stream);
        Assert.Equal(DumpStatus.Ok, status);
        Assert.Equal("state 3 last 11-0 first 7-1 deleted 0-0 added 3", log[4]);
    }

    [Fact]
    public void Nodes_of_streams_ascend_even_if_all_is_deleted()
    {
        var deleted = StreamNode(["0,0!", "x", "y"], ["9,0!", "x", "y"]);
        var before = StreamNode(["0,0", "x", "y"], ["5,0", "x", "y"]);
        byte[][] streams =
        [
            [2, .. Node(deleted)[1..], .. Node(Sound)[1..], 1, 7, 0, 0],
            [2, .. Node(deleted)[1..], .. Text(Id(6, 9)), .. Text(Sound), 1, 7, 0, 0],
            [2, .. Node(before)[1..], .. Text(Id(12, 0)), .. Text(deleted), 2, 12, 0, 0],
        ];
        foreach (var stream in streams) AssertCorrupt("Listpack re-added with existing key", RdbType.StreamListpacks, stream);
    }

    [Fact]
    public void A_stream_s_length_is_that_of_its_entries()
    {
        var (status, log) = RdbValueReaderTests.ReadPayload(RdbType.StreamListpacks, [.. Node(Sound), 9, 7, 0, 0]);
        Assert.Equal(DumpStatus.Ok, status);
        Assert.Equal("state 1 last 7-0 first 7-0 deleted 0-0 added 1", log[2]);
    }

    [Fact]
    public void Members_that_end_alike_are_different()
    {
        var (status, _) = RdbValueReaderTests.ReadPayload(RdbType.SetListpack, Text(Listpack("one-12345678", "two-12345678", "12345678", "x", "y")));
        Assert.Equal(DumpStatus.Ok, status);
    }

    [Fact]
    public void Texts_and_integers_that_read_alike_are_the_same_member()
    {
        // "10" as a string of the listpack, which no server writes, beside the integer 10.
        byte[] listpack = [14, 0, 0, 0, 2, 0, 10, 1, 0x82, (byte)'1', (byte)'0', 3, 0xff];
        listpack[0] = (byte)listpack.Length;
        AssertCorrupt("Set listpack integrity check failed.", RdbType.SetListpack, Text(listpack));
        listpack[10] = (byte)'1';
        Assert.Equal(DumpStatus.Ok, RdbValueReaderTests.ReadPayload(RdbType.SetListpack, Text(listpack)).Status);
    }

    [Fact]
    public void Many_members_are_told_apart()
    {
        var members = Enumerable.Range(0, 20_000).Select(i => i % 2 == 0 ? $"{i}" : $"m{i}").ToArray();
        Assert.Equal(DumpStatus.Ok, RdbValueReaderTests.ReadPayload(RdbType.SetListpack, Text(Listpack(members))).Status);
        members[^1] = members[77];
        AssertCorrupt("Set listpack integrity check failed.", RdbType.SetListpack, Text(Listpack(members)));
    }

    private static (string Text, RdbType Type, byte[] Value) Case(int index) =>
        index < Corrupt.Length ? Corrupt[index] : CorruptStreams[index - Corrupt.Length];

    private static byte[] Node(byte[] listpack) => [1, .. Text(Id(7, 0)), .. Text(listpack)];

    private static byte[] Broken(byte[] bytes, int at, byte value)
    {
        Assert.NotEqual(value, bytes[at]);
        bytes[at] = value;
        return bytes;
    }

    private static void AssertCorrupt(string text, RdbType type, byte[] value)
    {
        var file = ValueSamples.File(RdbFlavor.Redis, type, value);
        var (status, reader) = RdbSamples.Read(file);
        Assert.Equal(RdbReadStatus.Failed, status);
        Assert.Equal((RdbErrorKind.BadValue, text), (reader.Error!.Kind, reader.Error.Text));
        Assert.DoesNotContain("end of value", reader.Target.Recording.Log);
        Assert.DoesNotContain(reader.Target.Recording.Log, line => line.StartsWith("packed", StringComparison.Ordinal));
        Assert.Equal(reader.Error, RdbSamples.Read(file, pieceLength: () => 1).Reader.Error);
        Assert.Equal(DumpStatus.BadFormat, RdbValueReaderTests.ReadPayload(type, value).Status);
    }
}
