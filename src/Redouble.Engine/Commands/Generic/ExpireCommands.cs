using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Generic;

/// <summary>EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT, PERSIST.</summary>
internal static class ExpireCommands
{
    private const CommandFlags Flags = CommandFlags.Write | CommandFlags.Fast;
    private const string Condition = " [condition=( NX | XX | GT | LT )^7.0.0]";
    private const string History = "7.0.0 Added options: `NX`, `XX`, `GT` and `LT`.";

    [Flags]
    private enum Conditions
    {
        None = 0,
        IfNone = 1,
        IfAny = 2,
        IfLater = 4,
        IfEarlier = 8,
    }

    [Command("expire", Arity = -3, Flags = Flags, Acl = AclCategory.Keyspace, Keys = "RW update @1", Group = CommandGroup.Generic, Since = "1.0.0",
        Summary = "Sets the time to live of a key in seconds.", Complexity = "O(1)", Syntax = "key seconds" + Condition, History = History)]
    public static void Expire(CommandContext c) => SetTime(c, inSeconds: true, isAbsolute: false);

    [Command("pexpire", Arity = -3, Flags = Flags, Acl = AclCategory.Keyspace, Keys = "RW update @1", Group = CommandGroup.Generic, Since = "2.6.0",
        Summary = "Sets the time to live of a key in milliseconds.", Complexity = "O(1)", Syntax = "key milliseconds" + Condition, History = History)]
    public static void PExpire(CommandContext c) => SetTime(c, inSeconds: false, isAbsolute: false);

    [Command("expireat", Arity = -3, Flags = Flags, Acl = AclCategory.Keyspace, Keys = "RW update @1", Group = CommandGroup.Generic, Since = "1.2.0",
        Summary = "Sets when a key expires, as unix time in seconds.", Complexity = "O(1)", Syntax = "key unix-time-seconds" + Condition, History = History)]
    public static void ExpireAt(CommandContext c) => SetTime(c, inSeconds: true, isAbsolute: true);

    [Command("pexpireat", Arity = -3, Flags = Flags, Acl = AclCategory.Keyspace, Keys = "RW update @1", Group = CommandGroup.Generic, Since = "2.6.0",
        Summary = "Sets when a key expires, as unix time in milliseconds.", Complexity = "O(1)", Syntax = "key unix-time-milliseconds" + Condition,
        History = History)]
    public static void PExpireAt(CommandContext c) => SetTime(c, inSeconds: false, isAbsolute: true);

    [Command("persist", Arity = 2, Flags = Flags, Acl = AclCategory.Keyspace, Keys = "RW update @1", Group = CommandGroup.Generic, Since = "2.2.0",
        Summary = "Takes the expiry of a key away.", Complexity = "O(1)", Syntax = "key")]
    public static void Persist(CommandContext c)
    {
        if (c.Database.ReadForWrite(c[1], c.Hash(1)).IsMissing || !c.Database.RemoveExpiry(c[1], c.Hash(1)))
        {
            c.Reply.Integer(0);
            return;
        }

        c.Changed();
        c.Notify(KeyspaceEvents.Generic, "persist"u8, c[1]);
        c.Reply.Integer(1);
    }

    private static void SetTime(CommandContext c, bool inSeconds, bool isAbsolute)
    {
        if (!TryParse(c, out var conditions) || !ExpiryOptions.TryReadAny(c, 2, inSeconds, isAbsolute, out var expireAtMs)) return;
        var record = c.Database.ReadForWrite(c[1], c.Hash(1));
        if (record.IsMissing || !Allows(conditions, record.ExpireAtMs, expireAtMs))
        {
            c.Reply.Integer(0);
            return;
        }

        c.Changed();
        if (ExpiryOptions.HasPassed(c, expireAtMs))
        {
            c.Database.Delete(c[1], c.Hash(1));
            c.Propagation.Add(c.Session.Database, ExpiryOptions.RemovalName(c), c[1]);
            c.Propagation.Replaced = true;
            c.Notify(KeyspaceEvents.Generic, "del"u8, c[1]);
        }
        else
        {
            // Times before 1970 are no less past than 1970, and records keep no negative ones.
            c.Database.SetExpiry(c[1], c.Hash(1), Math.Max(0, expireAtMs));
            c.Node.LocalExpiries.Remember(c, c[1]);
            if (inSeconds || !isAbsolute) PropagateAbsolute(c, expireAtMs);
            c.Notify(KeyspaceEvents.Generic, "expire"u8, c[1]);
        }

        c.Reply.Integer(1);
    }

    /// <summary>A replica is told the moment, not the distance from a moment that it does not know.</summary>
    private static void PropagateAbsolute(CommandContext c, long expireAtMs)
    {
        c.Propagation.Replaced = true;
        if (!c.Propagation.IsActive) return;
        c.Propagation.Begin(c.Count);
        c.Propagation.Argument("PEXPIREAT"u8);
        c.Propagation.Argument(c[1]);
        c.Propagation.Argument(expireAtMs);
        for (var i = 3; i < c.Count; i++) c.Propagation.Argument(c[i]);
        c.Propagation.End(c.Session.Database);
    }

    /// <summary>A key without expiry counts as one that expires last.</summary>
    private static bool Allows(Conditions conditions, long current, long wanted)
    {
        if ((conditions & Conditions.IfNone) != 0) return current < 0;
        if ((conditions & Conditions.IfAny) != 0 && current < 0) return false;
        if ((conditions & Conditions.IfLater) != 0) return current >= 0 && wanted > current;
        return (conditions & Conditions.IfEarlier) == 0 || current < 0 || wanted < current;
    }

    private static bool TryParse(CommandContext c, out Conditions conditions)
    {
        conditions = Conditions.None;
        for (var i = 3; i < c.Count; i++)
        {
            var condition = c.Is(i, "nx"u8) ? Conditions.IfNone
                : c.Is(i, "xx"u8) ? Conditions.IfAny
                : c.Is(i, "gt"u8) ? Conditions.IfLater
                : c.Is(i, "lt"u8) ? Conditions.IfEarlier : Conditions.None;
            if (condition == Conditions.None)
            {
                c.Reply.Error($"ERR Unsupported option {c.Shown(i)}");
                return false;
            }

            conditions |= condition;
        }

        const Conditions laterAndEarlier = Conditions.IfLater | Conditions.IfEarlier;
        if ((conditions & Conditions.IfNone) != 0 && conditions != Conditions.IfNone)
        {
            c.Reply.Error("ERR NX and XX, GT or LT options at the same time are not compatible"u8);
            return false;
        }

        if ((conditions & laterAndEarlier) != laterAndEarlier) return true;
        c.Reply.Error("ERR GT and LT options at the same time are not compatible"u8);
        return false;
    }
}
