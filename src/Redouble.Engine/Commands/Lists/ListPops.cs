using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Commands.Lists;

/// <summary>What the commands that take elements from a list share.</summary>
internal static class ListPops
{
    /// <summary>Reads LEFT or RIGHT, or replies with the syntax error and returns false.</summary>
    public static bool TryEnd(CommandContext c, int index, out bool isHead)
    {
        isHead = c.Is(index, "left"u8);
        if (isHead || c.Is(index, "right"u8)) return true;
        c.SyntaxError();
        return false;
    }

    /// <summary>Replies with an element from one end of the list at argument <paramref name="key"/>, and removes it.</summary>
    public static void PopOne(CommandContext c, int key, ReadRecord record, bool atHead)
    {
        var list = new ListWriter(c.Database.Open(record, c.Hash(key)));
        c.RepliesFirst = true;
        c.Reply.Bulk(list.AtEdge(atHead));
        list.RemoveRange(atHead ? 0 : list.Count - 1, 1);
        Removed(c, key, ref list, 1, atHead);
    }

    /// <summary>Replies with an array of as many elements, or of all, from the end on, and removes them; returns how many.</summary>
    public static long PopMany(CommandContext c, int key, ReadRecord record, long count, bool atHead)
    {
        var list = new ListWriter(c.Database.Open(record, c.Hash(key)));
        var length = list.Count;
        count = Math.Min(count, length);
        c.RepliesFirst = true;
        WriteRange(c, list.Seek(atHead ? 0 : -1), count, backwards: !atHead);
        list.RemoveRange(atHead ? 0 : length - count, count);
        Removed(c, key, ref list, count, atHead);
        return count;
    }

    /// <summary>Writes an array of elements from the cursor on.</summary>
    public static void WriteRange(CommandContext c, scoped ListCursor cursor, long count, bool backwards)
    {
        c.Reply.ArrayHeader(count);
        if (!backwards)
        {
            while (count > 0)
            {
                if (!cursor.TryGetRun(out var listpack, out var at))
                {
                    c.Reply.Bulk(cursor.Value);
                    cursor.MoveNext();
                    count--;
                    continue;
                }

                count -= ListReplies.WriteRun(c.Reply, listpack, at, count);
                cursor.LeaveRun();
            }

            return;
        }

        for (; count > 0; count--)
        {
            c.Reply.Bulk(cursor.Value);
            cursor.MovePrevious();
        }
    }

    /// <summary>Elements were popped: the event, the change, and the end of an empty list.</summary>
    public static void Removed(CommandContext c, int key, ref ListWriter list, long count, bool atHead)
    {
        Settle(c, key, ref list, atHead ? "lpop"u8 : "rpop"u8);
        c.Changed((int)count);
    }

    /// <summary>The event of a removal; a list without elements goes, a small one is packed again.</summary>
    public static void Settle(CommandContext c, int key, ref ListWriter list, ReadOnlySpan<byte> eventName)
    {
        var isEmpty = list.Count == 0;
        if (!isEmpty) list.Shrink();
        c.Notify(KeyspaceEvents.List, eventName, c[key]);
        if (isEmpty) KeyOutcomes.DeleteEmpty(c, key);
    }
}
