using Redouble.Core.Text;
using Redouble.Engine.Commands.Strings;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Commands.Bitmaps;

/// <summary>What the bit commands share: offsets, and strings that grow up to a bit.</summary>
internal static class BitValue
{
    /// <summary>Reads the bit offset at an argument, or replies with the error and returns false.</summary>
    /// <param name="c">The command.</param>
    /// <param name="index">The argument.</param>
    /// <param name="offset">The bit.</param>
    /// <param name="fieldBits">When not 0, <c>#n</c> stands for the n-th field of that width.</param>
    public static bool TryOffset(CommandContext c, int index, out long offset, int fieldBits = 0)
    {
        var text = c[index];
        var counts = fieldBits > 0 && !text.IsEmpty && text[0] == '#';
        var limit = c.Session.Has(SessionFlags.Primary) ? StringValue.StoredMax : Math.Min(StringValue.StoredMax, c.Config.ProtoMaxBulkLen);
        if (Integers.TryParse(counts ? text[1..] : text, out offset))
        {
            if (counts) offset = unchecked(offset * fieldBits);
            if (offset >= 0 && offset >> 3 < limit) return true;
        }

        c.Reply.Error("ERR bit offset is not an integer or out of range"u8);
        return false;
    }

    /// <summary>
    /// Opens a string for change, or creates it, with at least <paramref name="length"/> bytes; new ones are zero. Whoever calls this has changed the key.
    /// </summary>
    /// <param name="c">The command; its key is argument 1.</param>
    /// <param name="found">What its look-up has found.</param>
    /// <param name="length">Bytes that are needed.</param>
    public static WriteRecord Open(CommandContext c, ReadRecord found, int length)
    {
        if (found.IsMissing) c.Keyspace.RequireRoom(length);
        if (found.IsMissing) c.Database.SetString(c[1], c.Hash(1), [], ValueEncoding.Raw);
        var value = found.IsMissing ? c.Database.OpenForWrite(c[1], c.Hash(1)) : c.Database.Open(found, c.Hash(1));
        value.OpenRange(length, 0, mayGrowMore: !found.IsMissing);
        value.Encoding = ValueEncoding.Raw;
        return value;
    }
}
