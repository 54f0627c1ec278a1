using System.Text;

namespace Redouble.Interop.Tests.Harness;

/// <summary>
/// One reply as it stood on the wire: the type byte, the payload as text (numbers are not parsed, so <c>:+5</c> differs from <c>:5</c>) and
/// the elements of an aggregate. Two replies are equal when their bytes are.
/// </summary>
internal sealed class Reply : IEquatable<Reply>
{
    public static readonly Reply NullBulk = new('$', null);
    public static readonly Reply Ok = new('+', "OK");

    private static readonly Reply[] None = [];

    public Reply(char type, string? text, Reply[]? items = null)
    {
        Type = type;
        Text = text;
        Items = items ?? None;
    }

    /// <summary>The RESP type byte: <c>+ - : $ *</c>, and in RESP3 <c>_ , # ( ! = % ~ &gt; |</c>.</summary>
    public char Type { get; }

    /// <summary>The payload; null for a null of either version and for an aggregate.</summary>
    public string? Text { get; }

    /// <summary>The elements in wire order; a map's keys and values alternate.</summary>
    public Reply[] Items { get; }

    public bool IsError => Type is '-' or '!';

    public bool IsAggregate => Type is '*' or '%' or '~' or '>' or '|';

    public bool IsNull => Type == '_' || (Text is null && Type == '$') || (Type == '*' && Text == "-1");

    public bool IsInteger => Type == ':';

    public long Integer => Type == ':' ? long.Parse(Text!) : throw new InvalidOperationException($"not an integer: {this}");

    /// <summary>The payload of a string-like reply; an error or a null is an exception that names it.</summary>
    public string String => Text is not null && !IsError && !IsAggregate ? Text : throw new InvalidOperationException($"not a string: {this}");

    public Reply this[int index] => Items[index];

    public static Reply Bulk(string text) => new('$', text);

    public static Reply Number(long value) => new(':', value.ToString());

    public static Reply Error(string text) => new('-', text);

    public static Reply Array(params Reply[] items) => new('*', null, items);

    public bool Equals(Reply? other) =>
        other is not null && Type == other.Type && Text == other.Text && Items.AsSpan().SequenceEqual(other.Items);

    public override bool Equals(object? obj) => Equals(obj as Reply);

    public override int GetHashCode() => HashCode.Combine(Type, Text, Items.Length);

    public override string ToString()
    {
        var text = new StringBuilder();
        Print(text);
        return text.ToString();
    }

    private void Print(StringBuilder text)
    {
        if (!IsAggregate || Text is not null)
        {
            text.Append(Type).Append(Text is null ? "(null)" : Type is '+' or '-' or ':' ? Text : Latin1.Quote(Text));
            return;
        }

        text.Append(Type).Append('[');
        for (int i = 0; i < Items.Length; i++)
        {
            if (i > 0)
            {
                text.Append(", ");
            }

            Items[i].Print(text);
        }

        text.Append(']');
    }
}
