using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Redouble.Core.Checksums;
using Redouble.Engine.Tests.Harness;
using Redouble.Persistence.Rdb;
using Redouble.Storage.Structures;

namespace Redouble.Engine.Tests.Persistence;

/// <summary>RESTORE of listpacks of more than a megabyte, which no server makes unless its limits are raised.</summary>
public sealed class LargeListpackTests
{
    private const int Members = 70_000;

    // The members' places were kept in arrays, with their hashes and a copy of pairs, until all had come: a payload of a hundred KB ended the process.
    [Theory]
    [InlineData(RdbType.SetListpack)]
    [InlineData(RdbType.HashListpack)]
    [InlineData(RdbType.SortedSetListpack)]
    [InlineData(RdbType.HashListpackEx)]
    public void Millions_of_equal_members_in_a_small_payload_are_refused_and_no_array_grows_with_them(RdbType type)
    {
        using var node = new EngineNode();
        var dumps = node.Node.Dumps;
        Assert.Equal(DumpStatus.BadFormat, dumps.Build(Zeros(type, runs: 100), "k"u8, -1));
        var payload = Zeros(type, runs: 20_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(DumpStatus.BadFormat, dumps.Build(payload, "k"u8, -1));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Equal("-ERR Bad data format|", node.DoWords("RESTORE", "k", "0", Encoding.Latin1.GetString(payload)));
        Assert.Equal(":0|", node.Do("EXISTS k"));
    }

    [Theory]
    [InlineData(RdbType.SetListpack, "SADD")]
    [InlineData(RdbType.HashListpack, "HSET")]
    [InlineData(RdbType.SortedSetListpack, "ZADD")]
    public void A_sound_one_is_the_value_that_commands_make(RdbType type, string command)
    {
        using var node = new EngineNode("enable-debug-command yes");
        var entries = new List<string>();
        var words = new List<string> { command, "made" };
        for (var i = 0; i < Members; i++)
        {
            var name = Name(i);
            var value = i.ToString(CultureInfo.InvariantCulture);
            entries.AddRange(type == RdbType.SetListpack ? [name] : [name, value]);
            words.AddRange(type == RdbType.SetListpack ? [name] : type == RdbType.HashListpack ? [name, value] : [value, name]);
        }

        Assert.Equal("+OK|", Restore(node, type, entries));
        Assert.Equal($":{Members}|", node.DoWords([.. words]));
        var digests = node.Do("DEBUG DIGEST-VALUE k made").Split('|');
        Assert.Equal(digests[1], digests[2]);
        entries[0] = entries[type == RdbType.SetListpack ? ^1 : ^2];
        Assert.Equal("-ERR Bad data format|", Restore(node, type, entries, "l"));
        if (type == RdbType.SetListpack) return;
        Assert.Equal("-ERR Bad data format|", Restore(node, type, [.. entries[2..], "odd"], "l"));
        if (type == RdbType.SortedSetListpack) Assert.Equal("-ERR Bad data format|", Restore(node, type, [.. entries[2..], "new", "nan"], "l"));
    }

    [Fact]
    public void A_sound_one_with_times_of_fields_is_the_hash_with_them()
    {
        using var node = new EngineNode();
        var now = node.Clock.UnixMicroseconds / 1000;
        var entries = new List<string>();
        for (var i = 0; i < Members; i++) entries.AddRange([Name(i), "v", i % 2 == 0 ? "0" : (now + 1000 + i).ToString(CultureInfo.InvariantCulture)]);
        Assert.Equal("+OK|", Restore(node, RdbType.HashListpackEx, entries));
        Assert.Equal($":{Members}|", node.Do("HLEN k"));
        var last = now + 1000 + Members - 1;
        Assert.Equal($"*3|:-1|:{now + 1007}|:{last}|", node.DoWords("HPEXPIRETIME", "k", "FIELDS", "3", Name(4), Name(7), Name(Members - 1)));
        entries[^1] = "-1";
        Assert.Equal("-ERR Bad data format|", Restore(node, RdbType.HashListpackEx, entries, "l"));
    }

    // The copy of the pairs was an array.
    [Fact]
    public void Few_long_ones_stay_packed_where_the_limit_is_as_high()
    {
        using var node = new EngineNode("hash-max-listpack-value 20000000");
        var dumps = node.Node.Dumps;
        dumps.Build(Zeros(RdbType.HashListpack, runs: 1), "k"u8, -1);
        var payload = Payload(RdbType.HashListpack, ["f", new string('x', 6_000_000), "g", new string('y', 7_000_000)]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(DumpStatus.Ok, dumps.Build(payload, "k"u8, -1));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        dumps.Store(node.Node.Keyspace[0], "k"u8, node.Node.Keyspace.Hash("k"u8));
        Assert.Equal("$8|listpack|", node.Do("OBJECT ENCODING k"));
        Assert.Equal(":7000000|", node.Do("HSTRLEN k g"));
        Assert.Equal("-ERR Bad data format|", Restore(node, RdbType.HashListpack, ["f", new string('x', 2_000_000), "f", "x"], "l"));
        Assert.Equal("+OK|", Restore(node, RdbType.SortedSetListpack, [new string('x', 2_000_000), "2", "y", "1"], "l"));
        Assert.Equal("*1|$1|y|", node.Do("ZRANGE l 0 0"));
    }

    // A megabyte has room for more members than that.
    [Fact]
    public void One_of_fewer_members_is_a_table_as_well()
    {
        using var node = new EngineNode();
        var entries = Enumerable.Range(0, 40_000).Select(static i => Name(i) + " and more").ToList();
        Assert.Equal("+OK|", Restore(node, RdbType.SetListpack, entries));
        Assert.Equal(":40000|", node.Do("SCARD k"));
        Assert.Equal("$9|hashtable|", node.Do("OBJECT ENCODING k"));
    }

    private static string Name(int i) => $"a name of some length {i}";

    private static string Restore(EngineNode node, RdbType type, List<string> entries, string key = "k") =>
        node.DoWords("RESTORE", key, "0", Encoding.Latin1.GetString(Payload(type, entries)));

    private static byte[] Payload(RdbType type, List<string> entries)
    {
        var room = new byte[16 + entries.Sum(static entry => entry.Length + 11)];
        Listpack.WriteEmpty(room);
        foreach (var entry in entries) Listpack.Append(room, Encoding.Latin1.GetBytes(entry));
        var size = Listpack.Size(room);
        Assert.True(size > 1 << 20);
        var dump = new DumpWriter(RdbDialect.Rdb12, compress: true);
        var writer = dump.Begin(type);
        if (type == RdbType.HashListpackEx) writer.WriteFixed8(1);
        writer.WriteElement(room.AsSpan(0, size));
        return dump.End().ToArray();
    }

    // A listpack of zeros, 132 a run, compressed: 264 bytes become three.
    private static byte[] Zeros(RdbType type, int runs)
    {
        const int literal = 18;
        var size = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(size, literal + (264 * runs) + 1);
        byte[] compressed =
        [
            literal - 1, .. size, 0xFF, 0xFF, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1,
            .. Enumerable.Repeat((byte[])[0xE0, 0xFF, 0x01], runs).SelectMany(static run => run), 0, 0xFF,
        ];
        byte[] head = [(byte)type, .. type == RdbType.HashListpackEx ? new byte[8] : []]; // an earliest time
        byte[] body = [.. head, 0xC3, .. Length(compressed.Length), .. Length(literal + (264 * runs) + 1), .. compressed, 12, 0];
        var checksum = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(checksum, Crc64.Append(0, body));
        return [.. body, .. checksum];
    }

    private static byte[] Length(int length)
    {
        var bytes = new byte[5];
        bytes[0] = 0x80;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), length);
        return bytes;
    }
}
