namespace Redouble.Persistence.Rdb;

/// <summary>The form of a value that is one run of bytes.</summary>
public enum PackedKind
{
    /// <summary>A listpack of elements.</summary>
    Listpack,

    /// <summary>A listpack's pairs of field and value, or of member and score, as <see cref="Storage.Structures.PackedPairs"/>.</summary>
    Pairs,

    /// <summary>An intset.</summary>
    Intset,

    /// <summary>A hash as a listpack of field, value and expiry in milliseconds since 1970 or 0: in the order of their times, those without one last.</summary>
    TimedListpack,
}
