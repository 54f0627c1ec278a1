using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Protocol.Replies;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Generic;

/// <summary>SCAN.</summary>
internal static class ScanCommands
{
    [Command("scan", Arity = -2, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Keyspace, Group = CommandGroup.Generic, Since = "2.8.0",
        Summary = "Walks through the keys of the database step by step.",
        Complexity = "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0.",
        Syntax = "cursor:integer [MATCH pattern] [COUNT count] [TYPE type^6.0.0]",
        Tips = "nondeterministic_output request_policy:special response_policy:special", History = "6.0.0 Added the `TYPE` subcommand.")]
    public static void Scan(CommandContext c)
    {
        if (!Integers.TryParseScanCursor(c[1], out var cursor))
        {
            c.Reply.Error("ERR invalid cursor"u8);
            return;
        }

        if (!ScanOptions.TryParse(c, 2, hasType: true, hasNoValues: false, out var options)) return;

        // The cursor and the number of keys stand in front of the keys and are known after them.
        c.Reply.ArrayHeader(2);
        var cursorHeader = c.Reply.BeginDeferred();
        var keysHeader = c.Reply.BeginDeferred();
        var visitor = new Visitor(c, options);
        var buckets = options.Buckets;
        do
        {
            cursor = c.Database.Scan(cursor, ref visitor);
        }
        while (cursor != 0 && buckets-- > 0 && visitor.Visited < options.Count);
        c.Reply.EndArray(keysHeader, visitor.Found);
        EndCursor(c.Reply, cursorHeader, cursor);
        if (visitor.Expired != null) Remove(c, visitor.Expired);
    }

    internal static void EndCursor(ReplyWriter reply, DeferredHeader header, ulong cursor)
    {
        Span<byte> text = stackalloc byte[24];
        text[0] = (byte)'$';
        var at = 1 + Integers.Format(Integers.CountDigits(cursor), text[1..]);
        "\r\n"u8.CopyTo(text[at..]);
        at += 2;
        at += Integers.Format(cursor, text[at..]);
        "\r\n"u8.CopyTo(text[at..]);
        reply.Buffer.EndDeferred(header, text[..(at + 2)]);
    }

    /// <summary>A primary removes the expired keys that it came across; their removals are no transaction.</summary>
    private static void Remove(CommandContext c, List<byte[]> expired)
    {
        c.Node.UnitIsWalk = true;
        foreach (var key in expired) c.Database.Peek(key, c.Keyspace.Hash(key));
    }

    private ref struct Visitor(CommandContext c, in ScanOptions options) : IKeyVisitor
    {
        private readonly ReadOnlySpan<byte> _pattern = options.Pattern > 0 ? c[options.Pattern] : default;
        private readonly bool _hasPattern = options.Pattern > 0;
        private readonly int _type = options.Type == 0 ? AnyType : TypeNamed(c, options.Type);

        private const int AnyType = -1;
        private const int NoType = -2;

        /// <summary>Keys that were looked at, whatever became of them: what COUNT bounds, so that a pattern that matches little makes no call longer.</summary>
        public long Visited { get; private set; }

        public long Found { get; private set; }

        public List<byte[]>? Expired { get; private set; }

        public void Visit(ReadRecord record)
        {
            Visited++;
            if (_hasPattern && !Glob.IsMatch(_pattern, record.Key)) return;
            var expired = c.Database.IsExpired(record);
            if (_type != AnyType)
            {
                // With TYPE each key is looked up, and that counts.
                if (expired) c.Node.Stats.KeyspaceMisses++;
                else c.Node.Stats.KeyspaceHits++;
            }

            if (expired)
            {
                if (c.Keyspace.ExpiryPolicy == ExpiryPolicy.Remove) (Expired ??= []).Add(record.Key.ToArray());
            }
            else if (_type == AnyType || _type == (int)record.Type)
            {
                c.Reply.Bulk(record.Key);
                Found++;
            }
        }

        private static int TypeNamed(CommandContext c, int index)
        {
            for (var type = ValueType.String; type <= ValueType.Stream; type++)
            {
                if (c.Is(index, LookupCommands.TypeName(type))) return (int)type;
            }

            return NoType;
        }
    }
}
