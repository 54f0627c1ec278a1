using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Keyspace;

/// <summary>Strings that are loaded in pieces: what they are, and what memory they take on the way.</summary>
public sealed class LongStringTests
{
    [Theory]
    [InlineData(65_537, 65_537)]
    [InlineData(65_537, 1_000)]
    [InlineData(1_000_000, 32_768)]
    [InlineData(1_048_577, 65_536)]
    [InlineData(20_000_000, 65_536)]
    public void Is_what_its_pieces_are(int length, int pieceMax)
    {
        var random = new Random(length);
        var expected = new byte[length];
        random.NextBytes(expected);
        using var program = new SortedSetProgram(1, 1, 1); // asserts at its end that nothing is left
        var loader = new KeyspaceLoader(program.Keyspace);
        loader.BeginString(length);
        for (var at = 0; at < length;)
        {
            var piece = Math.Min(length - at, random.Next(1, pieceMax + 1));
            loader.AppendString(expected.AsSpan(at, piece));
            at += piece;
        }

        Assert.True(loader.AddLongString(0, "key"u8, -1, -1) && loader.Flush());
        var record = program.Keyspace[0].Peek("key"u8, program.Keyspace.Hash("key"u8));
        Assert.True(record.Value.SequenceEqual(expected));
        Assert.Equal(ValueEncoding.Raw, record.Encoding);
        Assert.InRange(program.Keyspace.DataBytes, length, length + (length / 8) + 70_000); // up to a page of the heap more
    }

    [Fact]
    public void An_announced_length_takes_no_memory_beyond_four_times_what_came()
    {
        const int piece = 65_536;
        using var program = new SortedSetProgram(1, 1, 1);
        var loader = new KeyspaceLoader(program.Keyspace);
        loader.BeginString(int.MaxValue - 64);
        for (var length = piece; length < 20 * piece; length += piece)
        {
            loader.AppendString(new byte[piece]);
            Assert.InRange(program.Keyspace.DataBytes, length, Math.Max(1 << 20, 4 * length) * 9L / 8);
        }

        Assert.Throws<InvalidOperationException>(() => loader.AddLongString(0, "key"u8, -1, -1));
        loader.Drop();
        Assert.Equal(0, program.Keyspace.DataBytes);
    }
}
