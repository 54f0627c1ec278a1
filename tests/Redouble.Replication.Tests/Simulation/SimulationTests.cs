namespace Redouble.Replication.Tests.Simulation;

public sealed class SimulationTests
{
    // A planted bug must be found by what is run every time, no more.
    private const int SeedsMax = 1500;

    /// <summary>REDOUBLE_SIMULATION_SEEDS runs more seeds by hand, REDOUBLE_SIMULATION_SEED one of them with its trace.</summary>
    [Fact]
    public void ManySeedsKeepEveryRule()
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("REDOUBLE_SIMULATION_SEED"), out var one))
        {
            Scenario.Run(one, trace: true);
            return;
        }

        var seeds = int.TryParse(Environment.GetEnvironmentVariable("REDOUBLE_SIMULATION_SEEDS"), out var count) ? count : SeedsMax;
        var fullSyncs = 0L;
        var acknowledged = 0L;
        for (var seed = 1; seed <= seeds; seed++)
        {
            var world = Scenario.Run(seed);
            fullSyncs += world.FullSyncs;
            acknowledged += world.AcknowledgedWrites;
        }

        Assert.True(fullSyncs > seeds && acknowledged > seeds, $"The runs are too tame: {fullSyncs} full syncs, {acknowledged} acknowledged writes.");
    }

    [Theory]
    [InlineData("OffsetTooLarge")]
    [InlineData("OffsetTooSmall")]
    [InlineData("MissedBacklogWrap")]
    [InlineData("HalfTransaction")]
    [InlineData("ReusedReplicationId")]
    [InlineData("EarlyAck")]
    [InlineData("LateSnapshot")]
    [InlineData("MissingSelect")]
    public void APlantedBugIsCaught(string name)
    {
        var bug = Enum.Parse<PlantedBug>(name);
        for (var seed = 1; seed <= SeedsMax; seed++)
        {
            try
            {
                Scenario.Run(seed, bug);
            }
            catch (SimulationException)
            {
                return;
            }
        }

        Assert.Fail($"{bug} went unnoticed in {SeedsMax} runs.");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(77)]
    public void ARunRepeatsFromItsSeed(int seed)
    {
        var first = Scenario.Run(seed, trace: true);
        var second = Scenario.Run(seed, trace: true);
        Assert.Equal(first.TraceText, second.TraceText);
        Assert.Equal(first.Events, second.Events);
    }
}
