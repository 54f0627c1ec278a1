using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Generic;

/// <summary>The options of SCAN, HSCAN, SSCAN and ZSCAN.</summary>
internal struct ScanOptions
{
    private const long CountDefault = 10;

    // Buckets looked at for each element asked for, before a call that comes upon too few gives up: a table may have many empty ones.
    private const long BucketsPerElement = 10;

    public int Pattern;       // argument index; 0 for none
    public int Type;          // SCAN; argument index
    public bool WithoutValues; // HSCAN
    public long Count;        // elements to look at

    /// <summary>Buckets that one call looks at.</summary>
    public readonly long Buckets => Count <= long.MaxValue / BucketsPerElement ? Count * BucketsPerElement : long.MaxValue;

    /// <summary>Reads the words from an argument on; false after replying with the error.</summary>
    /// <param name="c">The command.</param>
    /// <param name="first">Argument of the first word.</param>
    /// <param name="hasType">Whether TYPE is one of them.</param>
    /// <param name="hasNoValues">Whether NOVALUES is.</param>
    /// <param name="options">What they say.</param>
    public static bool TryParse(CommandContext c, int first, bool hasType, bool hasNoValues, out ScanOptions options)
    {
        options = new ScanOptions { Count = CountDefault };
        for (var i = first; i < c.Count; i++)
        {
            var hasNext = i + 1 < c.Count;
            if (hasNext && c.Is(i, "count"u8))
            {
                if (!c.TryInteger(++i, out options.Count)) return false;
                if (options.Count >= 1) continue;
            }
            else if (hasNext && c.Is(i, "match"u8))
            {
                options.Pattern = c[++i] is [(byte)'*'] ? 0 : i;
                continue;
            }
            else if (hasType && hasNext && c.Is(i, "type"u8))
            {
                options.Type = ++i;
                continue;
            }
            else if (hasNoValues && c.Is(i, "novalues"u8))
            {
                options.WithoutValues = true;
                continue;
            }

            c.SyntaxError();
            return false;
        }

        return true;
    }
}
