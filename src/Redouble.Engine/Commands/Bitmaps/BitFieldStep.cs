using Redouble.Core.Bits;

namespace Redouble.Engine.Commands.Bitmaps;

/// <summary>What a step of BITFIELD does.</summary>
internal enum BitFieldAction
{
    Get,
    Set,
    Add,
}

/// <summary>One step of BITFIELD.</summary>
/// <param name="Action">What it does.</param>
/// <param name="Type">The field.</param>
/// <param name="Offset">Its first bit.</param>
/// <param name="Operand">What to write or to add.</param>
/// <param name="Overflow">What to do with a result that does not fit.</param>
internal readonly record struct BitFieldStep(BitFieldAction Action, BitFieldType Type, long Offset, long Operand, BitFieldOverflow Overflow)
{
    /// <summary>Bytes that the string needs for it.</summary>
    public long EndByte => ((Offset + Type.Bits - 1) >> 3) + 1;

    /// <summary>The bytes that hold the field.</summary>
    public (int First, int Count) Bytes => ((int)(Offset >> 3), (int)(EndByte - (Offset >> 3)));

    /// <summary>The outcome of a step that writes. False when the result does not fit and must not be written.</summary>
    /// <param name="before">What the field holds.</param>
    /// <param name="after">What it shall hold.</param>
    public bool TryCompute(long before, out long after) =>
        Action == BitFieldAction.Add ? Type.TryAdd(before, Operand, Overflow, out after) : Type.TryAdd(Operand, 0, Overflow, out after);
}
