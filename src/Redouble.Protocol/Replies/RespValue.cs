using System.Globalization;
using System.Text;

namespace Redouble.Protocol.Replies;

/// <summary>A reply as a tree. Immutable; equal when type, bytes, number, items and attributes are.</summary>
public sealed class RespValue : IEquatable<RespValue>
{
    private readonly byte[]? _bytes;
    private readonly RespValue[]? _items;

    /// <summary>An integer.</summary>
    public RespValue(long number) => (Type, Number) = (RespType.Integer, number);

    /// <summary>A value of bytes; null is RESP2's null bulk.</summary>
    public RespValue(RespType type, byte[]? bytes) => (Type, _bytes) = (type, bytes);

    /// <summary>An aggregate, a map's keys and values in turn; null is RESP2's null array.</summary>
    public RespValue(RespType type, RespValue[]? items) => (Type, _items) = (type, items);

    private RespValue(RespValue value, RespValue[] attributes)
    {
        (Type, _bytes, _items, Number) = (value.Type, value._bytes, value._items, value.Number);
        Attributes = attributes;
    }

    /// <summary>RESP3's null, for "nothing read".</summary>
    public static RespValue None => new(RespType.Null, (byte[])[]);

    /// <summary>The type on the wire.</summary>
    public RespType Type { get; }

    /// <summary>The integer; 0 for other types.</summary>
    public long Number { get; }

    /// <summary>The bytes of a string, error, number in digits or boolean (<c>t</c>, <c>f</c>); a verbatim string with its format.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The elements of an aggregate; a map's keys and values in turn.</summary>
    public ReadOnlySpan<RespValue> Items => _items;

    /// <summary>Names and values of the attributes sent before the value, in turn.</summary>
    public IReadOnlyList<RespValue> Attributes { get; } = [];

    /// <summary>Whether it is a null of any kind.</summary>
    public bool IsNull => Type == RespType.Null || (Type is RespType.Bulk && _bytes is null) || (Type is RespType.Array && _items is null);

    /// <summary>Whether it is an error.</summary>
    public bool IsError => Type is RespType.Error or RespType.BulkError;

    /// <summary>The bytes as UTF-8, or the integer's digits.</summary>
    public string Text => Type == RespType.Integer ? Number.ToString(CultureInfo.InvariantCulture) : Encoding.UTF8.GetString(Bytes);

    /// <summary>The element at <paramref name="index"/>.</summary>
    public RespValue this[int index] => Items[index];

    /// <summary>The same value with attributes in front.</summary>
    public RespValue WithAttributes(RespValue[] attributes) => new(this, attributes);

    /// <inheritdoc/>
    public bool Equals(RespValue? other)
    {
        if (other is null || Type != other.Type || Number != other.Number || IsNull != other.IsNull) return false;
        if (!Bytes.SequenceEqual(other.Bytes) || Items.Length != other.Items.Length || Attributes.Count != other.Attributes.Count) return false;
        for (var i = 0; i < Items.Length; i++)
        {
            if (!Items[i].Equals(other.Items[i])) return false;
        }

        for (var i = 0; i < Attributes.Count; i++)
        {
            if (!Attributes[i].Equals(other.Attributes[i])) return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RespValue);

    /// <inheritdoc/>
    public override int GetHashCode() => ((int)Type * 31) + (int)Number + (Bytes.Length * 7) + (Items.Length * 13);

    /// <summary>One line: <c>[:1 "a" null]</c>.</summary>
    public override string ToString()
    {
        if (IsNull) return "null";
        if (_items is null) return Type == RespType.Bulk ? $"\"{Text}\"" : (char)Type + Text;
        return (Type == RespType.Array ? string.Empty : ((char)Type).ToString()) + "[" + string.Join(' ', _items.AsEnumerable()) + "]";
    }
}
