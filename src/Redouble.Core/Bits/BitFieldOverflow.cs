namespace Redouble.Core.Bits;

/// <summary>What becomes of a value that its field cannot hold.</summary>
public enum BitFieldOverflow
{
    /// <summary>The low bits of it.</summary>
    Wrap,

    /// <summary>The nearest value that the field can hold.</summary>
    Saturate,

    /// <summary>Nothing: the field stays as it is.</summary>
    Fail,
}
