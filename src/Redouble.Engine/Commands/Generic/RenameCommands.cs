using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Generic;

/// <summary>RENAME, RENAMENX.</summary>
internal static class RenameCommands
{
    [Command("rename", Arity = 3, Flags = CommandFlags.Write, Acl = AclCategory.Keyspace, Keys = "RW access delete @1; OW update @2",
        Group = CommandGroup.Generic,
        Since = "1.0.0", Summary = "Gives a key another name; what had that name goes.", Complexity = "O(1)", Syntax = "key newkey:key#1")]
    public static void Rename(CommandContext c)
    {
        if (!SourceExists(c)) return;
        if (!c[1].SequenceEqual(c[2])) Move(c);
        c.Reply.Ok();
    }

    [Command("renamenx", Arity = 3, Flags = CommandFlags.Write | CommandFlags.Fast, Acl = AclCategory.Keyspace, Keys = "RW access delete @1; OW insert @2",
        Group = CommandGroup.Generic, Since = "1.0.0", Summary = "Gives a key another name unless that one exists.", Complexity = "O(1)",
        Syntax = "key newkey:key#1",
        History = "3.2.0 The command no longer returns an error when source and destination names are the same.")]
    public static void RenameNx(CommandContext c)
    {
        if (!SourceExists(c)) return;
        if (c[1].SequenceEqual(c[2]) || !c.Database.ReadForWrite(c[2], c.Hash(2)).IsMissing)
        {
            c.Reply.Integer(0);
            return;
        }

        Move(c);
        c.Reply.Integer(1);
    }

    private static bool SourceExists(CommandContext c)
    {
        if (!c.Database.ReadForWrite(c[1], c.Hash(1)).IsMissing) return true;
        c.Reply.Error("ERR no such key"u8);
        return false;
    }

    private static void Move(CommandContext c)
    {
        c.Database.ReadForWrite(c[2], c.Hash(2)); // what has expired under the new name goes before all
        c.Database.ReportModification(c[1]); // then the old name is told of first, whatever goes first here
        c.Database.Delete(c[2], c.Hash(2));
        c.Database.MoveRecord(c[1], c.Hash(1), c.Database, c[2], c.Hash(2));
        c.Node.LocalExpiries.Remember(c, c[2]);
        c.Notify(KeyspaceEvents.Generic, "rename_from"u8, c[1]);
        c.Notify(KeyspaceEvents.Generic, "rename_to"u8, c[2]);
        c.Changed();
    }
}
