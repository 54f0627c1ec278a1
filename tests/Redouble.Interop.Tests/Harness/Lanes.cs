using Redouble.Interop.Tests.Differential.Collections;
using Redouble.Interop.Tests.Health;
using Redouble.Interop.Tests.Interop;
using Xunit.Abstractions;

[assembly: CollectionBehavior(CollectionBehavior.CollectionPerClass, MaxParallelThreads = 6)]
[assembly: TestCollectionOrderer("Redouble.Interop.Tests.Harness.Lanes", "Redouble.Interop.Tests")]

namespace Redouble.Interop.Tests.Harness;

/// <summary>
/// Which classes run beside which. Most keep a core busy while they run; some wait for time to pass nearly all of theirs: timeouts, retries, elections.
/// Each of those belongs to one of four lanes, <c>[Collection(Lanes.Syncs)]</c>, which begin first and are long, so that two or three of the others run beside
/// them, a class each: with more of those two cores would be late for what has to come in time. The longest come first.
/// </summary>
public sealed class Lanes : ITestCollectionOrderer
{
    /// <summary>A minute of steady load.</summary>
    public const string Steady = "lane of steady load";

    /// <summary>Long syncs and loads.</summary>
    public const string Syncs = "lane of syncs";

    /// <summary>Failovers by Sentinels, and of links that say nothing.</summary>
    public const string Failovers = "lane of failovers";

    /// <summary>Primaries that talk nonsense or not at all; full syncs over two channels, which are slowed down to be seen.</summary>
    public const string Links = "lane of links";

    private const string OfClass = "Test collection for ";

    private static readonly Type[] Longest =
    [
        typeof(SyncTests), typeof(MixedFleetTests), typeof(DirectLoadTests), typeof(HealthTests), typeof(ChainTests), typeof(CoverageTests),
        typeof(CutTests), typeof(LargeStringTests), typeof(RoleChangeTests), typeof(StormTests), typeof(DirectiveTests), typeof(Interop.FailoverTests),
    ];

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) => testCollections.OrderBy(Place);

    private static int Place(ITestCollection collection)
    {
        if (!collection.DisplayName.StartsWith(OfClass, StringComparison.Ordinal)) return -1; // a lane
        string name = collection.DisplayName[OfClass.Length..].Split(' ')[0];
        int place = Array.FindIndex(Longest, type => type.FullName == name);
        return place < 0 ? Longest.Length : place;
    }
}
