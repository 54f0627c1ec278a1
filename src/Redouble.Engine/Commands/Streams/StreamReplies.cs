using Redouble.Engine.Execution;
using Redouble.Protocol.Replies;
using Redouble.Storage.Collections;

namespace Redouble.Engine.Commands.Streams;

/// <summary>Ids and entries as replies.</summary>
internal static class StreamReplies
{
    /// <summary>An id as a bulk.</summary>
    public static void Id(this ReplyWriter reply, StreamId id)
    {
        Span<byte> text = stackalloc byte[StreamId.TextMax];
        reply.Bulk(text[..id.Format(text)]);
    }

    /// <summary>An entry: its id, and its fields and values.</summary>
    public static void Entry(this ReplyWriter reply, scoped ref StreamCursor entry)
    {
        reply.ArrayHeader(2);
        reply.Id(entry.Id);
        reply.ArrayHeader(entry.FieldCount * 2);
        for (var left = entry.FieldCount; left > 0; left--)
        {
            entry.ReadField(out var name, out var value);
            reply.Bulk(name);
            reply.Bulk(value);
        }
    }

    /// <summary>The entry of an id; false, and no reply, when there is none.</summary>
    public static bool TryEntry(this ReplyWriter reply, StreamValueReader stream, StreamId id)
    {
        var cursor = stream.Range(id, id);
        if (!cursor.MoveNext()) return false;
        reply.Entry(ref cursor);
        return true;
    }

    /// <summary>An array of entries, of at most <paramref name="count"/> if that is not 0.</summary>
    public static void Entries(this ReplyWriter reply, scoped ref StreamCursor entries, long count)
    {
        var header = reply.BeginDeferred();
        long written = 0;
        while (entries.MoveNext())
        {
            reply.Entry(ref entries);
            if (++written == count) break;
        }

        reply.EndArray(header, written);
    }
}
