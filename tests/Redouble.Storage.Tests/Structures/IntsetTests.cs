using Redouble.Storage.Structures;

namespace Redouble.Storage.Tests.Structures;

/// <summary>Intsets byte for byte, against a sorted set, and damaged.</summary>
public sealed class IntsetTests
{
    private const byte Guard = 0xA5;

    // What DUMP of redis-server 7.0.15 gives for SADD of these, without type, length, version and checksum.
    [Theory]
    [InlineData(new long[] { 3, 1, -2 }, "0200000003000000feff01000300")]
    [InlineData(new long[] { 3, 1, -2, 100000 }, "0400000004000000feffffff0100000003000000a0860100")]
    [InlineData(new long[] { 3, 1, -2, 5000000000 }, "0800000004000000feffffffffffffff0100000000000000030000000000000000f2052a01000000")]
    [InlineData(new long[] { 3, 1, -2, -5000000000 }, "0800000004000000000efad5fefffffffeffffffffffffff01000000000000000300000000000000")]
    public void Bytes_are_those_of_Redis(long[] values, string expected)
    {
        var set = Empty();
        foreach (var value in values) set = Insert(set, value);
        Assert.Equal(expected, Convert.ToHexStringLower(set));
        Assert.True(Intset.Validate(set));
    }

    [Fact]
    public void An_empty_set_is_its_header()
    {
        var set = Empty();
        Assert.Equal("0200000000000000", Convert.ToHexStringLower(set));
        Assert.Equal((0, Intset.HeaderSize), (Intset.Count(set), Intset.Size(set)));
        Assert.False(Intset.Find(set, 0, out var index));
        Assert.Equal(0, index);
        Assert.Throws<ArgumentOutOfRangeException>(() => Intset.Min(set));
        Assert.Throws<ArgumentOutOfRangeException>(() => Intset.Max(set));
    }

    [Theory]
    [InlineData(short.MaxValue, 2)]
    [InlineData(short.MinValue, 2)]
    [InlineData(short.MaxValue + 1, 4)]
    [InlineData(short.MinValue - 1, 4)]
    [InlineData(int.MaxValue, 4)]
    [InlineData(int.MinValue, 4)]
    [InlineData(int.MaxValue + 1L, 8)]
    [InlineData(int.MinValue - 1L, 8)]
    [InlineData(long.MaxValue, 8)]
    [InlineData(long.MinValue, 8)]
    public void The_widest_decides_and_removal_never_narrows(long value, int width)
    {
        var set = Insert(Insert(Empty(), 5), value);
        Assert.Equal(Intset.HeaderSize + 2 * width, set.Length);
        Assert.Equal(value < 0 ? [value, 5] : [5, value], Values(set));
        Assert.True(Intset.Find(set, value, out var index));
        var size = Intset.Remove(set, index);
        Assert.Equal(Intset.HeaderSize + width, size);
        Assert.Equal([5], Values(set.AsSpan(0, size)));
    }

    [Theory]
    [InlineData(1, 6)]
    [InlineData(2, 15)]
    [InlineData(3, 20)]
    [InlineData(4, 40)]
    [InlineData(5, 63)]
    public void A_random_program_gives_what_a_sorted_set_gives(int seed, int bits)
    {
        var random = new Random(seed);
        var model = new SortedSet<long>();
        var set = Empty();
        for (var step = 0; step < 2000; step++)
        {
            // The numbers get wider as the program goes on, so that every width is met and left.
            var value = random.NextInt64(-1L << bits * step / 2000, 1L << bits * step / 2000);
            Assert.Equal(model.Contains(value), Intset.Find(set, value, out var index));
            Assert.Equal(model.GetViewBetween(long.MinValue, value).Count - (model.Contains(value) ? 1 : 0), index);
            if (!model.Contains(value) && random.Next(3) > 0)
            {
                set = Insert(set, value);
                model.Add(value);
            }
            else if (model.Count > 0)
            {
                index = random.Next(model.Count);
                model.Remove(Intset.Get(set, index));
                set = set[..Intset.Remove(set, index)];
            }

            Assert.Equal(model, Values(set));
            Assert.Equal(model.Count > 0, Intset.Validate(set));
            if (model.Count > 0) Assert.Equal((model.Min, model.Max), (Intset.Min(set), Intset.Max(set)));
        }
    }

    [Fact]
    public void A_member_is_not_inserted_twice()
    {
        var set = Insert(Insert(Empty(), 70000), -1);
        var before = Convert.ToHexStringLower(set);
        Assert.Equal(set.Length, Intset.Insert(set, 70000));
        Assert.Equal(set.Length, Intset.Insert(set, -1));
        Assert.Equal(before, Convert.ToHexStringLower(set));
    }

    [Theory]
    [InlineData("")]
    [InlineData("02000000000000")]
    [InlineData("0200000000000000")] // empty
    [InlineData("03000000010000000100")] // no such width
    [InlineData("00000000010000000100")]
    [InlineData("02000000020000000100")] // more than there are
    [InlineData("020000000100000001000200")] // fewer
    [InlineData("02000000010000800100")] // a count that is negative as 32 bits with a sign
    [InlineData("08000000010000200100000000000000")] // one that wraps to the right length
    [InlineData("020000000200000001000100")] // twice
    [InlineData("02000000020000000100ffff")] // descending
    public void What_is_not_whole_is_refused(string hex) => Assert.False(Intset.Validate(Convert.FromHexString(hex)));

    [Fact]
    public void Damaged_bytes_are_refused_or_stay_inside()
    {
        var random = new Random(7);
        var accepted = 0;
        for (var round = 0; round < 5000; round++)
        {
            var set = Empty();
            for (var i = random.Next(1, 10); i > 0; i--) set = Insert(set, random.NextInt64() >> random.Next(64));
            set[random.Next(set.Length)] = (byte)random.Next(256);
            if (random.Next(3) == 0) set = set[..random.Next(set.Length)];
            if (!Intset.Validate(set)) continue;
            accepted++;
            Assert.Equal(set.Length, Intset.Size(set));
            var values = Values(set);
            Assert.Equal(values.Distinct().Order(), values);
        }

        Assert.InRange(accepted, 100, 4999);
    }

    private static byte[] Empty()
    {
        var set = new byte[Intset.HeaderSize];
        Intset.WriteEmpty(set);
        return set;
    }

    // Exactly the room that it asks for, and a guard behind.
    private static byte[] Insert(byte[] set, long value)
    {
        if (Intset.Find(set, value, out _)) return set;
        var size = Intset.SizeWith(set, value);
        var room = new byte[size + 16];
        set.CopyTo(room, 0);
        Array.Fill(room, Guard, size, 16);
        Assert.Equal(size, Intset.Insert(room, value));
        Assert.Equal(size, Intset.Size(room));
        Assert.Equal(-1, room.AsSpan(size).IndexOfAnyExcept(Guard));
        return room[..size];
    }

    private static long[] Values(ReadOnlySpan<byte> set)
    {
        var values = new long[Intset.Count(set)];
        for (var i = 0; i < values.Length; i++) values[i] = Intset.Get(set, i);
        return values;
    }
}
