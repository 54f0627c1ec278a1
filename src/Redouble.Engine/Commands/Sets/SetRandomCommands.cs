using Redouble.Core.Text;
using Redouble.Engine.Commands.Generic;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Sets;

/// <summary>SPOP and SRANDMEMBER. What was chosen is what replicas are told: SREM, or DEL for all.</summary>
internal static class SetRandomCommands
{
    /// <summary>Members per SREM that replicas get.</summary>
    private const int BatchMax = 1024;

    [Command("spop", Arity = -2, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.Set, Keys = "RW access delete @1",
        Group = CommandGroup.Set, Since = "1.0.0",
        Summary = "Removes members of a set at random and returns them.",
        Complexity = "Without the count argument O(1), otherwise O(N) where N is the value of the passed count.",
        Syntax = "key [count:integer^3.2.0]", Tips = "nondeterministic_output", History = "3.2.0 Added the `count` argument.")]
    public static void SPop(CommandContext c)
    {
        if (c.Count > 3)
        {
            c.SyntaxError();
            return;
        }

        var count = -1L;
        if (c.Count == 3 && !c.TryCount(2, out count)) return;
        if (!Lookups.TryFind(c, 1, ValueType.Set, out var record)) return;
        if (record.IsMissing || count == 0)
        {
            if (count < 0) c.Reply.Null();
            else c.Reply.SetHeader(0);
            return;
        }

        var size = new SetReader(c.Keyspace, record).Count;
        if (count < size && c.Propagation.IsActive) c.Keyspace.RequireRoomToTell(record, (double)count / size); // before anything is changed
        if (count >= 0) c.Notify(KeyspaceEvents.Set, "spop"u8, c[1]);
        if (count >= size) PopAll(c, c.Database.ReadForWrite(c[1], c.Hash(1)));
        else Pop(c, count);
    }

    [Command("srandmember", Arity = -2, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Set, Keys = "RO access @1", Group = CommandGroup.Set, Since = "1.0.0",
        Summary = "Returns members of a set chosen at random.",
        Complexity = "Without the count argument O(1), otherwise O(N) where N is the absolute value of the passed count.",
        Syntax = "key [count:integer^2.6.0]", Tips = "nondeterministic_output", History = "2.6.0 Added the optional `count` argument.")]
    public static void SRandMember(CommandContext c)
    {
        if (c.Count > 3)
        {
            c.SyntaxError();
            return;
        }

        var count = 0L;
        if (c.Count == 3 && (!c.TryInteger(2, -long.MaxValue, long.MaxValue, out count) || RandomElements.IsTooMany(c, count))) return;
        if (!Lookups.TryRead(c, 1, ValueType.Set, out var record)) return;
        var random = c.Node.Picks;
        if (record.IsMissing)
        {
            if (c.Count == 3) c.Reply.ArrayHeader(0);
            else c.Reply.Null();
            return;
        }

        var set = new SetReader(c.Keyspace, record);
        if (c.Count == 2)
        {
            c.Reply.Bulk(set.Random(random));
            return;
        }

        if (count >= 0)
        {
            RandomElements.WriteDistinct(c, record, count, withValues: false);
            return;
        }

        c.Reply.ArrayHeader(-count);
        for (; count < 0 && !c.Session.Has(SessionFlags.CloseAsap); count++) c.Reply.Bulk(set.Random(random));
    }

    private static void PopAll(CommandContext c, ReadRecord record)
    {
        using (var members = new ElementCursor(c.Keyspace, record))
        {
            c.Changed((int)members.Count);
            c.Reply.SetHeader(members.Count);
            while (members.MoveNext()) c.Reply.Bulk(members.Name);
        }

        KeyOutcomes.DeleteEmpty(c, 1);
        c.Propagation.Add(c.Session.Database, c.Config.LazyFreeLazyServerDel ? "UNLINK"u8 : "DEL"u8, c[1]);
        c.Propagation.Replaced = true;
    }

    // One member where count is negative; else fewer than there are.
    private static void Pop(CommandContext c, long count)
    {
        const int manyToOneLeft = 5; // where Redis keeps the rest instead, in a set of its own, and its replicas do not
        var set = new SetWriter(c.Database.OpenForWrite(c[1], c.Hash(1)));
        if (count >= 0) c.Reply.SetHeader(count);
        for (var left = Math.Max(1, count); left > 0;)
        {
            var batch = (int)Math.Min(left, BatchMax);
            left -= batch;
            PopBatch(c, ref set, batch);
        }

        if (set.Count * manyToOneLeft <= count) set.Shrink();
        c.Changed((int)Math.Max(1, count));
        c.Propagation.Replaced = true;
        if (count < 0) c.Notify(KeyspaceEvents.Set, "spop"u8, c[1]);
        if (set.Count == 0) KeyOutcomes.DeleteEmpty(c, 1);
    }

    private static void PopBatch(CommandContext c, ref SetWriter set, int count)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        var propagates = c.Propagation.IsActive;
        if (propagates)
        {
            c.Propagation.Begin(2 + count);
            c.Propagation.Argument("SREM"u8);
            c.Propagation.Argument(c[1]);
        }

        for (; count > 0; count--)
        {
            var member = set.Random(c.Node.Picks).Text(digits);
            c.Reply.Bulk(member);
            if (propagates) c.Propagation.Argument(member);
            set.Remove(member);
        }

        if (propagates) c.Propagation.End(c.Session.Database);
    }
}
