using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Commands.Hashes;

/// <summary>
/// Removal of fields whose time has passed: by a command that comes upon one, and by the active cycle. Each is told to the replicas as an HDEL
/// of its own; with its last field the hash goes, which needs no word.
/// </summary>
internal static class ExpiredFields
{
    /// <summary>
    /// A command has found a field of the key at an argument expired: it is removed where the policy says so. Returns whether the hash went with it.
    /// Records looked up before are not valid any more.
    /// </summary>
    /// <param name="c">The command.</param>
    /// <param name="keyIndex">Argument that is the key.</param>
    /// <param name="field">The field; not a span over storage.</param>
    /// <param name="notifies">Whether the events are sent; else they are the caller's.</param>
    public static bool Remove(CommandContext c, int keyIndex, ReadOnlySpan<byte> field, bool notifies = true) =>
        Remove(c.Node, c.Database, c[keyIndex], c.Hash(keyIndex), field, notifies);

    /// <summary>As <see cref="Remove(CommandContext, int, ReadOnlySpan{byte}, bool)"/>, for a key that is no argument.</summary>
    public static bool Remove(Node node, Database database, ReadOnlySpan<byte> key, ulong hash, ReadOnlySpan<byte> field, bool notifies = true)
    {
        if (node.Keyspace.ExpiryPolicy != ExpiryPolicy.Remove) return false;
        node.FieldsExpire(database, key);
        var fields = new HashWriter(database.OpenForWrite(key, hash));
        fields.Remove(field);
        Report(node, database, key, field);
        return End(node, database, key, hash, fields.Count == 0, notifies);
    }

    /// <summary>
    /// Removes up to <paramref name="fieldsMax"/> expired fields of a hash, oldest first, and returns how many. Records looked up before are not
    /// valid any more.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="database">Where the hash is.</param>
    /// <param name="found">The hash.</param>
    /// <param name="key">Its key; not a span over storage.</param>
    /// <param name="hash">Hash of the key.</param>
    /// <param name="fieldsMax">How many at most.</param>
    public static int RemoveAll(Node node, Database database, ReadRecord found, ReadOnlySpan<byte> key, ulong hash, int fieldsMax)
    {
        node.FieldsExpire(database, key);
        var fields = new HashWriter(database.Open(found, hash));
        var removed = 0;
        while (removed < fieldsMax && fields.RemoveExpired(out var field))
        {
            Report(node, database, key, field);
            removed++;
        }

        if (removed > 0) End(node, database, key, hash, fields.Count == 0, notifies: true);
        return removed;
    }

    /// <summary>A field has been removed because its time has passed.</summary>
    public static void Report(Node node, Database database, ReadOnlySpan<byte> key, ReadOnlySpan<byte> field)
    {
        node.Stats.ExpiredFields++;
        node.Propagation.Add(database.Number, "HDEL"u8, key, field);
    }

    private static bool End(Node node, Database database, ReadOnlySpan<byte> key, ulong hash, bool isEmpty, bool notifies)
    {
        if (notifies) node.Notify(KeyspaceEvents.Hash, "hexpired"u8, key, database.Number);
        if (!isEmpty) return false;
        node.NoteExpiry();
        database.DeletePresent(key, hash);
        if (notifies) node.Notify(KeyspaceEvents.Generic, "del"u8, key, database.Number);
        return true;
    }
}
