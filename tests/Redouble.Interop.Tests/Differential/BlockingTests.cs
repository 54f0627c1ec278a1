using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>Blocking commands on both servers: what each client is told, the data set, and the replication stream.</summary>
public sealed class BlockingTests(ServerPair pair) : IClassFixture<ServerPair>
{
    private static readonly Dictionary<string, Dictionary<string, string>> Families = new()
    {
        ["waits"] = BlockingPrograms.Waits,
        ["lists"] = BlockingPrograms.Lists,
        ["sorted sets"] = BlockingPrograms.SortedSets,
        ["streams"] = BlockingPrograms.Streams,
        ["keys"] = BlockingSituations.Keys,
        ["transactions"] = BlockingSituations.Transactions,
        ["clients"] = BlockingSituations.Clients,
        ["observers"] = BlockingSituations.Observers,
    };

    public static TheoryData<string, string> All() => TableOf([.. Families.Keys]);

    [PairTheory]
    [MemberData(nameof(All))]
    public void ClientsAreToldTheSame(string type, string name) => Compare(pair, type, name);

    private static TheoryData<string, string> TableOf(params string[] types)
    {
        var data = new TheoryData<string, string>();
        foreach (string type in types)
        {
            foreach (string name in Families[type].Keys)
            {
                data.Add(type, name);
            }
        }

        return data;
    }

    internal static void Compare(ServerPair pair, string type, string name)
    {
        string program = Families[type][name].Replace("; ", "\n", StringComparison.Ordinal);
        bool withStream = type != "waits" && !program.Contains("REPLICAOF", StringComparison.Ordinal); // whoever reads the stream acknowledges
        using var expected = new BlockingRun(pair.Oracle, pair.Translates, withStream);
        expected.Run(program);
        using var actual = new BlockingRun(pair.Subject, translate: false, withStream);
        Run(actual, program);
        Assert.Equal(expected.Transcript, actual.Transcript);
        if (pair.Translates && program.Contains(BlockingRun.Differs, StringComparison.Ordinal))
        {
            return;
        }

        Assert.Equal(expected.Digest(), actual.Digest());
        string[][] sent = [.. program.Split('\n').Select(line => line.Split(' ')[1..])];
        Mismatch? mismatch = new Streams(pair.Translates).Compare(expected.Stream(), actual.Stream(), sent);
        Assert.True(mismatch is null, mismatch?.ToString());
    }

    // What the oracle does in time is not to take longer here; the steps before it are shown with the failure.
    private static void Run(BlockingRun actual, string program)
    {
        try
        {
            actual.Run(program);
        }
        catch (TimeoutException e)
        {
            actual.Transcript.Add(e.Message);
        }
    }
}

/// <summary>All programs on two real servers: they are deterministic, and say of Redis what it does.</summary>
public sealed class BlockingProgramTests(EqualPair pair) : IClassFixture<EqualPair>
{
    [RedisTheory]
    [MemberData(nameof(BlockingTests.All), MemberType = typeof(BlockingTests))]
    public void TwoEqualServersTellTheSame(string type, string name) => BlockingTests.Compare(pair.Pair, type, name);
}
