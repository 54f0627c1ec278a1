using Redouble.Engine.Commands.Strings;
using Redouble.Engine.Execution;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;

namespace Redouble.Engine.Commands.HyperLogLog;

/// <summary>Look-ups of strings that have to be HyperLogLogs.</summary>
internal static class HyperLogLogKey
{
    /// <summary>Looks one up for reading. False when the key holds something else, after replying so.</summary>
    public static bool TryRead(CommandContext c, int key, out ReadRecord record) => StringValue.TryRead(c, key, out record) && IsWellFormed(c, record);

    /// <summary>Looks one up that may be changed. False when the key holds something else, after replying so.</summary>
    public static bool TryFind(CommandContext c, int key, out ReadRecord record) => StringValue.TryFind(c, key, out record) && IsWellFormed(c, record);

    /// <summary>Opens one for change, or creates it, with nothing in it.</summary>
    public static HyperLogLogWriter Open(CommandContext c, int key, ReadRecord found)
    {
        if (!found.IsMissing)
        {
            var length = found.ValueLength;
            return new HyperLogLogWriter(c.Database.Open(found, c.Hash(key)), length, c.Config.HllSparseMaxBytes);
        }

        Span<byte> empty = stackalloc byte[HyperLogLogBytes.EmptySize];
        HyperLogLogBytes.WriteEmpty(empty);
        c.Database.SetString(c[key], c.Hash(key), empty, ValueEncoding.Raw);
        return new HyperLogLogWriter(c.Database.OpenForWrite(c[key], c.Hash(key)), empty.Length, c.Config.HllSparseMaxBytes);
    }

    /// <summary>Replies that the registers make no sense.</summary>
    public static void ReplyCorrupt(CommandContext c) => c.Reply.Error("INVALIDOBJ Corrupted HLL object detected"u8);

    private static bool IsWellFormed(CommandContext c, ReadRecord record)
    {
        if (record.IsMissing || HyperLogLogBytes.IsWellFormed(record.Value)) return true;
        c.Reply.Error("WRONGTYPE Key is not a valid HyperLogLog string value."u8);
        return false;
    }
}
