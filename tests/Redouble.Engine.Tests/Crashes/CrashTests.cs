using Redouble.Engine.Persistence;
using Xunit.Abstractions;

namespace Redouble.Engine.Tests.Crashes;

/// <summary>
/// At every operation on files that a run makes, each fault in turn: what the next start finds has all that was promised, and is from there on what was
/// sent, without a gap. It always starts.
/// </summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int PowerLosses = 3;
#if GUARDED
    private const int Step = 29; // the ordinary build takes them all
#else
    private const int Step = 1;
#endif

    [Theory]
    [InlineData("always", "aof-use-rdb-preamble yes")]
    [InlineData("always", "aof-use-rdb-preamble no")]
    [InlineData("everysec", "aof-use-rdb-preamble yes")]
    [InlineData("everysec", "aof-use-rdb-preamble no")]
    [InlineData("no", "aof-use-rdb-preamble yes")]
    [InlineData("rdb", "rdbcompression no")]
    [InlineData("always", "repl-backlog-persist yes")]
    [InlineData("always", CrashRun.Moves)]
    [InlineData("everysec", CrashRun.Moves)]
    public void What_was_promised_is_there_after_a_fault_at_any_operation(string policy, string directive)
    {
        var whole = CrashRun.Play(policy, new CrashDisk(new Dictionary<string, byte[]>()), directive);
        Assert.Equal(whole.Sent, CrashRun.Recover(policy, whole.Disk.AfterKill(), directive));
        Assert.InRange(whole.Disk.Operations, policy == "rdb" ? 5 : 100, 2000);
        var starts = 0;
        for (var at = 1; at <= whole.Disk.Operations; at += Step)
        {
            foreach (var fault in Enum.GetValues<CrashFault>())
            {
                if (policy != "always" && at % 6 != (int)fault) continue;
                starts += Check(policy, directive, at, fault);
            }
        }

        output.WriteLine($"{whole.Disk.Operations} operations, {starts} starts");
    }

    /// <summary>An error, and before its consequences are over another one, or the end of the process.</summary>
    [Theory]
    [InlineData("always", "aof-use-rdb-preamble yes")]
    [InlineData("everysec", "aof-use-rdb-preamble yes")]
    [InlineData("always", CrashRun.Moves)]
    [InlineData("everysec", CrashRun.Moves)]
    public void What_was_promised_is_there_after_two_faults(string policy, string directive)
    {
        const int distanceMax = 24;
        const int stride = 97 * Step; // of the pairs, which are too many
        CrashFault[] firsts = [CrashFault.Error, CrashFault.ErrorBehind, CrashFault.Full];
        var operations = CrashRun.Play(policy, new CrashDisk(new Dictionary<string, byte[]>()), directive).Disk.Operations;
        var pairs = from at in Enumerable.Range(1, operations)
                    from first in firsts
                    from distance in Enumerable.Range(1, distanceMax)
                    from second in Enum.GetValues<CrashFault>()
                    select ((at, first), (at + distance, second));
        foreach (var (first, second) in pairs.Where(static (_, number) => number % stride == 0)) CheckAll(policy, directive, first, second);
    }

    private static int Check(string policy, string directive, int at, CrashFault fault) => CheckAll(policy, directive, (at, fault));

    private static int CheckAll(string policy, string directive, params (int At, CrashFault Fault)[] faults)
    {
        var at = faults[^1].At;
        var run = CrashRun.Play(policy, new CrashDisk(new Dictionary<string, byte[]>(), faults), directive);
        var what = faults.Select(fault => $"{fault.Fault} at {fault.At}: {run.Disk.Trace.ElementAtOrDefault(fault.At - 1)}");
        var where = $"{policy}, {directive}, {string.Join("; then ", what)}";
        Require(run.SurvivesKill, run.Sent, run.Disk.AfterKill(), "SIGKILL");
        for (var seed = 0; seed < PowerLosses; seed++)
        {
            Require(run.SurvivesPowerLoss, run.Sent, run.Disk.AfterPowerLoss(new Random(at * 100 + seed)), $"power loss {seed}");
        }

        return 1 + PowerLosses;

        void Require(int promised, int sent, Dictionary<string, byte[]> files, string how)
        {
            int found;
            try
            {
                found = CrashRun.Recover(policy, files, directive);
            }
            catch (LoadRefusedException refusal)
            {
                Assert.Fail($"{where}, {how}: {refusal.Message}");
                return;
            }

            Assert.True(found >= promised && found <= sent, $"{where}, {how}: {found} of {promised} promised, {sent} sent");
        }
    }
}
