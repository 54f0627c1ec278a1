using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Commands.Strings;

/// <summary>SET with all its options.</summary>
internal static class SetCommands
{
    [Flags]
    private enum Options
    {
        None = 0,
        IfMissing = 1,
        IfPresent = 2,
        ReturnOld = 4,
        KeepTtl = 8,
        Ex = 16,
        Px = 32,
        ExAt = 64,
        PxAt = 128,
        AnyTime = Ex | Px | ExAt | PxAt,
    }

    [Command("set", Arity = -3, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.String,
        Keys = "RW access update variable_flags @1 -- RW and ACCESS due to the optional `GET` argument", GetKeys = nameof(GetKeysOfSet),
        Group = CommandGroup.String, Since = "1.0.0", Summary = "Sets a key to a string, whatever it held before.", Complexity = "O(1)",
        Syntax = "key value [condition=( NX | XX )^2.6.12] [GET^6.2.0] [expiration=( EX seconds^2.6.12 | PX milliseconds^2.6.12 | EXAT unix-time-seconds^6.2.0 "
            + "| PXAT unix-time-milliseconds^6.2.0 | KEEPTTL^6.0.0 )]",
        History = "2.6.12 Added the `EX`, `PX`, `NX` and `XX` options.; 6.0.0 Added the `KEEPTTL` option.; 6.2.0 Added the `GET`, `EXAT` and `PXAT` option.; "
            + "7.0.0 Allowed the `NX` and `GET` options to be used together.")]
    public static void Set(CommandContext c)
    {
        if (c.Count == 3)
        {
            Store(c, Options.None, -1);
            return;
        }

        if (!TryParse(c, out var options, out var timeIndex)) return;
        long expireAtMs = -1;
        if (timeIndex > 0 && !ExpiryOptions.TryRead(c, timeIndex, (options & (Options.Ex | Options.ExAt)) != 0, (options & (Options.ExAt | Options.PxAt)) != 0, out expireAtMs)) return;
        if ((options & Options.ReturnOld) != 0 && !ReplyOld(c)) return;
        if ((options & (Options.IfMissing | Options.IfPresent)) != 0)
        {
            var exists = !c.Database.ReadForWrite(c[1], c.Hash(1)).IsMissing;
            if (exists == ((options & Options.IfMissing) != 0))
            {
                if ((options & Options.ReturnOld) == 0) c.Reply.Null();
                return;
            }
        }

        Store(c, options, expireAtMs);
    }

    /// <summary>The key of SET is overwritten unseen, but with GET its old value is read.</summary>
    public static bool GetKeysOfSet<TArgs>(TArgs args, KeyPositions keys)
        where TArgs : ICommandArguments, allows ref struct
    {
        var flags = KeySpecFlags.OW | KeySpecFlags.Update;
        for (var i = 3; i < args.Count; i++)
        {
            if (KeyExtractor.IsWord(args[i], "GET")) flags = KeySpecFlags.RW | KeySpecFlags.Access | KeySpecFlags.Update;
        }

        keys.Add(1, flags);
        return true;
    }

    private static void Store(CommandContext c, Options options, long expireAtMs)
    {
        var keep = (options & Options.KeepTtl) != 0;
        var wasRead = (options & Options.IfPresent) != 0;
        StringValue.Store(c, 1, 2, keep ? Keyspace.KeepExpiry : expireAtMs, wasRead);
        c.Changed();
        c.Notify(KeyspaceEvents.String, "set"u8, c[1]);
        if (expireAtMs >= 0)
        {
            // An absolute time in milliseconds is sent on as it came; the other forms become one (as of Redis 7.2).
            if ((options & Options.PxAt) == 0) PropagateWithTime(c, expireAtMs);
            c.Notify(KeyspaceEvents.Generic, "expire"u8, c[1]);
        }
        else if ((options & Options.ReturnOld) != 0)
        {
            PropagateWithoutGet(c);
        }

        if ((options & Options.ReturnOld) == 0) c.Reply.Ok();
    }

    private static void PropagateWithTime(CommandContext c, long expireAtMs)
    {
        Span<byte> digits = stackalloc byte[20];
        c.Propagation.Add(c.Session.Database, "SET"u8, c[1], c[2], "PXAT"u8, digits[..Integers.Format(expireAtMs, digits)]);
        c.Propagation.Replaced = true;
    }

    /// <summary>What was returned concerns no replica: the option goes, all else stays as it was sent.</summary>
    private static void PropagateWithoutGet(CommandContext c)
    {
        c.Propagation.Replaced = true;
        if (!c.Propagation.IsActive) return;
        var gets = 0;
        for (var i = 3; i < c.Count; i++) gets += c.Is(i, "get"u8) ? 1 : 0;
        c.Propagation.Begin(c.Count - gets);
        for (var i = 0; i < c.Count; i++)
        {
            if (i < 3 || !c.Is(i, "get"u8)) c.Propagation.Argument(c[i]);
        }

        c.Propagation.End(c.Session.Database);
    }

    private static bool ReplyOld(CommandContext c)
    {
        if (!StringValue.TryRead(c, 1, out var record)) return false;
        if (record.IsMissing) c.Reply.Null();
        else c.Reply.Value(record);
        return true;
    }

    private static bool TryParse(CommandContext c, out Options options, out int timeIndex)
    {
        options = Options.None;
        timeIndex = 0;
        for (var i = 3; i < c.Count; i++)
        {
            var hasNext = i + 1 < c.Count;
            var option = c.Is(i, "nx"u8) ? Options.IfMissing
                : c.Is(i, "xx"u8) ? Options.IfPresent
                : c.Is(i, "get"u8) ? Options.ReturnOld
                : c.Is(i, "keepttl"u8) ? Options.KeepTtl
                : c.Is(i, "ex"u8) ? Options.Ex
                : c.Is(i, "px"u8) ? Options.Px
                : c.Is(i, "exat"u8) ? Options.ExAt
                : c.Is(i, "pxat"u8) ? Options.PxAt : Options.None;
            var excluded = option switch
            {
                Options.IfMissing => Options.IfPresent,
                Options.IfPresent => Options.IfMissing,
                Options.KeepTtl => Options.AnyTime,
                Options.ReturnOld => Options.None,
                _ => (Options.AnyTime & ~option) | Options.KeepTtl,
            };
            var takesTime = (option & Options.AnyTime) != 0;
            if (option == Options.None || (options & excluded) != 0 || (takesTime && !hasNext))
            {
                c.SyntaxError();
                return false;
            }

            options |= option;
            if (takesTime) timeIndex = ++i;
        }

        return true;
    }
}
