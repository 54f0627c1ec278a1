using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Storage.Collections;

namespace Redouble.Engine.Commands.Streams;

/// <summary>The options of XADD and XTRIM, and XADD's id.</summary>
internal struct StreamTrimOptions
{
    /// <summary>The cut.</summary>
    public StreamTrim Trim;

    /// <summary>Whether there is one.</summary>
    public bool HasTrim;

    /// <summary>Argument of MAXLEN's or MINID's number.</summary>
    public int ThresholdAt;

    /// <summary>NOMKSTREAM.</summary>
    public bool NoCreate;

    /// <summary>Whether the id is not <c>*</c>.</summary>
    public bool HasId;

    /// <summary>Whether the id is not <c>ms-*</c>.</summary>
    public bool HasSequence;

    /// <summary>The id; its sequence is 0 where it was not given.</summary>
    public StreamId Id;

    /// <summary>Argument of the id; with XTRIM the number of arguments.</summary>
    public int Next;

    private bool _hasLimit;

    /// <summary>Reads them, or replies with Redis' error.</summary>
    public static bool TryParse(CommandContext c, bool isAdd, out StreamTrimOptions options)
    {
        options = default;
        for (options.Next = 2; options.Next < c.Count; options.Next++)
        {
            var at = options.Next;
            var word = c[at];
            var hasMore = at + 1 < c.Count;
            if (isAdd && word is [(byte)'*']) break;
            if (hasMore && c.Is(at, "maxlen"u8) || hasMore && c.Is(at, "minid"u8))
            {
                if (!options.TryStrategy(c, isByLength: c.Is(at, "maxlen"u8))) return false;
            }
            else if (hasMore && c.Is(at, "limit"u8))
            {
                if (!options.TryLimit(c)) return false;
            }
            else if (isAdd && c.Is(at, "nomkstream"u8))
            {
                options.NoCreate = true;
            }
            else if (isAdd)
            {
                if (!options.TryId(c)) return false;
                break;
            }
            else
            {
                c.SyntaxError();
                return false;
            }
        }

        return options.TryFinish(c, isAdd);
    }

    private bool TryStrategy(CommandContext c, bool isByLength)
    {
        if (HasTrim) return Refuse(c, "ERR syntax error, MAXLEN and MINID options at the same time are not compatible"u8);
        HasTrim = true;
        Trim.IsByLength = isByLength;
        if (Next + 2 < c.Count && c[Next + 1] is [(byte)'~' or (byte)'='])
        {
            Trim.IsApproximate = c[Next + 1][0] == '~';
            Next++;
        }

        ThresholdAt = ++Next;
        if (!isByLength)
        {
            var isRead = StreamArguments.TryId(c, Next, out var id);
            Trim.MinId = id;
            return isRead;
        }

        if (!c.TryInteger(Next, out var length)) return false;
        Trim.MaxLength = length;
        return length >= 0 || Refuse(c, "ERR The MAXLEN argument must be >= 0."u8);
    }

    private bool TryLimit(CommandContext c)
    {
        if (!c.TryInteger(++Next, out var limit)) return false;
        Trim.Limit = limit;
        _hasLimit = true;
        return limit >= 0 || Refuse(c, "ERR The LIMIT argument must be >= 0."u8);
    }

    private bool TryId(CommandContext c)
    {
        HasId = true;
        HasSequence = true;
        var word = c[Next];
        if (!word.EndsWith("-*"u8) || word.IndexOf((byte)'-') != word.Length - 2) return StreamArguments.TryId(c, Next, out Id);
        HasSequence = false;
        if (StreamId.TryParse(word[..^2], 0, out Id)) return true;
        StreamArguments.InvalidId(c);
        return false;
    }

    private bool TryFinish(CommandContext c, bool isAdd)
    {
        if (Trim.Limit != 0 && !HasTrim) return Refuse(c, "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"u8);
        if (!isAdd && !HasTrim) return Refuse(c, "ERR syntax error, XTRIM must be called with a trimming strategy"u8);
        if (c.Session.Has(SessionFlags.Primary))
        {
            Trim.Limit = 0; // the primary has made it exact
            return true;
        }

        if (_hasLimit) return Trim.IsApproximate || Refuse(c, "ERR syntax error, LIMIT cannot be used without the special ~ option"u8);
        if (!Trim.IsApproximate) return true;

        // What is cut about is cut a bit at a time: at most a hundred nodes.
        const long nodes = 100, entriesWithoutLimit = 10_000, entriesMax = 1_000_000;
        var limit = unchecked(nodes * c.Config.StreamNodeMaxEntries);
        Trim.Limit = limit <= 0 ? entriesWithoutLimit : Math.Min(limit, entriesMax);
        return true;
    }

    private static bool Refuse(CommandContext c, ReadOnlySpan<byte> error)
    {
        c.Reply.Error(error);
        return false;
    }
}
