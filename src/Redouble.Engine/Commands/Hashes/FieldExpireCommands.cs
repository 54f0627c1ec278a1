using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Hashes;

/// <summary>HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT, HPERSIST: as of Redis 7.4.</summary>
internal static class FieldExpireCommands
{
    private const CommandFlags Flags = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast;
    private const string Complexity = "O(N) where N is the number of specified fields";
    private const string Rest = " [condition=( NX | XX | GT | LT )] FIELDS fields=( numfields:integer field... )";

    /// <summary>What a field is answered.</summary>
    private const int NoField = -2, NoTime = -1, NotAllowed = 0, Done = 1, Deleted = 2;

    [Command("hexpire", Arity = -6, Flags = Flags, Acl = AclCategory.Hash, Keys = "RW update @1", Group = CommandGroup.Hash, Since = "7.4.0",
        Summary = "Sets the time to live of fields of a hash in seconds.", Complexity = Complexity, Syntax = "key seconds" + Rest)]
    public static void HExpire(CommandContext c) => SetTimes(c, inSeconds: true, isAbsolute: false);

    [Command("hpexpire", Arity = -6, Flags = Flags, Acl = AclCategory.Hash, Keys = "RW update @1", Group = CommandGroup.Hash, Since = "7.4.0",
        Summary = "Sets the time to live of fields of a hash in milliseconds.", Complexity = Complexity, Syntax = "key milliseconds" + Rest)]
    public static void HPExpire(CommandContext c) => SetTimes(c, inSeconds: false, isAbsolute: false);

    [Command("hexpireat", Arity = -6, Flags = Flags, Acl = AclCategory.Hash, Keys = "RW update @1", Group = CommandGroup.Hash, Since = "7.4.0",
        Summary = "Sets when fields of a hash expire, as unix time in seconds.", Complexity = Complexity, Syntax = "key unix-time-seconds" + Rest)]
    public static void HExpireAt(CommandContext c) => SetTimes(c, inSeconds: true, isAbsolute: true);

    [Command("hpexpireat", Arity = -6, Flags = Flags, Acl = AclCategory.Hash, Keys = "RW update @1", Group = CommandGroup.Hash, Since = "7.4.0",
        Summary = "Sets when fields of a hash expire, as unix time in milliseconds.", Complexity = Complexity,
        Syntax = "key unix-time-milliseconds" + Rest)]
    public static void HPExpireAt(CommandContext c) => SetTimes(c, inSeconds: false, isAbsolute: true);

    [Command("hpersist", Arity = -5, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.Hash, Keys = "RW update @1",
        Group = CommandGroup.Hash, Since = "7.4.0", Summary = "Takes the expiry of fields of a hash away.", Complexity = Complexity,
        Syntax = "key FIELDS fields=( numfields:integer field... )")]
    public static void HPersist(CommandContext c)
    {
        if (!Lookups.TryFind(c, 1, ValueType.Hash, out var record)
            || !FieldTimes.TryReadFields(c, 2, "ERR Number of fields must be a positive integer"u8, out var firstField)) return;
        c.Reply.ArrayHeader(c.Count - firstField);
        if (record.IsMissing)
        {
            for (var i = firstField; i < c.Count; i++) c.Reply.Integer(NoField);
            return;
        }

        var fields = new HashWriter(c.Database.Open(record, c.Hash(1)));
        var changed = 0;
        for (var i = firstField; i < c.Count; i++)
        {
            var state = fields.Find(c[i], out var time);
            c.Reply.Integer(state != FieldState.Live ? NoField : time < 0 ? NoTime : Done);
            if (state != FieldState.Live || time < 0) continue;
            fields.SetTime(c[i], -1);
            changed++;
        }

        if (changed == 0) return;
        c.Changed(changed);
        c.Notify(KeyspaceEvents.Hash, "hpersist"u8, c[1]);
    }

    private static void SetTimes(CommandContext c, bool inSeconds, bool isAbsolute)
    {
        if (!Lookups.TryFind(c, 1, ValueType.Hash, out var record) || !FieldTimes.TryParse(c, inSeconds, isAbsolute, out var times)) return;
        var count = times.CountIn(c);
        c.Reply.ArrayHeader(count);
        if (record.IsMissing)
        {
            for (var i = 0; i < count; i++) c.Reply.Integer(NoField);
            return;
        }

        var deletes = ExpiryOptions.HasPassed(c, times.ExpireAtMs);
        if (deletes) c.Propagation.RequireRoom(c.RequestLength + (count * (64L + c[1].Length))); // an HDEL each
        c.Keyspace.RequireRoomToGrow(record, c.RequestLength);
        var fields = new HashWriter(c.Database.Open(record, c.Hash(1)));
        fields.AllowTimes();
        var changed = 0;
        bool[]? dropped = null; // fields that the replicas are not to be told of
        for (var i = times.FirstField; i < c.Count; i++)
        {
            var outcome = Apply(c, ref fields, times, c[i], deletes);
            c.Reply.Integer(outcome);
            if (outcome > NotAllowed) changed++;
            else (dropped ??= new bool[c.Count])[i] = true;
        }

        if (changed == 0) return;
        c.Changed(changed);
        if (deletes) EndDeletion(c, isEmpty: fields.Count == 0);
        else EndTimes(c, times, changed, dropped, isAbsolute && !inSeconds);
    }

    // The replicas were told HDEL by HDEL.
    private static void EndDeletion(CommandContext c, bool isEmpty)
    {
        c.Propagation.Replaced = true;
        c.Notify(KeyspaceEvents.Hash, "hdel"u8, c[1]);
        if (isEmpty) KeyOutcomes.DeleteEmpty(c, 1);
    }

    // A replica is told the moment, and only of the fields that got it.
    private static void EndTimes(CommandContext c, in FieldTimes times, int changed, bool[]? dropped, bool isInReplicasForm)
    {
        c.Notify(KeyspaceEvents.Hash, "hexpire"u8, c[1]);
        if (isInReplicasForm && dropped == null) return;
        var propagation = c.Propagation;
        propagation.Replaced = true;
        if (!propagation.IsActive) return;
        propagation.Begin(times.FirstField + changed);
        propagation.Argument("HPEXPIREAT"u8);
        propagation.Argument(c[1]);
        propagation.Argument(times.ExpireAtMs);
        for (var i = 3; i < times.FirstField - 1; i++) propagation.Argument(c[i]);
        propagation.Argument(changed);
        for (var i = times.FirstField; i < c.Count; i++)
        {
            if (dropped == null || !dropped[i]) propagation.Argument(c[i]);
        }

        propagation.End(c.Session.Database);
    }

    private static int Apply(CommandContext c, ref HashWriter fields, in FieldTimes times, ReadOnlySpan<byte> field, bool deletes)
    {
        if (fields.Find(field, out var current) == FieldState.Missing) return NoField;
        if (!times.Allows(current)) return NotAllowed; // an expired field is there as long as nobody has removed it
        if (!deletes)
        {
            fields.SetTime(field, Math.Max(1, times.ExpireAtMs));
            return Done;
        }

        fields.Remove(field);
        ExpiredFields.Report(c.Node, c.Database, c[1], field);
        return Deleted;
    }
}
