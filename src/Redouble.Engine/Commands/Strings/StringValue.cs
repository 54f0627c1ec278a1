using Redouble.Core.Text;
using Redouble.Engine.Execution;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Strings;

/// <summary>What string commands share.</summary>
internal static class StringValue
{
    /// <summary>Longest value that OBJECT ENCODING calls embstr, bytes.</summary>
    public const int EmbeddedMax = 44;

    /// <summary>The encoding of a value that is written whole.</summary>
    public static ValueEncoding EncodingOf(ReadOnlySpan<byte> value)
    {
        const int integerDigitsMax = 20;
        if (value.Length <= integerDigitsMax && Integers.TryParse(value, out _)) return ValueEncoding.Integer;
        return value.Length <= EmbeddedMax ? ValueEncoding.EmbeddedString : ValueEncoding.Raw;
    }

    /// <summary>Looks a string up for reading. False when the key holds another type, after replying so.</summary>
    public static bool TryRead(CommandContext c, int key, out ReadRecord record)
    {
        record = c.Database.Read(c[key], c.Hash(key));
        if (record.IsMissing)
        {
            c.Node.Stats.KeyspaceMisses++;
            return true;
        }

        c.Node.Stats.KeyspaceHits++;
        if (record.Type == ValueType.String) return true;
        c.WrongType();
        return false;
    }
}
