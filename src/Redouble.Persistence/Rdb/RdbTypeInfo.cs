using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Persistence.Rdb;

/// <summary>What is known of one type byte: its name in messages, its layout, and whether this version builds values from it.</summary>
public sealed class RdbTypeInfo
{
    private readonly RdbShape[] _shape;

    internal RdbTypeInfo(RdbType type, string name, ValueType? valueType, params RdbShape[] shape)
    {
        Type = type;
        Name = name;
        ValueType = valueType;
        _shape = shape;
        IsOneRun = shape is [.., RdbShape.Bytes, RdbShape.End] && !shape.Contains(RdbShape.Loop);
    }

    /// <summary>The type byte.</summary>
    public RdbType Type { get; }

    /// <summary>Redis' type name and in brackets the encoding.</summary>
    public string Name { get; }

    /// <summary>Whether a reader that loads delivers values of this type.</summary>
    public bool IsLoadable => ValueType != null && _shape.Length > 0;

    /// <summary>The type of the values; null for a module's.</summary>
    public ValueType? ValueType { get; }

    /// <summary>The steps of the layout, ended by <see cref="RdbShape.End"/>; empty when the layout is not known.</summary>
    public ReadOnlySpan<RdbShape> Shape => _shape;

    /// <summary>Whether the value is one string and nothing else (a string, or a whole listpack, intset or ziplist).</summary>
    public bool IsSingleString => _shape is [RdbShape.Bytes, RdbShape.End];

    /// <summary>Whether a collection is one string (a listpack, intset, ziplist or zipmap), perhaps behind a time.</summary>
    internal bool IsOneRun { get; }

    /// <summary>Whether type 22 is Valkey's.</summary>
    internal bool IsValkey { get; init; }
}
