namespace Redouble.Persistence.Rdb;

/// <summary>
/// One step of the description of how a value is laid out after its type byte. A description is a row of steps, run by
/// <see cref="RdbWalker"/>; <see cref="Loop"/> reads a count and repeats what stands before its <see cref="EndLoop"/>.
/// </summary>
public enum RdbShape : byte
{
    /// <summary>The value is complete.</summary>
    End,

    /// <summary>A length code.</summary>
    Length,

    /// <summary>A string in any of its encodings.</summary>
    Bytes,

    /// <summary>Four bytes: a float of a module.</summary>
    Fixed4,

    /// <summary>Eight bytes: a time, a binary double.</summary>
    Fixed8,

    /// <summary>Sixteen bytes: a stream id.</summary>
    Fixed16,

    /// <summary>A score as old files have it: one byte of length and text; 253, 254 and 255 stand for not-a-number and the infinities.</summary>
    TextDouble,

    /// <summary>A count as length code, then that many times the steps up to the matching <see cref="EndLoop"/>.</summary>
    Loop,

    /// <summary>Ends the innermost loop.</summary>
    EndLoop,

    /// <summary>A module's tagged values up to the tag 0.</summary>
    ModuleValues,
}
