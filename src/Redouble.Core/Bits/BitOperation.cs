namespace Redouble.Core.Bits;

/// <summary>How bits of several strings become one.</summary>
public enum BitOperation
{
    And,
    Or,
    Xor,
}
