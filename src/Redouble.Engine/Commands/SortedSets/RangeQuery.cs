using Redouble.Core.Text;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;

namespace Redouble.Engine.Commands.SortedSets;

/// <summary>By what a range of a sorted set is given.</summary>
internal enum RangeKind
{
    Rank,
    Score,
    Member,
}

/// <summary>A range of a sorted set as the ZRANGE commands have it in their arguments.</summary>
internal ref struct RangeQuery
{
    private RangeKind _kind;
    private long _start;
    private long _stop;
    private ScoreRange _scores;
    private LexRange _members;
    private long _offset;
    private long _limit;

    /// <summary>Whether the elements are wanted from the last one on.</summary>
    public bool IsReversed { get; private set; }

    /// <summary>Whether the scores are wanted, too.</summary>
    public bool WithScores { get; private set; }

    /// <summary>Reads bounds and options, or replies with Redis' error and returns false.</summary>
    /// <param name="c">The command.</param>
    /// <param name="source">Argument of the sorted set's key; the bounds follow it, then the options.</param>
    /// <param name="kind">What the command's name says, or null when an option may.</param>
    /// <param name="isReversed">The same for the direction.</param>
    /// <param name="stores">Whether the result is stored: then WITHSCORES is no option.</param>
    /// <param name="query">The range.</param>
    public static bool TryParse(CommandContext c, int source, RangeKind? kind, bool? isReversed, bool stores, out RangeQuery query)
    {
        query = new RangeQuery { _limit = -1 };
        for (var i = source + 3; i < c.Count; i++)
        {
            if (!stores && c.Is(i, "withscores"u8))
            {
                query.WithScores = true;
            }
            else if (i + 2 < c.Count && c.Is(i, "limit"u8))
            {
                if (!c.TryInteger(i + 1, out query._offset) || !c.TryInteger(i + 2, out query._limit)) return false;
                i += 2;
            }
            else if (isReversed == null && c.Is(i, "rev"u8))
            {
                isReversed = true;
            }
            else if (kind == null && c.Is(i, "bylex"u8))
            {
                kind = RangeKind.Member;
            }
            else if (kind == null && c.Is(i, "byscore"u8))
            {
                kind = RangeKind.Score;
            }
            else
            {
                c.SyntaxError();
                return false;
            }
        }

        query._kind = kind ?? RangeKind.Rank;
        query.IsReversed = isReversed ?? false;
        return query.IsAllowed(c) && query.TryParseBounds(c, source + 1);
    }

    /// <summary>Reads the two bounds from an argument on, for commands without options.</summary>
    public static bool TryParseBounds(CommandContext c, int first, RangeKind kind, out RangeQuery query)
    {
        query = new RangeQuery { _kind = kind, _limit = -1 };
        return query.TryParseBounds(c, first);
    }

    /// <summary>The elements of a sorted set that are in the range.</summary>
    public readonly RankRange Find(in SortedSetReader set)
    {
        if (_kind == RangeKind.Rank) return FindRanks(set.Count);
        var found = _kind == RangeKind.Score ? set.RanksOf(_scores) : set.RanksOf(_members, IsReversed);
        if (_offset == 0 && _limit < 0) return found;
        if (_offset < 0 || _offset >= found.Count) return default;
        var count = found.Count - _offset;
        if (_limit >= 0) count = Math.Min(count, _limit);
        return new RankRange(IsReversed ? found.Start + found.Count - _offset - count : found.Start + _offset, count);
    }

    /// <summary>
    /// Whether it depends on the shape of the set what is found: members are not in order while scores differ. Another server has another shape, so replicas
    /// are told the ranks.
    /// </summary>
    public readonly bool IsVague(in SortedSetReader set) =>
        _kind == RangeKind.Member && set.Count > 0 && set.CursorAt(0).Score != set.CursorAt(set.Count - 1).Score;

    /// <summary>Ends a command for the replicas, of which all but the ranks has been staged, and which takes the place of the present one.</summary>
    public static void TellRanks(CommandContext c, RankRange range)
    {
        c.Propagation.Argument(range.Count == 0 ? 1 : range.Start);
        c.Propagation.Argument(range.Count == 0 ? 0 : range.Start + range.Count - 1);
        c.Propagation.End(c.Session.Database);
    }

    private readonly RankRange FindRanks(long length)
    {
        var start = _start < 0 ? Math.Max(0, _start + length) : _start;
        var stop = _stop < 0 ? _stop + length : _stop;
        if (start > stop || start >= length) return default;
        stop = Math.Min(stop, length - 1);
        return new RankRange(IsReversed ? length - 1 - stop : start, stop - start + 1);
    }

    private readonly bool IsAllowed(CommandContext c)
    {
        if (_limit != -1 && _kind == RangeKind.Rank)
        {
            c.Reply.Error("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"u8);
            return false;
        }

        if (!WithScores || _kind != RangeKind.Member) return true;
        c.Reply.Error("ERR syntax error, WITHSCORES not supported in combination with BYLEX"u8);
        return false;
    }

    // Bounds other than ranks come the greater one first where the range is reversed.
    private bool TryParseBounds(CommandContext c, int first)
    {
        if (_kind == RangeKind.Rank) return c.TryInteger(first, out _start) && c.TryInteger(first + 1, out _stop);
        var (min, max) = IsReversed ? (first + 1, first) : (first, first + 1);
        if (_kind == RangeKind.Score)
        {
            if (TryParseScore(c[min], out var low, out var excludesLow) && TryParseScore(c[max], out var high, out var excludesHigh))
            {
                _scores = new ScoreRange(low, high, excludesLow, excludesHigh);
                return true;
            }

            c.Reply.Error("ERR min or max is not a float"u8);
            return false;
        }

        if (TryParseMember(c[min], out var lower) && TryParseMember(c[max], out var upper))
        {
            _members = new LexRange(lower, upper);
            return true;
        }

        c.Reply.Error("ERR min or max not valid string range item"u8);
        return false;
    }

    private static bool TryParseScore(ReadOnlySpan<byte> text, out double score, out bool isExcluded)
    {
        isExcluded = !text.IsEmpty && text[0] == '(';
        return Doubles.TryParseBound(isExcluded ? text[1..] : text, out score);
    }

    private static bool TryParseMember(ReadOnlySpan<byte> text, out LexBound bound)
    {
        bound = default;
        if (text.IsEmpty) return false;
        var isWhole = text.Length == 1 || text[1] == 0; // C ends its text there
        switch (text[0])
        {
            case (byte)'-':
                bound = LexBound.BeforeAll;
                return isWhole;
            case (byte)'+':
                bound = LexBound.BehindAll;
                return isWhole;
            case (byte)'[' or (byte)'(':
                bound = new LexBound(text[1..], isExcluded: text[0] == '(');
                return true;
            default:
                return false;
        }
    }
}
