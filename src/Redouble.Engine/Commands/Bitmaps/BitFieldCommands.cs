using Redouble.Engine.Commands.Strings;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Bitmaps;

/// <summary>BITFIELD, BITFIELD_RO: integers of any width inside a string. All steps are read before the first one is executed.</summary>
internal static class BitFieldCommands
{
    [Command("bitfield", Arity = -2, Flags = CommandFlags.Write | CommandFlags.DenyOom, Acl = AclCategory.Bitmap,
        Keys = "RW access update variable_flags @1 -- This command allows both access and modification of the key", GetKeys = nameof(GetKeysOfBitField),
        Group = CommandGroup.Bitmap, Since = "3.2.0", Summary = "Reads, writes and adds to integers of any width inside a string.",
        Complexity = "O(1) for each subcommand specified",
        Syntax = "key [operation=( GET get-block=( encoding offset:integer ) | write=( [OVERFLOW overflow-block=( WRAP | SAT | FAIL )] "
            + "write-operation=( SET set-block=( encoding offset:integer value:integer ) "
            + "| INCRBY incrby-block=( encoding offset:integer increment:integer ) ) ) )...]")]
    public static void BitField(CommandContext c) => Execute(c, mayWrite: true);

    [Command("bitfield_ro", Arity = -2, Flags = CommandFlags.ReadOnly | CommandFlags.Fast, Acl = AclCategory.Bitmap, Keys = "RO access @1",
        Group = CommandGroup.Bitmap, Since = "6.0.0", Summary = "Reads integers of any width inside a string.",
        Complexity = "O(1) for each subcommand specified",
        Syntax = "key [GET get-block=( encoding offset:integer )+...]")]
    public static void BitFieldReadOnly(CommandContext c) => Execute(c, mayWrite: false);

    /// <summary>With nothing but GET the key is only read.</summary>
    public static bool GetKeysOfBitField<TArgs>(TArgs args, KeyPositions keys)
        where TArgs : ICommandArguments, allows ref struct
    {
        var flags = KeySpecFlags.RO | KeySpecFlags.Access;
        for (var i = 2; i < args.Count; i++)
        {
            var following = args.Count - i - 1;
            if (KeyExtractor.IsWord(args[i], "GET") && following >= 2)
            {
                i += 2;
            }
            else if (KeyExtractor.IsWord(args[i], "OVERFLOW") && following >= 1)
            {
                i++;
            }
            else
            {
                // A step that writes, or one that is wrong.
                flags = KeySpecFlags.RW | KeySpecFlags.Access | KeySpecFlags.Update;
                break;
            }
        }

        keys.Add(1, flags);
        return true;
    }

    private static void Execute(CommandContext c, bool mayWrite)
    {
        var steps = new BitFieldSteps(c);
        long length = 0;
        var count = 0;
        for (; steps.TryNext(out var step); count++)
        {
            if (step.Action != BitFieldAction.Get) length = Math.Max(length, step.EndByte);
        }

        if (steps.HasFailed) return;
        if (length == 0) Read(c, count);
        else if (!mayWrite) c.Reply.Error("ERR BITFIELD_RO only supports the GET subcommand"u8);
        else Write(c, count, length);
    }

    private static void Read(CommandContext c, int count)
    {
        if (!StringValue.TryRead(c, 1, out var record)) return;
        var bytes = record.IsMissing ? [] : record.Value;
        c.Reply.ArrayHeader(count);
        var steps = new BitFieldSteps(c);
        while (steps.TryNext(out var step)) c.Reply.Integer(step.Type.Read(bytes, step.Offset));
    }

    private static void Write(CommandContext c, int count, long length)
    {
        if (length > StringValue.StoredMax)
        {
            c.Reply.Error("ERR bit offset is not an integer or out of range"u8);
            return;
        }

        if (!StringValue.TryFind(c, 1, out var record)) return;
        var grows = record.IsMissing || record.ValueLength < length;
        var isOpen = grows;
        var opened = grows ? BitValue.Open(c, record, (int)length) : default;
        var changes = 0;
        c.Reply.ArrayHeader(count);
        var steps = new BitFieldSteps(c);
        while (steps.TryNext(out var step))
        {
            var before = step.Type.Read(isOpen ? opened.Value : record.Value, step.Offset);
            if (step.Action == BitFieldAction.Get)
            {
                c.Reply.Integer(before);
                continue;
            }

            if (!step.TryCompute(before, out var after))
            {
                c.Reply.Null();
                continue;
            }

            c.Reply.Integer(step.Action == BitFieldAction.Add ? after : before);
            if (!grows && after == before) continue;
            if (!isOpen) opened = BitValue.Open(c, record, (int)length);
            isOpen = true;
            var (first, bytes) = step.Bytes;
            step.Type.Write(opened.OpenRange(first, bytes), step.Offset & 7, after);
            changes++;
        }

        if (!isOpen) StringValue.MakeRaw(c, 1, record);
        Report(c, grows, changes);
    }

    private static void Report(CommandContext c, bool grows, int changes)
    {
        if (changes > 0)
        {
            c.Changed(changes);
            c.Notify(KeyspaceEvents.String, "setbit"u8, c[1]);
        }
        else if (grows)
        {
            // Every step failed, but the string is longer now. Redis does not tell its replicas, which are no copies then.
            c.Changed();
        }
    }
}
