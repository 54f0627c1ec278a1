using Redouble.Core.Hashing;
using Redouble.Core.Memory;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Tests.Harness;
using KeyspaceOfNode = Redouble.Storage.Keyspace.Keyspace;

namespace Redouble.Storage.Tests.Keyspace;

/// <summary>A keyspace that is filled beside another one, and then takes its place or goes: nothing is lost, and no memory is left.</summary>
public sealed class SideKeyspaceTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ItTakesOverOrGoes(bool takesOver)
    {
        using var heap = new NativeHeap();
        using var blocks = new BlockPool(heap, retainedBytesMax: 0);
        using (var keyspace = new KeyspaceOfNode(2, heap, blocks, new KeyHash(1, 2), new NoListener()))
        {
            var empty = heap.UsedBytes;
            Fill(keyspace, "old", 5000);
            var side = keyspace.CreateSide();
            Fill(side, "new", 3000);
            Assert.Equal((10_000, 6000), (keyspace.TotalCount(), side.TotalCount()));
            if (takesOver) keyspace.ReplaceBy(side);
            else keyspace.Discard(side);
            Assert.Equal(takesOver ? 6000 : 10_000, keyspace.TotalCount());
            var name = takesOver ? "new" : "old";
            Assert.False(Read(keyspace, 1, $"{name}7").IsMissing);
            Assert.True(Read(keyspace, 1, takesOver ? "old7" : "new7").IsMissing);
            while (keyspace.FreeSlice(1000))
            {
            }

            keyspace.Flush(0);
            keyspace.Flush(1);
            while (keyspace.FreeSlice(1000))
            {
            }

            Assert.Equal(empty, heap.UsedBytes);
        }
    }

    [Fact]
    public void NoSnapshotMayHaveBegunMeanwhile()
    {
        using var program = new KeyspaceProgram();
        var side = program.Keyspace.CreateSide();
        program.Keyspace.StartSnapshot();
        program.Keyspace.AbortSnapshot();
        Assert.Throws<InvalidOperationException>(() => program.Keyspace.ReplaceBy(side));
        program.Keyspace.Discard(side);
    }

    private static void Fill(KeyspaceOfNode keyspace, string prefix, int count)
    {
        var loader = new KeyspaceLoader(keyspace);
        for (var database = 0; database < 2; database++)
        {
            for (var i = 0; i < count; i++)
            {
                Assert.True(loader.AddString(database, KeyspaceProgram.Bytes($"{prefix}{i}"), "value"u8, ValueEncoding.Raw, i % 3 == 0 ? 10_000_000 : -1, -1));
            }
        }

        Assert.True(loader.Flush());
    }

    private static ReadRecord Read(KeyspaceOfNode keyspace, int database, string key)
    {
        var bytes = KeyspaceProgram.Bytes(key);
        return keyspace[database].Read(bytes, keyspace.Hash(bytes));
    }

    private sealed class NoListener : IKeyspaceListener
    {
        public void KeyExpired(Database database, ReadOnlySpan<byte> key)
        {
        }

        public void KeyCreated(Database database, ReadOnlySpan<byte> key)
        {
        }

        public void KeyModified(Database database, ReadOnlySpan<byte> key)
        {
        }

        public void KeyAdded(Database database, ReadOnlySpan<byte> key)
        {
        }

        public void KeyRemoved(Database database, ReadOnlySpan<byte> key)
        {
        }
    }
}
