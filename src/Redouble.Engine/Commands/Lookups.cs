using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands;

/// <summary>Look-ups of commands that read: they count as keyspace hits or misses, and a miss is a keyspace event. Writers look up without either.</summary>
internal static class Lookups
{
    /// <summary>Looks the key at argument <paramref name="index"/> up; this counts as an access to it.</summary>
    public static ReadRecord Read(CommandContext c, int index) => Count(c, c[index], c.Database.Read(c[index], c.Hash(index)), reportsMiss: true);

    /// <summary>Looks up a key that is not an argument (SORT's patterns); this counts as an access to it.</summary>
    public static ReadRecord Read(CommandContext c, ReadOnlySpan<byte> key) =>
        Count(c, key, c.Database.Read(key, c.Keyspace.Hash(key)), reportsMiss: true);

    /// <summary>As <see cref="Read(CommandContext,int)"/>, for commands that ask about a key and not for its value: its access time stays.</summary>
    public static ReadRecord Peek(CommandContext c, int index, bool reportsMiss = true) =>
        Count(c, c[index], c.Database.Peek(c[index], c.Hash(index)), reportsMiss);

    /// <summary>As <see cref="Read(CommandContext,int)"/>; false when the key holds another type, after replying so.</summary>
    public static bool TryRead(CommandContext c, int index, ValueType type, out ReadRecord record)
    {
        record = Read(c, index);
        return IsOf(c, record, type);
    }

    /// <summary>Looks a key up that may be changed: no hit or miss is counted. False when the key holds another type, after replying so.</summary>
    public static bool TryFind(CommandContext c, int index, ValueType type, out ReadRecord record)
    {
        record = c.Database.ReadForWrite(c[index], c.Hash(index));
        return IsOf(c, record, type);
    }

    /// <summary>False when the key holds another type, after replying so.</summary>
    public static bool IsOf(CommandContext c, ReadRecord record, ValueType type)
    {
        if (record.IsMissing || record.Type == type) return true;
        c.WrongType();
        return false;
    }

    private static ReadRecord Count(CommandContext c, scoped ReadOnlySpan<byte> key, ReadRecord record, bool reportsMiss)
    {
        if (!record.IsMissing)
        {
            c.Node.Stats.KeyspaceHits++;
            return record;
        }

        c.Node.Stats.KeyspaceMisses++;
        if (reportsMiss) c.Notify(KeyspaceEvents.KeyMiss, "keymiss"u8, key);
        return record;
    }
}
