using System.Text;
using Redouble.Engine.Commands.Strings;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Structures;

namespace Redouble.Engine.Commands.HyperLogLog;

/// <summary>PFDEBUG, PFSELFTEST.</summary>
internal static class HyperLogLogDebugCommands
{
    [Command("pfdebug", Arity = 3, Flags = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Admin, Acl = AclCategory.HyperLogLog,
        Keys = "RW access @2", Group = CommandGroup.HyperLogLog, Since = "2.8.9", Summary = "Shows the registers of a HyperLogLog, or makes them dense.",
        Complexity = "N/A", Syntax = "subcommand key", System = true)]
    public static void PfDebug(CommandContext c)
    {
        if (!HyperLogLogKey.TryFind(c, 2, out var record)) return;
        if (record.IsMissing)
        {
            c.Reply.Error("ERR The specified key does not exist"u8);
            return;
        }

        StringValue.MakeRaw(c, 2, record);
        if (c.Is(1, "getreg"u8)) GetRegisters(c, record);
        else if (c.Is(1, "decode"u8)) Decode(c, record);
        else if (c.Is(1, "encoding"u8)) c.Reply.SimpleString(HyperLogLogBytes.IsDense(record.Value) ? "dense"u8 : "sparse"u8);
        else if (c.Is(1, "todense"u8)) ToDense(c, record);
        else c.Reply.Error($"ERR Unknown PFDEBUG subcommand '{c.Shown(1)}'");
    }

    [Command("pfselftest", Arity = 1, Flags = CommandFlags.Admin, Acl = AclCategory.HyperLogLog, Group = CommandGroup.HyperLogLog, Since = "2.8.9",
        Summary = "Tests registers and estimates with ten million elements.", Complexity = "N/A", System = true)]
    public static void PfSelfTest(CommandContext c)
    {
        var failure = new HyperLogLogSelfTest(c.Node.Picks, c.Config.HllSparseMaxBytes).Run();
        if (failure == null) c.Reply.Ok();
        else c.Reply.Error($"TESTFAILED {failure}");
    }

    private static void GetRegisters(CommandContext c, ReadRecord record)
    {
        Span<byte> registers = stackalloc byte[HyperLogLogBytes.RegisterCount];
        registers.Clear();
        if (!HyperLogLogBytes.TryMerge(record.Value, registers))
        {
            HyperLogLogKey.ReplyCorrupt(c);
            return;
        }

        // It changes the encoding, as Redis' does, and replicas have to follow.
        if (MakeDense(c, record)) ReplyRegisters(c, registers);
    }

    private static void ReplyRegisters(CommandContext c, ReadOnlySpan<byte> registers)
    {
        c.Reply.ArrayHeader(registers.Length);
        foreach (var rank in registers) c.Reply.Integer(rank);
    }

    private static void Decode(CommandContext c, ReadRecord record)
    {
        if (HyperLogLogBytes.IsDense(record.Value))
        {
            c.Reply.Error("ERR HLL encoding is not sparse"u8);
            return;
        }

        var opcodes = record.Value[HyperLogLogBytes.HeaderSize..];
        var text = new StringBuilder();
        for (var at = 0; at < opcodes.Length;)
        {
            var (run, rank, size) = HyperLogLogSparse.Read(opcodes, at);
            if (at > 0) text.Append(' ');
            if (rank > 0) text.Append("v:").Append(rank).Append(',');
            else text.Append(opcodes[at] < HyperLogLogSparse.ExtendedZero ? "z:" : "Z:");
            text.Append(run);
            at += size;
        }

        c.Reply.Bulk(text.ToString());
    }

    private static void ToDense(CommandContext c, ReadRecord record)
    {
        var isDense = HyperLogLogBytes.IsDense(record.Value);
        if (MakeDense(c, record)) c.Reply.Integer(isDense ? 0 : 1);
    }

    private static bool MakeDense(CommandContext c, ReadRecord record)
    {
        if (HyperLogLogBytes.IsDense(record.Value)) return true;
        if (!HyperLogLogKey.Open(c, 2, record).TryMakeDense())
        {
            HyperLogLogKey.ReplyCorrupt(c);
            return false;
        }

        c.Changed();
        return true;
    }
}
