using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Collections;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Commands.Hashes;

/// <summary>HSET, HMSET, HSETNX, HDEL, HINCRBY, HINCRBYFLOAT.</summary>
internal static class HashWriteCommands
{
    private const CommandFlags Flags = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast;

    [Command("hset", Arity = -4, Element = 2, Flags = Flags, Acl = AclCategory.Hash, Keys = "RW update @1", Group = CommandGroup.Hash, Since = "2.0.0",
        Summary = "Sets fields of a hash, which is created when there is none.",
        Complexity = "O(1) for each field/value pair added, so O(N) to add N field/value pairs when the command is called with multiple field/value pairs.",
        Syntax = "key data=( field value )...", History = "4.0.0 Accepts multiple `field` and `value` arguments.")]
    public static void HSet(CommandContext c)
    {
        if (TrySet(c, out var added)) c.Reply.Integer(added);
    }

    [Command("hmset", Arity = -4, Element = 2, Flags = Flags, Acl = AclCategory.Hash, Keys = "RW update @1", Group = CommandGroup.Hash, Since = "2.0.0",
        Summary = "Sets fields of a hash.", Complexity = "O(N) where N is the number of fields being set.", Syntax = "key data=( field value )...",
        Deprecated = "4.0.0", ReplacedBy = "`HSET` with multiple field-value pairs")]
    public static void HMSet(CommandContext c)
    {
        if (TrySet(c, out _)) c.Reply.Ok();
    }

    [Command("hsetnx", Arity = 4, Element = 2, Flags = Flags, Acl = AclCategory.Hash, Keys = "RW insert @1", Group = CommandGroup.Hash, Since = "2.0.0",
        Summary = "Sets a field of a hash that is not there yet.", Complexity = "O(1)", Syntax = "key field value")]
    public static void HSetNx(CommandContext c)
    {
        if (!Lookups.TryFind(c, 1, ValueType.Hash, out var record)) return;
        var state = record.IsMissing ? FieldState.Missing : new HashReader(c.Keyspace, record).Find(c[2], out _, out _);
        if (state == FieldState.Live)
        {
            c.Reply.Integer(0);
            return;
        }

        BeginField(c, record, state);
        HashWriter.OpenOrCreate(c.Database, c[1], c.Hash(1)).Set(c[2], c[3]);
        c.Reply.Integer(1);
        c.Changed();
        c.Notify(KeyspaceEvents.Hash, "hset"u8, c[1]);
    }

    [Command("hdel", Arity = -3, Element = 2, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.Hash,
        Keys = "RW delete @1", Group = CommandGroup.Hash, Since = "2.0.0",
        Summary = "Removes fields of a hash, and the hash with the last of them.", Complexity = "O(N) where N is the number of fields to be removed.",
        Syntax = "key field...", History = "2.4.0 Accepts multiple `field` arguments.")]
    public static void HDel(CommandContext c)
    {
        if (!Lookups.TryFind(c, 1, ValueType.Hash, out var record)) return;
        if (record.IsMissing)
        {
            c.Reply.Integer(0);
            return;
        }

        // A hash that loses nothing is not opened: watchers, and clients that cache it, would take that for a change.
        var reader = new HashReader(c.Keyspace, record);
        var first = 2;
        while (first < c.Count && !reader.Contains(c[first])) first++;
        if (first == c.Count)
        {
            c.Reply.Integer(0);
            return;
        }

        var hash = new HashWriter(c.Database.Open(record, c.Hash(1)));
        var removed = 0;
        foreach (var i in c.Elements(first))
        {
            if (hash.Count == 0) break;
            if (hash.Remove(c[i])) removed++;
        }

        if (removed > 0)
        {
            var isEmpty = hash.Count == 0;
            c.Changed(removed);
            c.Notify(KeyspaceEvents.Hash, "hdel"u8, c[1]);
            if (isEmpty) KeyOutcomes.DeleteEmpty(c, 1);
        }

        c.Reply.Integer(removed);
    }

    [Command("hincrby", Arity = 4, Element = 2, Flags = Flags, Acl = AclCategory.Hash, Keys = "RW access update @1", Group = CommandGroup.Hash, Since = "2.0.0",
        Summary = "Adds a number to an integer in a field; a missing field counts as 0.", Complexity = "O(1)", Syntax = "key field increment:integer")]
    public static void HIncrBy(CommandContext c)
    {
        if (!c.TryInteger(3, out var increment) || !Lookups.TryFind(c, 1, ValueType.Hash, out var record)) return;
        long value = 0;
        var state = Find(c, record, out var stored, out _);
        var isNumber = state != FieldState.Live || TryInteger(stored, out value);
        BeginField(c, record, state);
        if (!isNumber)
        {
            c.Reply.Error("ERR hash value is not an integer"u8);
            return;
        }

        var sum = unchecked(value + increment);
        if (((value ^ sum) & (increment ^ sum)) < 0)
        {
            c.Reply.Error("ERR increment or decrement would overflow"u8);
            return;
        }

        Span<byte> digits = stackalloc byte[Integers.MaxLength];
        HashWriter.OpenOrCreate(c.Database, c[1], c.Hash(1)).Set(c[2], digits[..Integers.Format(sum, digits)], keepsTime: state == FieldState.Live);
        c.Reply.Integer(sum);
        c.Changed();
        c.Notify(KeyspaceEvents.Hash, "hincrby"u8, c[1]);
    }

    [Command("hincrbyfloat", Arity = 4, Element = 2, Flags = Flags, Acl = AclCategory.Hash,
        Keys = "RW access update @1", Group = CommandGroup.Hash, Since = "2.6.0",
        Summary = "Adds a number to a floating point number in a field; a missing field counts as 0.", Complexity = "O(1)", Syntax = "key field increment:double")]
    public static void HIncrByFloat(CommandContext c)
    {
        if (!LongDouble.TryParse(c[3], out var increment))
        {
            c.Reply.Error("ERR value is not a valid float"u8);
            return;
        }

        if (!increment.IsFinite)
        {
            c.Reply.Error("ERR value is NaN or Infinity"u8);
            return;
        }

        if (!Lookups.TryFind(c, 1, ValueType.Hash, out var record)) return;
        var sum = LongDouble.FromInt64(0);
        var state = Find(c, record, out var stored, out var expireAtMs);
        var isNumber = state != FieldState.Live || TryFloat(stored, out sum);
        BeginField(c, record, state);
        if (!isNumber)
        {
            c.Reply.Error("ERR hash value is not a float"u8);
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
        HashWriter.OpenOrCreate(c.Database, c[1], c.Hash(1)).Set(c[2], text, keepsTime: state == FieldState.Live);
        c.Reply.Bulk(text);
        c.Changed();
        c.Notify(KeyspaceEvents.Hash, "hincrbyfloat"u8, c[1]);

        // Sent as its outcome: another machine's arithmetic must not get a say.
        c.Propagation.Add(c.Session.Database, "HSET"u8, c[1], c[2], text);
        c.Propagation.Replaced = true;

        // The HSET took the time of the field away on the replica, which it keeps here. (Redis 7.4 leaves it at that.)
        if (state == FieldState.Live && expireAtMs >= 0) FieldTimes.Tell(c, c[2], expireAtMs);
    }

    private static FieldState Find(CommandContext c, ReadRecord record, out PackedValue value, out long expireAtMs)
    {
        value = default;
        expireAtMs = -1;
        return record.IsMissing ? FieldState.Missing : new HashReader(c.Keyspace, record).Find(c[2], out value, out expireAtMs);
    }

    private static bool TrySet(CommandContext c, out int added)
    {
        added = 0;
        if (c.Count % 2 != 0)
        {
            c.Reply.Error($"ERR wrong number of arguments for '{c.Info.Name}' command");
            return false;
        }

        if (!Lookups.TryFind(c, 1, ValueType.Hash, out var record)) return false;
        c.Keyspace.RequireRoomToGrow(record, c.RequestLength);
        var hash = HashWriter.OpenOrCreate(c.Database, c[1], c.Hash(1), (c.Count - 2) / 2);
        foreach (var i in c.Elements(2, step: 2))
        {
            if (hash.Set(c[i], c[i + 1])) added++;
        }

        c.Changed((c.Count - 2) / 2);
        c.Notify(KeyspaceEvents.Hash, "hset"u8, c[1]);
        return true;
    }

    // Before a field is set: there has to be room for it, and one that has expired goes first.
    private static void BeginField(CommandContext c, ReadRecord record, FieldState state)
    {
        c.Keyspace.RequireRoomToGrow(record, c.RequestLength);
        if (state == FieldState.Expired) ExpiredFields.Remove(c, 1, c[2]);
    }

    private static bool TryInteger(PackedValue value, out long number)
    {
        number = value.Integer;
        return value.IsInteger || Integers.TryParse(value.Bytes, out number);
    }

    private static bool TryFloat(PackedValue value, out LongDouble number)
    {
        if (!value.IsInteger) return LongDouble.TryParse(value.Bytes, out number);
        number = LongDouble.FromInt64(value.Integer);
        return true;
    }
}
