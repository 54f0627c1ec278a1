using Redouble.Core.Text;
using Redouble.Storage.Structures;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Structures;

/// <summary>Bytes from outside: what is accepted can be walked, and nothing is read outside of them.</summary>
public sealed class ListpackValidateTests
{
    [Theory]
    [InlineData("")]
    [InlineData("060000000000")] // no terminator
    [InlineData("070000000000fe")] // another last byte
    [InlineData("080000000000ff")] // a size that is not the length
    [InlineData("070000000100ff")] // counted too many
    [InlineData("0900000000000101ff")] // counted too few
    [InlineData("0900000001000102ff")] // a backlen that is too long
    [InlineData("0900000001000100ff")] // and too short
    [InlineData("08000000010001ff")] // no backlen
    [InlineData("080000000100ffff")] // the end in the middle
    [InlineData("090000000100f501ff")] // no such encoding
    [InlineData("0a0000000100826103ff")] // text up to the terminator
    [InlineData("080000000100e0ff")] // half a header
    [InlineData("0b0000000100f0ffffffff")] // a length of four bytes that are not there
    [InlineData("0e0000000100f0ffffffff0101ff")] // a length that is negative as 32 bits with a sign
    [InlineData("0e0000000100f0faffff7f0101ff")] // one that goes over with header and backlen
    [InlineData("0900000001000181ff")] // a backlen of more bytes than it has
    public void What_is_not_whole_is_refused(string hex) => Assert.False(Listpack.Validate(Convert.FromHexString(hex), out _));

    [Theory]
    [InlineData("070000000000ff", 0)]
    [InlineData("07000000ffffff", 0)] // unknown
    [InlineData("09000000ffff0101ff", 1)]
    public void The_count_may_be_unknown(string hex, int expected)
    {
        Assert.Equal(expected >= 0, Listpack.Validate(Convert.FromHexString(hex), out var count));
        if (expected >= 0) Assert.Equal(expected, count);
    }

    /// <summary>One that is of a length whose first byte looks like the second half of an integer's was taken for one.</summary>
    [Fact]
    public void A_step_that_wants_an_integer_takes_no_string()
    {
        for (var length = 0; length <= 5000; length += length < 70 ? 1 : 701)
        {
            var listpack = new byte[length + 32];
            Listpack.WriteEmpty(listpack);
            var bytes = listpack.AsSpan(0, Listpack.Append(listpack, new byte[length]));
            Assert.True(ListpackCheck.TryBegin(bytes, out var end));
            Assert.Equal(-1, ListpackCheck.PassInteger(bytes, Listpack.HeaderSize, end, out _));
            Assert.Equal(end, ListpackCheck.Pass(bytes, Listpack.HeaderSize, end));
            for (var cut = Listpack.HeaderSize + 1; cut < Math.Min(end, 200); cut++) Assert.Equal(-1, ListpackCheck.Pass(bytes, Listpack.HeaderSize, cut));
        }
    }

    [Fact]
    public void Integers_of_all_widths_are_passed_and_read()
    {
        long[] numbers =
        [
            0, 127, 128, -1, 4095, -4096, 4096, short.MaxValue, short.MinValue, 1 << 23, (1 << 23) - 1, -(1 << 23), int.MinValue, int.MaxValue, 1L << 40,
            long.MinValue,
        ];
        foreach (var number in numbers)
        {
            var listpack = new byte[32];
            Listpack.WriteEmpty(listpack);
            var bytes = listpack.AsSpan(0, Listpack.Append(listpack, number));
            Assert.True(ListpackCheck.TryBegin(bytes, out var end));
            Assert.Equal(end, ListpackCheck.PassInteger(bytes, Listpack.HeaderSize, end, out var read));
            Assert.Equal(number, read);
            Assert.Equal(end, ListpackCheck.Pass(bytes, Listpack.HeaderSize, end));
            Assert.True(Listpack.TryGetInteger(bytes, Listpack.HeaderSize, out var got) && got == number);
            for (var cut = Listpack.HeaderSize + 1; cut < end; cut++) Assert.Equal(-1, ListpackCheck.PassInteger(bytes, Listpack.HeaderSize, cut, out _));
            bytes[end - 1]++;
            Assert.Equal(-1, ListpackCheck.PassInteger(bytes, Listpack.HeaderSize, end, out _));
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public void Damaged_bytes_are_refused_or_walked_inside(int seed)
    {
        var random = new Random(seed);
        var accepted = 0;
        for (var round = 0; round < 3000; round++)
        {
            var program = new ListpackProgram(random);
            for (var i = random.Next(1, 12); i > 0; i--) program.Change();
            var bytes = Damage(program.Bytes.ToArray(), random);
            if (!Listpack.Validate(bytes, out var count)) continue;
            accepted++;
            Walk(bytes, count);
        }

        Assert.InRange(accepted, 100, 2999);
    }

    [Fact]
    public void Every_cut_and_every_flipped_bit_is_refused_or_walked_inside()
    {
        var program = new ListpackProgram(new Random(5));
        foreach (var value in PackedValues.BorderIntegers) program.Add(PackedValues.Text(value));
        foreach (var length in (int[])[0, 63, 64, 126]) program.Add(PackedValues.Filled(length, 1));
        var whole = program.Bytes.ToArray();
        for (var length = 0; length < whole.Length; length++) Assert.False(Listpack.Validate(whole.AsSpan(0, length), out _));
        for (var bit = 0; bit < whole.Length * 8; bit++)
        {
            whole[bit / 8] ^= (byte)(1 << bit % 8);
            if (Listpack.Validate(whole, out var count)) Walk(whole, count);
            whole[bit / 8] ^= (byte)(1 << bit % 8);
        }

        Assert.True(Listpack.Validate(whole, out _));
    }

    // Some damage keeps the header right, so that the entries are looked at.
    private static byte[] Damage(byte[] bytes, Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                break;
            case 1:
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                break;
            case 2 when bytes.Length > 8:
                var at = random.Next(Listpack.HeaderSize, bytes.Length - 1);
                bytes = [.. bytes[..at], .. bytes[random.Next(at, bytes.Length - 1)..]];
                BitConverter.TryWriteBytes(bytes, bytes.Length);
                break;
            default:
                bytes[random.Next(Listpack.HeaderSize, bytes.Length)] = (byte)random.Next(0xE0, 0x100);
                break;
        }

        if (random.Next(2) == 0 && bytes.Length > 5) bytes[4] = bytes[5] = 0xFF;
        return bytes;
    }

    private static void Walk(byte[] bytes, int count)
    {
        Span<byte> scratch = stackalloc byte[Integers.MaxLength];
        var offsets = new List<int>();
        for (var offset = Listpack.First(bytes); offset >= 0; offset = Listpack.Next(bytes, offset))
        {
            offsets.Add(offset);
            var entry = Listpack.Get(bytes, offset);
            Assert.Equal(entry.Length, entry.Text(scratch).Length);
            Assert.Contains(Listpack.Find(bytes, Listpack.First(bytes), entry.Text(scratch), 0), offsets);
        }

        Assert.Equal(count, offsets.Count);
        Assert.Equal(count, Listpack.Count(bytes));
        for (var offset = Listpack.Last(bytes); offset >= 0; offset = Listpack.Previous(bytes, offset))
        {
            Assert.Equal(offsets[^1], offset);
            offsets.RemoveAt(offsets.Count - 1);
        }

        Assert.Empty(offsets);
    }
}
