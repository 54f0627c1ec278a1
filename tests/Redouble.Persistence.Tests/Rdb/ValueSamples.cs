using Redouble.Persistence.Rdb;
using static Redouble.Persistence.Tests.Rdb.ValueEncoder;

namespace Redouble.Persistence.Tests.Rdb;

/// <summary>A value in one encoding, and the calls it is delivered in, for the key "k".</summary>
internal sealed record ValueSample(string Name, RdbType Type, byte[] Value, params string[] Delivered)
{
    public RdbFlavor Flavor { get; init; }

    public override string ToString() => Name;
}

/// <summary>Values of every type and encoding, by hand.</summary>
internal static class ValueSamples
{
    private const long Base = 1_750_000_000_000;

    private static readonly string Long = new('x', 300);

    public static IReadOnlyList<ValueSample> All { get; } = [.. Lists(), .. Sets(), .. SortedSets(), .. Hashes(), .. ExpiringHashes(), .. Streams()];

    /// <summary>A file that holds one value.</summary>
    public static byte[] File(RdbFlavor flavor, RdbType type, ReadOnlySpan<byte> value) =>
        [.. flavor == RdbFlavor.Redis ? "REDIS0012"u8 : "VALKEY080"u8, (byte)type, 1, (byte)'k', .. value, 255, 0, 0, 0, 0, 0, 0, 0, 0];

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private static ValueSample[] Lists()
    {
        string[] begin2 = ["begin List k 2", "element a", "element -7", "end of value"];
        string[] numbers =
        [
            "0", "12", "13", "-1", "-128", "127", "128", "-32768", "32767", "32768", "-8388608", "8388607", "8388608", "-2147483648", "2147483647",
            "2147483648", "-9223372036854775808", "9223372036854775807", "007", string.Empty, Long, new('y', 17_000), "z",
        ];
        byte[] plain = [.. Length(2), .. Length(1), .. Text("plain"), .. Length(2), .. Text(Listpack("a", "1"))];
        return
        [
            new("list", RdbType.List, Texts(1, "a", "-7"), begin2),
            new("list of an integer", RdbType.List, [2, 1, (byte)'a', 0xc0, 0xf9], begin2),
            new("list of an LZF string", RdbType.List, [1, .. Convert.FromHexString("c30932016161e02500016161")],
                $"begin List k 1", $"element {new string('a', 50)}", "end of value"),
            new("empty list", RdbType.List, [0], "empty k"),
            new("list ziplist", RdbType.ListZiplist, Text(Ziplist("a", "-7")), begin2),
            new("list ziplist, all forms", RdbType.ListZiplist, Text(Ziplist(numbers)),
                [$"begin List k {numbers.Length}", .. numbers.Select(n => "element " + n), "end of value"]),
            new("empty list ziplist", RdbType.ListZiplist, Text(Ziplist()), "empty k"),
            new("quicklist", RdbType.ListQuicklist, [2, .. Text(Ziplist("a")), .. Text(Ziplist("-7"))], begin2),
            new("quicklist with an empty node", RdbType.ListQuicklist, [2, .. Text(Ziplist()), .. Text(Ziplist("b"))],
                "begin List k 2", "element b", "end of value"),
            new("quicklist of empty nodes", RdbType.ListQuicklist, [2, .. Text(Ziplist()), .. Text(Ziplist())], "empty k"),
            new("empty quicklist", RdbType.ListQuicklist, [0], "empty k"),
            new("quicklist 2", RdbType.ListQuicklist2, plain, "begin List k 2", "element plain", $"node {Hex(Listpack("a", "1"))}", "end of value"),
            new("quicklist 2 with an empty node", RdbType.ListQuicklist2, [1, 2, .. Text(Listpack())], "empty k"),
        ];
    }

    private static ValueSample[] Sets() =>
    [
        new("set", RdbType.Set, Texts(1, "a", "-7"), "begin Set k 2", "element a", "element -7", "end of value"),
        new("empty set", RdbType.Set, [0], "empty k"),
        new("set intset", RdbType.SetIntset, Text(Intset(1, 2, 300)), $"packed Set k Intset {Hex(Intset(1, 2, 300))}"),
        new("set wide intset", RdbType.SetIntset, Text(Intset(-5, long.MaxValue)), $"packed Set k Intset {Hex(Intset(-5, long.MaxValue))}"),
        new("set listpack", RdbType.SetListpack, Text(Listpack("a", "b", "7")), $"packed Set k Listpack {Hex(Listpack("a", "b", "7"))}"),
        new("empty set listpack", RdbType.SetListpack, Text(Listpack()), "empty k"),
    ];

    private static ValueSample[] SortedSets()
    {
        byte[] texts = [4, .. Text("a"), .. Text("1.5"), .. Text("b"), .. Text("-3e+20"), .. Text("c"), 254, .. Text("d"), 255];
        byte[] binary = [3, .. Text("a"), .. Double(1.5), .. Text("b"), .. Double(0.1), .. Text("c"), .. Double(double.NegativeInfinity)];
        var ordered = Listpack("c", "-inf", "b", "0.10000000000000001", "a", "1", "aa", "1", "z", "inf");
        string[] scores = ["begin SortedSet k 2", "score b=2", "score a=1.5", "end of value"];
        return
        [
            new("zset", RdbType.SortedSet, texts,
                "begin SortedSet k 4", "score a=1.5", "score b=-3E+20", "score c=Infinity", "score d=-Infinity", "end of value"),
            new("empty zset", RdbType.SortedSet, [0], "empty k"),
            new("zset 2", RdbType.SortedSet2, binary, "begin SortedSet k 3", "score a=1.5", "score b=0.1", "score c=-Infinity", "end of value"),
            new("zset ziplist", RdbType.SortedSetZiplist, Text(Ziplist("b", "2", "a", "1.5")), scores),
            new("empty zset ziplist", RdbType.SortedSetZiplist, Text(Ziplist()), "empty k"),
            new("zset listpack", RdbType.SortedSetListpack, Text(ordered), $"packed SortedSet k Pairs {Hex(ordered)}"),
            new("zset listpack, scores out of order", RdbType.SortedSetListpack, Text(Listpack("b", "2", "a", "1.5")), scores),
            new("zset listpack, members out of order", RdbType.SortedSetListpack, Text(Listpack("b", "2", "a", "2")),
                "begin SortedSet k 2", "score b=2", "score a=2", "end of value"),
            new("empty zset listpack", RdbType.SortedSetListpack, Text(Listpack()), "empty k"),
        ];
    }

    private static ValueSample[] Hashes()
    {
        string[] delivered = ["begin Hash k 2", "field f=v", "field 10=-7", "end of value"];
        var packed = Listpack("f", "v", "g", "v", "10", "-7");
        return
        [
            new("hash", RdbType.Hash, Texts(2, "f", "v", "10", "-7"), delivered),
            new("hash with empty texts", RdbType.Hash, Texts(2, string.Empty, string.Empty), "begin Hash k 1", "field =", "end of value"),
            new("empty hash", RdbType.Hash, [0], "empty k"),
            new("hash zipmap", RdbType.HashZipmap, Text(Zipmap("f", "v", "10", "-7")), delivered),
            new("hash zipmap, long", RdbType.HashZipmap, Text(Zipmap(Long, "1", "g", Long)),
                "begin Hash k 2", $"field {Long}=1", $"field g={Long}", "end of value"),
            new("hash ziplist", RdbType.HashZiplist, Text(Ziplist("f", "v", "10", "-7")), delivered),
            new("empty hash ziplist", RdbType.HashZiplist, Text(Ziplist()), "empty k"),
            new("hash listpack", RdbType.HashListpack, Text(packed), $"packed Hash k Pairs {Hex(packed)}"),
            new("empty hash listpack", RdbType.HashListpack, Text(Listpack()), "empty k"),
        ];
    }

    private static ValueSample[] ExpiringHashes()
    {
        string[] delivered = ["begin Hash k 3", $"field f=v @{Base}", $"field g=w @{Base + 99}", "field h=1", "end of value"];
        byte[] relative = [.. Fixed8(Base), 3, 1, .. Text("f"), .. Text("v"), .. Length(100), .. Text("g"), .. Text("w"), 0, .. Text("h"), .. Text("1")];
        byte[] absolute = [3, .. Length(Base), .. Text("f"), .. Text("v"), .. Length(Base + 99), .. Text("g"), .. Text("w"), 0, .. Text("h"), .. Text("1")];
        byte[] valkey =
        [
            3, .. Text("f"), .. Text("v"), .. Fixed8(Base), .. Text("g"), .. Text("w"), .. Fixed8(Base + 99), .. Text("h"), .. Text("1"), .. Fixed8(-1),
        ];
        var packed = Text(Listpack("f", "v", $"{Base}", "g", "w", $"{Base + 99}", "h", "1", "0"));
        return
        [
            new("hash with metadata", RdbType.HashMetadata, relative, delivered),
            new("hash with metadata, a time of 0", RdbType.HashMetadata, [.. Fixed8(0), 1, 1, .. Text("f"), .. Text("v")],
                "begin Hash k 1", "field f=v", "end of value"),
            new("hash with metadata, before its release", RdbType.Hash22, absolute, delivered),
            new("hash of Valkey", RdbType.Hash22, valkey, delivered) { Flavor = RdbFlavor.Valkey },
            new("hash of Valkey, times that no Redis has", RdbType.Hash22,
                [2, .. Text("f"), .. Text("v"), .. Fixed8(long.MaxValue), .. Text("g"), .. Text("w"), .. Fixed8((1L << 46) - 2)],
                "begin Hash k 2", $"field f=v @{(1L << 46) - 1}", $"field g=w @{(1L << 46) - 2}", "end of value") { Flavor = RdbFlavor.Valkey },
            new("hash of Valkey, a time of 0", RdbType.Hash22, [1, .. Text("f"), .. Text("v"), .. Fixed8(0)],
                "begin Hash k 1", "field f=v @1", "end of value") { Flavor = RdbFlavor.Valkey },
            new("hash listpack ex", RdbType.HashListpackEx, [.. Fixed8(Base), .. packed], delivered),
            new("hash listpack ex, before its release", RdbType.HashListpackExPreRelease, packed, delivered),
            new("empty hash listpack ex", RdbType.HashListpackEx, [.. Fixed8(Base), .. Text(Listpack())], "empty k"),
        ];
    }

    private static ValueSample[] Streams()
    {
        var first = StreamNode(["0,0!", "1", "2"], ["0,1", "1", "2"], ["5,0", "c", "d", "e", "f"]);
        var second = StreamNode(["0,0", "1", "2"], ["1,-2", "3", "4"]);
        byte[] nodes = [2, .. Text(Id(100, 7)), .. Text(first), .. Text(Id(200, 3)), .. Text(second)];
        byte[] state = [4, .. Length(201), 1];
        byte[] state2 = [.. state, .. Length(100), 8, .. Length(100), 7, 5];
        byte[] groups =
        [
            2, .. Entry(101, 1, 5, 1), .. Entry(200, 3, 6, 9),
        ];
        byte[] Group(string name, long ms, byte sequence, byte[] read, byte[] active) =>
        [
            .. Text(name), .. Length((ulong)ms), sequence, .. read, .. groups,
            2, .. Text("alice"), .. Fixed8(11), .. active, 2, .. Id(101, 1), .. Id(200, 3), .. Text("bob"), .. Fixed8(12), .. active, 0,
        ];
        string[] delivered =
        [
            "begin Stream k 2", $"node 100-7 {Hex(first)}", $"node 200-3 {Hex(second)}",
        ];
        string[] Told(string name, string id, long read, long activeFirst, long activeSecond) =>
        [
            $"group {name} {id} {read}", "pending 101-1 5 1", "pending 200-3 6 9",
            $"consumer alice 11 {activeFirst}", "mine 101-1", "mine 200-3", $"consumer bob 12 {activeSecond}",
        ];
        string state1Told = "state 4 last 201-1 first 100-8 deleted 0-0 added 4";
        string state2Told = "state 4 last 201-1 first 100-8 deleted 100-7 added 5";
        byte[] empty = [0, 0, 9, 1];
        var allDeleted = StreamNode(["0,0!", "1", "2"]);
        return
        [
            new("stream", RdbType.StreamListpacks,
                [
                    .. nodes, .. state, 4, .. Group("last", 201, 1, [], []), .. Group("first", 100, 8, [], []), .. Group("none", 0, 0, [], []),
                    .. Group("some", 105, 7, [], []),
                ],
                [
                    .. delivered, state1Told, .. Told("last", "201-1", 4, 11, 12), .. Told("first", "100-8", 1, 11, 12), .. Told("none", "0-0", 0, 11, 12),
                    .. Told("some", "105-7", -1, 11, 12), "end of value",
                ]),
            new("stream 2", RdbType.StreamListpacks2,
                [.. nodes, .. state2, 2, .. Group("g", 101, 1, [3], []), .. Group("h", 0, 0, Length(ulong.MaxValue), [])],
                [.. delivered, state2Told, .. Told("g", "101-1", 3, 11, 12), .. Told("h", "0-0", -1, 11, 12), "end of value"]),
            new("stream 3", RdbType.StreamListpacks3,
                [.. nodes, .. state2, 1, .. Group("g", 101, 1, [3], Fixed8(-1))],
                [.. delivered, state2Told, .. Told("g", "101-1", 3, -1, -1), "end of value"]),
            new("stream without groups", RdbType.StreamListpacks2, [.. nodes, .. state2, 0], [.. delivered, state2Told, "end of value"]),
            new("empty stream", RdbType.StreamListpacks, [.. empty, 0], "begin Stream k 0", "state 0 last 9-1 first 0-0 deleted 0-0 added 0", "end of value"),
            new("empty stream with a group", RdbType.StreamListpacks2, [.. empty, 0, 0, 9, 1, 6, 1, .. Text("g"), 9, 1, 6, 0, 0],
                "begin Stream k 0", "state 0 last 9-1 first 0-0 deleted 9-1 added 6", "group g 9-1 6", "end of value"),
            new("stream with a node of deleted entries", RdbType.StreamListpacks2, [1, .. Text(Id(8, 1)), .. Text(allDeleted), .. empty[1..], 0, 0, 8, 1, 1, 0],
                "begin Stream k 1", $"node 8-1 {Hex(allDeleted)}", "state 0 last 9-1 first 0-0 deleted 8-1 added 1", "end of value"),
        ];
    }

    private static byte[] Entry(long ms, long sequence, long time, byte deliveries) => [.. Id(ms, sequence), .. Fixed8(time), deliveries];
}
