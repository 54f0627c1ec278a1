using Redouble.Core.Compression;

namespace Redouble.Core.Tests.Compression;

public sealed class LzfTests
{
    [Theory]
    [InlineData("0461626364 65", "6162636465")] // five literals
    [InlineData("0061 2000", "61616161")] // one literal, copy of three from one byte back
    [InlineData("016162 e0 f6 01", "ab*128")] // the longest code: 9 + 246 bytes, two back
    public void Known_streams_decompress(string stream, string expected)
    {
        var source = Convert.FromHexString(stream.Replace(" ", string.Empty));
        var bytes = expected == "ab*128" ? Repeat("ab"u8, 257) : Convert.FromHexString(expected);
        var destination = new byte[bytes.Length];
        Assert.True(Lzf.TryDecompress(source, destination));
        Assert.Equal(bytes, destination);
    }

    [Theory]
    [InlineData("", 1)] // nothing where something was announced
    [InlineData("01 61", 2)] // literals cut off
    [InlineData("00 61 20", 4)] // copy cut off
    [InlineData("00 61 e0 00", 10)] // long copy cut off
    [InlineData("00 61 20 01", 4)] // reaches before the start
    [InlineData("00 61 20 00", 3)] // longer than announced
    [InlineData("00 61 20 00", 5)] // shorter than announced
    [InlineData("01 61 62", 1)] // literals longer than announced
    [InlineData("00 61 00", 1)] // rubbish behind the end
    public void Broken_streams_are_refused(string stream, int length) =>
        Assert.False(Lzf.TryDecompress(Convert.FromHexString(stream.Replace(" ", string.Empty)), new byte[length]));

    [Fact]
    public void Compressing_and_decompressing_gives_the_input_back_at_once_and_in_pieces()
    {
        var random = new Random(3);
        var compressor = new LzfCompressor();
        var stream = new LzfStream();
        for (var round = 0; round < 400; round++)
        {
            var input = Sample(random, round);
            var output = new byte[input.Length + 4];
            var written = compressor.Compress(input, output.AsSpan(0, Math.Max(0, input.Length - 4)));
            if (written == 0) continue;
            Assert.InRange(written, 1, input.Length - 4);
            Assert.True(input.Length <= Lzf.LengthMax(written));
            var back = new byte[input.Length];
            Assert.True(Lzf.TryDecompress(output.AsSpan(0, written), back));
            Assert.Equal(input, back);
            Assert.Equal(input, InPieces(stream, output.AsSpan(0, written), input.Length, random));
        }
    }

    /// <summary>
    /// What does not compress is passed in large steps, a copy that is found late begins before the place where it was found, and is at most 264 bytes long: what
    /// comes next may then lie before a place that is remembered. Such a place was once copied from, and a file with such a string could not be loaded.
    /// </summary>
    [Fact]
    public void Long_pieces_without_repeats_that_are_repeated_themselves_come_back()
    {
        var random = new Random(5);
        var compressor = new LzfCompressor();
        var compressed = 0;
        for (var round = 0; round < 3000; round++)
        {
            var input = new byte[random.Next(1000, 20_000)];
            for (var filled = 0; filled < input.Length;)
            {
                var rest = input.AsSpan(filled);
                var length = Math.Min(rest.Length, random.Next(1, random.Next(2, 10_000)));
                if (random.Next(2) == 0) FillWithDigits(random, rest[..length]);
                else if (filled > 0) Repeat(input.AsSpan(0, filled)[random.Next(filled)..], length).CopyTo(rest);
                filled += length;
            }

            var output = new byte[input.Length];
            var written = compressor.Compress(input, output);
            if (written == 0) continue;
            compressed++;
            var back = new byte[input.Length];
            Assert.True(Lzf.TryDecompress(output.AsSpan(0, written), back));
            Assert.Equal(input, back);
        }

        Assert.InRange(compressed, 1000, 3000);
    }

    [Fact]
    public void Output_depends_on_the_input_alone()
    {
        var compressor = new LzfCompressor();
        var input = Repeat("the quick brown fox "u8, 400);
        var first = new byte[400];
        var second = new byte[400];
        var written = compressor.Compress(input, first);
        Assert.True(written > 0);
        Assert.True(compressor.Compress(Repeat("jumps over the lazy dog"u8, 3000), new byte[3000]) > 0);
        Assert.Equal(written, compressor.Compress(input, second));
        Assert.Equal(first, second);
    }

    [Fact]
    public void Places_that_run_out_start_again()
    {
        var input = Repeat("the quick brown fox "u8, 400);
        var expected = new byte[400];
        var written = new LzfCompressor().Compress(input, expected);
        var compressor = new LzfCompressor(LzfCompressor.PlacesMax - 1000);
        for (var i = 0; i < 5; i++)
        {
            var output = new byte[400];
            Assert.Equal(written, compressor.Compress(input, output));
            Assert.Equal(expected, output);
        }
    }

    /// <summary>Steps are some bytes long where nothing was found for a while; what repeats is found all the same, and from its first byte on.</summary>
    [Theory]
    [InlineData(40)]
    [InlineData(200)]
    [InlineData(700)]
    public void What_repeats_is_found_behind_long_runs_of_literals(int length)
    {
        var half = new byte[length];
        new Random(length).NextBytes(half);
        byte[] input = [.. half, .. half];
        var output = new byte[input.Length];
        var written = new LzfCompressor().Compress(input, output);
        var copies = (length + Lzf.CopyMax - 1) / Lzf.CopyMax;
        Assert.InRange(written, length, length + (length / Lzf.LiteralsMax) + 2 + (3 * (copies + 1)));
        var back = new byte[input.Length];
        Assert.True(Lzf.TryDecompress(output.AsSpan(0, written), back));
        Assert.Equal(input, back);
    }

    /// <summary>Copies of three digits would save 15 %, at most of the cost of saving it.</summary>
    [Fact]
    public void Hexadecimal_digits_are_left_alone()
    {
        var random = new Random(6);
        var input = System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 500).Select(_ => random.NextInt64().ToString("x16"))));
        Assert.Equal(0, new LzfCompressor().Compress(input, new byte[input.Length - CompressionGate.SavingMin(input.Length)]));
        Assert.InRange(new LzfCompressor().Compress(input, new byte[input.Length * 2]), input.Length * 95 / 100, input.Length * 104 / 100);
    }

    [Fact]
    public void Random_bytes_do_not_fit_a_smaller_destination()
    {
        var input = new byte[1000];
        new Random(4).NextBytes(input);
        Assert.Equal(0, new LzfCompressor().Compress(input, new byte[996]));
        Assert.Equal(0, new LzfCompressor().Compress("abc"u8, new byte[100]));
    }

    [Fact]
    public void Mutated_streams_never_leave_their_destination()
    {
        var random = new Random(5);
        var input = Repeat("abcdefgh-"u8, 2000);
        random.NextBytes(input.AsSpan(500, 300));
        var compressed = new byte[2000];
        var written = new LzfCompressor().Compress(input, compressed);
        var stream = new LzfStream();
        for (var round = 0; round < 5000; round++)
        {
            var mutated = compressed.AsSpan(0, written).ToArray();
            for (var i = random.Next(1, 4); i > 0; i--) mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            var whole = new byte[input.Length];
            var ok = Lzf.TryDecompress(mutated, whole);
            var pieces = InPieces(stream, mutated, input.Length, random);
            Assert.Equal(ok, pieces != null);
            if (ok) Assert.Equal(whole, pieces);
        }
    }

    private static void FillWithDigits(Random random, Span<byte> span)
    {
        for (var i = 0; i < span.Length; i++) span[i] = (byte)"0123456789abcdef"[random.Next(16)];
    }

    internal static byte[] Repeat(ReadOnlySpan<byte> pattern, int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++) bytes[i] = pattern[i % pattern.Length];
        return bytes;
    }

    private static byte[]? InPieces(LzfStream stream, ReadOnlySpan<byte> source, int length, Random random)
    {
        var result = new List<byte>();
        stream.Begin(length);
        var available = 0;
        while (true)
        {
            if (!stream.Decode(source[..available], out var consumed, out var needed)) return null;
            result.AddRange(stream.Piece);
            source = source[consumed..];
            available -= consumed;
            if (source.IsEmpty) break;
            if (available == source.Length && consumed == 0 && needed > available) break;
            available = Math.Min(source.Length, Math.Max(available + (consumed == 0 ? 1 : 0), random.Next(1, 5000)));
        }

        return stream.Remaining == 0 && source.IsEmpty ? result.ToArray() : null;
    }

    private static byte[] Sample(Random random, int round)
    {
        var length = round % 20 == 0 ? random.Next(60_000, 300_000) : random.Next(0, 3000);
        var bytes = new byte[length];
        var alphabet = random.Next(1, 40);
        for (var i = 0; i < length; i++)
        {
            // Stretches copied from anywhere before, also from beyond the window, between random letters.
            bytes[i] = i > 10 && random.Next(4) != 0 ? bytes[i - random.Next(1, Math.Min(i, 10))] : (byte)('a' + random.Next(alphabet));
            if (i <= 300 || random.Next(50) != 0) continue;
            var count = Math.Min(length - i, random.Next(1, 300));
            bytes.AsSpan(random.Next(i - count < 0 ? 1 : i - count + 1), Math.Min(count, i)).CopyTo(bytes.AsSpan(i));
            i += Math.Min(count, i) - 1;
        }

        return bytes;
    }
}
