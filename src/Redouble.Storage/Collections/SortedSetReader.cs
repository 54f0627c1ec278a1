using Redouble.Core.Platform;
using Redouble.Core.Text;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;

namespace Redouble.Storage.Collections;

/// <summary>
/// A sorted set as a reader sees it: elements in the order of their scores, then of their members' bytes. Packed: <see cref="PackedPairs"/> of member and
/// score in that order. All intervals are found as ranks, with which a cursor or a removal begins. A missing record is an empty set.
/// </summary>
public readonly ref struct SortedSetReader
{
    private readonly Keyspace.Keyspace _keyspace;
    private readonly ReadOnlySpan<byte> _packed;
    private readonly Collection _collection;

    /// <param name="keyspace">The keyspace it is in.</param>
    /// <param name="record">A record of a sorted set, or none.</param>
    public SortedSetReader(Keyspace.Keyspace keyspace, ReadRecord record)
    {
        _keyspace = keyspace;
        if (record.IsMissing) return;
        if (record.Record.IsCollection) _collection = record.Record.Collection;
        else _packed = record.Value;
    }

    internal SortedSetReader(Keyspace.Keyspace keyspace, ReadOnlySpan<byte> packed, Collection collection)
    {
        _keyspace = keyspace;
        _packed = packed;
        _collection = collection;
    }

    /// <summary>Elements.</summary>
    public long Count => !_collection.IsMissing ? Sorted.Count : _packed.IsEmpty ? 0 : PackedPairs.Count(_packed);

    private SortedTable Sorted => new(_keyspace, _collection);

    /// <summary>The score of a member; false when there is no such member.</summary>
    public bool TryGetScore(ReadOnlySpan<byte> member, out double score)
    {
        score = 0;
        if (!_collection.IsMissing)
        {
            var element = Sorted.Find(member);
            if (element.IsMissing) return false;
            score = SortedTable.ScoreOf(element);
            return true;
        }

        var at = FindPacked(_packed, member);
        if (at < 0) return false;
        score = SortedTable.ScoreAt(_packed, at);
        return true;
    }

    /// <summary>The score of a member; false when there is no such member.</summary>
    /// <param name="member">The member.</param>
    /// <param name="digits">Room for 20 bytes.</param>
    /// <param name="score">Its score.</param>
    public bool TryGetScore(PackedValue member, Span<byte> digits, out double score) => TryGetScore(member.Text(digits), out score);

    /// <summary>How many elements come before a member; -1 when there is no such member.</summary>
    public long RankOf(ReadOnlySpan<byte> member, out double score)
    {
        score = 0;
        if (!_collection.IsMissing)
        {
            var sorted = Sorted;
            var element = sorted.Find(member);
            if (element.IsMissing) return -1;
            score = SortedTable.ScoreOf(element);
            return sorted.Order.Rank(sorted.CursorOf(element));
        }

        var found = FindPacked(_packed, member);
        if (found < 0) return -1;
        score = SortedTable.ScoreAt(_packed, found);
        var rank = 0;
        for (var at = PackedPairs.First(_packed); at < found; at = PackedPairs.Next(_packed, at)) rank++;
        return rank;
    }

    /// <summary>The element of a rank; the end for a rank that none has.</summary>
    public SortedSetCursor CursorAt(long rank)
    {
        if (_collection.IsMissing) return new SortedSetCursor(_packed, rank < 0 || rank >= Count ? -1 : PackedPairs.Seek(_packed, (int)rank));
        return new SortedSetCursor(Sorted.Order.SeekWeight(rank, out _));
    }

    /// <summary>An element chosen at random, each as likely as any other. There must be one.</summary>
    public SortedSetCursor Random(IRandomSource random) => CursorAt((long)(random.NextUInt64() % (ulong)Count));

    /// <summary>The elements whose scores lie in an interval.</summary>
    public RankRange RanksOf(in ScoreRange range) => _collection.IsMissing ? PackedRanksOf(range) : Sorted.RanksOf(range);

    /// <summary>The elements whose members lie in an interval. Where scores differ it is what Redis finds from the end that it looks from.</summary>
    /// <param name="range">The interval.</param>
    /// <param name="fromLast">Whether it is looked for from the last element.</param>
    public RankRange RanksOf(in LexRange range, bool fromLast)
    {
        if (range.IsEmpty || Count == 0 || !MayHold(range)) return default;
        if (!_collection.IsMissing) return Sorted.RanksOf(range);
        return fromLast ? PackedRanksFromLast(range) : PackedRanksFromFirst(range);
    }

    internal static int FindPacked(ReadOnlySpan<byte> packed, ReadOnlySpan<byte> member) =>
        packed.IsEmpty ? -1 : PackedPairs.Find(packed, member);

    private RankRange PackedRanksOf(in ScoreRange range)
    {
        long start = 0, count = 0;
        for (var at = PackedPairs.First(_packed); at >= 0; at = PackedPairs.Next(_packed, at))
        {
            var score = SortedTable.ScoreAt(_packed, at);
            if (!range.IsAboveMin(score)) start++;
            else if (range.IsBelowMax(score)) count++;
            else break;
        }

        return new RankRange(start, count);
    }

    private RankRange PackedRanksFromFirst(in LexRange range)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        long start = 0, count = 0;
        var cursor = CursorAt(0);
        while (!cursor.AtEnd && !range.IsAboveMin(cursor.Member.Text(digits)))
        {
            start++;
            cursor.MoveNext();
        }

        while (!cursor.AtEnd && range.IsBelowMax(cursor.Member.Text(digits)))
        {
            count++;
            cursor.MoveNext();
        }

        return new RankRange(start, count);
    }

    private RankRange PackedRanksFromLast(in LexRange range)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        long end = Count, count = 0;
        var cursor = CursorAt(end - 1);
        while (!cursor.AtEnd && !range.IsBelowMax(cursor.Member.Text(digits)))
        {
            end--;
            cursor.MovePrevious();
        }

        while (!cursor.AtEnd && range.IsAboveMin(cursor.Member.Text(digits)))
        {
            count++;
            cursor.MovePrevious();
        }

        return new RankRange(end - count, count);
    }

    // As in Redis: the first and the last member tell whether anything is in the interval.
    private bool MayHold(in LexRange range)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        return range.IsAboveMin(CursorAt(Count - 1).Member.Text(digits)) && range.IsBelowMax(CursorAt(0).Member.Text(digits));
    }
}
