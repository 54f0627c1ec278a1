using Redouble.Engine.Tests.Harness;
using static Redouble.Engine.Tests.Persistence.LargeStrings;

namespace Redouble.Engine.Tests.Persistence;

/// <summary>What clients do to strings that are being saved in parts, command by command; a class of its own, that another core may run it.</summary>
public sealed class LargeStringProgramTests
{
    // What is saved before the commands, and between two of them. A guarded build copies what is large with each command, so it does a part.
#if GUARDED
    private static readonly string[] Compressions = ["no"];
    private static readonly (int Before, int Between)[] Slices = [(0, 0), (40, 20)];
#else
    private static readonly string[] Compressions = ["no", "yes"];
    private static readonly (int Before, int Between)[] Slices = [(0, 0), (20, 0), (40, 20), (0, 1)];
#endif

    public static TheoryData<string, string> Programs()
    {
        string[] programs =
        [
            "SETBIT a 0 1; SETBIT a 11999999 1; SETBIT a 6000000 1", "SETBIT a 12000000 1", "SETBIT a 20000000 1; SETBIT a 5 1",
            "BITFIELD a SET u8 11999990 200 INCRBY i64 64 5 GET u8 0", "BITFIELD a SET u8 #1500000 1 SET u8 #100 7",
            "SETRANGE a 1499990 0123456789ABCDEF; SETRANGE a 700000 middle", "SETRANGE a 2000000 beyond; SETRANGE a 1 x",
            "APPEND a more; APPEND a more; SETRANGE a 100 changed", "GETRANGE a 0 20000; SETRANGE a 10 lent; GETRANGE a 0 20000",
            "DEL a", "SETRANGE a 500 first; DEL a", "UNLINK a; SET a new", "SET a short; APPEND a er", "SET a short; SETRANGE a 2000000 x",
            "RENAME a r; SETRANGE r 7 renamed", "SETRANGE a 7 x; RENAME a b; SETRANGE b 9 y", "MOVE a 1; SELECT 1; SETRANGE a 70000 moved; SELECT 0",
            "COPY a c; SETRANGE c 5 copy; SETRANGE a 6 original", "SWAPDB 0 1; SELECT 1; SETRANGE a 9 swapped; SELECT 0", "FLUSHDB", "FLUSHDB; SET a new",
            "SETRANGE a 5 x; FLUSHDB; SETRANGE a 2000000 x", "PEXPIRE a 100000; SETRANGE a 5 x; PERSIST a; SETRANGE a 9000 x",
            "BITOP NOT a a", "BITOP OR a a b", "BITOP AND d a b; SETRANGE d 5 x", "SETBIT a 9 1; BITOP XOR a a a; SETBIT a 10 1", "EXPIRE a -1",
            "GETDEL a", "GETSET a short", "MSET a 1 b 2",
        ];
        var data = new TheoryData<string, string>();
        foreach (var program in programs)
        {
            foreach (var compression in Compressions) data.Add(compression, program);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void The_file_holds_what_was_there_at_the_start(string compression, string program)
    {
        foreach (var (before, between) in compression == "yes" ? Slices[..2] : Slices)
        {
            using var node = new LimitedNode(0, $"rdbcompression {compression}");
            Fill(node);
            var digest = node.Digest;
            Assert.StartsWith("+Background saving started", node.Engine.Do("BGSAVE"), StringComparison.Ordinal);
            Slice(node, before);
            foreach (var command in program.Split("; "))
            {
                Assert.DoesNotContain("-ERR", node.Engine.Do(command), StringComparison.Ordinal);
                node.EndTurn();
                Slice(node, between);
            }

            AssertSaves(node, digest);
            if (before > 0) continue;
            digest = node.Digest;
            node.Engine.Do("BGSAVE");
            AssertSaves(node, digest);
        }
    }
}
