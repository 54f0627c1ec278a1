using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Strings;

/// <summary>SETEX, PSETEX, SETNX, MSET, MSETNX.</summary>
internal static class SetVariantCommands
{
    private const CommandFlags Flags = CommandFlags.Write | CommandFlags.DenyOom;

    [Command("setex", Arity = 4, Flags = Flags, Acl = AclCategory.String, Keys = "OW update @1", Group = CommandGroup.String, Since = "2.0.0",
        Summary = "Sets a key to a string with an expiry in seconds.", Complexity = "O(1)", Syntax = "key seconds value", Deprecated = "2.6.12",
        ReplacedBy = "`SET` with the `EX` argument")]
    public static void SetEx(CommandContext c) => SetWithExpiry(c, inSeconds: true);

    [Command("psetex", Arity = 4, Flags = Flags, Acl = AclCategory.String, Keys = "OW update @1", Group = CommandGroup.String, Since = "2.6.0",
        Summary = "Sets a key to a string with an expiry in milliseconds.", Complexity = "O(1)", Syntax = "key milliseconds value", Deprecated = "2.6.12",
        ReplacedBy = "`SET` with the `PX` argument")]
    public static void PSetEx(CommandContext c) => SetWithExpiry(c, inSeconds: false);

    [Command("setnx", Arity = 3, Flags = Flags | CommandFlags.Fast, Acl = AclCategory.String, Keys = "OW insert @1", Group = CommandGroup.String,
        Since = "1.0.0",
        Summary = "Sets a key to a string unless it exists.", Complexity = "O(1)", Syntax = "key value", Deprecated = "2.6.12",
        ReplacedBy = "`SET` with the `NX` argument")]
    public static void SetNx(CommandContext c)
    {
        if (!c.Database.ReadForWrite(c[1], c.Hash(1)).IsMissing)
        {
            c.Reply.Integer(0);
            return;
        }

        Store(c, 1);
        c.Changed();
        c.Reply.Integer(1);
    }

    [Command("mset", Arity = -3, Flags = Flags, Acl = AclCategory.String, Keys = "OW update @1..-1/2", Group = CommandGroup.String, Since = "1.0.1",
        Summary = "Sets several keys to strings at once.", Complexity = "O(N) where N is the number of keys to set.", Syntax = "data=( key value )...",
        Tips = "request_policy:multi_shard response_policy:all_succeeded")]
    public static void MSet(CommandContext c)
    {
        if (!ComesInPairs(c)) return;
        StoreAll(c);
        c.Reply.Ok();
    }

    [Command("msetnx", Arity = -3, Flags = Flags, Acl = AclCategory.String, Keys = "OW insert @1..-1/2", Group = CommandGroup.String, Since = "1.0.1",
        Summary = "Sets several keys to strings at once, unless one of them exists.", Complexity = "O(N) where N is the number of keys to set.",
        Syntax = "data=( key value )...")]
    public static void MSetNx(CommandContext c)
    {
        if (!ComesInPairs(c)) return;
        foreach (var i in c.Keys(1, step: 2))
        {
            if (c.Database.ReadForWrite(c[i], c.Hash(i)).IsMissing) continue;
            c.Reply.Integer(0);
            return;
        }

        StoreAll(c);
        c.Reply.Integer(1);
    }

    private static void SetWithExpiry(CommandContext c, bool inSeconds)
    {
        if (!ExpiryOptions.TryRead(c, 2, inSeconds, isAbsolute: false, out var expireAtMs)) return;
        StringValue.Store(c, 1, 3, expireAtMs);
        c.Changed();
        c.Notify(KeyspaceEvents.String, "set"u8, c[1]);
        c.Notify(KeyspaceEvents.Generic, "expire"u8, c[1]);
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        c.Propagation.Add(c.Session.Database, "SET"u8, c[1], c[3], "PXAT"u8, digits[..Integers.Format(expireAtMs, digits)]);
        c.Propagation.Replaced = true;
        c.Reply.Ok();
    }

    private static bool ComesInPairs(CommandContext c)
    {
        if (c.Count % 2 == 1) return true;
        c.Reply.Error($"ERR wrong number of arguments for '{c.Info.FullName}' command");
        return false;
    }

    private static void StoreAll(CommandContext c)
    {
        if (c.Count > 3) c.Keyspace.RequireRoom(c.RequestLength); // only one can take the block that they came in
        foreach (var i in c.Keys(1, step: 2)) Store(c, i);
        c.Changed(c.Count / 2);
    }

    private static void Store(CommandContext c, int key)
    {
        StringValue.Store(c, key, key + 1);
        c.Notify(KeyspaceEvents.String, "set"u8, c[key]);
    }
}
