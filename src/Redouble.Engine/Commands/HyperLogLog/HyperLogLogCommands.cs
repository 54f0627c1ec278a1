using System.Buffers;
using Redouble.Engine.Commands.Strings;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Storage.Structures;

namespace Redouble.Engine.Commands.HyperLogLog;

/// <summary>PFADD, PFCOUNT, PFMERGE: how many different elements there were, about, without keeping them.</summary>
internal static class HyperLogLogCommands
{
    [Command("pfadd", Arity = -2, Flags = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast, Acl = AclCategory.HyperLogLog, Keys = "RW insert @1",
        Group = CommandGroup.HyperLogLog, Since = "2.8.9", Summary = "Shows elements to a HyperLogLog; creates it when there is none.",
        Complexity = "O(1) to add every element.", Syntax = "key [element...]")]
    public static void PfAdd(CommandContext c)
    {
        if (!HyperLogLogKey.TryFind(c, 1, out var record)) return;
        var first = 2;
        if (!record.IsMissing)
        {
            // Most elements of a full HyperLogLog change nothing, and then nothing is opened.
            while (first < c.Count && !Changes(record.Value, c[first])) first++;
            if (first == c.Count)
            {
                StringValue.MakeRaw(c, 1, record);
                c.Reply.Integer(0);
                return;
            }
        }

        var writer = HyperLogLogKey.Open(c, 1, record);
        var changes = record.IsMissing ? 1 : 0;
        var end = first;
        for (; end < c.Count; end++)
        {
            var (register, rank) = HyperLogLogBytes.Locate(c[end]);
            if (!writer.TryRaise(register, rank, out var changed)) break;
            if (changed) changes++;
        }

        if (changes > 0)
        {
            writer.MarkChanged();
            c.Changed(changes);
            c.Notify(KeyspaceEvents.String, "pfadd"u8, c[1]);
        }

        if (end == c.Count)
        {
            c.Reply.Integer(changes > 0 ? 1 : 0);
            return;
        }

        if (changes > 0) PropagateAdded(c, first, end);
        HyperLogLogKey.ReplyCorrupt(c);
    }

    // An element met corrupt registers, and those before it have changed others. Redis does not tell its replicas, and they are no copies any more. Told as it
    // was sent the command would fail there too, which a replica takes for an error of its own: so they are told of the elements that went in.
    private static void PropagateAdded(CommandContext c, int first, int end)
    {
        c.Propagation.Replaced = true;
        if (!c.Propagation.IsActive) return;
        c.Propagation.Begin(2 + end - first);
        c.Propagation.Argument("PFADD"u8);
        c.Propagation.Argument(c[1]);
        for (var i = first; i < end; i++) c.Propagation.Argument(c[i]);
        c.Propagation.End(c.Session.Database);
    }

    [Command("pfcount", Arity = -2, Flags = CommandFlags.ReadOnly | CommandFlags.MayReplicate, Acl = AclCategory.HyperLogLog,
        Keys = "RW access @1..-1 -- RW because it may change the internal representation of the key, and propagate to replicas",
        Group = CommandGroup.HyperLogLog,
        Since = "2.8.9", Summary = "Returns about how many different elements the HyperLogLogs have seen together.",
        Complexity = "O(1) with one key whose count is known. O(N) with N being the number of keys, and much bigger constant times, otherwise.",
        Syntax = "key...")]
    public static void PfCount(CommandContext c)
    {
        if (c.Count > 2) CountUnion(c);
        else CountOne(c);
    }

    [Command("pfmerge", Arity = -2, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.HyperLogLog,
        Keys = "RW access insert @1; RO access @2..-1", Group = CommandGroup.HyperLogLog, Since = "2.8.9",
        Summary = "Makes a HyperLogLog one that has also seen what others have; creates it when there is none.",
        Complexity = "O(N) to merge N HyperLogLogs, but with high constant times.", Syntax = "destkey:key sourcekey:key#1...")]
    public static void PfMerge(CommandContext c)
    {
        var registers = ArrayPool<byte>.Shared.Rent(HyperLogLogBytes.RegisterCount);
        if (TryMerge(c, registers.AsSpan(0, HyperLogLogBytes.RegisterCount), out var anyDense))
        {
            Store(c, registers.AsSpan(0, HyperLogLogBytes.RegisterCount), anyDense);
        }

        ArrayPool<byte>.Shared.Return(registers);
    }

    private static bool Changes(ReadOnlySpan<byte> value, ReadOnlySpan<byte> element)
    {
        var (register, rank) = HyperLogLogBytes.Locate(element);
        var registers = value[HyperLogLogBytes.HeaderSize..];
        if (HyperLogLogBytes.IsDense(value)) return HyperLogLogDense.Get(registers, register) < rank;
        var place = default(SparsePlace);
        return HyperLogLogSparse.Plan(registers, register, rank, long.MaxValue, ref place, out _) != SparseOutcome.Unchanged;
    }

    private static void CountOne(CommandContext c)
    {
        if (!HyperLogLogKey.TryRead(c, 1, out var record)) return;
        if (record.IsMissing)
        {
            c.Reply.Integer(0);
            return;
        }

        if (HyperLogLogBytes.TryGetCount(record.Value, out var count))
        {
            StringValue.MakeRaw(c, 1, record);
        }
        else if (!HyperLogLogBytes.TryCount(record.Value, out count))
        {
            HyperLogLogKey.ReplyCorrupt(c);
            return;
        }
        else if (!c.Node.IsReplica || c.Session.Has(SessionFlags.Primary))
        {
            // A write in a command that reads. On a replica only the primary's own PFCOUNT makes it: a copy is changed by nobody else.
            HyperLogLogKey.Open(c, 1, record).SetCount(count);
            c.Changed();
        }

        c.Reply.Integer(count);
    }

    private static void CountUnion(CommandContext c)
    {
        var registers = ArrayPool<byte>.Shared.Rent(HyperLogLogBytes.RegisterCount);
        var used = registers.AsSpan(0, HyperLogLogBytes.RegisterCount);
        if (TryMerge(c, used, out _)) c.Reply.Integer(HyperLogLogBytes.Count(used));
        ArrayPool<byte>.Shared.Return(registers);
    }

    /// <summary>The highest rank of each register over all keys. False when one of them is no HyperLogLog, after replying so.</summary>
    private static bool TryMerge(CommandContext c, Span<byte> registers, out bool anyDense)
    {
        anyDense = false;
        registers.Clear();
        for (var i = 1; i < c.Count; i++)
        {
            if (!HyperLogLogKey.TryRead(c, i, out var record)) return false;
            if (record.IsMissing) continue;
            anyDense |= HyperLogLogBytes.IsDense(record.Value);
            if (HyperLogLogBytes.TryMerge(record.Value, registers)) continue;
            HyperLogLogKey.ReplyCorrupt(c);
            return false;
        }

        return true;
    }

    private static void Store(CommandContext c, ReadOnlySpan<byte> registers, bool anyDense)
    {
        var target = HyperLogLogKey.Open(c, 1, c.Database.ReadForWrite(c[1], c.Hash(1)));
        if ((anyDense && !target.TryMakeDense()) || !target.TryRaiseAll(registers))
        {
            // Merging has read the target's registers and found them good.
            throw new InvalidOperationException("The registers of a HyperLogLog were corrupt the second time they were read.");
        }

        target.MarkChanged();
        c.Changed();
        c.Notify(KeyspaceEvents.String, "pfadd"u8, c[1]);
        c.Reply.Ok();
    }
}
