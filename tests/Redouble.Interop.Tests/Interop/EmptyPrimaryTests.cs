using Redouble.Interop.Tests.Harness;
using static Redouble.Interop.Tests.Interop.Pairs;

namespace Redouble.Interop.Tests.Interop;

/// <summary>A primary without persistence that is restarted comes back empty: what becomes of the last copy.</summary>
public sealed class EmptyPrimaryTests
{
    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void TheLastCopyIsKeptUntilSomebodyInsists(string primaryKind) => Scenario.Run(s =>
    {
        if (Peers.SelfTest)
        {
            return;
        }

        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        DataSet.Fill(s.Connect(primary), seed: 31, 500);
        ServerProcess replica = s.Subject("replica", "--replica-refuse-empty-primary", "yes");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
        string digest = replica.Digest();
        long keys = replica.Once("DBSIZE").Integer;

        primary.Kill();
        Link.WaitDown(replica);
        primary.Start();
        Poll.Until("the refusal", () => replica.Info("replication")["redouble_empty_primary_refused"] == "1", 20_000, () => replica.LogTail());
        Assert.Contains("is empty, under a replication ID unrelated to this server's", replica.Info("replication")["master_link_last_error"]);
        replica.WaitForLog("replica-refuse-empty-primary");
        Assert.Equal(digest, replica.Digest());

        primary.Once("SET", "written", "by somebody who has not noticed");
        string LastError() => replica.Info("replication")["master_link_last_error"];
        Poll.Until("another refusal", () => LastError().Contains("started again without data", StringComparison.Ordinal), 20_000, LastError);
        Assert.Equal(keys, replica.Once("DBSIZE").Integer);

        Assert.Equal("+OK", replica.Once("REPLICAOF", "127.0.0.1", primary.Port.ToString()).ToString());
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
        Assert.Equal(1, replica.Once("DBSIZE").Integer);
        Assert.Equal("0", replica.Info("replication")["redouble_empty_primary_refused"]);
    });

    [PairTheory]
    [InlineData("Redis")]
    [InlineData("Redouble")]
    public void ByDefaultTheReplicaIsWipedAsThatOfRedis(string primaryKind) => Scenario.Run(s =>
    {
        ServerProcess primary = s.Start(Kind(primaryKind), "primary");
        primary.Once("SET", "k", "v");
        ServerProcess replica = s.Subject("replica");
        replica.Follow(primary.Port);
        Link.WaitUp(replica);
        Link.WaitEqual(primary, replica);
        primary.Kill();
        primary.Start();
        Poll.Until("an empty replica", () => replica.Once("DBSIZE").Integer == 0);
        Link.WaitUp(replica);
    });
}
