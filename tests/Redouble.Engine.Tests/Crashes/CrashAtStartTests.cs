using System.Text;
using System.Text.RegularExpressions;
using Redouble.Engine.Persistence;
using Redouble.Engine.Tests.Harness;
using Redouble.Engine.Tests.Persistence.Aof;
using Xunit.Abstractions;

namespace Redouble.Engine.Tests.Crashes;

/// <summary>
/// A start on files that are there already, with a fault at each of its operations in turn: it refuses and names the file, or goes on; and the start after
/// it finds all that was promised before, and what the one with the fault has promised.
/// </summary>
public sealed partial class CrashAtStartTests(ITestOutputHelper output)
{
    private const int Numbers = 5;
    private const string Manifest = AofSet.Folder + "appendonly.aof.manifest";
    private const string Incremental = AofSet.Folder + AofSet.Incremental;
    private const string Old = "/data/appendonly.aof";
#if GUARDED
    private const int Step = 9; // the ordinary build takes them all
#else
    private const int Step = 1;
#endif

    public static TheoryData<string, string> Kinds { get; } = new()
    {
        { "always", "nothing" }, { "always", "whole" }, { "always", "cut in a command" }, { "always", "cut in a transaction" }, { "always", "cut in a mark" },
        { "always", "old" }, { "always", "old, cut" }, { "always", "old with its manifest" }, { "always", "old with an RDB in front" },
        { "always", "an RDB beside it" }, { "everysec", "cut in a command" }, { "everysec", "old, cut" },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Nothing_is_lost_in_a_start_on_files_of_a_kind(string policy, string kind)
    {
        var files = FilesOf(kind);
        var promised = kind == "nothing" ? 0 : Numbers;
        var starts = 0;
        foreach (var fault in Enum.GetValues<CrashFault>()) starts += CheckStart(policy, kind, files, promised, promised, _ => fault);
        Assert.InRange(starts, 6, 1000);
        output.WriteLine($"{starts} starts");
    }

    /// <summary>
    /// Half a manifest, history that is not removed yet, a base without a manifest: each kind of operation of a first run leaves its own, by SIGKILL and by
    /// a power loss.
    /// </summary>
    [Theory]
    [InlineData("always", "aof-use-rdb-preamble yes")]
    [InlineData("always", "aof-use-rdb-preamble no")]
    [InlineData("everysec", "aof-use-rdb-preamble yes")]
    [InlineData("always", "repl-backlog-persist yes")]
    public void Nothing_is_lost_in_a_start_on_what_a_run_has_left(string policy, string directive)
    {
        var whole = CrashRun.Play(policy, new CrashDisk(new Dictionary<string, byte[]>()), directive);
        var starts = 0;
        var count = 0;
        foreach (var at in Stops(whole.Disk.Trace).Where((_, number) => number % Step == 0))
        {
            foreach (var stop in (CrashFault[])[CrashFault.StopBefore, CrashFault.StopWithin, CrashFault.StopBehind])
            {
                var first = CrashRun.Play(policy, new CrashDisk(new Dictionary<string, byte[]>(), at, stop), directive);
                var where = $"{directive}, {stop} at {at}: {whole.Disk.Trace[at - 1]}";
                count++;
                starts += CheckStart(policy, where, first.Disk.AfterKill(), first.SurvivesKill, first.Sent, Fault, directive);
                starts += CheckStart(
                    policy, where + ", power loss", first.Disk.AfterPowerLoss(new Random(at)), first.SurvivesPowerLoss, first.Sent, Fault, directive);
                CrashFault Fault(int operation) => (CrashFault)((operation + count) % Enum.GetValues<CrashFault>().Length);
            }
        }

        output.WriteLine($"{starts} starts");
    }

    private static Dictionary<string, byte[]> FilesOf(string kind)
    {
        var commands = Enumerable.Range(1, Numbers).SelectMany(static number => CrashRun.Transaction(number)).ToArray();
        byte[] cut = [.. commands, .. "*3\r\n$5\r\nRPU"u8];
        var manifest = $"file {AofSet.Incremental} seq 1 type i\n";
        return kind switch
        {
            "nothing" => [],
            "whole" => Set(commands),
            "cut in a command" => Set(cut),
            "cut in a transaction" => Set([.. commands, .. CrashRun.Transaction(Numbers + 1)[..^5]]),
            "cut in a mark" => Set([.. commands, .. "#RD:12"u8]),
            "old" => new() { [Old] = commands },
            "old, cut" => new() { [Old] = cut },
            "old with its manifest" => new() { [Old] = commands, [Manifest] = "file appendonly.aof seq 1 type b\n"u8.ToArray() },
            "old with an RDB in front" => new() { [Old] = [.. Rdb(Numbers - 2), .. CrashRun.Transaction(Numbers - 1), .. CrashRun.Transaction(Numbers)] },
            _ => new() { ["/data/dump.rdb"] = Rdb(Numbers), [Incremental] = commands, [Manifest] = Encoding.ASCII.GetBytes(manifest) },
        };

        Dictionary<string, byte[]> Set(byte[] bytes) => new() { [Incremental] = bytes, [Manifest] = Encoding.ASCII.GetBytes(manifest) };
    }

    private static byte[] Rdb(int numbers)
    {
        using var node = new EngineNode();
        for (var number = 1; number <= numbers; number++) node.Send(CrashRun.Transaction(number));
        node.Do("SAVE");
        return node.Files.Files["/data/dump.rdb"];
    }

    // The first and the last of each kind.
    private static IEnumerable<int> Stops(List<string> trace) => trace
        .Select(static (operation, index) => (Kind: Digits().Replace(operation, "#"), Number: index + 1))
        .GroupBy(static entry => entry.Kind)
        .SelectMany(static kind => (int[])[kind.First().Number, kind.Last().Number])
        .Distinct()
        .Order();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();

    private static int CheckStart(
        string policy, string where, Dictionary<string, byte[]> files, int promised, int sent, Func<int, CrashFault> faultAt, params string[] directives)
    {
        var whole = CrashRun.Restart(policy, new CrashDisk(files), promised, sent, directives);
        Assert.True(whole.Refusal == null, $"{where}: {whole.Refusal}");
        for (var at = 1; at <= whole.Disk.Operations; at++)
        {
            var fault = faultAt(at);
            var run = CrashRun.Restart(policy, new CrashDisk(files, at, fault), promised, sent, directives);
            var what = $"{policy}, {where}; then {fault} at {at}: {run.Disk.Trace.ElementAtOrDefault(at - 1)}";
            if (run.Refusal is { } refusal) Assert.True(refusal.Contains("appendonly", StringComparison.Ordinal), $"{what}: {refusal}");
            Require(what + ", SIGKILL", run.SurvivesKill, run.Sent, run.Disk.AfterKill());
            Require(what + ", power loss", run.SurvivesPowerLoss, run.Sent, run.Disk.AfterPowerLoss(new Random(at)));
        }

        return whole.Disk.Operations;

        void Require(string what, int least, int most, Dictionary<string, byte[]> left)
        {
            try
            {
                var found = CrashRun.Recover(policy, left, directives);
                Assert.True(found >= least && found <= most, $"{what}: {found} of {least} promised, {most} sent");
            }
            catch (LoadRefusedException failure)
            {
                Assert.Fail($"{what}: {failure.Message}");
            }
        }
    }
}
