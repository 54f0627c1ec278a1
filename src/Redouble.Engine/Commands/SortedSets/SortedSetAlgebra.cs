using Redouble.Core.Text;
using Redouble.Engine.Commands.Sets;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.SortedSets;

/// <summary>A set or sorted set that goes into a union, intersection or difference; the members of a set count as 1.</summary>
internal readonly record struct ScoreSource(RecordHandle Handle, long Count, int Index)
{
    /// <summary>What its scores are multiplied with.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>The score that a member brings in, which is never NaN.</summary>
    public double Weigh(double score)
    {
        score *= Weight;
        return double.IsNaN(score) ? 0 : score;
    }

    /// <summary>The score of a member; false when it is not in the set.</summary>
    public bool TryGetScore(Keyspace keyspace, Storage.Structures.PackedValue member, Span<byte> digits, out double score)
    {
        score = 1;
        var record = Handle.Read(keyspace);
        if (record.IsMissing) return false;
        if (record.Type == ValueType.Set) return new SetReader(keyspace, record).Contains(member, digits);
        return new SortedSetReader(keyspace, record).TryGetScore(member, digits, out score);
    }
}

/// <summary>
/// Union, intersection and difference of sets and sorted sets. Floating-point sums depend on the order of the sources: as in Redis, that of their sizes.
/// </summary>
internal static class SortedSetAlgebra
{
    /// <summary>Looks all keys up. False when one holds something else, after replying so.</summary>
    public static bool TryRead(CommandContext c, int firstKey, int count, out ScoreSource[] sources)
    {
        sources = [];
        for (var i = firstKey; i < firstKey + count; i++)
        {
            var record = Lookups.Read(c, i);
            if (record.IsMissing || record.Type is ValueType.SortedSet or ValueType.Set) continue;
            c.WrongType();
            return false;
        }

        // Held only now: what had expired was removed above, and no record lives through a removal.
        sources = new ScoreSource[count];
        for (var i = 0; i < count; i++)
        {
            var record = c.Database.Peek(c[firstKey + i], c.Hash(firstKey + i));
            sources[i] = new ScoreSource(record.Hold(), CountOf(c.Keyspace, record), i);
        }

        return true;
    }

    /// <summary>Sorts sources by size, as they are gone through; those of one size stay in their order.</summary>
    public static void Sort(ScoreSource[] sources) =>
        Array.Sort(sources, static (a, b) => a.Count != b.Count ? a.Count.CompareTo(b.Count) : a.Index.CompareTo(b.Index));

    /// <summary>Members of all sources, which are sorted.</summary>
    public static void Intersect(Keyspace keyspace, ScoreSource[] sources, ScoreAggregate aggregate, CollectionBuilder into)
    {
        if (sources[0].Count == 0) return;
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        var first = sources[0].Handle.Read(keyspace);
        using var elements = new ElementCursor(keyspace, first);
        while (elements.MoveNext())
        {
            var score = first.Type == ValueType.Set ? 1 : elements.Score;
            if (TryCombine(keyspace, sources, aggregate, elements, digits, ref score)) into.Combine(elements.Name.Text(digits), score, aggregate);
        }
    }

    /// <summary>Number of members of all sources, which are sorted; counted up to a limit, if there is one.</summary>
    public static long CountShared(Keyspace keyspace, ScoreSource[] sources, long limit)
    {
        var count = 0L;
        if (sources[0].Count == 0) return count;
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        using var elements = new ElementCursor(keyspace, sources[0].Handle.Read(keyspace));
        while (elements.MoveNext() && (limit == 0 || count < limit))
        {
            var score = 0.0;
            if (TryCombine(keyspace, sources, ScoreAggregate.Min, elements, digits, ref score)) count++;
        }

        return count;
    }

    /// <summary>Members of any source; the sources are sorted.</summary>
    public static void Unite(Keyspace keyspace, ScoreSource[] sources, ScoreAggregate aggregate, CollectionBuilder into)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        foreach (var source in sources)
        {
            if (source.Count == 0) continue;
            var record = source.Handle.Read(keyspace);
            using var elements = new ElementCursor(keyspace, record);
            while (elements.MoveNext())
            {
                into.Combine(elements.Name.Text(digits), source.Weigh(record.Type == ValueType.Set ? 1 : elements.Score), aggregate);
            }
        }
    }

    /// <summary>Members of the first source that are in no other, with their scores.</summary>
    public static void Subtract(Keyspace keyspace, ScoreSource[] sources, CollectionBuilder into)
    {
        if (sources[0].Count == 0) return;
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        var first = sources[0].Handle.Read(keyspace);
        var others = Array.FindAll(sources[1..], static source => source.Count > 0);
        var union = MemberUnion.TryMake(
            keyspace, sources[0].Count, Array.ConvertAll(others, static source => source.Handle), others.Sum(static source => source.Count));
        using var elements = new ElementCursor(keyspace, first);
        while (elements.MoveNext())
        {
            if (union?.Contains(elements.Name.Text(digits)) ?? IsInAny(keyspace, others, elements, digits)) continue;
            into.Combine(elements.Name.Text(digits), first.Type == ValueType.Set ? 1 : elements.Score, ScoreAggregate.Sum);
        }
    }

    private static long CountOf(Keyspace keyspace, ReadRecord record)
    {
        if (record.IsMissing) return 0;
        return record.Type == ValueType.Set ? new SetReader(keyspace, record).Count : new SortedSetReader(keyspace, record).Count;
    }

    // The score is that of the first source; then of all.
    private static bool TryCombine(
        Keyspace keyspace, ScoreSource[] sources, ScoreAggregate aggregate, in ElementCursor elements, Span<byte> digits, ref double score)
    {
        var name = elements.Name;
        score = sources[0].Weigh(score);
        for (var i = 1; i < sources.Length; i++)
        {
            if (!sources[i].TryGetScore(keyspace, name, digits, out var other)) return false;
            score = CollectionBuilder.Combined(score, other * sources[i].Weight, aggregate);
        }

        return true;
    }

    private static bool IsInAny(Keyspace keyspace, ScoreSource[] others, in ElementCursor elements, Span<byte> digits)
    {
        var name = elements.Name;
        foreach (var other in others)
        {
            if (other.TryGetScore(keyspace, name, digits, out _)) return true;
        }

        return false;
    }
}
