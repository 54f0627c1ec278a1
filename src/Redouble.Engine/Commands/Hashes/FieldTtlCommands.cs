using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Hashes;

/// <summary>HTTL, HPTTL, HEXPIRETIME, HPEXPIRETIME: as of Redis 7.4.</summary>
internal static class FieldTtlCommands
{
    private const CommandFlags Flags = CommandFlags.ReadOnly | CommandFlags.Fast;
    private const string Complexity = "O(N) where N is the number of specified fields";
    private const string Syntax = "key FIELDS fields=( numfields:integer field... )";

    [Command("httl", Arity = -5, Flags = Flags, Acl = AclCategory.Hash, Keys = "RO access @1", Group = CommandGroup.Hash, Since = "7.4.0",
        Summary = "Returns the remaining time to live of fields of a hash in seconds.", Complexity = Complexity, Syntax = Syntax,
        Tips = "nondeterministic_output")]
    public static void HTtl(CommandContext c) => ReplyTimes(c, inSeconds: true, isAbsolute: false);

    [Command("hpttl", Arity = -5, Flags = Flags, Acl = AclCategory.Hash, Keys = "RO access @1", Group = CommandGroup.Hash, Since = "7.4.0",
        Summary = "Returns the remaining time to live of fields of a hash in milliseconds.", Complexity = Complexity, Syntax = Syntax,
        Tips = "nondeterministic_output")]
    public static void HPTtl(CommandContext c) => ReplyTimes(c, inSeconds: false, isAbsolute: false);

    [Command("hexpiretime", Arity = -5, Flags = Flags, Acl = AclCategory.Hash, Keys = "RO access @1", Group = CommandGroup.Hash, Since = "7.4.0",
        Summary = "Returns when fields of a hash expire, as unix time in seconds.", Complexity = Complexity, Syntax = Syntax)]
    public static void HExpireTime(CommandContext c) => ReplyTimes(c, inSeconds: true, isAbsolute: true);

    [Command("hpexpiretime", Arity = -5, Flags = Flags, Acl = AclCategory.Hash, Keys = "RO access @1", Group = CommandGroup.Hash, Since = "7.4.0",
        Summary = "Returns when fields of a hash expire, as unix time in milliseconds.", Complexity = Complexity, Syntax = Syntax)]
    public static void HPExpireTime(CommandContext c) => ReplyTimes(c, inSeconds: false, isAbsolute: true);

    private static void ReplyTimes(CommandContext c, bool inSeconds, bool isAbsolute)
    {
        const int noField = -2, noTime = -1;
        const long thousand = 1000;
        if (!Lookups.TryRead(c, 1, ValueType.Hash, out var record)
            || !FieldTimes.TryReadFields(c, 2, "ERR Number of fields must be a positive integer"u8, out var firstField)) return;
        c.Reply.ArrayHeader(c.Count - firstField);
        for (var i = firstField; i < c.Count; i++)
        {
            var time = -1L;
            var state = record.IsMissing ? FieldState.Missing : new HashReader(c.Keyspace, record).Find(c[i], out _, out time);
            if (state != FieldState.Live || time < 0)
            {
                c.Reply.Integer(state == FieldState.Live ? noTime : noField);
                continue;
            }

            if (!isAbsolute) time = Math.Max(0, time - c.NowMs);
            c.Reply.Integer(inSeconds ? (time + thousand - 1) / thousand : time); // up, other than for keys
        }
    }
}
