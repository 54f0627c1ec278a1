using Redouble.Core.Text;
using Redouble.Engine.Commands.Strings;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Bitmaps;

/// <summary>SETBIT, GETBIT.</summary>
internal static class BitCommands
{
    [Command("setbit", Arity = 4, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.Bitmap, Keys = "RW access update @1",
        Group = CommandGroup.Bitmap, Since = "2.2.0", Summary = "Sets or clears one bit of a string, which grows with zero bits as needed.",
        Complexity = "O(1)",
        Syntax = "key offset:integer value:integer")]
    public static void SetBit(CommandContext c)
    {
        if (!BitValue.TryOffset(c, 2, out var offset)) return;
        if (!Integers.TryParse(c[3], out var bit) || bit is not (0 or 1))
        {
            c.Reply.Error("ERR bit is not an integer or out of range"u8);
            return;
        }

        if (!StringValue.TryFind(c, 1, out var record)) return;
        var at = (int)(offset >> 3);
        var mask = (byte)(0x80 >> (int)(offset & 7));
        var isInside = !record.IsMissing && at < record.ValueLength;
        var before = isInside && (record.Value[at] & mask) != 0 ? 1 : 0;
        if (isInside && before == bit)
        {
            StringValue.MakeRaw(c, 1, record);
        }
        else
        {
            var opened = BitValue.Open(c, record, at + 1).OpenRange(at, 1);
            if (bit != 0) opened[0] |= mask;
            else opened[0] &= (byte)~mask;
            c.Changed();
            c.Notify(KeyspaceEvents.String, "setbit"u8, c[1]);
        }

        c.Reply.Integer(before);
    }

    [Command("getbit", Arity = 3, Flags = CommandFlags.ReadOnly | CommandFlags.Fast, Acl = AclCategory.Bitmap, Keys = "RO access @1",
        Group = CommandGroup.Bitmap, Since = "2.2.0", Summary = "Returns one bit of a string.", Complexity = "O(1)", Syntax = "key offset:integer")]
    public static void GetBit(CommandContext c)
    {
        if (!BitValue.TryOffset(c, 2, out var offset) || !StringValue.TryRead(c, 1, out var record)) return;
        var isInside = !record.IsMissing && offset >> 3 < record.ValueLength;
        c.Reply.Integer(isInside && (record.Value[(int)(offset >> 3)] & 0x80 >> (int)(offset & 7)) != 0 ? 1 : 0);
    }
}
