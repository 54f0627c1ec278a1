using Redouble.Simulation.Tests.Checks;
using Redouble.Simulation.Tests.Machinery;
using Redouble.Simulation.Tests.Nodes;
using Redouble.Simulation.Tests.Scenarios;
using Xunit.Abstractions;

namespace Redouble.Simulation.Tests;

/// <summary>Each rule notices when it is broken: a mistake is built in, and some run of a few thousand must fail by that rule.</summary>
public sealed class PlantedBugTests(ITestOutputHelper output)
{
    private const int SeedsMax = 5000;

    [Theory]
    // The rare ones from near where they show on.
    [InlineData("LostByte", "CleanStream, SameBytes")]
    [InlineData("OffsetTooLarge", "CleanStream")]
    [InlineData("OffsetTooSmall", "SameBytes")]
    [InlineData("MissedBacklogWrap", "SameData")]
    [InlineData("UncheckedHistory", "SameData")]
    [InlineData("HalfTransaction", "WholeTransactions")]
    [InlineData("ReusedReplicationId", "SameData", 550)]
    [InlineData("EarlyAck", "HonestAcks")]
    [InlineData("SnapshotOffset", "SameBytes")]
    [InlineData("SnapshotOffset", "SameData")]
    [InlineData("MissingSelect", "SameData")]
    [InlineData("ReplicaExpires", "SameData")]
    [InlineData("PromotionKeepsName", "SameBytes, SameData")]
    [InlineData("SecondNameForEver", "SameData", 2480)]
    [InlineData("SpopAsSent", "SameData")]
    [InlineData("XaddAsSent", "SameData")]
    [InlineData("RelativeExpiry", "SameData")]
    [InlineData("UntoldExpiry", "SameData")]
    [InlineData("UntoldFieldExpiry", "SameData", 120)]
    [InlineData("UntoldPop", "SameData")]
    [InlineData("UntoldGroup", "SameData", 350)]
    [InlineData("UnsavedKey", "SameData")]
    [InlineData("UnsavedElement", "SameData, Progress, NoException")]
    [InlineData("LostWrite", "AcknowledgedWrites")]
    [InlineData("ShortReport", "GivenUpWrites")]
    [InlineData("DeafPrimary", "Progress")]
    [InlineData("UnpausedFailover", "SafeFailover")]
    [InlineData("EarlyPromotion", "SafeFailover", 80)]
    [InlineData("RolledBackData", "SameData")]
    [InlineData("AlteredCopy", "TrueVerification", 40)]
    [InlineData("StuckDeadline", "NoSpin")]
    [InlineData("StaleDatabase", "SameData")]
    [InlineData("UntoldEviction", "SameData")]
    public void APlantedBugIsCaught(string name, string rule, int first = 1)
    {
        var bug = Enum.Parse<PlantedBug>(name);
        var rules = Enum.Parse<Rules>(rule);
        for (var seed = first; seed < first + SeedsMax; seed++)
        {
            try
            {
                Run.Play(seed, bug, rules);
            }
            catch (SimulationException failure)
            {
                Assert.True(rules.HasFlag(Enum.Parse<Rules>(failure.Rule)), failure.Message);
                output.WriteLine(failure.Message.Split('\n')[0]);
                return;
            }
        }

        Assert.Fail($"{bug} went unnoticed by {rule} in {SeedsMax} runs.");
    }
}
