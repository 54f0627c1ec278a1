using Redouble.Simulation.Tests.Checks;
using Redouble.Simulation.Tests.Machinery;
using Redouble.Simulation.Tests.Nodes;
using Redouble.Simulation.Tests.Scenarios;
using Xunit.Abstractions;

namespace Redouble.Simulation.Tests;

/// <summary>
/// As <see cref="SimulationTests"/>, with append-only files: tails are lost or not, nodes come back in another role, files are edited, repaired, and written on
/// by a Redis. Nothing may ever go on partially onto data that differs. <c>REDOUBLE_SIMULATION_AOF_SEED=77</c> plays one seed with its trace, <c>_FIRST</c> and
/// <c>_SEEDS</c> play others than the first ones.
/// </summary>
public sealed class AppendOnlyTests(ITestOutputHelper output)
{
    private const int SeedsByDefault = 600;
    private const int PlantedSeedsMax = 1000;

    [Fact]
    public void ManySeedsKeepEveryRule()
    {
        if (Number("REDOUBLE_SIMULATION_AOF_SEED", 0) is var one and not 0)
        {
            output.WriteLine(Run.Play(one, trace: true, appendOnly: true).World.TraceText);
            return;
        }

        var first = Number("REDOUBLE_SIMULATION_AOF_FIRST", 1);
        var seeds = Number("REDOUBLE_SIMULATION_AOF_SEEDS", SeedsByDefault);
        var (fullSyncs, partialSyncs, loads, doubted, comparisons, durable, kept) = (0L, 0L, 0L, 0L, 0L, 0L, 0L);
        var failures = new List<string>();
        for (var seed = first; seed < first + seeds && failures.Count < 10; seed++)
        {
            try
            {
                var run = Run.Play(seed, appendOnly: true);
                fullSyncs += run.FullSyncs;
                partialSyncs += run.PartialSyncs;
                loads += run.Cluster.AppendOnlyLoads;
                doubted += run.Cluster.PlacesDoubted;
                comparisons += run.Cluster.Checker.Comparisons;
                durable += run.Cluster.Checker.Durability.Looks;
                kept += run.Cluster.Checker.Kept.Looks;
            }
            catch (SimulationException failure)
            {
                failures.Add($"append-only seed {seed}: {failure}");
            }
        }

        var facts = $"{seeds} seeds: {loads} loads of append-only files, {doubted} of them without a place, "
            + $"{fullSyncs} full and {partialSyncs} partial syncs, {comparisons} equal states, {durable} times all data on a disk, "
            + $"{kept} times all data there again";
        output.WriteLine(facts);
        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
        Assert.True(loads > seeds / 2 && doubted > seeds / 20 && loads - doubted > seeds / 4, $"The runs are too tame: {facts}");
        Assert.True(partialSyncs > seeds / 2 && durable > seeds && kept > seeds / 2, $"The runs are too tame: {facts}");
    }

    /// <summary>Seeds that have found something, as long as the scenarios leave them what they were.</summary>
    [Theory]
    [InlineData(702257)] // with appendfsync no, a SHUTDOWN failed by its fsync; no other one followed, and its error was there for ever
    public void ASeedThatFailedKeepsEveryRule(int seed) => Assert.Equal(seed, Run.Play(seed, appendOnly: true).World.Seed);

    [Fact]
    public void AForgedMarkIsNoticed()
    {
        for (var seed = 1; seed <= PlantedSeedsMax; seed++)
        {
            try
            {
                Run.Play(seed, PlantedBug.ForgedMark, Rules.SameData, appendOnly: true);
            }
            catch (SimulationException failure)
            {
                Assert.Equal(nameof(Rules.SameData), failure.Rule);
                output.WriteLine($"seed {seed}");
                return;
            }
        }

        Assert.Fail("Data that differs was taken for the same, and nobody noticed.");
    }

    [Theory]
    [InlineData("LostTail")]
    [InlineData("ForgottenPending")]
    public void WhatALoadLacksIsNoticed(string bug)
    {
        for (var seed = 1; seed <= PlantedSeedsMax; seed++)
        {
            try
            {
                Run.Play(seed, Enum.Parse<PlantedBug>(bug), Rules.KeptData, appendOnly: true);
            }
            catch (SimulationException failure)
            {
                Assert.Equal(nameof(Rules.KeptData), failure.Rule);
                output.WriteLine($"seed {seed}");
                return;
            }
        }

        Assert.Fail("Data were gone after a restart, and nobody noticed.");
    }

    private static int Number(string variable, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(variable), out var number) ? number
        : otherwise;
}
