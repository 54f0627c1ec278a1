using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>
/// Random programs on both servers. <c>REDOUBLE_DIFF_SEEDS</c> widens the run: a count (<c>500</c>), a range (<c>1000-1999</c>) or one seed (<c>=77</c>);
/// <c>REDOUBLE_DIFF_STEPS</c> sets the length of the programs.
/// </summary>
public sealed class DifferentialTests(ServerPair pair) : IClassFixture<ServerPair>
{
    private const int DefaultSeeds = 25;

    public static TheoryData<string> FamilyNames() => [.. Families.Basic.Select(f => f.Name)];

    public static TheoryData<string> FamiliesWithEvents() => [.. Families.Basic.Where(f => f.HasEvents).Select(f => f.Name)];

    [PairTheory]
    [MemberData(nameof(FamilyNames))]
    public void RepliesAndDataSetsAgree(string family) => RunSeeds(family, 1);

    [PairTheory]
    [MemberData(nameof(FamilyNames))]
    public void ReplicationStreamsAgree(string family) => RunSeeds(family, 10_001, withStreams: true);

    [PairTheory]
    [MemberData(nameof(FamiliesWithEvents))]
    public void KeyspaceEventsAgree(string family) => RunSeeds(family, 20_001, withEvents: true);

    private void RunSeeds(string family, int firstSeed, bool withStreams = false, bool withEvents = false)
    {
        Family generator = Families.Named(family);
        using var runner = new Runner(pair, generator.Reset) { WithStreams = withStreams, WithEvents = withEvents };
        foreach (int seed in ProgramSeeds.From(firstSeed, DefaultSeeds))
        {
            Report.FailOnMismatch(runner, generator.Program(seed), pair);
        }
    }
}
