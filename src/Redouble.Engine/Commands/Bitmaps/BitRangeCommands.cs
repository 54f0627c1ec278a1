using Redouble.Core.Bits;
using Redouble.Engine.Commands.Strings;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Bitmaps;

/// <summary>BITCOUNT, BITPOS: bits of a string, or of a part of it that is given in bytes or in bits.</summary>
internal static class BitRangeCommands
{
    [Command("bitcount", Arity = -2, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Bitmap, Keys = "RO access @1", Group = CommandGroup.Bitmap,
        Since = "2.6.0",
        Summary = "Counts the set bits of a string or of a part of it.", Complexity = "O(N)", History = "7.0.0 Added the `BYTE|BIT` option.",
        Syntax = "key [range=( start:integer end:integer [unit=( BYTE | BIT )^7.0.0] )]")]
    public static void BitCount(CommandContext c)
    {
        // A missing key is answered before anyone looks at the rest of the arguments.
        if (!StringValue.TryRead(c, 1, out var record)) return;
        if (record.IsMissing)
        {
            c.Reply.Integer(0);
            return;
        }

        if (c.Count == 2)
        {
            c.Reply.Integer(Core.Bits.BitCount.Of(record.Value));
            return;
        }

        if (c.Count is not (4 or 5))
        {
            c.SyntaxError();
            return;
        }

        if (!c.TryInteger(2, out var start) || !c.TryInteger(3, out var end)) return;
        if (start < 0 && end < 0 && start > end)
        {
            c.Reply.Integer(0);
            return;
        }

        if (!TryUnit(c, 4, out var inBits)) return;
        Resolve(record.ValueLength, inBits, ref start, ref end);
        c.Reply.Integer(start > end ? 0 : Core.Bits.BitCount.Of(record.Value, start, end));
    }

    [Command("bitpos", Arity = -3, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Bitmap, Keys = "RO access @1", Group = CommandGroup.Bitmap, Since = "2.8.7",
        Summary = "Finds the first set or clear bit of a string or of a part of it.", Complexity = "O(N)", History = "7.0.0 Added the `BYTE|BIT` option.",
        Syntax = "key bit:integer [range=( start:integer [end-unit-block=( end:integer [unit=( BYTE | BIT )^7.0.0] )] )]")]
    public static void BitPos(CommandContext c)
    {
        if (!c.TryInteger(2, out var bit)) return;
        if (bit is not (0 or 1))
        {
            c.Reply.Error("ERR The bit argument must be 1 or 0."u8);
            return;
        }

        if (!StringValue.TryRead(c, 1, out var record)) return;
        if (record.IsMissing)
        {
            c.Reply.Integer(bit == 0 ? 0 : -1);
            return;
        }

        if (c.Count > 6)
        {
            c.SyntaxError();
            return;
        }

        long start = 0, end = -1;
        if (c.Count > 3 && !c.TryInteger(3, out start)) return;
        if (!TryUnit(c, 5, out var inBits) || (c.Count > 4 && !c.TryInteger(4, out end))) return;
        Resolve(record.ValueLength, inBits, ref start, ref end);
        if (start > end)
        {
            c.Reply.Integer(-1);
            return;
        }

        // Without an end a string is followed by clear bits for ever.
        var found = BitSearch.IndexOf(record.Value, bit != 0, start, end);
        c.Reply.Integer(found < 0 && bit == 0 && c.Count < 5 ? record.ValueLength * 8L : found);
    }

    private static bool TryUnit(CommandContext c, int index, out bool inBits)
    {
        inBits = false;
        if (c.Count <= index) return true;
        inBits = c.Is(index, "bit"u8);
        if (inBits || c.Is(index, "byte"u8)) return true;
        c.SyntaxError();
        return false;
    }

    /// <summary>
    /// Turns positions that may be negative, counted from the end, into the first and the last bit; the first is behind the last when there are none.
    /// </summary>
    private static void Resolve(int bytes, bool inBits, ref long start, ref long end)
    {
        var length = inBits ? bytes * 8L : bytes;
        if (start < 0) start = Math.Max(0, start + length);
        if (end < 0) end = Math.Max(0, end + length);
        end = Math.Min(end, length - 1);
        if (start > end)
        {
            (start, end) = (0, -1);
        }
        else if (!inBits)
        {
            start *= 8;
            end = end * 8 + 7;
        }
    }
}
