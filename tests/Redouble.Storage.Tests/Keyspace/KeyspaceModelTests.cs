using System.Text;
using Redouble.Core.Hashing;
using Redouble.Core.Memory;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Snapshots;
using KeyspaceOfNode = Redouble.Storage.Keyspace.Keyspace;

namespace Redouble.Storage.Tests.Keyspace;

/// <summary>Random programs against a dictionary; a snapshot of every moment against a frozen copy.</summary>
public sealed class KeyspaceModelTests
{
    private sealed class SilentListener : IKeyspaceListener
    {
        public void KeyExpired(Database database, ReadOnlySpan<byte> key)
        {
        }

        public void KeyModified(Database database, ReadOnlySpan<byte> key)
        {
        }
    }

    [Theory]
    [InlineData(1, 200, 20_000)]
    [InlineData(2, 30_000, 200_000)]
    [InlineData(3, 5_000, 150_000)]
    public void Equals_a_dictionary_and_snapshots_equal_a_frozen_copy(int seed, int keys, int steps)
    {
        var random = new Random(seed);
        using var heap = new NativeHeap();
        using var blocks = new BlockPool(heap);
        using var keyspace = new KeyspaceOfNode(2, heap, blocks, new KeyHash(1, 0x1234567890ABCDEF), new SilentListener());
        var model = new[] { new Dictionary<string, (string Value, long Expiry)>(), [] };
        Dictionary<string, (string, long)>[]? frozen = null;
        Dictionary<string, (string, long)>[]? emitted = null;
        for (var step = 0; step < steps; step++)
        {
            var growing = step / (steps / 4) % 2 == 0;
            var db = random.Next(2);
            var key = $"key:{random.Next(keys)}";
            var bytes = Encoding.UTF8.GetBytes(key);
            var hash = keyspace.Hash(bytes);
            var database = keyspace[db];
            switch (random.Next(growing ? 8 : 14))
            {
                case < 5:
                    var value = new string((char)('a' + random.Next(26)), random.Next(100) == 0 ? random.Next(60_000) : random.Next(120));
                    var expiry = random.Next(3) == 0 ? 1_000_000L + random.Next(1000) : -1;
                    database.SetString(bytes, hash, Encoding.UTF8.GetBytes(value), ValueEncoding.Raw, expiry);
                    model[db][key] = (value, expiry);
                    break;
                case 5:
                    if (!model[db].TryGetValue(key, out var old)) break;
                    var record = database.OpenForWrite(bytes, hash);
                    Assert.False(record.IsMissing);
                    var length = record.Value.Length;
                    var added = random.Next(50) == 0 ? 20_000 : random.Next(20);
                    record.Resize(length + added, mayGrowMore: true)[length..].Fill((byte)'z');
                    model[db][key] = (old.Value + new string('z', added), old.Expiry);
                    break;
                case 6:
                    var has = model[db].TryGetValue(key, out var current);
                    Assert.Equal(has, database.SetExpiry(bytes, hash, 2_000_000));
                    if (has) model[db][key] = (current.Value, 2_000_000);
                    break;
                case 7:
                    var persisted = model[db].TryGetValue(key, out var kept) && kept.Expiry >= 0;
                    Assert.Equal(persisted, database.RemoveExpiry(bytes, hash));
                    if (persisted) model[db][key] = (kept.Value, -1);
                    break;
                default:
                    Assert.Equal(model[db].Remove(key), database.Delete(bytes, hash));
                    break;
            }

            if (random.Next(20_000) == 0)
            {
                keyspace.Swap(0, 1);
                (model[0], model[1]) = (model[1], model[0]);
            }

            if (random.Next(30_000) == 0)
            {
                Assert.Equal(model[db].Count, keyspace.Flush(db));
                model[db].Clear();
            }

            if (keyspace.Snapshot == null && random.Next(steps / 10) == 0)
            {
                frozen = [new(model[0]), new(model[1])];
                emitted = [[], []];
                keyspace.StartSnapshot();
            }

            if (keyspace.Snapshot != null)
            {
                if (random.Next(4) == 0) keyspace.Snapshot.Walk(random.Next(60));
                Drain(keyspace.Snapshot, emitted!, random.Next(10) == 0 || keyspace.Snapshot.WalkFinished);
                if (keyspace.Snapshot.WalkFinished)
                {
                    Same(frozen!, emitted!);
                    keyspace.FinishSnapshot();
                }
                else if (random.Next(20_000) == 0)
                {
                    keyspace.AbortSnapshot();
                }
            }

            keyspace.FreeSlice(100);
        }

        keyspace.AbortSnapshot();
        Same(model, Contents(keyspace));
        for (var db = 0; db < 2; db++)
        {
            Assert.Equal(model[db].Count(pair => pair.Value.Expiry >= 0), keyspace[db].ExpiresCount);
            keyspace.Flush(db);
        }

        while (keyspace.FreeSlice(1000))
        {
        }

        Assert.Equal(0, keyspace.DataBytes);
        Assert.Equal(0, blocks.LentBytes);
    }

    private static void Drain(Snapshot snapshot, Dictionary<string, (string, long)>[] into, bool all)
    {
        while (snapshot.Queue.TryTake(all, out var block))
        {
            ReadOnlySpan<byte> frames = block.Written;
            while (SnapshotFrame.TryRead(ref frames, out var frame))
            {
                into[frame.Database].Add(Encoding.UTF8.GetString(frame.Key), (Encoding.UTF8.GetString(frame.Value), frame.ExpireAtMs));
            }

            snapshot.Queue.Release(block);
        }
    }

    private struct Collector(Dictionary<string, (string, long)> into) : IKeyVisitor
    {
        public readonly void Visit(ReadRecord record) => into.Add(Encoding.UTF8.GetString(record.Key), (Encoding.UTF8.GetString(record.Value), record.ExpireAtMs));
    }

    private static Dictionary<string, (string, long)>[] Contents(KeyspaceOfNode keyspace)
    {
        Dictionary<string, (string, long)>[] contents = [[], []];
        for (var db = 0; db < 2; db++)
        {
            var collector = new Collector(contents[db]);
            ulong cursor = 0;
            do cursor = keyspace[db].Scan(cursor, ref collector);
            while (cursor != 0);
        }

        return contents;
    }

    private static void Same(Dictionary<string, (string, long)>[] expected, Dictionary<string, (string, long)>[] actual)
    {
        for (var db = 0; db < expected.Length; db++)
        {
            Assert.Equal(expected[db].Count, actual[db].Count);
            foreach (var (key, value) in expected[db]) Assert.Equal(value, actual[db][key]);
        }
    }
}
