using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Commands.Strings;

/// <summary>INCR, DECR, INCRBY, DECRBY, INCRBYFLOAT: numbers kept as their text.</summary>
internal static class CounterCommands
{
    private const CommandFlags Flags = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast;

    [Command("incr", Arity = 2, Flags = Flags, Acl = AclCategory.String, Keys = "RW access update @1", Group = CommandGroup.String, Since = "1.0.0",
        Summary = "Adds one to an integer; a missing key counts as 0.", Complexity = "O(1)", Syntax = "key")]
    public static void Incr(CommandContext c) => Add(c, 1);

    [Command("decr", Arity = 2, Flags = Flags, Acl = AclCategory.String, Keys = "RW access update @1", Group = CommandGroup.String, Since = "1.0.0",
        Summary = "Takes one off an integer; a missing key counts as 0.", Complexity = "O(1)", Syntax = "key")]
    public static void Decr(CommandContext c) => Add(c, -1);

    [Command("incrby", Arity = 3, Flags = Flags, Acl = AclCategory.String, Keys = "RW access update @1", Group = CommandGroup.String, Since = "1.0.0",
        Summary = "Adds a number to an integer; a missing key counts as 0.", Complexity = "O(1)", Syntax = "key increment:integer")]
    public static void IncrBy(CommandContext c)
    {
        if (c.TryInteger(2, out var increment)) Add(c, increment);
    }

    [Command("decrby", Arity = 3, Flags = Flags, Acl = AclCategory.String, Keys = "RW access update @1", Group = CommandGroup.String, Since = "1.0.0",
        Summary = "Takes a number off an integer; a missing key counts as 0.", Complexity = "O(1)", Syntax = "key decrement:integer")]
    public static void DecrBy(CommandContext c)
    {
        if (!c.TryInteger(2, out var decrement)) return;
        if (decrement == long.MinValue) c.Reply.Error("ERR decrement would overflow"u8);
        else Add(c, -decrement);
    }

    [Command("incrbyfloat", Arity = 3, Flags = Flags, Acl = AclCategory.String, Keys = "RW access update @1", Group = CommandGroup.String, Since = "2.6.0",
        Summary = "Adds a number to a floating point number; a missing key counts as 0.", Complexity = "O(1)", Syntax = "key increment:double")]
    public static void IncrByFloat(CommandContext c)
    {
        if (!StringValue.TryFind(c, 1, out var record)) return;
        var sum = LongDouble.FromInt64(0);
        if ((!record.IsMissing && !LongDouble.TryParse(record.Value, out sum)) || !LongDouble.TryParse(c[2], out var increment))
        {
            c.Reply.Error("ERR value is not a valid float"u8);
            return;
        }

        sum += increment;
        if (!sum.IsFinite)
        {
            c.Reply.Error("ERR increment would produce NaN or Infinity"u8);
            return;
        }

        Span<byte> buffer = stackalloc byte[LongDouble.MaxFormattedLength];
        var text = buffer[..sum.Format(buffer)];
        c.Database.SetString(c[1], c.Hash(1), text, StringValue.TextEncodingOf(text), Keyspace.KeepExpiry, wasRead: true);
        c.Changed();
        c.Notify(KeyspaceEvents.String, "incrbyfloat"u8, c[1]);
        c.Reply.Bulk(text);

        // Sent as its outcome: another machine's arithmetic must not get a say.
        c.Propagation.Add(c.Session.Database, "SET"u8, c[1], text, "KEEPTTL"u8);
        c.Propagation.Replaced = true;
    }

    private static void Add(CommandContext c, long increment)
    {
        if (!StringValue.TryFind(c, 1, out var record)) return;
        long value = 0;
        if (!record.IsMissing && !Integers.TryParse(record.Value, out value))
        {
            c.Reply.Error("ERR value is not an integer or out of range"u8);
            return;
        }

        var sum = unchecked(value + increment);
        if (((value ^ sum) & (increment ^ sum)) < 0)
        {
            c.Reply.Error("ERR increment or decrement would overflow"u8);
            return;
        }

        Span<byte> buffer = stackalloc byte[Integers.MaxLength];
        var text = buffer[..Integers.Format(sum, buffer)];
        if (record.IsMissing)
        {
            c.Database.SetString(c[1], c.Hash(1), text, ValueEncoding.Integer);
        }
        else
        {
            var stored = c.Database.Open(record, c.Hash(1));
            text.CopyTo(stored.Resize(text.Length));
            stored.Encoding = ValueEncoding.Integer;
        }

        c.Changed();
        c.Notify(KeyspaceEvents.String, "incrby"u8, c[1]);
        c.Reply.Integer(sum);
    }
}
