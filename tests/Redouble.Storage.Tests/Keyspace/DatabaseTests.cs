using Redouble.Storage.Keyspace;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Keyspace;

/// <summary>Moves, copies, and the room that values take.</summary>
public sealed class DatabaseTests
{
    [Theory]
    [InlineData(-1)]
    [InlineData(5)]
    public void A_move_refuses_a_key_that_is_taken(long expireAtMs)
    {
        using var program = new KeyspaceProgram();
        program.Set(0, "from", "value");
        program.Keyspace.ExpiryPolicy = ExpiryPolicy.Hide;
        program.Set(1, "taken", "there", expireAtMs);
        var (from, taken) = (KeyspaceProgram.Bytes("from"), KeyspaceProgram.Bytes("taken"));
        var (source, target) = (program.Keyspace[0], program.Keyspace[1]);
        Assert.Throws<InvalidOperationException>(() => source.MoveRecord(from, program.Hash("from"), target, taken, program.Hash("taken")));
        program.AssertEqual();
        Assert.False(source.MoveRecord(taken, program.Hash("taken"), target, from, program.Hash("from")));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(5)]
    public void A_value_that_is_being_read_is_copied_once_when_it_is_written(int offset)
    {
        const int size = 32 << 20;
        const int slack = 4 << 20; // an append leaves a megabyte of room
        using var program = new KeyspaceProgram();
        program.Set(0, "key", new string('v', size));
        var lent = program.Keyspace[0].Peek("key"u8, program.Hash("key")).Block;
        lent.Retain();
        var before = program.HeapHeldBytes;
        program.Write(0, "key", offset, "piece");
        // Nothing is given back to the system meanwhile: a copy that was made and freed again would show.
        Assert.InRange(program.HeapHeldBytes - before, size, size + slack);
        Assert.Equal(size, lent.Length);
        Assert.Equal(-1, lent.Written.IndexOfAnyExcept((byte)'v'));
        program.Blocks.Release(lent);
    }

    [Fact]
    public void Appends_move_a_record_seldom()
    {
        using var program = new KeyspaceProgram();
        program.Set(0, "key", "");
        var sizes = new HashSet<long>();
        for (var i = 0; i < 1500; i++)
        {
            program.Write(0, "key", -1, "ten bytes.");
            sizes.Add(program.Keyspace[0].Peek("key"u8, program.Hash("key")).MemoryBytes);
        }

        // Each move takes a larger slot: to 16 KB in steps of a quarter, from there on a block.
        Assert.InRange(sizes.Count, 2, 40);
        program.AssertEqual();
    }

    [Fact]
    public void A_value_set_to_ever_shorter_ones_gives_its_room_back()
    {
        using var program = new KeyspaceProgram();
        for (var length = 16_000; length > 0; length -= 150)
        {
            program.Set(0, "key", new string('v', length));
            Assert.InRange(program.Keyspace.DataBytes, length, (2 * length) + 600);
        }
    }

    [Fact]
    public void An_overwrite_of_the_same_length_takes_no_other_record()
    {
        using var program = new KeyspaceProgram();
        program.Set(0, "key", "value one", 5_000_000);
        var before = program.Keyspace.DataBytes;
        var record = program.Keyspace[0].Table.Records.Find("key"u8, program.Hash("key")).Record;
        program.Set(0, "key", "value two", 6_000_000);
        Assert.True(record.Equals(program.Keyspace[0].Table.Records.Find("key"u8, program.Hash("key")).Record));
        Assert.Equal(before, program.Keyspace.DataBytes);
        program.AssertEqual();
    }

    /// <summary>The stall of FLUSHALL: no slice of the freeing may take more than its share, the table's own memory included.</summary>
    [Fact]
    public void A_flushed_database_is_freed_in_small_slices()
    {
        using var program = new KeyspaceProgram();
        for (var i = 0; i < 60_000; i++) program.Set(0, $"key:{i}", "v", i % 2 == 0 ? 5_000_000 : -1);
        program.Flush(0);
        int slices = 0;
        for (var before = program.HeapBytes; program.Keyspace.FreeSlice(64); before = program.HeapBytes, slices++)
            Assert.InRange(before - program.HeapBytes, 0, 200_000);
        Assert.InRange(slices, 900, 4000);
        Assert.Equal(0, program.Keyspace.PendingFrees);
    }

    [Theory]
    [InlineData(1, 30)]
    [InlineData(2, 3_000)]
    public void Equals_dictionaries_through_any_program(int seed, int keys)
    {
        using var program = new KeyspaceProgram();
        using var random = new RandomSteps(program, seed, keys) { Burst = keys / 2 };
        for (var step = 0; step < 60_000; step++)
        {
            random.Next();
            if (step % 5_000 == 0) program.AssertEqual();
        }
    }
}
