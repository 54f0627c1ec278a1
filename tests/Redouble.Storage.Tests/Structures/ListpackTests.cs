using System.Text;
using Redouble.Storage.Structures;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Structures;

/// <summary>Listpacks byte for byte, and what random programs make of them.</summary>
public sealed class ListpackTests
{
    // What DUMP of redis-server 7.0.15 gives, without type, length, version and checksum; uncompressed.
    public static TheoryData<string, string> FromRedis => new()
    {
        // HSET k name redouble age 7 n -1 big 70000
        { "name redouble age 7 n -1 big 70000", "2e0000000800846e616d6505887265646f75626c650983616765040701816e02dfff028362696704f270110104ff" },

        // ZADD k 1 a 2.5 b -3 c
        { "c -3 a 1 b 2.5", "1a0000000600816302dffd02816102010181620283322e3504ff" },

        // RPUSH k with an integer on each side of every border, and what is nearly an integer
        {
            "0 127 128 4095 4096 -1 -4096 -4097 32767 32768 -32768 -32769 8388607 8388608 -8388608 -8388609 2147483647 2147483648 -2147483648 " +
            "-2147483649 9223372036854775807 -9223372036854775808 9223372036854775808 007 -0 +1 1.5 -",
            "a50000001c0000017f01c08002cfff02f1001003dfff02d00002f1ffef03f1ff7f03f200800004f1008003f2ff7fff04f2ffff7f04f30000800005f200008004f3ffff7fff05" +
            "f3ffffff7f05f4000000800000000009f30000008005f4ffffff7fffffffff09f4ffffffffffffff7f09f4000000000000008009933932323333373230333638353437373538" +
            "3038148330303704822d3003822b310383312e3504812d02ff"
        },
    };

    // HSET k f and a string of that many x, hash-max-listpack-value 20000: what comes before the text and after it.
    public static TheoryData<int, string, string> LongFromRedis => new()
    {
        { 63, "4b0000000200816602bf", "40ff" },
        { 64, "4d0000000200816602e040", "42ff" },
        { 125, "8a0000000200816602e07d", "7fff" },
        { 126, "8c0000000200816602e07e", "0180ff" },
        { 127, "8d0000000200816602e07f", "0181ff" },
        { 4095, "0d1000000200816602efff", "2081ff" },
        { 4096, "111000000200816602f000100000", "2085ff" },
        { 16377, "0a4000000200816602f0f93f0000", "7ffeff" },
        { 16378, "0c4000000200816602f0fa3f0000", "00ffffff" },
        { 16379, "0d4000000200816602f0fb3f0000", "018080ff" },
    };

    [Theory]
    [MemberData(nameof(FromRedis))]
    public void Bytes_are_those_of_Redis(string values, string expected)
    {
        var program = new ListpackProgram(new Random(1));
        foreach (var value in values.Split(' ')) program.Add(Encoding.ASCII.GetBytes(value));
        Assert.Equal(expected, Convert.ToHexStringLower(program.Bytes));
        program.Check();
    }

    [Theory]
    [MemberData(nameof(LongFromRedis))]
    public void Long_strings_have_the_bytes_of_Redis(int length, string before, string after)
    {
        var program = new ListpackProgram(new Random(1));
        program.Add("f"u8.ToArray());
        var text = new byte[length];
        Array.Fill(text, (byte)'x');
        program.Add(text);
        Assert.Equal(before + Convert.ToHexStringLower(text) + after, Convert.ToHexStringLower(program.Bytes));
        program.Check();
    }

    [Fact]
    public void An_empty_listpack_is_seven_bytes()
    {
        var bytes = new byte[Listpack.EmptySize];
        Listpack.WriteEmpty(bytes);
        Assert.Equal("070000000000ff", Convert.ToHexStringLower(bytes));
        new ListpackProgram(new Random(1)).Check();
        Assert.Equal((-1, -1, 6), (Listpack.First(bytes), Listpack.Last(bytes), Listpack.End(bytes)));
        Assert.Equal(-1, Listpack.Find(bytes, Listpack.First(bytes), "a"u8, 0));
    }

    [Fact]
    public void Values_at_every_border_come_back_from_both_ends()
    {
        var program = new ListpackProgram(new Random(1));
        foreach (var integer in PackedValues.BorderIntegers) program.Add(PackedValues.Text(integer));
        foreach (var text in PackedValues.NearlyIntegers) program.Add(Encoding.ASCII.GetBytes(text));
        foreach (var length in PackedValues.BorderLengths) program.Add(PackedValues.Filled(length, length));
        program.Check();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void A_random_program_gives_what_a_list_of_values_gives(int seed)
    {
        var program = new ListpackProgram(new Random(seed));
        for (var step = 0; step < 1500; step++)
        {
            program.Change();
            program.CheckFind();
            if (step % 8 == 0) program.Check();
        }

        program.Check();
    }

    [Fact]
    public void A_count_that_no_longer_fits_is_found_by_a_walk()
    {
        const int entries = ushort.MaxValue + 10;
        var room = new byte[Listpack.EmptySize + entries * Listpack.EncodedSize(1)];
        Listpack.WriteEmpty(room);
        for (var i = 1; i <= entries; i++)
        {
            Listpack.Append(room, i % 100);
            if (i is ushort.MaxValue - 1 or ushort.MaxValue or entries) Assert.Equal(i, Listpack.Count(room));
        }

        Assert.Equal(0xFFFF, BitConverter.ToUInt16(room, 4));
        Assert.True(Listpack.Validate(room, out var count));
        Assert.Equal(entries, count);
        Assert.Equal(Listpack.Last(room), Listpack.Seek(room, entries - 1));
        Assert.Equal(Listpack.First(room), Listpack.Seek(room, -entries));
        Assert.Equal((-1, -1), (Listpack.Seek(room, entries), Listpack.Seek(room, -entries - 1)));

        // Redis leaves the count unknown, too, until it is asked for.
        var size = Listpack.Delete(room, Listpack.First(room), 100);
        Assert.Equal(0xFFFF, BitConverter.ToUInt16(room, 4));
        Assert.Equal(entries - 100, Listpack.Count(room));
        Assert.True(Listpack.Validate(room.AsSpan(0, size), out _));
    }

    [Fact]
    public void Deletion_stops_at_the_end()
    {
        var program = new ListpackProgram(new Random(1));
        foreach (var value in (string[])["a", "7", "c"]) program.Add(Encoding.ASCII.GetBytes(value));
        var bytes = program.Bytes.ToArray();
        var size = Listpack.Delete(bytes, Listpack.Seek(bytes, 1), int.MaxValue);
        Assert.Equal("0a0000000100816102ff", Convert.ToHexStringLower(bytes.AsSpan(0, size)));
        Assert.Equal(Listpack.EmptySize, Listpack.Delete(bytes, Listpack.HeaderSize, 1));
        Assert.Equal(-1, Listpack.First(bytes));
    }

    [Theory]
    [InlineData("813502", "5")] // a short string of a digit
    [InlineData("e0013503", "5")] // the same with a header of 12 bits
    [InlineData("f1050003", "5")] // 16 bits for a small number
    [InlineData("f4050000000000000009", "5")]
    [InlineData("e00361626305", "abc")]
    public void What_Redis_would_write_shorter_is_read_and_found(string entry, string value)
    {
        var bytes = Convert.FromHexString($"000000000100{entry}ff");
        BitConverter.TryWriteBytes(bytes, bytes.Length);
        Assert.True(Listpack.Validate(bytes, out _));
        Assert.Equal(Listpack.HeaderSize, Listpack.Find(bytes, Listpack.First(bytes), Encoding.ASCII.GetBytes(value), 0));
        Assert.Equal(-1, Listpack.Find(bytes, Listpack.First(bytes), "6"u8, 0));
        Assert.Equal((-1, -1), (Listpack.Next(bytes, Listpack.HeaderSize), Listpack.Previous(bytes, Listpack.Last(bytes))));
    }

    [Fact]
    public void The_end_is_no_entry()
    {
        var bytes = new byte[Listpack.EmptySize];
        Listpack.WriteEmpty(bytes);
        Assert.Throws<InvalidOperationException>(() => Listpack.Get(bytes, Listpack.End(bytes)).Length);
        Assert.Throws<InvalidOperationException>(() => Listpack.Next(bytes, Listpack.End(bytes)));
        Assert.Throws<InvalidOperationException>(() => Listpack.Replace(bytes, Listpack.End(bytes), 1));
        Assert.Equal("070000000000ff", Convert.ToHexStringLower(bytes));
    }

    // Every search of a small collection comes through here: the first byte, the last byte and the kind are tested before the text is.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Values_that_differ_in_one_place_are_told_apart(int skip)
    {
        string[] values =
        [
            "field:1", "field:2", "gield:2", "fielD:2", "field:", "", "f", "1", "11", "-1", "127", "128", "0128", "5000", "-5000", "70000", "-70000",
            "3000000000", "a" + new string('x', 62), "b" + new string('x', 62), new string('x', 63), new string('x', 64), new string('x', 63) + "y",
            new string('x', 5000), new string('x', 4999) + "y",
        ];
        var program = new ListpackProgram(new Random(1));
        foreach (var value in values)
        {
            program.Add(Encoding.ASCII.GetBytes(value));
            for (var i = 0; i < skip; i++) program.Add(Encoding.ASCII.GetBytes(values[0]));
        }

        for (var i = 0; i < values.Length; i++)
        {
            var found = Listpack.Find(program.Bytes, Listpack.HeaderSize, Encoding.ASCII.GetBytes(values[i]), skip);
            Assert.Equal(Listpack.Seek(program.Bytes, i * (skip + 1)), found);
        }

        Assert.Equal(-1, Listpack.Find(program.Bytes, Listpack.HeaderSize, "field:3"u8, skip));
    }
}
