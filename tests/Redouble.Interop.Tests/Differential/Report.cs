using Redouble.Interop.Tests.Harness;
using Xunit.Sdk;

namespace Redouble.Interop.Tests.Differential;

internal static class Report
{
    /// <summary>Runs a program; a difference is shrunk and reported with seed, minimal program and the last log lines of both servers.</summary>
    public static void FailOnMismatch(Runner runner, TestProgram program, ServerPair pair, bool shrink = true)
    {
        if (runner.Run(program) is not { } mismatch)
        {
            return;
        }

        if (!shrink)
        {
            throw new XunitException($"The servers differ in \"{program.Family}\" (RESP{program.Protocols[0]}) at\n{mismatch}\n{pair.LastCrash}");
        }

        (TestProgram minimal, Mismatch smallest) = Shrinker.Shrink(program, mismatch, runner.Run);
        throw new XunitException(
            $"The servers differ at {smallest}\n\nminimal program ({minimal})\n\n"
            + $"It was found by {program.Family} seed {program.Seed}: REDOUBLE_DIFF_SEEDS=={program.Seed}\n"
            + $"first seen as: {mismatch.Where}\n{pair.Subject.LogTail(8)}\n{pair.LastCrash}");
    }
}
