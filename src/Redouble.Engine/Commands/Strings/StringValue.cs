using Redouble.Core.Memory;
using Redouble.Core.Text;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Strings;

/// <summary>What string commands share.</summary>
internal static class StringValue
{
    /// <summary>Longest value that OBJECT ENCODING calls embstr, bytes.</summary>
    public const int EmbeddedMax = 44;

    /// <summary>Longest value that can be stored at all, bytes: a block and its header.</summary>
    public const long StoredMax = int.MaxValue - 4096;

    /// <summary>The encoding of a value that is written whole.</summary>
    public static ValueEncoding EncodingOf(ReadOnlySpan<byte> value) =>
        value.Length <= Integers.MaxLength && Integers.TryParse(value, out _) ? ValueEncoding.Integer : TextEncodingOf(value);

    /// <summary>The encoding of a value that is text even where it spells an integer.</summary>
    public static ValueEncoding TextEncodingOf(ReadOnlySpan<byte> value) => value.Length <= EmbeddedMax ? ValueEncoding.EmbeddedString : ValueEncoding.Raw;

    /// <summary>Stores an argument as the whole value of a key. A large one keeps the block that it came in, where that holds little else.</summary>
    public static void Store(CommandContext c, int key, int index, long expireAtMs = -1, bool wasRead = false)
    {
        var value = c[index];
        var block = value.Length < InputWindow.LargeMin ? Block.None : c.TakeArgument(index);
        if (block.IsNone) c.Database.SetString(c[key], c.Hash(key), value, EncodingOf(value), expireAtMs, wasRead);
        else c.Database.SetString(c[key], c.Hash(key), block, expireAtMs, wasRead);
        if (expireAtMs >= 0) c.Node.LocalExpiries.Remember(c, c[key]);
    }

    /// <summary>Looks a string up for reading. False when the key holds another type, after replying so.</summary>
    public static bool TryRead(CommandContext c, int key, out ReadRecord record) => Lookups.TryRead(c, key, ValueType.String, out record);

    /// <summary>Looks a string up that may be changed: no hit or miss is counted. False when the key holds another type, after replying so.</summary>
    public static bool TryFind(CommandContext c, int key, out ReadRecord record) => Lookups.TryFind(c, key, ValueType.String, out record);

    /// <summary>Whether a string may become that long; replies with the error when not. The link to the primary is bound only by what can be stored.</summary>
    public static bool IsAllowedLength(CommandContext c, long offset, int added)
    {
        var limit = c.Session.Has(SessionFlags.Primary) ? StoredMax : Math.Min(StoredMax, c.Config.ProtoMaxBulkLen);
        if (offset <= limit - added) return true;
        c.Reply.Error("ERR string exceeds maximum allowed size (proto-max-bulk-len)"u8);
        return false;
    }

    /// <summary>A writer that has found nothing to change leaves its mark all the same: the string is raw from now on, as in Redis.</summary>
    public static void MakeRaw(CommandContext c, int key, ReadRecord found)
    {
        if (found.Encoding != ValueEncoding.Raw) c.Database.SetEncoding(c[key], c.Hash(key), ValueEncoding.Raw);
    }
}
