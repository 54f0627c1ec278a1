using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Streams;

/// <summary>Arguments of the stream commands. What cannot be read is replied to with Redis' error.</summary>
internal static class StreamArguments
{
    /// <summary>Reads <c>ms-seq</c> or <c>ms</c>.</summary>
    public static bool TryId(CommandContext c, int index, out StreamId id, ulong missingSequence = 0)
    {
        if (StreamId.TryParse(c[index], missingSequence, out id)) return true;
        InvalidId(c);
        return false;
    }

    /// <summary>The id of an argument that was found to be one, or the least one.</summary>
    public static StreamId IdAt(CommandContext c, int index) => StreamId.TryParse(c[index], 0, out var id) ? id : StreamId.Min;

    /// <summary>As <see cref="TryId"/>; <c>-</c> and <c>+</c> are the least and the greatest id.</summary>
    public static bool TryBound(CommandContext c, int index, out StreamId id, ulong missingSequence)
    {
        var text = c[index];
        if (text.Length == 1 && text[0] is (byte)'-' or (byte)'+')
        {
            id = text[0] == '-' ? StreamId.Min : StreamId.Max;
            return true;
        }

        return TryId(c, index, out id, missingSequence);
    }

    /// <summary>The first id of a range; <c>(id</c> excludes the id itself.</summary>
    public static bool TryStart(CommandContext c, int index, out StreamId id)
    {
        if (!TryBound(c, index, 0, out id, out var excludes)) return false;
        if (!excludes || id.TryNext(out id)) return true;
        c.Reply.Error("ERR invalid start ID for the interval"u8);
        return false;
    }

    /// <summary>The last id of a range; <c>(id</c> excludes the id itself.</summary>
    public static bool TryEnd(CommandContext c, int index, out StreamId id)
    {
        if (!TryBound(c, index, ulong.MaxValue, out id, out var excludes)) return false;
        if (!excludes || id.TryPrevious(out id)) return true;
        c.Reply.Error("ERR invalid end ID for the interval"u8);
        return false;
    }

    /// <summary>Reads an integer, or replies with an error of the command.</summary>
    public static bool TryInteger(CommandContext c, int index, ReadOnlySpan<byte> error, out long value)
    {
        if (Core.Text.Integers.TryParse(c[index], out value)) return true;
        c.Reply.Error(error);
        return false;
    }

    /// <summary>Looks up the stream of the first argument, and the group of the second; replies when one of them is missing.</summary>
    public static bool TryGroup(CommandContext c, out ReadRecord record)
    {
        record = Lookups.Read(c, 1);
        return HasGroup(c, record);
    }

    /// <summary>Whether what was found is a stream with the group of the second argument; else replies.</summary>
    public static bool HasGroup(CommandContext c, ReadRecord record)
    {
        if (!record.IsMissing && record.Type != ValueType.Stream)
        {
            c.WrongType();
            return false;
        }

        if (!record.IsMissing && new StreamValueReader(c.Keyspace, record).FindGroup(c[2]) != null) return true;
        c.Reply.Error($"NOGROUP No such key '{c.Shown(1)}' or consumer group '{c.Shown(2)}'");
        return false;
    }

    public static void InvalidId(CommandContext c) => c.Reply.Error("ERR Invalid stream ID specified as stream command argument"u8);

    private static bool TryBound(CommandContext c, int index, ulong missingSequence, out StreamId id, out bool excludes)
    {
        var text = c[index];
        excludes = text.Length > 1 && text[0] == '(';
        if (!excludes) return TryBound(c, index, out id, missingSequence);
        if (StreamId.TryParse(text[1..], missingSequence, out id)) return true;
        InvalidId(c);
        return false;
    }
}
