using Redouble.Core.Memory;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Tests.Harness;

namespace Redouble.Storage.Tests.Keyspace;

/// <summary>Moving records; that programs do the same with and without it is shown by the model tests, in all of which it goes on.</summary>
public sealed class RelocationTests
{
    /// <summary>Every second key goes and others of another size come: what defragmentation is for.</summary>
    [Fact]
    public void Holes_of_deleted_keys_are_closed()
    {
        using var program = new KeyspaceProgram();
        for (var i = 0; i < 40_000; i++) program.Set(i % 3, $"key:{i}", new string('v', 100), i % 7 == 0 ? 5_000_000 : -1);
        for (var i = 0; i < 40_000; i += 2) program.Delete(i % 3, $"key:{i}");
        for (var i = 0; i < 8_000; i++) program.Set(i % 3, $"other:{i}", new string('w', 200));
        program.Heap.Purge(0); // a guarded build frees late
        var before = program.Heap.ActiveBytes;
        Assert.InRange(before, program.Heap.UsedBytes * 1.3, program.Heap.UsedBytes * 2);
        var moved = Relocations.All(program.Heap, program.Keyspace);
        program.Heap.Purge(0);
        Assert.InRange(moved, 7_000, 12_000); // half of those that are left, and no more
        Assert.InRange(program.Heap.ActiveBytes, 0, (program.Heap.UsedBytes * 1.05) + (16 << 16)); // a slab of each size has room
        program.AssertEqual();
        Assert.Equal(0, Relocations.All(program.Heap, program.Keyspace) / 200); // what is left would not gain
    }

    [Fact]
    public void Large_strings_move_unless_somebody_reads_them()
    {
        using var program = new KeyspaceProgram();
        for (var i = 0; i < 90; i++) program.Set(0, $"key:{i}", new string((char)('a' + (i % 26)), 17_000));
        for (var i = 0; i < 90; i++)
        {
            if (i % 3 != 0) program.Delete(0, $"key:{i}");
        }

        var lent = program.Keyspace[0].Read(KeyspaceProgram.Bytes("key:3"), program.Hash("key:3")).Block;
        lent.Retain();
        Assert.InRange(Relocations.All(program.Heap, program.Keyspace, evacuateAll: true), 25, 70);
        Assert.Equal(lent, program.Keyspace[0].Read(KeyspaceProgram.Bytes("key:3"), program.Hash("key:3")).Block);
        program.Blocks.Release(lent);
        program.AssertEqual();
    }

    [Fact]
    public void A_running_snapshot_notices_nothing()
    {
        using var program = new KeyspaceProgram();
        for (var i = 0; i < 5_000; i++) program.Set(i % 3, $"key:{i}", new string('v', i % 300));
        for (var i = 0; i < 5_000; i += 2) program.Delete(i % 3, $"key:{i}");
        var check = new SnapshotCheck(program);
        check.Snapshot.Walk(1_000);
        Assert.InRange(Relocations.All(program.Heap, program.Keyspace, evacuateAll: true), 1_000, 3_000);
        for (var i = 1; i < 5_000; i += 4) program.Set(i % 3, $"key:{i}", "new");
        check.Finish();
        program.AssertEqual();
    }

    [Fact]
    public void A_step_copies_a_bounded_number_of_bytes()
    {
        const int length = 15_000;
        using var program = new KeyspaceProgram();
        for (var i = 0; i < 2_000; i++) program.Set(0, $"key:{i}", new string('v', length));
        for (var i = 0; i < 2_000; i += 2) program.Delete(0, $"key:{i}");
        for (var sizeClass = 0; sizeClass < NativeHeap.ClassCount; sizeClass++) program.Heap.EvacuateAll(sizeClass);
        var walk = new Relocation(program.Keyspace, partsAtOnceMax: 1000);
        long before = 0;
        while (walk.Step(64))
        {
            Assert.InRange(walk.Moved - before, 0, 30); // four, and those of the bucket at which it was reached
            before = walk.Moved;
        }

        Assert.InRange(walk.Moved, 300, 1000);
        program.Heap.EndEvacuation(int.MaxValue);
        program.AssertEqual();
    }
}
