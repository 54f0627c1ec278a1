using Redouble.Core.Hashing;
using Redouble.Core.Memory;
using Redouble.Storage.Keyspace;
using KeyspaceOfNode = Redouble.Storage.Keyspace.Keyspace;

namespace Redouble.Storage.Bench;

/// <summary>One data set and the operations on it; each returns how many it has done.</summary>
internal sealed class Workload : IKeyspaceListener, IDisposable
{
    public const int Batch = 64;
    public const int ValueLength = 100;

    private readonly BlockPool _blocks;
    private readonly Database _database;
    private readonly byte[] _value = new byte[ValueLength];
    private readonly ulong[] _hashes = new ulong[Batch];

    public Workload()
    {
        Heap = new NativeHeap();
        _blocks = new BlockPool(Heap);
        Keyspace = new KeyspaceOfNode(1, Heap, _blocks, new KeyHash(0x5EED, 0xF00D), this);
        _database = Keyspace[0];
        new Random(1).NextBytes(_value);
    }

    public NativeHeap Heap { get; }

    public KeyspaceOfNode Keyspace { get; }

    /// <summary>Consumed values, so that no look-up can be left out.</summary>
    public long Sink { get; private set; }

    public long Insert(long from, int count)
    {
        const int step = 1 << 16;
        for (var done = 0; done < count; done += step)
        {
            var keys = Keys.Range(from + done, Math.Min(step, count - done));
            Set(keys, prefetch: false);
        }

        return count;
    }

    public long Get(byte[] keys, bool prefetch)
    {
        long sum = 0;
        for (var at = 0; at < keys.Length; at += Batch * Keys.Length)
        {
            var batch = keys.AsSpan(at, Math.Min(Batch * Keys.Length, keys.Length - at));
            Prepare(batch, prefetch);
            for (var i = 0; i < batch.Length / Keys.Length; i++)
            {
                var record = _database.Read(batch.Slice(i * Keys.Length, Keys.Length), _hashes[i]);
                if (!record.IsMissing) sum += record.Value[^1];
            }
        }

        Sink += sum;
        return keys.Length / Keys.Length;
    }

    public long Set(byte[] keys, bool prefetch)
    {
        for (var at = 0; at < keys.Length; at += Batch * Keys.Length)
        {
            var batch = keys.AsSpan(at, Math.Min(Batch * Keys.Length, keys.Length - at));
            Prepare(batch, prefetch);
            for (var i = 0; i < batch.Length / Keys.Length; i++)
            {
                _database.SetString(batch.Slice(i * Keys.Length, Keys.Length), _hashes[i], _value, ValueEncoding.Raw);
            }
        }

        return keys.Length / Keys.Length;
    }

    public long Delete(byte[] keys, bool prefetch)
    {
        for (var at = 0; at < keys.Length; at += Batch * Keys.Length)
        {
            var batch = keys.AsSpan(at, Math.Min(Batch * Keys.Length, keys.Length - at));
            Prepare(batch, prefetch);
            for (var i = 0; i < batch.Length / Keys.Length; i++)
            {
                if (_database.Delete(batch.Slice(i * Keys.Length, Keys.Length), _hashes[i])) Sink++;
            }
        }

        return keys.Length / Keys.Length;
    }

    public long Snapshot()
    {
        var snapshot = Keyspace.StartSnapshot();
        while (!snapshot.WalkFinished)
        {
            snapshot.Walk(Batch);
            while (snapshot.Queue.TryTake(snapshot.WalkFinished, out var block)) snapshot.Queue.Release(block);
        }

        Keyspace.FinishSnapshot();
        return snapshot.Keys;
    }

    public long Flush()
    {
        var count = Keyspace.Flush(0);
        while (Keyspace.FreeSlice(Batch))
        {
        }

        return count;
    }

    public void KeyExpired(Database database, ReadOnlySpan<byte> key)
    {
    }

    public void KeyModified(Database database, ReadOnlySpan<byte> key)
    {
    }

    public void Dispose()
    {
        Keyspace.Dispose();
        _blocks.Dispose();
        Heap.Dispose();
    }

    private void Prepare(ReadOnlySpan<byte> batch, bool prefetch)
    {
        var count = batch.Length / Keys.Length;
        for (var i = 0; i < count; i++)
        {
            var hash = Keyspace.Hash(batch.Slice(i * Keys.Length, Keys.Length));
            _hashes[i] = hash;
            if (prefetch) _database.PrefetchBucket(hash);
        }

        if (!prefetch) return;
        for (var i = 0; i < count; i++) _database.PrefetchRecord(_hashes[i]);
    }
}
