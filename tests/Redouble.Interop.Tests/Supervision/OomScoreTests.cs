using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Supervision;

/// <summary>The kernel's score follows the directives and the role.</summary>
public sealed class OomScoreTests
{
    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void ItFollowsTheDirectivesAndTheRole(string kind) => Scenario.Run(s =>
    {
        ServerProcess server = s.Create(Enum.Parse<ServerKind>(kind), "server", "--oom-score-adj-values", "110 220 800").Start();
        int before = Score();
        server.Once("CONFIG", "SET", "oom-score-adj", "relative");
        Assert.Equal(Math.Min(1000, before + 110), Score());
        server.Once("REPLICAOF", "127.0.0.1", "1");
        Poll.Until("a replica's score", () => Score() == Math.Min(1000, before + 220));
        server.Once("CONFIG", "SET", "oom-score-adj", "absolute", "oom-score-adj-values", "900 950 1000");
        Assert.Equal(950, Score());
        server.Once("REPLICAOF", "NO", "ONE");
        Poll.Until("a primary's score", () => Score() == 900);
        server.Once("CONFIG", "SET", "oom-score-adj", "no");
        Assert.Equal(before, Score());

        int Score() => int.Parse(File.ReadAllText($"/proc/{server.Pid}/oom_score_adj"));
    });
}
