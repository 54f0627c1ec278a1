using System.Globalization;
using Redouble.Interop.Tests.Harness;
using Redouble.Interop.Tests.Interop;

namespace Redouble.Interop.Tests.Runtime;

/// <summary>
/// What is done for the first time after a start finds its code compiled: neither a first BGSAVE nor a first full sync waits for the just-in-time
/// compiler. (What the compiler improves later, on its own thread, is another matter.)
/// </summary>
public sealed class CompilationTests
{
    [RedoubleFact]
    public void AFirstSaveAndSyncCompileNothing()
    {
        using ServerProcess primary = Start("primary");
        using ServerProcess replica = Start("replica");
        foreach (ServerProcess server in (ServerProcess[])[primary, replica])
        {
            server.WaitForLog("Rehearsal finished", 180_000);
            for (var i = 0; i < 3; i++)
            {
                // What any client does: connections come and go, commands of every day.
                using RespClient client = server.Connect();
                client.Must("SET", "key", "value");
                client.Must("GET", "key");
                client.Must("DBSIZE");
                client.Info("persistence");
                client.Info("replication");
            }
        }

        primary.Once("DEBUG", "POPULATE", "20000");
        primary.Once("SETBIT", "bitmap", "20000000", "1");
        Mark(primary, Begin);
        Mark(replica, Begin);
        primary.Once("BGSAVE");
        Poll.Until("the save to end", () => primary.Info("persistence")["rdb_bgsave_in_progress"] == "0");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        Assert.Equal("ok", primary.Info("persistence")["rdb_last_bgsave_status"]);
        Mark(primary, End);
        Mark(replica, End);

        string compiled = CompiledFirst(primary) + CompiledFirst(replica);
        Assert.True(compiled.Length == 0, compiled);
    }

    /// <summary>
    /// What the compiler improves later must not keep the data thread from its core: its thread comes after the others once the start is over.
    /// </summary>
    [RedoubleFact]
    public void TheCompilersThreadStepsBackWhenTheStartIsOver()
    {
        using ServerProcess server = Start("compiler");
        server.WaitForLog("Rehearsal finished", 180_000);
        (string Name, int Nice)[] threads = [.. Directory.EnumerateDirectories($"/proc/{server.Pid}/task").Select(NameAndNice)];
        (string Name, int Nice) data = threads.First(thread => thread.Name == "redouble");
        Assert.Equal(Math.Min(data.Nice + 10, 19), Assert.Single(threads, thread => thread.Name == ".NET Tiered Com").Nice);
    }

    /// <summary>
    /// On one core the compiler is in the way of a start that loads: it leaves alone what a start does some dozen times and no longer
    /// (forty methods compiled again; with the runtime's thirty calls some 260).
    /// </summary>
    [RedoubleFact]
    public void AStartHasLittleCompiledAgain()
    {
        using ServerProcess server = Start("start", rehearsal: "no");
        server.Once("PING");
        Assert.InRange(Compiled(server).Count(line => line.Contains("Tier1", StringComparison.Ordinal)), 1, 130);
    }

    private static (string Name, int Nice) NameAndNice(string thread)
    {
        string stat = File.ReadAllText(Path.Combine(thread, "stat"));
        int end = stat.LastIndexOf(')');
        return (stat[(stat.IndexOf('(', StringComparison.Ordinal) + 1)..end], int.Parse(stat[(end + 2)..].Split(' ')[16], CultureInfo.InvariantCulture));
    }

    // Generic code over a type of the command's own is compiled at its first use, so it is found in the compiler's list.
    private static readonly (string[] Command, string Trace) Begin = (["KEYS", "none"], "KeysCommands+");
    private static readonly (string[] Command, string Trace) End = (["SCAN", "0"], "ScanCommands+");

    private static void Mark(ServerProcess server, (string[] Command, string Trace) mark) => server.Once(mark.Command);

    private static ServerProcess Start(string name, string rehearsal = "yes")
    {
        var directory = new TempDirectory(name + "-jit");
        string[] wrapper = ["/usr/bin/env", $"DOTNET_JitStdOutFile={directory["jit"]}", "DOTNET_JitDisasmSummary=1"];
        return ServerProcess.CreateUnder(wrapper, ServerKind.Redouble, directory, name, "--loglevel", "debug", "--rehearsal", rehearsal).Start();
    }

    // "   1: JIT compiled Namespace.Type:Method(arguments) [Tier0, IL size=1, code size=2]". A method that was listed before, or is compiled to
    // its last tier, has code already and is compiled again, by the runtime's own thread. The list is complete when the process has ended.
    private static string CompiledFirst(ServerProcess server)
    {
        string[] lines = Compiled(server);
        int begin = Array.FindIndex(lines, line => line.Contains(Begin.Trace, StringComparison.Ordinal));
        int end = Array.FindIndex(lines, line => line.Contains(End.Trace, StringComparison.Ordinal));
        Assert.True(begin > 0 && end > begin, $"The marks are not in the compiler's list of {lines.Length} lines: {begin}, {end}.");
        var known = lines.Take(begin).Select(Method).ToHashSet();
        return string.Join('\n', lines[(begin + 1)..end].Where(line => !line.Contains("Tier1", StringComparison.Ordinal) && !known.Contains(Method(line))));
    }

    private static string[] Compiled(ServerProcess server)
    {
        server.Terminate();
        return [.. File.ReadLines(server.Directory["jit"]).Where(line => line.Contains("JIT compiled ", StringComparison.Ordinal))];
    }

    private static string Method(string line)
    {
        int start = line.IndexOf("JIT compiled ", StringComparison.Ordinal);
        int end = line.LastIndexOf(" [", StringComparison.Ordinal);
        return end > start ? line[start..end] : line;
    }
}
