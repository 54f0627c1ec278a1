using System.Globalization;
using Redouble.Engine.Verification;

namespace Redouble.Engine.Tests.Verification;

/// <summary>REDOUBLE VERIFY between a primary and a replica.</summary>
public sealed class VerificationTests
{
    [Fact]
    public void EqualCopiesAreFoundEqual()
    {
        using var pair = new LinkedPair();
        Fill(pair, 3000);
        var result = pair.Follow().Verify();

        Assert.Equal("equal", result.Word);
        Assert.Equal(3000, result.Keys);
        var copy = Assert.Single(result.Copies);
        Assert.Equal((CopyState.Answered, (3000L, 3000L)), (copy.State, copy.Progress));
        Assert.Equal("equal", pair.Info()["redouble_verify_last_result"]);
        Assert.Equal("0", pair.Info()["redouble_verify_differences_found"]);
        Assert.Contains(pair.Primary.LogLines, line => line.Contains("equals this primary", StringComparison.Ordinal));
    }

    [Fact]
    public void EveryKindOfDifferenceIsNamed()
    {
        using var pair = new LinkedPair();
        Fill(pair, 3000);
        pair.Primary.Do("SELECT 3");
        pair.Primary.Do("HSET other field value");
        pair.Follow();
        pair.Replica.Do("SET key:1 planted");
        pair.Replica.Do("DEL key:2");
        pair.Replica.Do("SET stranger x");
        pair.Replica.Do("PEXPIREAT key:3 1900000000000");
        pair.Replica.Do("SELECT 3");
        pair.Replica.Do("HSET other field planted");
        var result = pair.Verify();

        Assert.Equal("different", result.Word);
        Assert.Equal("0/key:1:Value 0/key:2:Missing 0/key:3:Expiry 0/stranger:Extra 3/other:Value", LinkedPair.Differences(result));
        Assert.Equal(5, result.DifferingKeys);
        Assert.Equal(0, result.Copies[0].UnexaminedBuckets);
        var info = pair.Info();
        Assert.Equal("different", info["redouble_verify_last_result"]);
        Assert.Equal("5", info["redouble_verify_last_differing_keys"]);
        Assert.Equal("1", info["redouble_verify_runs_with_differences"]);
        Assert.Contains("$7|missing|", pair.Primary.Do("REDOUBLE VERIFY STATUS"), StringComparison.Ordinal);
    }

    [Fact]
    public void EqualValuesInOtherEncodingsAreEqual()
    {
        using var pair = new LinkedPair(
            primary: ["hash-max-listpack-entries 4", "set-max-listpack-entries 4", "set-max-intset-entries 4", "zset-max-listpack-entries 4",
                "list-max-listpack-size 3", "stream-node-max-entries 3"],
            replica: ["stream-node-max-entries 5", "list-max-listpack-size 100"]);
        for (var i = 0; i < 30; i++)
        {
            pair.Primary.Do($"HSET hash f{i} {i * 7}");
            pair.Primary.Do($"SADD set m{i} {i}");
            pair.Primary.Do($"SADD numbers {i * 1000}");
            pair.Primary.Do($"ZADD sorted {i}.5 m{i}");
            pair.Primary.Do($"RPUSH list {i} e{i}");
        }

        pair.Primary.Do("ZADD sorted -0 zero 12 twelve inf infinite");
        pair.Follow();
        for (var i = 0; i < 30; i++) pair.Primary.Do($"XADD stream {i + 1}-{i} n {i} name{i % 4} v{i}");
        pair.Primary.Do("XDEL stream 5-4");
        pair.Primary.Do("XGROUP CREATE stream group 0");
        pair.Primary.Do("XREADGROUP GROUP group alice COUNT 9 STREAMS stream >");
        pair.Primary.Do("XREADGROUP GROUP group bob COUNT 3 STREAMS stream >");
        pair.Primary.Do("XACK stream group 2-1");
        Assert.NotEqual("*0|", pair.Primary.Do("XREADGROUP GROUP group alice STREAMS stream 0")); // counts as a delivery, and replicas are not told

        var result = pair.Verify();
        Assert.Equal("", LinkedPair.Differences(result));
        Assert.Equal("equal", result.Word);
        Assert.Equal(6, result.Keys);
    }

    [Theory]
    [InlineData("HSET hash f1 x")]
    [InlineData("HDEL hash f1")]
    [InlineData("SADD set more")]
    [InlineData("SREM set m2")]
    [InlineData("ZADD sorted 99 m3")]
    [InlineData("LSET list 0 x")]
    [InlineData("RPOPLPUSH list list")]
    [InlineData("XADD stream 999-1 a b")]
    [InlineData("XDEL stream 3-0")]
    [InlineData("XGROUP DELCONSUMER stream group alice")]
    [InlineData("XCLAIM stream group bob 0 2-0")]
    [InlineData("XGROUP SETID stream group 3-0")]
    [InlineData("HPEXPIREAT hash 1900000000000 FIELDS 1 f2")]
    [InlineData("APPEND large x")]
    [InlineData("SETRANGE large 5000000 x")]
    public void ADifferenceWithinACollectionIsFound(string planted)
    {
        using var pair = new LinkedPair();
        for (var i = 1; i < 200; i++)
        {
            pair.Primary.Do($"HSET hash f{i} {i * 7}");
            pair.Primary.Do($"SADD set m{i}");
            pair.Primary.Do($"ZADD sorted {i} m{i}");
            pair.Primary.Do($"RPUSH list e{i}");
            pair.Primary.Do($"XADD stream {i}-0 f v{i}");
        }

        pair.Primary.Do("XGROUP CREATE stream group 0");
        pair.Primary.Do("XREADGROUP GROUP group alice COUNT 9 STREAMS stream >");
        pair.Primary.Do("SETRANGE large 6000000 end");
        pair.Follow();
        Assert.Equal("equal", pair.Verify().Word);

        Assert.DoesNotContain("-ERR", pair.Replica.Do(planted), StringComparison.Ordinal);
        var result = pair.Verify();
        Assert.Equal($"0/{planted.Split(' ')[planted.StartsWith("XGROUP", StringComparison.Ordinal) ? 2 : 1]}:Value", LinkedPair.Differences(result));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void NothingIsFoundWhileEverythingChanges(int seed)
    {
        using var pair = new LinkedPair();
        Fill(pair, 2000);
        pair.Follow();
        var random = new Random(seed);
        for (var run = 0; run < 3; run++)
        {
            Assert.Equal("+Background verification started|", pair.Primary.Do("REDOUBLE VERIFY"));
            for (var turn = 0; pair.Primary.Node.Verification.IsRunning; turn++)
            {
                Assert.True(turn < 20_000, "The verification does not get on.");
                for (var i = 0; i < 5; i++) pair.Primary.Do(RandomWrite(random));
                pair.Turn();
            }

            var result = pair.Primary.Node.Verification.Last!;
            Assert.True(result.Word == "equal", $"seed {seed}, run {run}: {result.Word} {result.Error} {LinkedPair.Differences(result)}");
        }
    }

    [Fact]
    public void ManyDifferencesAreCountedAndSomeNamed()
    {
        using var pair = new LinkedPair();
        Fill(pair, 4000);
        pair.Follow();
        pair.Replica.Do("FLUSHALL");
        pair.Replica.Do("SET key:1 planted");
        var result = pair.Verify();
        Assert.Equal(4000, result.DifferingKeys);
        Assert.Equal(CopyCheck.ListedMax, result.Copies[0].Listed.Count);
        Assert.Equal(0, result.Copies[0].UnexaminedBuckets);
    }

    [Fact]
    public void ALogicallyExpiredKeyCountsOnBothSides()
    {
        using var pair = new LinkedPair();
        Fill(pair, 10);
        pair.Primary.Do("DEBUG SET-ACTIVE-EXPIRE 0");
        pair.Primary.Do("SET fleeting x PX 5");
        pair.Follow();
        pair.Primary.Clock.Advance(100);
        pair.Replica.Clock.Advance(100);
        var result = pair.Verify();
        Assert.Equal("equal", result.Word);
        Assert.Equal(11, result.Keys);
    }

    [Fact]
    public void ASnapshotGoesFirst()
    {
        using var pair = new LinkedPair();
        Fill(pair, 3000);
        pair.Follow();
        pair.Primary.Do("REDOUBLE VERIFY");
        pair.Turn();
        Assert.NotNull(pair.Primary.Node.Keyspace.Snapshot);
        Assert.Equal("+Background saving started|", pair.Primary.Do("BGSAVE"));
        Assert.True(pair.Primary.Node.Saves.IsRunning);
        pair.UntilVerified();
        Assert.Equal("equal", pair.Primary.Node.Verification.Last!.Word);
        Assert.False(pair.Primary.Node.Snapshots.IsRunning);
        Assert.Equal(1, pair.Primary.Node.Saves.Saves);
    }

    [Fact]
    public void AReplicaThatBeginsASnapshotIsAskedAgain()
    {
        using var pair = new LinkedPair();
        Fill(pair, 3000);
        pair.Follow();
        pair.Primary.Do("REDOUBLE VERIFY");
        pair.Turn();
        pair.Replica.Do("BGSAVE");
        pair.Until(() => pair.Primary.Node.Verification.Run!.Copies is [{ Reason: "a snapshot began" }], "the refusal");
        Assert.True(pair.Primary.Node.Verification.IsRunning);
        pair.UntilVerified();
        Assert.Equal("equal", pair.Primary.Node.Verification.Last!.Word);
        Assert.Equal(1, pair.Replica.Node.Saves.Saves);
    }

    /// <summary>As a save each minute on a replica is, and a verification once a day.</summary>
    [Fact]
    public void AReplicaThatIsTakingASnapshotIsAskedAgainAndItsKeysAreFound()
    {
        using var pair = new LinkedPair();
        Fill(pair, 3000);
        pair.Follow();
        pair.Replica.Do("SET planted here");
        pair.Replica.Do("BGSAVE");
        pair.Primary.Do("REDOUBLE VERIFY");
        pair.Until(() => pair.Primary.Node.Verification.Run!.Copies is [{ Reason: "a snapshot is being taken" }], "the refusal");
        pair.Turn();
        Assert.False(pair.Primary.Node.Verification.Run!.IsMarked); // what would be walked here could not be compared
        pair.UntilVerified();
        Assert.Equal("0/planted:Extra", LinkedPair.Differences(pair.Primary.Node.Verification.Last!));
    }

    /// <summary>What was compared before it broke off was once counted and listed again.</summary>
    [Fact]
    public void AReplicaThatBeginsASnapshotWhileItTellsItsKeysHasEachOfThemCountedOnce()
    {
        using var pair = new LinkedPair();
        Fill(pair, 3000);
        pair.Follow();
        for (var i = 0; i < 2000; i++) pair.Replica.Do($"SET key:{i} planted");
        pair.Primary.Do("REDOUBLE VERIFY");
        var copy = Copy(pair);
        var run = pair.Primary.Node.Verification.Run!;
        pair.Until(() => run is { Round: 1, IsMarked: true }, "the keys to be asked for");
        pair.Primary.Node.Verification.Slice(int.MaxValue); // it has its own
        pair.Until(() => copy.DifferingKeys > 0, "the first differences");
        Assert.Equal(CopyState.Walking, copy.State);
        pair.Replica.Do("BGSAVE");
        pair.Until(() => copy.Reason == "a snapshot began", "the refusal");
        pair.UntilVerified();
        Assert.Equal((2000L, CopyCheck.ListedMax, 0), (copy.DifferingKeys, copy.Listed.Count, copy.UnexaminedBuckets));
        Assert.Equal(CopyCheck.ListedMax, copy.Listed.DistinctBy(static key => System.Text.Encoding.ASCII.GetString(key.Name)).Count());
    }

    /// <summary>Rounds are of as many buckets as the primary has keys for; those of a replica that has far more were never looked at.</summary>
    [Fact]
    public void AReplicaThatHasFarMoreKeysHasThemAllCounted()
    {
        using var pair = new LinkedPair();
        Fill(pair, 100);
        pair.Follow();
        pair.Replica.Node.Verification.KeysToldMax = 500;
        for (var i = 0; i < 3000; i++) pair.Replica.Do($"SET stranger:{i} x");
        pair.Replica.Do("DEL key:1");
        pair.Primary.Do("REDOUBLE VERIFY");
        var copy = Copy(pair);
        pair.Until(() => copy.Reason == "more than 500 keys are in the buckets asked for", "the refusal");
        pair.UntilVerified();
        Assert.Equal((CopyState.Answered, 3001L, 0), (copy.State, copy.DifferingKeys, copy.UnexaminedBuckets));
        Assert.Equal("different", pair.Primary.Node.Verification.Last!.Word);
    }

    [Fact]
    public void AReplicaThatIsAlwaysTakingASnapshotIsGivenUp()
    {
        using var pair = new LinkedPair();
        Fill(pair, 3000);
        pair.Follow();
        pair.Primary.Do("REDOUBLE VERIFY");
        for (var turns = 0; pair.Primary.Node.Verification.IsRunning; turns++)
        {
            Assert.True(turns < 20_000);
            if (!pair.Replica.Node.Saves.IsRunning) pair.Replica.Do("BGSAVE");
            pair.Primary.Clock.Advance(300);
            pair.Replica.Clock.Advance(300);
            pair.Turn();
        }

        var result = pair.Primary.Node.Verification.Last!;
        Assert.Equal("incomplete", result.Word);
        Assert.Equal((CopyState.Refused, true), (result.Copies[0].State, result.Copies[0].IsBusy));
        Assert.Equal("equal", pair.Verify().Word);
    }

    [Fact]
    public void AReplicaThatIsLostIsNotWaitedFor()
    {
        using var pair = new LinkedPair();
        Fill(pair, 3000);
        pair.Follow();
        pair.Primary.Do("REDOUBLE VERIFY");
        pair.Turn();
        pair.Cut();
        pair.IsHeld = true;
        pair.UntilVerified();
        Assert.Equal(CopyState.Lost, pair.Primary.Node.Verification.Last!.Copies[0].State);
        Assert.Equal("incomplete", pair.Primary.Node.Verification.Last.Word);
    }

    [Fact]
    public void ItIsRepeatedAfterItsPeriod()
    {
        using var pair = new LinkedPair(primary: ["repl-verify-period 30"]);
        Fill(pair, 10);
        pair.Follow();
        pair.Primary.Node.Timer();
        Assert.False(pair.Primary.Node.Verification.IsRunning);
        pair.Primary.Clock.Advance(30_000);
        pair.Primary.Node.Timer();
        Assert.True(pair.Primary.Node.Verification.IsRunning);
        pair.UntilVerified();
        Assert.Equal(1, pair.Primary.Node.Verification.Runs);
        Assert.Equal("equal", pair.Primary.Node.Verification.Last!.Word);
        pair.Primary.Node.Timer();
        Assert.False(pair.Primary.Node.Verification.IsRunning);
    }

    [Fact]
    public void WithoutReplicasThereIsNothingToCompare()
    {
        using var node = new Harness.EngineNode();
        Assert.Equal("+Background verification started|", node.Do("REDOUBLE VERIFY"));
        node.Node.FeedReplicas();
        Assert.Equal("no-replicas", node.Node.Verification.Last!.Word);
        Assert.Null(node.Node.Keyspace.Snapshot);
    }

    [Fact]
    public void AReplicaDoesNotVerifyItself()
    {
        using var pair = new LinkedPair();
        pair.Follow();
        Assert.StartsWith("-ERR REDOUBLE VERIFY compares a primary", pair.Replica.Do("REDOUBLE VERIFY"), StringComparison.Ordinal);
        Assert.Equal("-ERR syntax error|", pair.Primary.Do("REDOUBLE VERIFY NOW"));
    }

    [Fact]
    public void LargeElementsDoNotHoldTheWalkUp()
    {
        using var pair = new LinkedPair();
        for (var i = 0; i < 4; i++) pair.Primary.DoWords("RPUSH", "list", new string((char)('a' + i), 300_000));
        for (var i = 0; i < 4; i++) pair.Primary.DoWords("HSET", "hash", $"f{i}", new string((char)('a' + i), 300_000));
        pair.Primary.DoWords("SET", "string", new string('s', 900_000));
        pair.Follow();
        Assert.Equal("equal", pair.Verify().Word);
    }

    // The only replica, once it has been asked.
    private static CopyCheck Copy(LinkedPair pair)
    {
        pair.Until(() => pair.Primary.Node.Verification.Run is { IsMarked: true }, "the mark");
        return Assert.Single(pair.Primary.Node.Verification.Run!.Copies);
    }

    private static void Fill(LinkedPair pair, int keys)
    {
        for (var i = 0; i < keys; i++)
        {
            pair.Primary.Do($"SET key:{i} {string.Create(CultureInfo.InvariantCulture, $"value-{i * 31}")}{(i % 7 == 0 ? " PX 5000000" : "")}");
        }
    }

    private static string RandomWrite(Random random)
    {
        var key = $"key:{random.Next(3000)}";
        return random.Next(9) switch
        {
            0 => $"DEL {key}",
            1 => $"SET {key} v{random.Next()} PX {random.Next(1, 30)}",
            2 => $"HSET hash:{random.Next(5)} f{random.Next(900)} {random.Next()}",
            3 => $"RPUSH list:{random.Next(5)} {random.Next()}",
            4 => $"LPOP list:{random.Next(5)}",
            5 => $"ZADD sorted:{random.Next(5)} {random.Next(100)} m{random.Next(900)}",
            6 => $"SADD set:{random.Next(5)} m{random.Next(900)}",
            7 => $"XADD stream:{random.Next(3)} * f {random.Next()}",
            _ => $"SET {key} v{random.Next()}",
        };
    }
}
