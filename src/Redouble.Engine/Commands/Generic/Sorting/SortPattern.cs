using Redouble.Core.Text;
using Redouble.Engine.Commands.Hashes;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Generic.Sorting;

/// <summary>
/// The patterns of SORT's BY and GET: the first <c>*</c> stands for the element, <c>-&gt;</c> behind it separates the key of a hash from a field,
/// and <c>#</c> is the element itself.
/// </summary>
internal static class SortPattern
{
    /// <summary>Finds what the pattern refers to for an element; false when there is no such string or field.</summary>
    /// <param name="value">The bytes, in storage or in the vector's scratch; valid until the next look-up.</param>
    /// <param name="vector">Where keys are put together.</param>
    public static bool TryFind(CommandContext c, ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> element, SortVector vector, out ReadOnlySpan<byte> value)
    {
        value = element;
        if (pattern is [(byte)'#']) return true;
        var star = pattern.IndexOf((byte)'*');
        if (star < 0) return false;
        var rest = pattern[(star + 1)..];
        var arrow = rest.IndexOf("->"u8);
        var field = arrow >= 0 && arrow + 2 < rest.Length ? rest[(arrow + 2)..] : default;
        if (!field.IsEmpty) rest = rest[..arrow];

        var length = (long)star + element.Length + rest.Length;
        var scratch = vector.Scratch(length + Integers.MaxLength);
        pattern[..star].CopyTo(scratch);
        element.CopyTo(scratch[star..]);
        rest.CopyTo(scratch[(star + element.Length)..]);
        var key = scratch[..(int)length];
        var record = Lookups.Read(c, key);
        if (record.IsMissing) return false;
        if (field.IsEmpty)
        {
            value = record.Type == ValueType.String ? record.Value : default;
            return record.Type == ValueType.String;
        }

        if (record.Type != ValueType.Hash) return false;
        var state = new HashReader(c.Keyspace, record).Find(field, out var packed, out _);
        if (state == FieldState.Expired) ExpiredFields.Remove(c.Node, c.Database, key, c.Keyspace.Hash(key), field);
        if (state != FieldState.Live) return false;
        value = packed.Text(scratch[(int)length..]);
        return true;
    }
}
