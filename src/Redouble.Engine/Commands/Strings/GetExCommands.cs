using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Strings;

/// <summary>GETEX.</summary>
internal static class GetExCommands
{
    private enum Option
    {
        None,
        Ex,
        Px,
        ExAt,
        PxAt,
        Persist,
    }

    [Command("getex", Arity = -2, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.String,
        Keys = "RW access update @1 -- RW and UPDATE because it changes the TTL",
        Group = CommandGroup.String, Since = "6.2.0", Summary = "Returns the value of a string after setting, or removing, its expiry.", Complexity = "O(1)",
        Syntax = "key [expiration=( EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST )]")]
    public static void GetEx(CommandContext c)
    {
        if (!TryParse(c, out var option, out var timeIndex) || !StringValue.TryRead(c, 1, out var record)) return;
        if (record.IsMissing)
        {
            c.Reply.Null();
            return;
        }

        long expireAtMs = 0;
        var isAbsolute = option is Option.ExAt or Option.PxAt;
        if (timeIndex > 0 && !ExpiryOptions.TryRead(c, timeIndex, option is Option.Ex or Option.ExAt, isAbsolute, out expireAtMs)) return;
        c.RepliesFirst = true;
        c.Reply.Value(record);
        if (isAbsolute && ExpiryOptions.HasPassed(c, expireAtMs)) Remove(c);
        else if (timeIndex > 0) SetTime(c, expireAtMs);
        else if (option == Option.Persist) Persist(c);
    }

    private static void Remove(CommandContext c)
    {
        c.Database.Delete(c[1], c.Hash(1));
        c.Changed();
        c.Notify(KeyspaceEvents.Generic, "del"u8, c[1]);
        c.Propagation.Add(c.Session.Database, ExpiryOptions.RemovalName(c), c[1]);
        c.Propagation.Replaced = true;
    }

    private static void SetTime(CommandContext c, long expireAtMs)
    {
        c.Database.SetExpiry(c[1], c.Hash(1), expireAtMs);
        c.Node.LocalExpiries.Remember(c, c[1]);
        c.Changed();
        c.Notify(KeyspaceEvents.Generic, "expire"u8, c[1]);
        c.Propagation.Replaced = true;
        if (!c.Propagation.IsActive) return;
        c.Propagation.Begin(3);
        c.Propagation.Argument("PEXPIREAT"u8);
        c.Propagation.Argument(c[1]);
        c.Propagation.Argument(expireAtMs);
        c.Propagation.End(c.Session.Database);
    }

    private static void Persist(CommandContext c)
    {
        if (!c.Database.RemoveExpiry(c[1], c.Hash(1))) return;
        c.Changed();
        c.Notify(KeyspaceEvents.Generic, "persist"u8, c[1]);
        c.Propagation.Add(c.Session.Database, "PERSIST"u8, c[1]);
        c.Propagation.Replaced = true;
    }

    private static bool TryParse(CommandContext c, out Option option, out int timeIndex)
    {
        option = Option.None;
        timeIndex = 0;
        for (var i = 2; i < c.Count; i++)
        {
            var next = c.Is(i, "ex"u8) ? Option.Ex
                : c.Is(i, "px"u8) ? Option.Px
                : c.Is(i, "exat"u8) ? Option.ExAt
                : c.Is(i, "pxat"u8) ? Option.PxAt
                : c.Is(i, "persist"u8) ? Option.Persist : Option.None;
            var takesTime = next is not (Option.None or Option.Persist);
            if (next == Option.None || (option != Option.None && option != next) || (takesTime && i + 1 == c.Count))
            {
                c.SyntaxError();
                return false;
            }

            option = next;
            if (takesTime) timeIndex = ++i;
        }

        return true;
    }
}
