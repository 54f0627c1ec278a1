using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;

namespace Redouble.Engine.Commands;

/// <summary>What becomes of a key at the end of a command: the change, its events, and what the replicas need of it.</summary>
internal static class KeyOutcomes
{
    /// <summary>Stores what was built in a key, in the place of whatever is there, or deletes the key when that is nothing, and replies with the number of elements.</summary>
    /// <param name="c">The command.</param>
    /// <param name="key">Argument of the key.</param>
    /// <param name="built">The result.</param>
    /// <param name="events">Class of the event.</param>
    /// <param name="eventName">Its name.</param>
    /// <param name="countsElements">Whether each element counts as a change.</param>
    public static void Store(
        CommandContext c, int key, CollectionBuilder built, KeyspaceEvents events, ReadOnlySpan<byte> eventName, bool countsElements = false)
    {
        var count = built.Count;
        if (count > 0)
        {
            c.Database.Put(c[key], c.Hash(key), built);
            c.Changed(countsElements ? (int)Math.Min(int.MaxValue, count) : 1);
            c.Notify(events, eventName, c[key]);
        }
        else
        {
            built.Drop();
            StoreNothing(c, key);
        }

        c.Reply.Integer(count);
    }

    /// <summary>Deletes a key, if there is one, in the place of which nothing is stored.</summary>
    public static void StoreNothing(CommandContext c, int key)
    {
        if (!c.Database.DeletePresent(c[key], c.Hash(key))) return; // be it expired
        c.Changed();
        c.Notify(KeyspaceEvents.Generic, "del"u8, c[key]);
    }

    /// <summary>Deletes the key of a collection that has lost its last element.</summary>
    public static void DeleteEmpty(CommandContext c, int key)
    {
        c.Database.DeletePresent(c[key], c.Hash(key));
        c.Notify(KeyspaceEvents.Generic, "del"u8, c[key]);
    }
}
