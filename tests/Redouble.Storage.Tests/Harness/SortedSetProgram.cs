using System.Text;
using Redouble.Core.Hashing;
using Redouble.Core.Memory;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using KeyspaceOfNode = Redouble.Storage.Keyspace.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Storage.Tests.Harness;

/// <summary>Sorted sets in a keyspace with low limits, and dictionaries of members and scores that should be equal to them.</summary>
internal sealed class SortedSetProgram : IKeyspaceListener, IDisposable
{
    private readonly NativeHeap _heap = new();
    private readonly BlockPool _blocks;
    private readonly long _emptyBytes;
    private readonly int _keys;
    private readonly int _members;

    public SortedSetProgram(int seed, int keys, int members, int packedMax = 6)
    {
        Random = new Random(seed);
        _keys = keys;
        _members = members;
        _blocks = new BlockPool(_heap, retainedBytesMax: 0);
        Keyspace = new KeyspaceOfNode(2, _heap, _blocks, new KeyHash(31, 32), this) { NowMs = 1_000_000 };
        Keyspace.Limits.SortedSetMaxListpackEntries = packedMax;
        Keyspace.Limits.SortedSetMaxListpackValue = 14;
        _emptyBytes = _heap.UsedBytes;
        Relocating = new Relocations(_heap, Keyspace, seed);
    }

    /// <summary>Rounds of defragmentation.</summary>
    public Relocations Relocating { get; }

    public KeyspaceOfNode Keyspace { get; }

    public Random Random { get; }

    /// <summary>Per database and key: members and scores.</summary>
    public Dictionary<string, Dictionary<string, double>>[] Model { get; } = [[], []];

    public Dictionary<string, Dictionary<string, double>>[] CopyOfModel() =>
        [.. Model.Select(database => database.ToDictionary(pair => pair.Key, pair => new Dictionary<string, double>(pair.Value)))];

    /// <summary>One change, whatever it is.</summary>
    public void Next()
    {
        Relocating.Next();
        var db = Random.Next(2);
        var key = "key" + Random.Next(_keys);
        switch (Random.Next(60))
        {
            case 0:
                Assert.Equal(Model[db].Remove(key), Keyspace[db].Delete(Bytes(key), Hash(key)));
                break;
            case 1:
                Rename(db, key, Random.Next(2), "key" + Random.Next(_keys), copies: Random.Next(2) == 0);
                break;
            case 2 when Random.Next(20) == 0:
                Assert.Equal(Model[db].Count, Keyspace.Flush(db));
                Model[db].Clear();
                break;
            case 3:
                Keyspace.Swap(0, 1);
                (Model[0], Model[1]) = (Model[1], Model[0]);
                break;
            case < 6:
                Keyspace.FreeSlice(Random.Next(20));
                break;
            case < 8:
                Combine(db, key, "key" + Random.Next(_keys));
                break;
            case < 20:
                Remove(db, key, Member());
                break;
            case < 24:
                RemoveRange(db, key);
                break;
            default:
                Set(db, key);
                break;
        }
    }

    /// <summary>Everything that can be read is what the dictionaries hold, from both ends and by ranks, scores and members.</summary>
    public void AssertEqual()
    {
        for (var db = 0; db < Model.Length; db++)
        {
            Assert.Equal(Model[db].Count, Keyspace[db].Count);
            foreach (var (key, held) in Model[db])
            {
                var record = Keyspace[db].Peek(Bytes(key), Hash(key));
                Assert.Equal(ValueType.SortedSet, record.Type);
                AssertOrder(new SortedSetReader(Keyspace, record), InOrder(held));
                AssertRanges(new SortedSetReader(Keyspace, record), InOrder(held));
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

    private static (string Member, double Score)[] InOrder(Dictionary<string, double> held) =>
        [.. held.Select(pair => (pair.Key, pair.Value)).OrderBy(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)];

    private ulong Hash(string key) => Keyspace.Hash(Bytes(key));

    private string Member() => Random.Next(3) switch
    {
        0 => "member " + Random.Next(_members),
        1 when Random.Next(30) == 0 => "a member that is too long " + Random.Next(_members),
        _ => Random.Next(_members).ToString(),
    };

    private double Score() => Random.Next(8) switch
    {
        0 => double.NegativeInfinity,
        1 => double.PositiveInfinity,
        2 => Random.NextDouble(),
        3 => -Random.Next(5),
        _ => Random.Next(5),
    };

    private SortedSetWriter Open(int db, string key) => new(Keyspace, Keyspace[db], Keyspace[db].ReadForWrite(Bytes(key), Hash(key)), Hash(key));

    private void Set(int db, string key)
    {
        var options = (ScoreOptions)Random.Next(32) & (ScoreOptions)Random.Next(32);
        var (member, score) = (Member(), Score());
        var isNew = !Model[db].TryGetValue(key, out var held);
        if (isNew && (options & ScoreOptions.OnlyExisting) != 0) return;
        held ??= Model[db][key] = [];
        var expected = Apply(held, member, score, options, out var result);
        var set = isNew ? SortedSetWriter.Create(Keyspace, Keyspace[db], Bytes(key), Hash(key)) : Open(db, key);
        Assert.Equal(expected, set.Set(Bytes(member), ref score, options));
        if (expected is ScoreChange.Updated or ScoreChange.Added) Assert.Equal(result, score);
        Assert.Equal(held.Count, set.Count);
    }

    private static ScoreChange Apply(Dictionary<string, double> held, string member, double score, ScoreOptions options, out double result)
    {
        result = score;
        if (!held.TryGetValue(member, out var current))
        {
            if ((options & ScoreOptions.OnlyExisting) != 0) return ScoreChange.Refused;
            held[member] = score;
            return ScoreChange.Added;
        }

        if ((options & ScoreOptions.OnlyNew) != 0) return ScoreChange.Refused;
        if ((options & ScoreOptions.Increment) != 0) result += current;
        if (double.IsNaN(result)) return ScoreChange.NotANumber;
        if ((options & ScoreOptions.OnlyLess) != 0 && result >= current) return ScoreChange.Refused;
        if ((options & ScoreOptions.OnlyGreater) != 0 && result <= current) return ScoreChange.Refused;
        if (result == current) return ScoreChange.Same;
        held[member] = result;
        return ScoreChange.Updated;
    }

    private void Remove(int db, string key, string member)
    {
        if (!Model[db].TryGetValue(key, out var held)) return;
        var set = Open(db, key);
        Assert.Equal(held.Remove(member), set.Remove(Bytes(member)));
        Assert.Equal(held.Count, set.Count);
        DeleteEmpty(db, key);
    }

    private void RemoveRange(int db, string key)
    {
        if (!Model[db].TryGetValue(key, out var held)) return;
        var start = Random.Next(held.Count);
        var count = Random.Next(4) == 0 ? Random.Next(held.Count - start + 1) : Math.Min(Random.Next(4), held.Count - start);
        if (count == 0) return;
        foreach (var (member, _) in InOrder(held).Skip(start).Take(count)) held.Remove(member);
        Open(db, key).Remove(new RankRange(start, count));
        DeleteEmpty(db, key);
    }

    private void DeleteEmpty(int db, string key)
    {
        if (Model[db][key].Count > 0) return;
        Model[db].Remove(key);
        Assert.True(Keyspace[db].Delete(Bytes(key), Hash(key)));
    }

    // A union, as commands store it: the one time that a large set becomes a packed one.
    private void Combine(int db, string key, string other)
    {
        if (!Model[db].TryGetValue(key, out var held) || !Model[1 - db].TryGetValue(other, out var second)) return;
        var sums = new Dictionary<string, double>(held);
        var builder = Keyspace.Builder;
        builder.BeginCombination();
        foreach (var (member, score) in held) builder.Combine(Bytes(member), score, ScoreAggregate.Min);
        foreach (var (member, score) in second)
        {
            builder.Combine(Bytes(member), score, ScoreAggregate.Min);
            sums[member] = sums.TryGetValue(member, out var sum) ? Math.Min(sum, score) : score;
        }

        builder.EndCombination();
        AssertOrder(builder.Sorted, InOrder(sums));
        Keyspace[db].Put(Bytes(key), Hash(key), builder);
        Model[db][key] = sums;
        var fits = sums.Count <= Keyspace.Limits.SortedSetMaxListpackEntries && sums.Keys.All(m => m.Length <= Keyspace.Limits.SortedSetMaxListpackValue);
        Assert.Equal(fits ? ValueEncoding.Listpack : ValueEncoding.SkipList, Keyspace[db].Peek(Bytes(key), Hash(key)).Encoding);
    }

    private void Rename(int db, string key, int toDb, string newKey, bool copies)
    {
        if (!Model[db].TryGetValue(key, out var held) || (db == toDb && key == newKey)) return;
        if (Model[toDb].Remove(newKey)) Keyspace[toDb].Delete(Bytes(newKey), Hash(newKey));
        Model[toDb][newKey] = copies ? new Dictionary<string, double>(held) : held;
        if (copies)
        {
            Assert.True(Keyspace[db].CopyRecord(Bytes(key), Hash(key), Keyspace[toDb], Bytes(newKey), Hash(newKey)));
            return;
        }

        Model[db].Remove(key);
        Assert.True(Keyspace[db].MoveRecord(Bytes(key), Hash(key), Keyspace[toDb], Bytes(newKey), Hash(newKey)));
    }

    private static void AssertOrder(SortedSetReader set, (string Member, double Score)[] expected)
    {
        Assert.Equal(expected.Length, set.Count);
        var cursor = set.CursorAt(0);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], (CollectionProgram.Text(cursor.Member), cursor.Score));
            Assert.Equal(i + 1 < expected.Length, cursor.MoveNext());
        }

        Assert.True(set.CursorAt(expected.Length).AtEnd);
        cursor = set.CursorAt(expected.Length - 1);
        for (var i = expected.Length - 1; i >= 0; i--)
        {
            Assert.Equal(expected[i].Member, CollectionProgram.Text(cursor.Member));
            Assert.Equal(i > 0, cursor.MovePrevious());
        }
    }

    private void AssertRanges(SortedSetReader set, (string Member, double Score)[] expected)
    {
        Assert.Equal(-1, set.RankOf("nobody"u8, out _));
        for (var i = 0; i < 10; i++)
        {
            var rank = Random.Next(expected.Length);
            Assert.Equal(rank, set.RankOf(Bytes(expected[rank].Member), out var score));
            Assert.Equal(expected[rank].Score, score);
            Assert.True(set.TryGetScore(Bytes(expected[rank].Member), out score));
            Assert.Equal(expected[rank].Score, score);
            Assert.Equal(expected[rank].Member, CollectionProgram.Text(set.CursorAt(rank).Member));

            var range = new ScoreRange(Score(), Score(), Random.Next(2) == 0, Random.Next(2) == 0);
            var inside = expected.Count(e => IsInside(range, e.Score));
            var found = set.RanksOf(range);
            Assert.Equal(inside, found.Count);
            if (inside > 0) Assert.Equal(Array.FindIndex(expected, e => IsInside(range, e.Score)), found.Start);
        }
    }

    private static bool IsInside(ScoreRange range, double score) =>
        (range.ExcludesMin ? score > range.Min : score >= range.Min) && (range.ExcludesMax ? score < range.Max : score <= range.Max);
}
