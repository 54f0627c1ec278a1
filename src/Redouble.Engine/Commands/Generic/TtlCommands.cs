using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Generic;

/// <summary>TTL, PTTL, EXPIRETIME, PEXPIRETIME.</summary>
internal static class TtlCommands
{
    private const CommandFlags Flags = CommandFlags.ReadOnly | CommandFlags.Fast;
    private const string Tips = "nondeterministic_output";
    private const string History = "2.8.0 Added the -2 reply.";

    [Command("ttl", Arity = 2, Flags = Flags, Acl = AclCategory.Keyspace, Keys = "RO access @1", Group = CommandGroup.Generic, Since = "1.0.0",
        Summary = "Returns the remaining time to live of a key in seconds.", Complexity = "O(1)", Syntax = "key", Tips = Tips, History = History)]
    public static void Ttl(CommandContext c) => ReplyTime(c, inSeconds: true, isAbsolute: false);

    [Command("pttl", Arity = 2, Flags = Flags, Acl = AclCategory.Keyspace, Keys = "RO access @1", Group = CommandGroup.Generic, Since = "2.6.0",
        Summary = "Returns the remaining time to live of a key in milliseconds.", Complexity = "O(1)", Syntax = "key", Tips = Tips, History = History)]
    public static void PTtl(CommandContext c) => ReplyTime(c, inSeconds: false, isAbsolute: false);

    [Command("expiretime", Arity = 2, Flags = Flags, Acl = AclCategory.Keyspace, Keys = "RO access @1", Group = CommandGroup.Generic, Since = "7.0.0",
        Summary = "Returns when a key expires, as unix time in seconds.", Complexity = "O(1)", Syntax = "key")]
    public static void ExpireTime(CommandContext c) => ReplyTime(c, inSeconds: true, isAbsolute: true);

    [Command("pexpiretime", Arity = 2, Flags = Flags, Acl = AclCategory.Keyspace, Keys = "RO access @1", Group = CommandGroup.Generic, Since = "7.0.0",
        Summary = "Returns when a key expires, as unix time in milliseconds.", Complexity = "O(1)", Syntax = "key")]
    public static void PExpireTime(CommandContext c) => ReplyTime(c, inSeconds: false, isAbsolute: true);

    private static void ReplyTime(CommandContext c, bool inSeconds, bool isAbsolute)
    {
        const int noKey = -2, noExpiry = -1;
        var record = Lookups.Peek(c, 1);
        if (record.IsMissing || !record.HasExpiry)
        {
            c.Reply.Integer(record.IsMissing ? noKey : noExpiry);
            return;
        }

        var time = isAbsolute ? record.ExpireAtMs : Math.Max(0, record.ExpireAtMs - c.NowMs);
        const ulong half = 500, thousand = 1000;
        c.Reply.Integer(inSeconds ? (long)(((ulong)time + half) / thousand) : time);
    }
}
