namespace Redouble.Persistence.Rdb;

/// <summary>The form of a value that is one run of bytes.</summary>
public enum PackedKind
{
    /// <summary>A listpack: elements, or pairs of member and score, or of field and value.</summary>
    Listpack,

    /// <summary>An intset.</summary>
    Intset,

    /// <summary>A hash as a listpack of field, value and expiry in milliseconds since 1970 or 0: in the order of their times, those without one last.</summary>
    TimedListpack,
}
