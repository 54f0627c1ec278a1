using System.Text;
using Redouble.Core.Hashing;
using Redouble.Core.Memory;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using KeyspaceOfNode = Redouble.Storage.Keyspace.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Tests.Harness;

/// <summary>
/// Hashes and sets in a keyspace with low limits, and dictionaries that should be equal to them; a set's members have empty values, and the value of
/// a field that expires has the time behind an @.
/// </summary>
internal sealed class CollectionProgram : IKeyspaceListener, IDisposable
{
    private readonly NativeHeap _heap = new();
    private readonly BlockPool _blocks;
    private readonly long _emptyBytes;
    private readonly Random _random;
    private readonly int _keys;
    private readonly int _names;

    public CollectionProgram(int seed, int keys, int names)
    {
        _random = new Random(seed);
        _keys = keys;
        _names = names;
        _blocks = new BlockPool(_heap, retainedBytesMax: 0);
        Keyspace = new KeyspaceOfNode(2, _heap, _blocks, new KeyHash(31, 32), this) { NowMs = 1_000_000 };
        Keyspace.Limits.HashMaxListpackEntries = 4;
        Keyspace.Limits.SetMaxListpackEntries = 4;
        Keyspace.Limits.SetMaxIntsetEntries = 6;
        _emptyBytes = _heap.UsedBytes;
        Relocating = new Relocations(_heap, Keyspace, seed);
    }

    /// <summary>Rounds of defragmentation.</summary>
    public Relocations Relocating { get; }

    public KeyspaceOfNode Keyspace { get; }

    public Random Random => _random;

    /// <summary>Per database and key: the type, and the elements.</summary>
    public Dictionary<string, (ValueType Type, Dictionary<string, string> Elements)>[] Model { get; private set; } = [[], []];

    public Dictionary<string, (ValueType Type, Dictionary<string, string> Elements)>[] CopyOfModel() =>
        [.. Model.Select(database => database.ToDictionary(pair => pair.Key, pair => (pair.Value.Type, new Dictionary<string, string>(pair.Value.Elements))))];

    /// <summary>One change, whatever it is.</summary>
    public void Next()
    {
        Relocating.Next();
        var db = _random.Next(2);
        var key = "key" + _random.Next(_keys);
        switch (_random.Next(40))
        {
            case 0:
                Assert.Equal(Model[db].Remove(key), Keyspace[db].Delete(Bytes(key), Hash(key)));
                break;
            case 1:
                Rename(db, key, _random.Next(2), "key" + _random.Next(_keys), copies: false);
                break;
            case 2:
                Rename(db, key, _random.Next(2), "key" + _random.Next(_keys), copies: true);
                break;
            case 3 when _random.Next(10) == 0:
                Assert.Equal(Model[db].Count, Keyspace.Flush(db));
                Model[db] = [];
                break;
            case 4:
                Keyspace.Swap(0, 1);
                (Model[0], Model[1]) = (Model[1], Model[0]);
                break;
            case 5:
                Keyspace.FreeSlice(_random.Next(20));
                break;
            case 6:
                Expire(db, key);
                break;
            case < 10:
                SetTime(db, key, Name(), _random.Next(3) == 0 ? -1 : Keyspace.NowMs + _random.Next(-50, 50));
                break;
            case < 18:
                Remove(db, key, Name());
                break;
            default:
                Add(db, key, Name(), "v" + _random.Next(1000));
                break;
        }
    }

    /// <summary>Everything that can be read is what the dictionaries hold.</summary>
    public void AssertEqual()
    {
        for (var db = 0; db < Model.Length; db++)
        {
            Assert.Equal(Model[db].Count, Keyspace[db].Count);
            Assert.Equal(Model[db].Count(pair => pair.Value.Elements.Values.Any(value => TimeOf(value) >= 0)), Keyspace[db].FieldExpiresCount);
            foreach (var (key, (type, expected)) in Model[db])
            {
                var record = Keyspace[db].Peek(Bytes(key), Hash(key));
                Assert.Equal(type, record.Type);
                var met = new Dictionary<string, string>();
                using var elements = new ElementCursor(Keyspace, record);
                Assert.Equal(expected.Count, elements.Count);
                while (elements.MoveNext()) met.Add(Text(elements.Name), type == ValueType.Hash ? Timed(Text(elements.Value), elements.ExpireAtMs) : "");
                Assert.Equal(expected, met);
                if (type == ValueType.Hash) AssertTimes(new HashReader(Keyspace, record), expected);
                foreach (var (name, value) in expected) AssertHolds(record, name, value);
            }
        }
    }

    public void Dispose()
    {
        Keyspace.AbortSnapshot();
        Keyspace.Flush(0);
        Keyspace.Flush(1);
        while (Keyspace.FreeSlice(1000))
        {
        }

        Assert.Equal(_emptyBytes, _heap.UsedBytes);
        Keyspace.Dispose();
        _blocks.Dispose();
        _heap.Dispose();
    }

    public void KeyExpired(Database database, ReadOnlySpan<byte> key) => Assert.Fail("Nothing here expires.");

    public void KeyModified(Database database, ReadOnlySpan<byte> key) => Assert.Fail("Nobody watches.");

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public static string Text(PackedValue value) => Encoding.Latin1.GetString(value.Text(new byte[20]));

    public static string Timed(string value, long expireAtMs) => expireAtMs < 0 ? value : $"{value}@{expireAtMs}";

    private static long TimeOf(string value) => value.Contains('@') ? long.Parse(value.Split('@')[1], System.Globalization.CultureInfo.InvariantCulture) : -1;

    private ulong Hash(string key) => Keyspace.Hash(Bytes(key));

    private string Name() => _random.Next(3) == 0 ? "member " + _random.Next(_names) : _random.Next(_names).ToString();

    // Odd keys are hashes, even ones sets, wherever they have come by their names.
    /// <summary>HSET or SADD, by what is there; else of one or the other type.</summary>
    public void Add(int db, string key, string name, string value)
    {
        if (!Model[db].TryGetValue(key, out var held))
            held = Model[db][key] = (_random.Next(2) == 0 ? ValueType.Hash : ValueType.Set, []);
        var isNew = !held.Elements.ContainsKey(name);
        var keepsTime = _random.Next(2) == 0;
        var time = isNew || !keepsTime ? -1 : TimeOf(held.Elements[name]);
        held.Elements[name] = held.Type == ValueType.Hash ? Timed(value, time) : "";
        var added = held.Type == ValueType.Hash
            ? HashWriter.OpenOrCreate(Keyspace[db], Bytes(key), Hash(key)).Set(Bytes(name), Bytes(value), keepsTime)
            : SetWriter.OpenOrCreate(Keyspace[db], Bytes(key), Hash(key), Bytes(name), 1).Add(Bytes(name));
        Assert.Equal(isNew, added);
    }

    /// <summary>HDEL or SREM.</summary>
    public void Remove(int db, string key, string name)
    {
        if (!Model[db].TryGetValue(key, out var held)) return;
        var record = Keyspace[db].OpenForWrite(Bytes(key), Hash(key));
        var removed = held.Type == ValueType.Hash ? new HashWriter(record).Remove(Bytes(name)) : new SetWriter(record).Remove(Bytes(name));
        Assert.Equal(held.Elements.Remove(name), removed);
        if (held.Elements.Count > 0) return;
        Model[db].Remove(key);
        Assert.True(Keyspace[db].Delete(Bytes(key), Hash(key)));
    }

    private void SetTime(int db, string key, string name, long expireAtMs)
    {
        if (!Model[db].TryGetValue(key, out var held) || held.Type != ValueType.Hash || !held.Elements.TryGetValue(name, out var value)) return;
        held.Elements[name] = Timed(value.Split('@')[0], expireAtMs);
        var hash = new HashWriter(Keyspace[db].OpenForWrite(Bytes(key), Hash(key)));
        hash.AllowTimes();
        hash.SetTime(Bytes(name), expireAtMs);
    }

    // The oldest expired field of one hash.
    private void Expire(int db, string key)
    {
        if (!Model[db].TryGetValue(key, out var held) || held.Type != ValueType.Hash) return;
        var oldest = held.Elements.Values.Select(TimeOf).Where(time => time >= 0).DefaultIfEmpty(long.MaxValue).Min();
        var hash = new HashWriter(Keyspace[db].OpenForWrite(Bytes(key), Hash(key)));
        Assert.Equal(oldest < Keyspace.NowMs, hash.RemoveExpired(out var field));
        if (oldest >= Keyspace.NowMs) return;
        var name = Encoding.Latin1.GetString(field);
        Assert.Equal(oldest, TimeOf(held.Elements[name]));
        held.Elements.Remove(name);
        if (held.Elements.Count > 0) return;
        Model[db].Remove(key);
        Assert.True(Keyspace[db].Delete(Bytes(key), Hash(key)));
    }

    private void AssertTimes(HashReader hash, Dictionary<string, string> expected)
    {
        var times = expected.Values.Select(TimeOf).Where(time => time >= 0).ToList();
        Assert.Equal(times.Count == 0 ? -1 : times.Min(), hash.EarliestMs);
        Assert.Equal(expected.Count - times.Count(time => time < Keyspace.NowMs), hash.LiveCount);
    }

    private void Rename(int db, string key, int toDb, string newKey, bool copies)
    {
        if (!Model[db].TryGetValue(key, out var held) || (db == toDb && key == newKey)) return;
        if (Model[toDb].Remove(newKey)) Keyspace[toDb].Delete(Bytes(newKey), Hash(newKey));
        Model[toDb][newKey] = copies ? (held.Type, new Dictionary<string, string>(held.Elements)) : held;
        if (copies)
        {
            Assert.True(Keyspace[db].CopyRecord(Bytes(key), Hash(key), Keyspace[toDb], Bytes(newKey), Hash(newKey)));
            return;
        }

        Model[db].Remove(key);
        Assert.True(Keyspace[db].MoveRecord(Bytes(key), Hash(key), Keyspace[toDb], Bytes(newKey), Hash(newKey)));
    }

    private void AssertHolds(ReadRecord record, string name, string value)
    {
        if (record.Type == ValueType.Set)
        {
            Assert.True(new SetReader(Keyspace, record).Contains(Bytes(name)));
            return;
        }

        var state = new HashReader(Keyspace, record).Find(Bytes(name), out var stored, out var time);
        Assert.Equal(TimeOf(value) >= 0 && TimeOf(value) < Keyspace.NowMs ? FieldState.Expired : FieldState.Live, state);
        Assert.Equal(value, Timed(Text(stored), time));
    }
}
