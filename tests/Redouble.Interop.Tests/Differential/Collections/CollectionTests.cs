using Redouble.Interop.Tests.Harness;
using Xunit.Sdk;

namespace Redouble.Interop.Tests.Differential.Collections;

/// <summary>
/// Random programs about collections on both servers: replies, contents, encodings; replication streams; full synchronisation of the result both ways.
/// <see cref="ProgramSeeds"/> says how to run more of them.
/// </summary>
public sealed class CollectionTests(ServerPair pair) : IClassFixture<ServerPair>
{
    private const int DefaultSeeds = 6;
    private const int DefaultSyncs = 2;

    public static TheoryData<string> FamilyNames() => [.. Families.OfCollections.Select(f => f.Name)];

    [PairTheory]
    [MemberData(nameof(FamilyNames))]
    public void RepliesAndDataSetsAgree(string family)
    {
        using var runner = new Runner(pair, Vocabulary.Defaults);
        RunSeeds(runner, family, ProgramSeeds.From(1, DefaultSeeds));
    }

    [PairTheory]
    [MemberData(nameof(FamilyNames))]
    public void ReplicationStreamsAgree(string family)
    {
        using var runner = new Runner(pair, Vocabulary.Defaults) { WithStreams = true };
        RunSeeds(runner, family, ProgramSeeds.From(10_001, DefaultSeeds));
    }

    [PairTheory]
    [MemberData(nameof(FamilyNames))]
    public void KeyspaceEventsAgree(string family)
    {
        using var runner = new Runner(pair, Vocabulary.Defaults) { WithEvents = true };
        RunSeeds(runner, family, ProgramSeeds.From(15_001, DefaultSeeds));
    }

    [PairTheory]
    [MemberData(nameof(FamilyNames))]
    public void CopiesByFullSyncAgree(string family)
    {
        using var runner = new Runner(pair, Vocabulary.Defaults) { WithFullSync = true };
        RunSeeds(runner, family, ProgramSeeds.From(20_001, DefaultSyncs));
    }

    private void RunSeeds(Runner runner, string family, IEnumerable<int> seeds)
    {
        Family generator = Families.Named(family);
        var found = new List<string>();
        foreach (int seed in seeds.TakeWhile(_ => found.Count < ProgramSeeds.FindingsMax))
        {
            try
            {
                Report.FailOnMismatch(runner, generator.Program(seed), pair);
            }
            catch (XunitException e)
            {
                found.Add(e.Message);
            }
        }

        Assert.True(found.Count == 0, string.Join("\n", found));
    }
}
