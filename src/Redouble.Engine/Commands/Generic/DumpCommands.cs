using Redouble.Core.Text;
using Redouble.Engine.Commands.Hashes;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Engine.Persistence;
using Redouble.Persistence.Rdb;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Generic;

/// <summary>DUMP, RESTORE.</summary>
internal static class DumpCommands
{
    [Command("dump", Arity = 2, Flags = CommandFlags.ReadOnly, Acl = AclCategory.Keyspace, Keys = "RO access @1", Group = CommandGroup.Generic, Since = "2.6.0",
        Summary = "Returns the value of a key in the form that RESTORE takes.", Complexity = "O(N) where N is the size of the value.", Syntax = "key",
        Tips = "nondeterministic_output")]
    public static void Dump(CommandContext c)
    {
        var record = Lookups.Read(c, 1);
        if (record.IsMissing)
        {
            c.Reply.Null();
            return;
        }

        try
        {
            c.Reply.Bulk(c.Node.Dumps.Write(record));
        }
        finally
        {
            c.Node.Dumps.Forget(); // also when there is no memory for the reply
        }
    }

    [Command("restore", Arity = -4, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.Keyspace | AclCategory.Dangerous,
        Keys = "OW update @1",
        Group = CommandGroup.Generic, Since = "2.6.0", Summary = "Creates a key from what DUMP returned.",
        Complexity = "O(N) where N is the size of the value.",
        Syntax = "key ttl:integer serialized-value [REPLACE^3.0.0] [ABSTTL^5.0.0] [IDLETIME seconds^5.0.0] [FREQ frequency:integer^5.0.0]",
        History = "3.0.0 Added the `REPLACE` modifier.; 5.0.0 Added the `ABSTTL` modifier.; 5.0.0 Added the `IDLETIME` and `FREQ` options.")]
    public static void Restore(CommandContext c)
    {
        if (!TryParse(c, out var options)) return;
        if (!options.Replaces && !c.Database.ReadForWrite(c[1], c.Hash(1)).IsMissing)
        {
            c.Reply.Error("BUSYKEY Target key name already exists."u8);
            return;
        }

        if (!c.TryInteger(2, out var ttl)) return;
        if (ttl < 0)
        {
            c.Reply.Error("ERR Invalid TTL value, must be >= 0"u8);
            return;
        }

        // A relative time beyond all time wraps around and has passed.
        var expireAtMs = ttl == 0 ? -1 : options.IsAbsolute ? ttl : unchecked(ttl + c.NowMs);
        var status = c.Node.Dumps.Build(c[3], c[1], expireAtMs);
        if (status != DumpStatus.Ok)
        {
            c.Reply.Error(DumpPayload.ErrorReply(status)[1..]);
            return;
        }

        if (ttl != 0 && ExpiryOptions.HasPassed(c, expireAtMs))
        {
            Drop(c, options);
        }
        else
        {
            // Before anything is changed: there may be no memory for it.
            var told = c.Propagation.IsActive ? c.Node.Dumps.ToTell(c[3], c[1], c.Hash(1), withTimes: !c.Propagation.HasForeignReader) : default;
            Store(c, options, expireAtMs, told);
            c.Node.Dumps.Forget();
        }

        c.Reply.Ok();
    }

    /// <summary>The value has expired already: all that is left of the command is that it replaces.</summary>
    private static void Drop(CommandContext c, in Options options)
    {
        c.Node.Dumps.Drop(c[1], c.Hash(1));
        if (!options.Replaces || !Remove(c)) return;
        c.Changed();
        c.Notify(KeyspaceEvents.Generic, "del"u8, c[1]);
        c.Propagation.Add(c.Session.Database, c.Config.LazyFreeLazyServerDel ? "UNLINK"u8 : "DEL"u8, c[1]);
        c.Propagation.Replaced = true;
    }

    /// <summary>Makes room for the new value. An expired one is replaced like any other, without a DEL of its own for the replicas.</summary>
    private static bool Remove(CommandContext c)
    {
        var policy = c.Keyspace.ExpiryPolicy;
        c.Keyspace.ExpiryPolicy = ExpiryPolicy.Ignore;
        var removed = c.Database.Delete(c[1], c.Hash(1));
        c.Keyspace.ExpiryPolicy = policy;
        return removed;
    }

    private static void Store(CommandContext c, in Options options, long expireAtMs, ReadOnlySpan<byte> told)
    {
        if (options.Replaces) Remove(c);
        c.Node.Dumps.Store(c.Database, c[1], c.Hash(1));
        c.Node.LocalExpiries.Remember(c, c[1]);
        var isLfu = c.Config.CountsAccesses;
        if (isLfu && options.Frequency >= 0) c.Database.SetClock(c[1], c.Hash(1), AccessClocks.WithFrequency(c.NowMs, (int)options.Frequency));
        else if (!isLfu && options.IdleSeconds >= 0) c.Database.SetClock(c[1], c.Hash(1), AccessClocks.Idle(c.NowMs, options.IdleSeconds));
        c.Changed();
        c.Notify(KeyspaceEvents.Generic, "restore"u8, c[1]);
        Propagate(c, options, expireAtMs, told);
    }

    /// <summary>The time goes out as a moment, and the payload in a version that every replica reads.</summary>
    private static void Propagate(CommandContext c, in Options options, long expireAtMs, ReadOnlySpan<byte> told)
    {
        var makesAbsolute = expireAtMs >= 0 && !options.IsAbsolute;
        var isReadable = DumpService.IsReadableByAll(c[3]);
        if (!makesAbsolute && isReadable) return;
        c.Propagation.Replaced = true;
        if (!c.Propagation.IsActive) return;
        var record = c.Database.Peek(c[1], c.Hash(1));
        var tellsTimes = !isReadable && c.Propagation.HasForeignReader && record.Type == ValueType.Hash;
        c.Propagation.Begin(c.Count + (makesAbsolute ? 1 : 0));
        c.Propagation.Argument(c[0]);
        c.Propagation.Argument(c[1]);
        c.Propagation.Argument(Math.Max(0, expireAtMs));
        c.Propagation.Argument(told);
        for (var i = 4; i < c.Count; i++) c.Propagation.Argument(c[i]);
        if (makesAbsolute) c.Propagation.Argument("ABSTTL"u8);
        c.Propagation.End(c.Session.Database);
        if (tellsTimes) TellTimes(c, record);
    }

    /// <summary>A Redis before 7.4 reads no payload with times of fields: they follow by themselves.</summary>
    private static void TellTimes(CommandContext c, ReadRecord hash)
    {
        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        using var fields = new ElementCursor(c.Keyspace, hash);
        while (fields.MoveNext())
        {
            if (fields.ExpireAtMs >= 0) FieldTimes.Tell(c, fields.Name.Text(digits), fields.ExpireAtMs);
        }
    }

    private static bool TryParse(CommandContext c, out Options options)
    {
        options = new Options { IdleSeconds = -1, Frequency = -1 };
        for (var i = 4; i < c.Count; i++)
        {
            var hasNext = i + 1 < c.Count;
            if (c.Is(i, "replace"u8))
            {
                options.Replaces = true;
            }
            else if (c.Is(i, "absttl"u8))
            {
                options.IsAbsolute = true;
            }
            else if (c.Is(i, "idletime"u8) && hasNext && options.Frequency == -1)
            {
                if (!c.TryInteger(++i, out options.IdleSeconds)) return false;
                if (options.IdleSeconds < 0) return Refuse(c, "ERR Invalid IDLETIME value, must be >= 0");
            }
            else if (c.Is(i, "freq"u8) && hasNext && options.IdleSeconds == -1)
            {
                const int frequencyMax = 255;
                if (!c.TryInteger(++i, out options.Frequency)) return false;
                if (options.Frequency is < 0 or > frequencyMax) return Refuse(c, "ERR Invalid FREQ value, must be >= 0 and <= 255");
            }
            else
            {
                c.SyntaxError();
                return false;
            }
        }

        return true;
    }

    private static bool Refuse(CommandContext c, string error)
    {
        c.Reply.Error(error);
        return false;
    }

    private struct Options
    {
        public bool Replaces;
        public bool IsAbsolute;
        public long IdleSeconds;
        public long Frequency;
    }
}
