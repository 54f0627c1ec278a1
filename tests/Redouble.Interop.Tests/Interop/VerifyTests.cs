using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Interop;

/// <summary>REDOUBLE VERIFY between real processes, a real Redis among the replicas.</summary>
public sealed class VerifyTests
{
    [PairTheory]
    [InlineData(11)]
    public void CopiesUnderLoadAreEqualAndAPlantedKeyIsFound(int seed) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(ServerKind.Redouble, "primary");
        ServerProcess copy = s.Start(ServerKind.Redouble, "copy");
        ServerProcess other = s.Start(ServerKind.Redouble, "other", "--replica-read-only", "no");
        ServerProcess redis = s.Start(ServerKind.Redis, "redis");
        DataSet.Fill(s.Connect(primary), seed, 20_000);
        foreach (ServerProcess replica in new[] { copy, other, redis })
        {
            replica.Follow(primary.Port);
            Link.WaitUp(replica);
        }

        RespClient client = s.Connect(primary);
        Poll.Until("three replicas to follow", () => client.Info("replication").Count(p => p.Value.Contains("state=online")) == 3);
        using (var load = new WriteLoad(primary, seed + 1))
        {
            load.WaitForMore(500);
            for (int run = 1; run <= 3; run++)
            {
                Verify(client, run);
                Dictionary<string, string> info = client.Info("replication");
                Assert.Equal("equal", info["redouble_verify_last_result"]);
                Assert.Equal("2", info["redouble_verify_last_replicas_compared"]);
            }

            load.Stop();
            Assert.Null(load.Trouble);
        }

        RespClient planter = s.Connect(other);
        Link.WaitEqual(primary, copy, other, redis);
        client.Must("SET", "known", "value");
        client.Must("SET", "gone", "value");
        client.Must("WAIT", "3", "5000");
        planter.Must("SET", "known", "planted");
        planter.Must("SET", "stranger", "x");
        planter.Must("DEL", "gone");
        Verify(client, 4);
        Dictionary<string, string> after = client.Info("replication");
        Assert.Equal("different", after["redouble_verify_last_result"]);
        Assert.Equal("1", after["redouble_verify_last_replicas_different"]);
        Assert.Equal("3", after["redouble_verify_last_differing_keys"]);
        string status = client.Must("REDOUBLE", "VERIFY", "STATUS").ToString();
        foreach (string word in new[] { "known", "stranger", "gone", "missing", "extra" })
        {
            Assert.Contains(word, status);
        }

        Assert.Equal(3, Link.Stat(primary, "sync_full"));
        Link.WaitEqual(primary, copy, redis);
    });

    private static void Verify(RespClient client, int run)
    {
        Assert.Equal("Background verification started", client.Must("REDOUBLE", "VERIFY").String);
        Poll.Until($"verification {run}", () => client.Info("replication")["redouble_verify_runs"] == run.ToString(), 30_000,
            () => client.Must("REDOUBLE", "VERIFY", "STATUS").ToString());
    }
}
