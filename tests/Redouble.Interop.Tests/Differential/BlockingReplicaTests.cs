using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Differential;

/// <summary>A primary of each kind with a replica of its kind.</summary>
public sealed class TwoPairs : IDisposable
{
    private static readonly string[] Directives = ["--repl-ping-replica-period", "3600", "--repl-timeout", "7200"];

    private readonly Dictionary<ServerKind, (ServerProcess Primary, ServerProcess Replica)> _pairs = [];

    /// <summary>The two servers of a kind; the replica follows the primary and has everything.</summary>
    internal (ServerProcess Primary, ServerProcess Replica) Of(ServerKind kind)
    {
        if (!_pairs.TryGetValue(kind, out var pair))
        {
            pair = (ServerProcess.Create(kind, $"{kind} primary", Directives).Start(), ServerProcess.Create(kind, $"{kind} replica", Directives).Start());
            _pairs[kind] = pair;
        }

        return pair;
    }

    public void Dispose()
    {
        foreach ((ServerProcess primary, ServerProcess replica) in _pairs.Values)
        {
            primary.Dispose();
            replica.Dispose();
        }
    }
}

/// <summary>Blocked clients of replicas on both servers: what each client is told, and the data sets.</summary>
public sealed class BlockingReplicaTests(TwoPairs pairs) : IClassFixture<TwoPairs>
{
    public static TheoryData<string> Names() => [.. BlockingReplicaPrograms.All.Keys];

    [PairTheory]
    [MemberData(nameof(Names))]
    public void ClientsOfAReplicaAreToldTheSame(string name)
    {
        string program = BlockingReplicaPrograms.All[name].Replace("; ", "\n", StringComparison.Ordinal);
        bool translates = Peers.Subject == ServerKind.Redouble && Peers.RedisVersion!.StartsWith("7.0", StringComparison.Ordinal);
        Assert.Equal(Run(ServerKind.Redis, program, translates), Run(Peers.Subject, program, translates: false));
    }

    private List<string> Run(ServerKind kind, string program, bool translates)
    {
        (ServerProcess primary, ServerProcess replica) = pairs.Of(kind);
        replica.Once("CONFIG", "SET", "replica-read-only", "yes");
        replica.Once("REPLICAOF", "127.0.0.1", primary.Port.ToString());
        using var run = new BlockingRun(primary, translates, withStream: false, replica);
        try
        {
            run.Run("#sync\n" + program);
        }
        catch (TimeoutException e)
        {
            run.Transcript.Add(e.Message);
        }

        run.Transcript.Add($"{primary.Digest()} {replica.Digest()}");
        return run.Transcript;
    }
}
