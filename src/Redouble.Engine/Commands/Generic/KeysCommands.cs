using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Commands.Generic;

/// <summary>KEYS, RANDOMKEY.</summary>
internal static class KeysCommands
{
    /// <summary>Tries of RANDOMKEY where expired keys may only be hidden: behind them one of those is returned if all keys have a time, as in Redis.</summary>
    private const int HiddenTries = 100;

    /// <summary>Buckets that it walks through beyond that, from a random one on: of a million keys 36,000, in 3 ms. Redis goes on to try.</summary>
    private const int WalkedBucketsMax = 1 << 13;

    [Command("keys", Arity = 2, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Keyspace | AclCategory.Dangerous, Group = CommandGroup.Generic,
        Since = "1.0.0",
        Summary = "Returns all keys that match a pattern.", Complexity = "O(N) with N being the number of keys in the database.", Syntax = "pattern",
        Tips = "request_policy:all_shards nondeterministic_output_order")]
    public static void Keys(CommandContext c)
    {
        var header = c.Reply.BeginDeferred();
        var visitor = new Matcher(c, c[1], c[1] is [(byte)'*']);
        ulong cursor = 0;
        do
        {
            cursor = c.Database.Scan(cursor, ref visitor);
        }
        while (cursor != 0 && !c.Session.Has(SessionFlags.CloseAsap)); // its output may have come to its limit
        c.Reply.EndArray(header, visitor.Found);
    }

    [Command("randomkey", Arity = 1, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Keyspace, Group = CommandGroup.Generic, Since = "1.0.0",
        Summary = "Returns a key chosen at random.", Complexity = "O(1)", Tips = "request_policy:all_shards response_policy:special nondeterministic_output")]
    public static void RandomKey(CommandContext c)
    {
        c.Node.UnitIsWalk = true;
        for (var tries = 0; ; tries++)
        {
            var record = c.Database.Random(c.Node.Parts.Random);
            if (record.IsMissing)
            {
                c.Reply.Null();
                return;
            }

            var givesUp = c.Keyspace.ExpiryPolicy == ExpiryPolicy.Hide && tries >= HiddenTries;
            if (givesUp && c.Database.ExpiresCount < c.Database.Count && TryWriteLive(c)) return;
            if (givesUp || !c.Database.IsExpired(record))
            {
                c.Reply.Bulk(record.Key);
                return;
            }

            var key = record.Key.ToArray();
            c.Database.Peek(key, c.Keyspace.Hash(key));
        }
    }

    private static bool TryWriteLive(CommandContext c)
    {
        const int cursorBits = 48;
        var visitor = new LiveKey(c);
        var cursor = c.Node.Parts.Random.NextUInt64() >> (64 - cursorBits);
        for (var left = WalkedBucketsMax; left > 0 && !visitor.Found; left--) cursor = c.Database.Scan(cursor, ref visitor); // round the end, too
        return visitor.Found;
    }

    private ref struct LiveKey(CommandContext c) : IKeyVisitor
    {
        public bool Found { get; private set; }

        public void Visit(ReadRecord record)
        {
            if (Found || c.Database.IsExpired(record)) return;
            c.Reply.Bulk(record.Key);
            Found = true;
        }
    }

    private ref struct Matcher(CommandContext c, ReadOnlySpan<byte> pattern, bool matchesAll) : IKeyVisitor
    {
        private readonly ReadOnlySpan<byte> _pattern = pattern;

        public long Found { get; private set; }

        public void Visit(ReadRecord record)
        {
            if ((!matchesAll && !Glob.IsMatch(_pattern, record.Key)) || c.Database.IsExpired(record)) return;
            c.Reply.Bulk(record.Key);
            Found++;
        }
    }
}
