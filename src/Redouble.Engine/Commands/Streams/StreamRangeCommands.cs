using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Streams;

/// <summary>XLEN, XRANGE, XREVRANGE.</summary>
internal static class StreamRangeCommands
{
    [Command("xlen", Arity = 2, Flags = CommandFlags.ReadOnly | CommandFlags.Fast, Acl = AclCategory.Stream, Keys = "RO @1", Group = CommandGroup.Stream,
        Since = "5.0.0", Summary = "Returns the number of entries of a stream.", Complexity = "O(1)", Syntax = "key")]
    public static void XLen(CommandContext c)
    {
        if (!Lookups.TryRead(c, 1, ValueType.Stream, out var record)) return;
        c.Reply.Integer(record.IsMissing ? 0 : new StreamValueReader(c.Keyspace, record).Length);
    }

    [Command("xrange", Arity = -4, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Stream, Keys = "RO access @1", Group = CommandGroup.Stream, Since = "5.0.0",
        Summary = "Returns the entries of a stream between two ids.",
        Complexity = "O(N) with N being the number of elements being returned. If N is constant (e.g. always asking for the first 10 elements with COUNT), "
            + "you can consider it O(1).",
        Syntax = "key start end [COUNT count]", History = "6.2.0 Added exclusive ranges.")]
    public static void XRange(CommandContext c) => Range(c, isReverse: false);

    [Command("xrevrange", Arity = -4, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Stream, Keys = "RO access @1", Group = CommandGroup.Stream,
        Since = "5.0.0",
        Summary = "Returns the entries of a stream between two ids, the last one first.",
        Complexity = "O(N) with N being the number of elements returned. If N is constant (e.g. always asking for the first 10 elements with COUNT), "
            + "you can consider it O(1).",
        Syntax = "key end start [COUNT count]", History = "6.2.0 Added exclusive ranges.")]
    public static void XRevRange(CommandContext c) => Range(c, isReverse: true);

    private static void Range(CommandContext c, bool isReverse)
    {
        const long unlimited = -1;
        if (!StreamArguments.TryStart(c, isReverse ? 3 : 2, out var start) || !StreamArguments.TryEnd(c, isReverse ? 2 : 3, out var end)) return;
        var count = unlimited;
        for (var i = 4; i < c.Count; i += 2)
        {
            if (i + 1 >= c.Count || !c.Is(i, "count"u8))
            {
                c.SyntaxError();
                return;
            }

            if (!c.TryInteger(i + 1, out count)) return;
            if (count < 0) count = 0;
        }

        if (!Lookups.TryRead(c, 1, ValueType.Stream, out var record)) return;
        if (record.IsMissing)
        {
            c.Reply.ArrayHeader(0);
            return;
        }

        if (count == 0)
        {
            c.Reply.NullArray();
            return;
        }

        var entries = new StreamValueReader(c.Keyspace, record).Range(start, end, isReverse);
        c.Reply.Entries(ref entries, count);
    }
}
