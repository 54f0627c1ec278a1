namespace Redouble.Storage.Collections;

/// <summary>Elements that follow each other in a sorted set.</summary>
/// <param name="Start">Rank of the first.</param>
/// <param name="Count">How many; perhaps none.</param>
public readonly record struct RankRange(long Start, long Count);

/// <summary>An interval of scores; each bound may be excluded. Infinities are bounds like others.</summary>
/// <param name="Min">Lower bound.</param>
/// <param name="Max">Upper bound; below the lower one, there is nothing in between.</param>
/// <param name="ExcludesMin">Whether a score equal to the lower bound is outside.</param>
/// <param name="ExcludesMax">Whether a score equal to the upper bound is outside.</param>
public readonly record struct ScoreRange(double Min, double Max, bool ExcludesMin, bool ExcludesMax)
{
    internal bool IsAboveMin(double score) => ExcludesMin ? score > Min : score >= Min;

    internal bool IsBelowMax(double score) => ExcludesMax ? score < Max : score <= Max;
}

/// <summary>A bound of an interval of members.</summary>
public readonly ref struct LexBound
{
    private readonly int _infinity; // -1 before all members, 1 behind them

    private LexBound(int infinity) => _infinity = infinity;

    /// <param name="member">The bound itself.</param>
    /// <param name="isExcluded">Whether the bound is outside the interval.</param>
    public LexBound(ReadOnlySpan<byte> member, bool isExcluded)
    {
        Member = member;
        IsExcluded = isExcluded;
    }

    /// <summary>Before every member.</summary>
    public static LexBound BeforeAll => new(-1);

    /// <summary>Behind every member.</summary>
    public static LexBound BehindAll => new(1);

    internal ReadOnlySpan<byte> Member { get; }

    internal bool IsExcluded { get; }

    internal bool IsInfinite => _infinity != 0;

    /// <summary>How a member compares with the bound: below 0 when it comes before.</summary>
    internal int Compare(ReadOnlySpan<byte> member) => _infinity != 0 ? -_infinity : member.SequenceCompareTo(Member);

    internal int Compare(in LexBound other) => _infinity != 0 || other._infinity != 0 ? _infinity - other._infinity : Member.SequenceCompareTo(other.Member);
}

/// <summary>An interval of members in the order of their bytes, for sorted sets whose scores are all the same.</summary>
public readonly ref struct LexRange(LexBound min, LexBound max)
{
    private readonly LexBound _min = min;
    private readonly LexBound _max = max;

    internal LexBound Min => _min;

    internal LexBound Max => _max;

    /// <summary>Whether nothing can be inside.</summary>
    internal bool IsEmpty
    {
        get
        {
            var order = _min.Compare(_max);
            return order > 0 || (order == 0 && (_min.IsInfinite || _min.IsExcluded || _max.IsExcluded));
        }
    }

    internal bool IsAboveMin(ReadOnlySpan<byte> member)
    {
        var order = _min.Compare(member);
        return order > 0 || (order == 0 && !_min.IsExcluded);
    }

    internal bool IsBelowMax(ReadOnlySpan<byte> member)
    {
        var order = _max.Compare(member);
        return order < 0 || (order == 0 && !_max.IsExcluded);
    }
}
