using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Commands.Strings;

/// <summary>APPEND, GETRANGE, SUBSTR, SETRANGE: strings as arrays of bytes.</summary>
internal static class RangeCommands
{
    private const string RangeComplexity = "O(N) where N is the length of the returned string.";

    [Command("append", Arity = 3, Flags = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast, Acl = AclCategory.String, Keys = "RW insert @1",
        Group = CommandGroup.String, Since = "2.0.0", Summary = "Adds bytes to the end of a string; creates it when there is none.",
        Complexity = "O(1) amortized, when what is appended is short.", Syntax = "key value")]
    public static void Append(CommandContext c)
    {
        if (!StringValue.TryFind(c, 1, out var record)) return;
        var added = c[2];
        var length = added.Length;
        if (record.IsMissing)
        {
            StringValue.Store(c, 1, 2);
        }
        else
        {
            var before = record.ValueLength;
            if (!StringValue.IsAllowedLength(c, before, added.Length)) return;
            length += before;
            var value = c.Database.Open(record, c.Hash(1));
            added.CopyTo(value.OpenRange(before, added.Length, mayGrowMore: true));
            value.Encoding = ValueEncoding.Raw;
        }

        c.Changed();
        c.Notify(KeyspaceEvents.String, "append"u8, c[1]);
        c.Reply.Integer(length);
    }

    [Command("setrange", Arity = 4, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.String, Keys = "RW update @1",
        Group = CommandGroup.String,
        Since = "2.2.0", Summary = "Overwrites a part of a string, which grows with zero bytes as needed.",
        Complexity = "O(M) with M being the length of the value argument.",
        Syntax = "key offset:integer value")]
    public static void SetRange(CommandContext c)
    {
        if (!c.TryInteger(2, out var offset)) return;
        if (offset < 0)
        {
            c.Reply.Error("ERR offset is out of range"u8);
            return;
        }

        if (!StringValue.TryFind(c, 1, out var record)) return;
        var bytes = c[3];
        var before = record.IsMissing ? 0 : record.ValueLength;
        if (bytes.IsEmpty)
        {
            c.Reply.Integer(before);
            return;
        }

        if (!StringValue.IsAllowedLength(c, offset, bytes.Length)) return;
        if (record.IsMissing) c.Keyspace.RequireRoom(offset + bytes.Length);
        if (record.IsMissing) c.Database.SetString(c[1], c.Hash(1), [], ValueEncoding.Raw);
        var value = record.IsMissing ? c.Database.OpenForWrite(c[1], c.Hash(1)) : c.Database.Open(record, c.Hash(1));
        var at = (int)offset;
        var length = Math.Max(before, at + bytes.Length);
        bytes.CopyTo(value.OpenRange(at, bytes.Length, mayGrowMore: !record.IsMissing));
        value.Encoding = ValueEncoding.Raw;
        c.Changed();
        c.Notify(KeyspaceEvents.String, "setrange"u8, c[1]);
        c.Reply.Integer(length);
    }

    [Command("getrange", Arity = 4, Flags = CommandFlags.ReadOnly, Acl = AclCategory.String, Keys = "RO access @1", Group = CommandGroup.String,
        Since = "2.4.0",
        Summary = "Returns a part of a string.", Complexity = RangeComplexity, Syntax = "key start:integer end:integer")]
    [Command("substr", Arity = 4, Flags = CommandFlags.ReadOnly, Acl = AclCategory.String, Keys = "RO access @1", Group = CommandGroup.String, Since = "1.0.0",
        Summary = "Returns a part of a string.", Complexity = RangeComplexity, Syntax = "key start:integer end:integer", Deprecated = "2.0.0",
        ReplacedBy = "`GETRANGE`")]
    public static void GetRange(CommandContext c)
    {
        if (!c.TryInteger(2, out var start) || !c.TryInteger(3, out var end) || !StringValue.TryRead(c, 1, out var record)) return;
        var length = record.IsMissing ? 0 : record.ValueLength;
        if (length == 0 || (start < 0 && end < 0 && start > end))
        {
            c.Reply.Bulk([]);
            return;
        }

        if (start < 0) start = Math.Max(0, start + length);
        if (end < 0) end = Math.Max(0, end + length);
        end = Math.Min(end, length - 1);
        if (start > end) c.Reply.Bulk([]);
        else c.Reply.Value(record, (int)start, (int)(end - start + 1));
    }
}
