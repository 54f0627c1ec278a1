using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Generic.Sorting;

/// <summary>The words of a SORT.</summary>
internal struct SortOptions
{
    public bool Descending;
    public bool Alphabetic;
    public bool KeepsOrder;  // BY a pattern that names no key
    public int By;           // argument index, 0 for none
    public int Store;
    public int FirstGet;     // argument index of the first GET's word; 0 for none
    public int Gets;
    public long Offset;
    public long Limit;       // -1: all

    /// <summary>Reads the options; false after replying with the error.</summary>
    public static bool TryParse(CommandContext c, bool mayStore, out SortOptions options)
    {
        options = new SortOptions { Limit = -1 };
        for (var i = 2; i < c.Count; i++)
        {
            var left = c.Count - i - 1;
            if (c.Is(i, "asc"u8))
            {
                options.Descending = false;
            }
            else if (c.Is(i, "desc"u8))
            {
                options.Descending = true;
            }
            else if (c.Is(i, "alpha"u8))
            {
                options.Alphabetic = true;
            }
            else if (c.Is(i, "limit"u8) && left >= 2)
            {
                if (!c.TryInteger(i + 1, out options.Offset) || !c.TryInteger(i + 2, out options.Limit)) return false;
                i += 2;
            }
            else if (mayStore && c.Is(i, "store"u8) && left >= 1)
            {
                options.Store = ++i;
            }
            else if (c.Is(i, "by"u8) && left >= 1)
            {
                options.By = ++i;
                if (c[i].IndexOf((byte)'*') < 0) options.KeepsOrder = true;
            }
            else if (c.Is(i, "get"u8) && left >= 1)
            {
                if (options.FirstGet == 0) options.FirstGet = i;
                options.Gets++;
                i++;
            }
            else
            {
                c.SyntaxError();
                return false;
            }
        }

        return true;
    }

    /// <summary>The range of <paramref name="count"/> elements that is wanted: the first one and how many.</summary>
    public readonly (int Start, int Count) Range(int count)
    {
        var (start, wanted) = Range((long)count);
        return ((int)start, (int)wanted);
    }

    /// <summary>The range of elements that is wanted, when no others are taken in: all of those are.</summary>
    public (long Start, long Count) TakeRange(long count)
    {
        var range = Range(count);
        (Offset, Limit) = (0, -1);
        return range;
    }

    private readonly (long Start, long Count) Range(long count)
    {
        var start = Math.Clamp(Offset, 0, count);
        var left = count - start;
        return (start, Limit < 0 ? left : Math.Min(Limit, left));
    }
}
