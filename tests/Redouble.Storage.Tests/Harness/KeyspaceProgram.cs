using System.Text;
using Redouble.Core.Hashing;
using Redouble.Core.Memory;
using Redouble.Storage.Keyspace;
using KeyspaceOfNode = Redouble.Storage.Keyspace.Keyspace;

namespace Redouble.Storage.Tests.Harness;

/// <summary>What a key holds: its value and its expiry, or -1.</summary>
internal readonly record struct Entry(string Value, long ExpireAtMs)
{
    public static Entry Of(ReadRecord record) => new(Encoding.Latin1.GetString(record.Value), record.ExpireAtMs);
}

/// <summary>A keyspace of a few databases, and dictionaries that should be equal to them: keys that are there, expired ones included.</summary>
internal sealed class KeyspaceProgram : IKeyspaceListener, IDisposable
{
    public const int DatabaseCount = 3;

    /// <summary>Low, so that many strings are saved in parts.</summary>
    public const int TicketStringMin = 17_000;

    private readonly NativeHeap _heap = new();
    private readonly long _emptyBytes;

    public KeyspaceProgram()
    {
        Blocks = new BlockPool(_heap, retainedBytesMax: 0);
        Keyspace = new KeyspaceOfNode(DatabaseCount, _heap, Blocks, new KeyHash(21, 22), this) { NowMs = 1_000_000, TicketStringMin = TicketStringMin };
        Model = NewModel();
        Relocating = new Relocations(_heap, Keyspace, 77);
        _emptyBytes = _heap.UsedBytes;
    }

    public BlockPool Blocks { get; }

    public KeyspaceOfNode Keyspace { get; }

    /// <summary>Rounds of defragmentation.</summary>
    public Relocations Relocating { get; }

    /// <summary>Its heap.</summary>
    public NativeHeap Heap => _heap;

    /// <summary>Keys that came and went, of those that are awaited.</summary>
    public List<string> Reports { get; } = [];

    public Dictionary<string, Entry>[] Model { get; private set; }

    /// <summary>Bytes in use, of whatever kind.</summary>
    public long HeapBytes => _heap.UsedBytes;

    /// <summary>Bytes held of the system, in use or not.</summary>
    public long HeapHeldBytes => _heap.HeldBytes;

    /// <summary>Keys reported as removed because their time had passed.</summary>
    public int Expired { get; private set; }

    public static Dictionary<string, Entry>[] NewModel() => [[], [], []];

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public ulong Hash(string key) => Keyspace.Hash(Bytes(key));

    /// <summary>The contents as they are now.</summary>
    public Dictionary<string, Entry>[] CopyOfModel() => [.. Model.Select(database => new Dictionary<string, Entry>(database))];

    public void Set(int db, string key, string value, long expireAtMs = -1)
    {
        var database = Keyspace[db];
        database.SetString(Bytes(key), Hash(key), Bytes(value), ValueEncoding.Raw, expireAtMs);
        var kept = Model[db].TryGetValue(key, out var old) ? old.ExpireAtMs : -1;
        Model[db][key] = new Entry(value, expireAtMs == KeyspaceOfNode.KeepExpiry ? kept : expireAtMs);
    }

    public void Delete(int db, string key)
    {
        var deleted = Keyspace[db].Delete(Bytes(key), Hash(key));
        Assert.Equal(Model[db].Remove(key), deleted);
    }

    public void SetExpiry(int db, string key, long expireAtMs)
    {
        var found = Keyspace[db].SetExpiry(Bytes(key), Hash(key), expireAtMs);
        Assert.Equal(Model[db].TryGetValue(key, out var entry), found);
        if (found) Model[db][key] = entry with { ExpireAtMs = expireAtMs };
    }

    public void RemoveExpiry(int db, string key)
    {
        var removed = Keyspace[db].RemoveExpiry(Bytes(key), Hash(key));
        Assert.Equal(Model[db].TryGetValue(key, out var entry) && entry.ExpireAtMs >= 0, removed);
        if (removed) Model[db][key] = entry with { ExpireAtMs = -1 };
    }

    /// <summary>APPEND, SETRANGE: writes <paramref name="piece"/> at an offset, behind the end for -1; opens all of the string for it, or the range alone.</summary>
    public void Write(int db, string key, int offset, string piece, bool whole = false)
    {
        var record = Keyspace[db].OpenForWrite(Bytes(key), Hash(key));
        Assert.Equal(!Model[db].TryGetValue(key, out var entry), record.IsMissing);
        if (record.IsMissing) return;
        var old = entry.Value;
        if (offset < 0) offset = old.Length;
        var length = Math.Max(old.Length, offset + piece.Length);
        if (whole)
        {
            var value = record.Resize(length, mayGrowMore: offset == old.Length);
            if (offset > old.Length) value[old.Length..offset].Clear();
            Bytes(piece).CopyTo(value[offset..]);
        }
        else
        {
            Bytes(piece).CopyTo(record.OpenRange(offset, piece.Length, mayGrowMore: offset == old.Length));
        }

        var padded = old.PadRight(length, '\0');
        Model[db][key] = entry with { Value = padded[..offset] + piece + padded[(offset + piece.Length)..] };
    }

    /// <summary>RENAME and MOVE: to another key, another database, or both; what was there goes.</summary>
    public void Move(int db, string key, int to, string newKey)
    {
        if ((db, key) == (to, newKey) || !Find(db, key)) return;
        Delete(to, newKey);
        Assert.True(Keyspace[db].MoveRecord(Bytes(key), Hash(key), Keyspace[to], Bytes(newKey), Hash(newKey)));
        Model[db].Remove(key, out var entry);
        Model[to][newKey] = entry;
    }

    /// <summary>COPY with REPLACE.</summary>
    public void Copy(int db, string key, int to, string newKey)
    {
        if ((db, key) == (to, newKey) || !Find(db, key)) return;
        Delete(to, newKey);
        Assert.True(Keyspace[db].CopyRecord(Bytes(key), Hash(key), Keyspace[to], Bytes(newKey), Hash(newKey)));
        Model[to][newKey] = Model[db][key];
    }

    /// <summary>Reads a key and compares; returns whether it is there.</summary>
    public bool Find(int db, string key)
    {
        var record = Keyspace[db].Read(Bytes(key), Hash(key));
        Assert.Equal(!Model[db].TryGetValue(key, out var entry), record.IsMissing);
        if (!record.IsMissing) Assert.Equal(entry, Entry.Of(record));
        return !record.IsMissing;
    }

    public void Flush(int db)
    {
        Assert.Equal(Model[db].Count, Keyspace.Flush(db));
        Model[db].Clear();
    }

    public void Swap(int first, int second)
    {
        Keyspace.Swap(first, second);
        (Model[first], Model[second]) = (Model[second], Model[first]);
    }

    /// <summary>Contents, counts and memory are what they should be.</summary>
    public void AssertEqual()
    {
        long bytes = 0;
        for (var db = 0; db < DatabaseCount; db++)
        {
            var collector = new Collector([]);
            ulong cursor = 0;
            do cursor = Keyspace[db].Scan(cursor, ref collector);
            while (cursor != 0);
            Same(Model[db], collector.Entries);
            bytes += collector.Bytes;
            Assert.Equal(Model[db].Count, Keyspace[db].Count);
            Assert.Equal(Model[db].Count(pair => pair.Value.ExpireAtMs >= 0), Keyspace[db].ExpiresCount);
        }

        if (Keyspace.PendingFrees == 0) Assert.Equal(bytes, Keyspace.DataBytes);
        else Assert.InRange(Keyspace.DataBytes, bytes, long.MaxValue);
    }

    public static void Same(Dictionary<string, Entry> expected, Dictionary<string, Entry> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        foreach (var (key, entry) in expected) Assert.Equal(entry, actual[key]);
    }

    public void KeyAdded(Database database, ReadOnlySpan<byte> key) => Reports.Add($"{database.Number} {Encoding.Latin1.GetString(key)} came");

    public void KeyRemoved(Database database, ReadOnlySpan<byte> key) => Reports.Add($"{database.Number} {Encoding.Latin1.GetString(key)} goes");

    public void KeyExpired(Database database, ReadOnlySpan<byte> key)
    {
        Expired++;
        Assert.True(Model[database.Number].Remove(Encoding.Latin1.GetString(key)));
    }

    public void KeyModified(Database database, ReadOnlySpan<byte> key)
    {
    }

    /// <summary>Empties it; every byte has to come back.</summary>
    public void Dispose()
    {
        Keyspace.AbortSnapshot();
        AssertEqual();
        for (var db = 0; db < DatabaseCount; db++) Flush(db);
        while (Keyspace.FreeSlice(1000))
        {
        }

        Assert.Equal(0, Keyspace.DataBytes);
        Assert.Equal(0, Keyspace.PendingFrees);
        Assert.Equal(0, Blocks.LentBytes);
        Assert.Equal(_emptyBytes, _heap.UsedBytes);
        Keyspace.Dispose();
        Assert.Equal(0, _heap.UsedBytes);
        Blocks.Dispose();
        _heap.Dispose();
    }

    private struct Collector(Dictionary<string, Entry> entries) : IKeyVisitor
    {
        public readonly Dictionary<string, Entry> Entries => entries;

        public long Bytes { get; private set; }

        public void Visit(ReadRecord record)
        {
            entries.Add(Encoding.Latin1.GetString(record.Key), Entry.Of(record));
            Bytes += record.MemoryBytes;
        }
    }
}
