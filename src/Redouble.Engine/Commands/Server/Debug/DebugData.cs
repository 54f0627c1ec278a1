using System.Text;
using Redouble.Core.Text;
using Redouble.Engine.Commands.Generic;
using Redouble.Engine.Commands.Strings;
using Redouble.Engine.Execution;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Server.Debug;

/// <summary>DEBUG subcommands about keys and values.</summary>
internal static class DebugData
{
    public static void Digest(CommandContext c)
    {
        Span<byte> digest = stackalloc byte[DatasetDigest.Length];
        DatasetDigest.Compute(c.Keyspace, digest);
        c.Reply.SimpleString(Convert.ToHexStringLower(digest));
    }

    public static void DigestValue(CommandContext c)
    {
        Span<byte> digest = stackalloc byte[DatasetDigest.Length];
        c.Reply.ArrayHeader(c.Count - 2);
        for (var i = 2; i < c.Count; i++)
        {
            var record = FindEvenExpired(c, i);
            digest.Clear();
            if (!record.IsMissing) DatasetDigest.OfValue(c.Keyspace, record, digest);
            c.Reply.SimpleString(Convert.ToHexStringLower(digest));
        }
    }

    private const int ValueMax = 512 << 20; // Redis takes what an int has; a string that a client may set has no more than this
    private const int TypeAndTrailer = 1 + 2 + 8;

    public static void Object(CommandContext c)
    {
        if (!TryFindEvenExpired(c, out var record)) return;
        var encoding = ObjectCommands.NameOf(record.Encoding);
        var idle = AccessClocks.IdleSeconds(record.Clock, c.NowMs);
        // There are no addresses to show: records move. The hash tells keys apart as well.
        c.Reply.SimpleString(
            $"Value at:0x{c.Keyspace.Hash(c[2]) >> 16:x12} refcount:1 encoding:{encoding} "
            + $"serializedlength:{c.Node.Dumps.LengthOf(record) - TypeAndTrailer} lru:{record.Clock} lru_seconds_idle:{idle}");
    }

    public static void StringLengths(CommandContext c)
    {
        if (!TryFindEvenExpired(c, out var record)) return;
        if (record.Type != ValueType.String || record.Encoding == ValueEncoding.Integer)
        {
            c.Reply.Error("ERR Not an sds encoded string."u8);
            return;
        }

        // Key and value share one allocation, shown with the value.
        c.Reply.SimpleString(
            $"key_sds_len:{record.Key.Length}, key_sds_avail:0, key_zmalloc: 0, val_sds_len:{record.ValueLength}, val_sds_avail:0, val_zmalloc: {record.MemoryBytes}");
    }

    public static void ListPack(CommandContext c)
    {
        if (TryFind(c, out _)) c.Reply.Error("ERR Not a listpack encoded object."u8);
    }

    public static void StringMatch(CommandContext c) => c.Reply.Integer(Glob.IsMatch(c[2], c[3]) ? 1 : 0);

    public static void TableStatistics(CommandContext c)
    {
        if (!c.TryInteger(2, out var number)) return;
        if (number < 0 || number >= c.Keyspace.Databases.Length)
        {
            c.Reply.Error("ERR Out of range database"u8);
            return;
        }

        var database = c.Keyspace[(int)number];
        var text = new StringBuilder("[Dictionary HT]\n");
        Describe(text, database.Count, database.TableBytes);
        text.Append("[Expires HT]\n");
        Describe(text, database.ExpiresCount, 0);
        c.Reply.Verbatim("txt"u8, Encoding.ASCII.GetBytes(text.ToString()));
    }

    public static void TableStatisticsOfKey(CommandContext c)
    {
        if (TryFind(c, out _)) c.Reply.Error("ERR The value stored at the specified key is not represented using an hash table"u8);
    }

    public static void Populate(CommandContext c)
    {
        long size = 0;
        if (!TryPositive(c, 2, out var count) || (c.Count == 5 && !TryPositive(c, 4, out size))) return;
        if (size > ValueMax)
        {
            c.Reply.Error("ERR string exceeds maximum allowed size (proto-max-bulk-len)"u8);
            return;
        }

        var prefix = c.Count > 3 ? c[3].ToArray() : "key"u8.ToArray();
        var key = new byte[prefix.Length + 1 + Integers.MaxLength];
        var value = new byte[Math.Max(size, "value:"u8.Length + Integers.MaxLength)];
        prefix.CopyTo(key, 0);
        key[prefix.Length] = (byte)':';
        for (long i = 0; i < count; i++)
        {
            var name = key.AsSpan(0, prefix.Length + 1 + Integers.Format(i, key.AsSpan(prefix.Length + 1)));
            var hash = c.Keyspace.Hash(name);
            if (!c.Database.Peek(name, hash).IsMissing) continue;
            var content = Content(value, i, (int)size);
            c.Database.SetString(name, hash, content, StringValue.EncodingOf(content));
        }

        c.Reply.Ok();
    }

    // "value:n", cut or filled up with zeros when a size is asked for. Numbers grow: what one has written the next one covers.
    private static ReadOnlySpan<byte> Content(byte[] value, long number, int size)
    {
        "value:"u8.CopyTo(value);
        var length = "value:"u8.Length + Integers.Format(number, value.AsSpan("value:"u8.Length));
        return value.AsSpan(0, size == 0 ? length : size);
    }

    private static bool TryPositive(CommandContext c, int index, out long value)
    {
        if (Integers.TryParse(c[index], out value) && value >= 0 && value <= int.MaxValue) return true;
        c.Reply.Error("ERR value is out of range, must be positive"u8);
        return false;
    }

    private static bool TryFind(CommandContext c, out ReadRecord record)
    {
        record = c.Database.Peek(c[2], c.Keyspace.Hash(c[2]));
        return Exists(c, record);
    }

    private static bool TryFindEvenExpired(CommandContext c, out ReadRecord record)
    {
        record = FindEvenExpired(c, 2);
        return Exists(c, record);
    }

    private static bool Exists(CommandContext c, ReadRecord record)
    {
        if (!record.IsMissing) return true;
        c.Reply.Error("ERR no such key"u8);
        return false;
    }

    // What looks inside leaves an expired key where it is: whoever debugs wants to see it.
    private static ReadRecord FindEvenExpired(CommandContext c, int index) => c.Database.PeekPresent(c[index], c.Keyspace.Hash(c[index]));

    private static void Describe(StringBuilder text, long count, long bytes)
    {
        text.Append("Hash table 0 stats (main hash table):\n");
        if (count == 0)
        {
            text.Append("No stats available for empty dictionaries\n");
            return;
        }

        text.Append(" number of elements: ").Append(count).Append('\n');
        if (bytes > 0) text.Append(" table bytes: ").Append(bytes).Append('\n');
    }
}
