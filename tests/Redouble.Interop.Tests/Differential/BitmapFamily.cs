namespace Redouble.Interop.Tests.Differential;

/// <summary>Every bit command with all its options, on strings that other commands write too.</summary>
internal static class BitmapFamily
{
    private static readonly string[] Types = ["u1", "u2", "u3", "u5", "u8", "u16", "u31", "u32", "u63", "i1", "i2", "i7", "i8", "i16", "i33", "i63", "i64"];

    public static Family Make() => new(
        "bitmaps",
        (6, d => [d.Word("setbit"), d.Key(), Offset(d), d.Chance(95) ? d.Pick("0", "1") : d.Pick("2", "-1", "x", "")]),
        (3, d => ["GETBIT", d.Key(), Offset(d)]),
        (6, BitCount),
        (6, BitPos),
        (8, BitOp),
        (10, BitField),
        (3, d => ["BITFIELD_RO", d.Key(), .. Enumerable.Range(0, d.Next(4)).SelectMany(_ => Get(d)), .. d.Chance(8) ? Write(d) : []]),
        (5, d => ["SET", d.Key(), d.Value()]),
        (2, d => ["SET", d.Key(), d.Bytes(d.Pick(1, 2, 7, 31, 32, 33, 64, 500))]),
        (1, d => ["SET", d.Key(), d.Pick("", new string('\u00ff', d.Between(1, 40)), new string('\0', d.Between(1, 40)))]),
        (2, d => ["APPEND", d.Key(), d.Value()]),
        (1, d => ["INCR", d.Key()]),
        (2, d => ["GET", d.Key()]),
        (1, d => ["EXPIRE", d.Key(), "1000"]),
        (2, d => ["DEL", .. d.KeyList(1, 3)]),
        (1, d => ["SELECT", d.Db()]),
        (1, d => ["COMMAND", "GETKEYSANDFLAGS", .. BitField(d)]),
        (1, d => ["SADD", d.Key(), "5"]),
        (2, d => ["OBJECT", "ENCODING", d.Key()]));

    private static string[] BitCount(Dice d) =>
        ["BITCOUNT", d.Key(), .. d.Next(5) switch
        {
            0 => (string[])[],
            1 => [d.Index()],
            2 => [d.Index(), d.Index()],
            _ => [BitIndex(d), BitIndex(d), Unit(d)],
        }];

    private static string[] BitPos(Dice d) =>
        ["BITPOS", d.Key(), d.Chance(95) ? d.Pick("0", "1") : d.Integer(), .. d.Next(5) switch
        {
            0 => (string[])[],
            1 => [d.Index()],
            2 => [d.Index(), d.Index()],
            _ => [BitIndex(d), BitIndex(d), Unit(d)],
        }];

    private static string[] BitOp(Dice d) => d.Chance(25)
        ? ["BITOP", d.Word("not"), d.Key(), .. d.KeyList(1, d.Chance(90) ? 1 : 2)]
        : [d.Word("bitop"), d.Chance(95) ? d.Word(d.Pick("and", "or", "xor")) : d.Pick("nand", "", "a", "diff"), d.Key(), .. d.KeyList(1, 5)];

    private static string[] BitField(Dice d)
    {
        List<string> args = [d.Word("bitfield"), d.Key()];
        bool mayFail = false;
        while (d.Chance(70))
        {
            if (d.Chance(30))
            {
                string overflow = d.Pick("wrap", "sat", "fail");
                mayFail |= overflow == "fail";
                args.AddRange(d.Word("overflow"), d.Chance(95) ? d.Word(overflow) : d.Pick("x", ""));
            }

            args.AddRange(d.Chance(30) ? Get(d) : Write(d));
        }

        // A string that grows although every step has failed is a change that Redis keeps from its replicas, and Redouble does not.
        return mayFail ? [.. args, "OVERFLOW", "WRAP", "INCRBY", "u1", "0", "0"] : [.. args];
    }

    private static string[] Get(Dice d) => [d.Word("get"), Type(d), FieldOffset(d)];

    private static string[] Write(Dice d) => [d.Word(d.Pick("set", "incrby")), Type(d), FieldOffset(d), d.Integer()];

    private static string Type(Dice d) => d.Chance(97) ? d.Pick(Types) : d.Pick("u64", "i65", "u0", "x8", "", "U8", "i", "u8\0z");

    private static string FieldOffset(Dice d) => d.Chance(25) ? $"#{d.Between(0, 12)}"
        : d.Chance(4) ? d.Pick("#-1", "#", "#x", "#4611686018427387904") : Offset(d);

    private static string Unit(Dice d) => d.Chance(95) ? d.Word(d.Pick("bit", "byte")) : d.Pick("bits", "");

    private static string BitIndex(Dice d) => d.Chance(85) ? d.Between(-100, 300).ToString() : d.Index();

    private static string Offset(Dice d) => d.Next(20) switch
    {
        < 17 => d.Between(0, 200).ToString(),
        17 => d.Pick("1000", "8191", "8192", "131071", "131072", "140000"),
        18 => d.Between(0, 2000).ToString(),
        _ => d.Pick("-1", "4294967296", "9223372036854775807", "abc", "", " 1", "01", "#1"),
    };
}
