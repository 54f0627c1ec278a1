using Redouble.Engine.Verification;
using Redouble.Simulation.Tests.Nodes;

namespace Redouble.Simulation.Tests.Checks;

/// <summary>
/// REDOUBLE VERIFY: it reports no difference. That copies do not differ is what the other rules see to; with a difference planted this one shows that
/// it is found, by name.
/// </summary>
internal sealed class VerificationCheck(Checker checker)
{
    private readonly Dictionary<Process, long> _runs = [];

    /// <summary>Copies that were found equal.</summary>
    public long Equal { get; private set; }

    public void AfterTurn(Process process)
    {
        var verification = process.Node.Verification;
        if (verification.Runs == _runs.GetValueOrDefault(process) || verification.Last is not { } result) return;
        _runs[process] = verification.Runs;
        Equal += result.Compared - result.Different;
        checker.Require(result.Different == 0, Rules.TrueVerification, () => $"{process} finds a difference at {result.Offset}: {Describe(result)}");
    }

    private static string Describe(VerificationResult result) =>
        string.Join("; ", result.Copies.Select(static copy => $"{copy.Address}:{copy.Port} {copy.DifferingKeys} keys {string.Join(' ', copy.Listed)}"));
}
