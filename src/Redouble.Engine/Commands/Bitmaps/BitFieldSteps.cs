using Redouble.Core.Bits;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Bitmaps;

/// <summary>The steps in the arguments of BITFIELD, read one after the other: once to see that all are good, once more to execute them.</summary>
/// <param name="c">The command.</param>
internal struct BitFieldSteps(CommandContext c)
{
    private int _next = 2;
    private BitFieldOverflow _overflow = BitFieldOverflow.Wrap;

    /// <summary>Whether the last <see cref="TryNext"/> met a step that is wrong, and has replied so.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>The next step; false at the end.</summary>
    public bool TryNext(out BitFieldStep step)
    {
        step = default;
        while (_next < c.Count)
        {
            var following = c.Count - _next - 1;
            if (following >= 1 && c.Is(_next, "overflow"u8))
            {
                if (!TryOverflow(_next + 1)) return Fail();
                _next += 2;
                continue;
            }

            if (TryAction(_next, following, out var action)) return TryStep(action, out step) || Fail();
            c.SyntaxError();
            return Fail();
        }

        return false;
    }

    private bool TryAction(int index, int following, out BitFieldAction action)
    {
        action = BitFieldAction.Get;
        if (following >= 2 && c.Is(index, "get"u8)) return true;
        action = following >= 3 && c.Is(index, "set"u8) ? BitFieldAction.Set : BitFieldAction.Add;
        return action == BitFieldAction.Set || (following >= 3 && c.Is(index, "incrby"u8));
    }

    private bool TryStep(BitFieldAction action, out BitFieldStep step)
    {
        step = default;
        if (!BitFieldType.TryParse(c[_next + 1], out var type))
        {
            c.Reply.Error("ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."u8);
            return false;
        }

        long operand = 0;
        if (!BitValue.TryOffset(c, _next + 2, out var offset, type.Bits)) return false;
        if (action != BitFieldAction.Get && !c.TryInteger(_next + 3, out operand)) return false;
        _next += action == BitFieldAction.Get ? 3 : 4;
        step = new BitFieldStep(action, type, offset, operand, _overflow);
        return true;
    }

    private bool TryOverflow(int index)
    {
        BitFieldOverflow? named = c.Is(index, "wrap"u8) ? BitFieldOverflow.Wrap
            : c.Is(index, "sat"u8) ? BitFieldOverflow.Saturate
            : c.Is(index, "fail"u8) ? BitFieldOverflow.Fail
            : null;
        if (named == null) c.Reply.Error("ERR Invalid OVERFLOW type specified"u8);
        _overflow = named ?? _overflow;
        return named != null;
    }

    private bool Fail()
    {
        HasFailed = true;
        return false;
    }
}
