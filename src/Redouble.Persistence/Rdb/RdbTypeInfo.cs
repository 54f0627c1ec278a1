namespace Redouble.Persistence.Rdb;

/// <summary>What is known of one type byte: its name in messages, its layout, and whether this version builds values from it.</summary>
public sealed class RdbTypeInfo
{
    private readonly RdbShape[] _shape;

    internal RdbTypeInfo(RdbType type, string name, bool loadable, params RdbShape[] shape)
    {
        Type = type;
        Name = name;
        IsLoadable = loadable;
        _shape = shape;
    }

    /// <summary>The type byte.</summary>
    public RdbType Type { get; }

    /// <summary>Redis' type name and in brackets the encoding.</summary>
    public string Name { get; }

    /// <summary>Whether a reader that loads delivers values of this type.</summary>
    public bool IsLoadable { get; }

    /// <summary>The steps of the layout, ended by <see cref="RdbShape.End"/>; empty when the layout is not known.</summary>
    public ReadOnlySpan<RdbShape> Shape => _shape;

    /// <summary>Whether the value is one string and nothing else (a string, or a whole listpack, intset or ziplist).</summary>
    public bool IsSingleString => _shape is [RdbShape.Bytes, RdbShape.End];
}
