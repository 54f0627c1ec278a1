using Redouble.Interop.Tests.Harness;

namespace Redouble.Interop.Tests.Interop;

/// <summary>Fields that expire, and replicas that know nothing of it.</summary>
public sealed class FieldTimesTests
{
    [PairFact]
    public void ARedisBefore74HasAllButTheTimes() => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary");
        RespClient client = s.Connect(primary);
        client.Must("HSET", "h", "a", "1", "b", "2", "c", "3");
        client.Must("HEXPIRE", "h", "1000", "FIELDS", "2", "a", "b");
        ServerProcess old = s.Redis("old"), other = s.Subject("other");
        old.Follow(primary.Port);
        other.Follow(primary.Port);
        Link.WaitUp(old);
        Link.WaitUp(other);
        client.Must("HINCRBYFLOAT", "h", "a", "1.5");
        client.Must("MULTI");
        client.Must("SET", "before", "1");
        client.Must("HEXPIRE", "h", "2000", "FIELDS", "1", "c");
        client.Must("SET", "behind", "2");
        client.Must("HPERSIST", "h", "FIELDS", "1", "b");
        client.Must("RENAME", "h", "g");
        client.Must("EXEC");
        client.Must("HPEXPIRE", "g", "1", "FIELDS", "1", "b");
        client.Must("RESTORE", "copy", "0", client.Must("DUMP", "g").String);
        client.Must("SET", "end", "1");
        foreach (ServerProcess replica in (ServerProcess[])[old, other])
        {
            RespClient reader = s.Connect(replica);
            Poll.Until("the replica to have it all", () => reader.Must("EXISTS", "end").Integer == 1 && reader.Must("HLEN", "g").Integer == 2);
            Assert.Equal("2.5", reader.Must("HGET", "g", "a").String);
            Assert.Equal("3", reader.Must("HGET", "g", "c").String);
            Assert.Equal("2.5", reader.Must("HGET", "copy", "a").String);
            Assert.Equal(2, reader.Must("EXISTS", "before", "behind").Integer);
            Assert.Equal(0, reader.Must("EXISTS", "h").Integer);
            Assert.Equal("up", replica.Info("replication")["master_link_status"]);
        }

        foreach (string key in (string[])["g", "copy"])
        {
            Assert.InRange(s.Connect(other).Must("HTTL", key, "FIELDS", "1", "a")[0].Integer, 900, 1000);
        }
    });

    /// <summary>It would have dropped the transaction, and gone on as if nothing were amiss; above a replica nobody knows of it.</summary>
    [PairFact]
    public void ARedisBefore74GetsAFullSyncInsteadOfATransactionWithTimes() => Scenario.Run(s =>
    {
        ServerProcess primary = s.Subject("primary"), middle = s.Subject("middle");
        ServerProcess old = s.Redis("old");
        RespClient client = s.Connect(primary);
        old.Follow(primary.Port);
        middle.Follow(primary.Port);
        Link.WaitUp(old);
        Link.WaitUp(middle);
        (long syncs, long refused) = (Link.FullSyncs(primary), Link.Stat(primary, "sync_partial_err"));
        old.Signal("STOP");
        client.Must("CLIENT", "KILL", "TYPE", "replica");
        Transaction(client, "while");
        old.Signal("CONT");
        AssertHas(s, old, "while");
        Assert.Equal((syncs + 1, refused + 1), (Link.FullSyncs(primary), Link.Stat(primary, "sync_partial_err"))); // the other one has gone on

        Link.WaitUp(middle);
        old.Follow(middle.Port);
        Link.WaitUp(old);
        Transaction(client, "above");
        AssertHas(s, old, "above");
        Assert.Contains("gets a full sync: it may be a Redis before 7.4", middle.Log());
    });

    private static void Transaction(RespClient client, string key)
    {
        client.Must("MULTI");
        client.Must("HSET", "h", "a", "1");
        client.Must("HEXPIRE", "h", "2000", "FIELDS", "1", "a");
        client.Must("SET", key, "1");
        client.Must("EXEC");
        client.Must("SET", $"{key}:end", "1");
    }

    private static void AssertHas(Scenario s, ServerProcess replica, string key)
    {
        RespClient reader = s.Connect(replica);
        Poll.Until("the replica to have it all", () => reader.Call("EXISTS", $"{key}:end") is { IsError: false, Integer: 1 });
        Assert.Equal(1, reader.Must("EXISTS", key).Integer);
    }
}
