using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>The runner itself: it must see a difference in replies, in the data set and in the stream, and shrink to what shows it.</summary>
public sealed class RunnerTests(EqualPair pair) : IClassFixture<EqualPair>
{
    [RedisTheory]
    [InlineData("INCR", "DECR", "replies")]
    [InlineData("DEL", "UNLINK", "stream")]
    [InlineData("STRLEN", "GET", "replies")]
    public void FindsAndShrinksAPlantedDifference(string from, string to, string kind)
    {
        using var runner = new Runner(pair.Pair, []) { WithStreams = true, Plant = args => args[0] == from ? [to, .. args[1..]] : args };
        Family strings = Families.Named("strings");
        for (int seed = 1; seed < 50; seed++)
        {
            TestProgram program = strings.Program(seed);
            if (runner.Run(program) is { } mismatch)
            {
                (TestProgram minimal, Mismatch smallest) = Shrinker.Shrink(program, mismatch, runner.Run);
                Assert.InRange(minimal.Steps.Count, 1, 3);
                Assert.Contains(minimal.Steps.SelectMany(s => s.Requests), r => r.Name == from);
                Assert.Equal(kind == "stream", smallest.Where.StartsWith("replication stream", StringComparison.Ordinal));
                return;
            }
        }

        Assert.Fail("the planted difference was not found in 50 programs");
    }

    [RedisFact]
    public void SeesADifferenceThatOnlyTheDataSetShows()
    {
        using var runner = new Runner(pair.Pair, []) { Plant = args => args[0] == "SET" ? ["SET", args[1], args[2] + "!"] : args };
        var program = new TestProgram("by hand", 0, [2], [new Step(new Request(0, ["SET", "k", "v"]))]);
        Mismatch mismatch = runner.Run(program)!;
        Assert.StartsWith("state of database 0: DEBUG DIGEST-VALUE k", mismatch.Where);
    }

    [RedisFact]
    public void SeesADifferenceThatOnlyTheKeyspaceEventsShow()
    {
        using var runner = new Runner(pair.Pair, []) { WithEvents = true, Plant = args => args[0] == "APPEND" ? ["SETRANGE", args[1], "0", args[2]] : args };
        var program = new TestProgram("by hand", 0, [2], [new Step(new Request(0, ["SET", "j", "v"])), new Step(new Request(0, ["APPEND", "k", "v"]))]);
        Mismatch mismatch = runner.Run(program)!;
        Assert.Equal("keyspace events of 0> APPEND k v", mismatch.Where);
        Assert.Equal(
            "__keyspace@0__:k new; __keyevent@0__:new k; __keyspace@0__:k append; __keyevent@0__:append k", mismatch.Expected);
        Assert.Equal(
            "__keyspace@0__:k new; __keyevent@0__:new k; __keyspace@0__:k setrange; __keyevent@0__:setrange k", mismatch.Actual);
    }

    [RedisFact]
    public void IsSilentOnEqualServers()
    {
        using var runner = new Runner(pair.Pair, []) { WithStreams = true, WithEvents = true };
        foreach (int seed in Enumerable.Range(900, 10))
        {
            Report.FailOnMismatch(runner, Families.Named("strings").Program(seed), pair.Pair);
        }
    }
}
