using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Generic;

/// <summary>COPY, MOVE: keys across databases.</summary>
internal static class CopyCommands
{
    [Command("copy", Arity = -3, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.Keyspace, Keys = "RO access @1; OW update @2",
        Group = CommandGroup.Generic, Since = "6.2.0", Summary = "Copies the value of a key to another key.",
        Complexity = "O(N) worst case for collections, where N is the number of nested items. O(1) for string values.",
        Syntax = "source:key destination:key#1 [DB destination-db:integer] [REPLACE]")]
    public static void Copy(CommandContext c)
    {
        if (!TryParse(c, out var number, out var replaces)) return;
        var target = c.Keyspace[number];
        if (target == c.Database && c[1].SequenceEqual(c[2]))
        {
            SameObject(c);
            return;
        }

        if (Lookups.Read(c, 1).IsMissing || (!target.ReadForWrite(c[2], c.Hash(2)).IsMissing && !replaces))
        {
            c.Reply.Integer(0);
            return;
        }

        c.Database.CopyRecord(c[1], c.Hash(1), target, c[2], c.Hash(2));
        target.SetClock(c[2], c.Hash(2), c.Keyspace.AccessClock);
        c.Notify(KeyspaceEvents.Generic, "copy_to"u8, c[2], number);
        c.Node.LocalExpiries.Remember(c, number, c[2]);
        c.Changed();
        c.Reply.Integer(1);
    }

    [Command("move", Arity = 3, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.Keyspace, Keys = "RW access update @1",
        Group = CommandGroup.Generic,
        Since = "1.0.0", Summary = "Moves a key to another database.", Complexity = "O(1)", Syntax = "key db:integer")]
    public static void Move(CommandContext c)
    {
        if (!TryDatabase(c, 2, out var number)) return;
        var target = c.Keyspace[number];
        if (target == c.Database)
        {
            SameObject(c);
            return;
        }

        var hash = c.Hash(1);
        if (c.Database.ReadForWrite(c[1], hash).IsMissing || !target.ReadForWrite(c[1], hash).IsMissing)
        {
            c.Reply.Integer(0);
            return;
        }

        target.Delete(c[1], hash);
        c.Database.MoveRecord(c[1], hash, target, c[1], hash);
        c.Notify(KeyspaceEvents.Generic, "move_from"u8, c[1]);
        c.Notify(KeyspaceEvents.Generic, "move_to"u8, c[1], number);
        c.Node.LocalExpiries.Remember(c, number, c[1]);
        c.Changed();
        c.Reply.Integer(1);
    }

    private static bool TryParse(CommandContext c, out int database, out bool replaces)
    {
        database = c.Session.Database;
        replaces = false;
        for (var i = 3; i < c.Count; i++)
        {
            if (c.Is(i, "replace"u8))
            {
                replaces = true;
            }
            else if (c.Is(i, "db"u8) && i + 1 < c.Count)
            {
                if (!TryDatabase(c, ++i, out database)) return false;
            }
            else
            {
                c.SyntaxError();
                return false;
            }
        }

        return true;
    }

    private static bool TryDatabase(CommandContext c, int index, out int number)
    {
        number = 0;
        if (!c.TryInteger(index, int.MinValue, int.MaxValue, out var value)) return false;
        number = (int)value;
        if ((uint)number < (uint)c.Keyspace.Databases.Length) return true;
        c.Reply.Error("ERR DB index is out of range"u8);
        return false;
    }

    private static void SameObject(CommandContext c) => c.Reply.Error("ERR source and destination objects are the same"u8);
}
