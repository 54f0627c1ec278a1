using System.Globalization;
using Redouble.Engine.Tests.Harness;
using static Redouble.Engine.Tests.Persistence.LargeStrings;

namespace Redouble.Engine.Tests.Persistence;

/// <summary>Strings that are saved in parts while they are written to: the file, and what replicas get, hold them as they were at the start.</summary>
public sealed class LargeStringTests
{
#if GUARDED
    private const ulong Seeds = 2; // the ordinary build takes them all
#else
    private const ulong Seeds = 6;
#endif

    [Fact]
    public void A_write_costs_pages_and_no_copy()
    {
        using var node = new LimitedNode(0);
        Fill(node);
        var before = node.Node.UsedMemory;
        node.Engine.Do("BGSAVE");
        for (var i = 0; i < 10; i++) node.Engine.Do($"SETBIT a {i * 1_000_000} 1");
        Assert.InRange(node.Node.UsedMemory - before, 10 * 4096, 200_000);
        Assert.InRange(node.Node.Snapshots.QueueBytes, 10 * 4000, 10 * 4096);
        Assert.Equal(10 * 4032, node.Node.Snapshots.SavedBeforeWriteBytes);
        node.RunSnapshot();
    }

    /// <summary>Several strings at once, writes, walk and helper in any order; some snapshots are given up.</summary>
    [Theory]
    [InlineData("no")]
    [InlineData("yes")]
    public void A_snapshot_under_random_writes_is_the_data_set_of_its_start(string compression)
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            var random = new SeededRandom(seed);
            using var node = new LimitedNode(0, $"rdbcompression {compression}", "repl-diskless-sync-delay 0");
            Fill(node);
            for (var round = 0; round < 4; round++)
            {
                var digest = node.Digest;
                node.Engine.Do("BGSAVE");
                var abortAt = round == 2 ? 40 : int.MaxValue;
                for (var steps = 0; node.Node.Snapshots.IsRunning && steps < abortAt; steps++)
                {
                    Assert.True(steps < 1_000_000, $"seed {seed} does not end");
                    Step(node, random);
                }

                if (round == 2)
                {
                    node.Node.Snapshots.AbortNow();
                    continue;
                }

                Assert.True(node.Info("rdb_last_bgsave_status") == "ok", $"seed {seed}");
                AssertLoads(node.File, node, digest, $"seed {seed}");
            }

            Assert.Equal(0, node.Node.Snapshots.QueueBytes);
        }
    }

    /// <summary>What is kept back of a compressed string is owed at its end, or when it is too much: a slow replica must not make that pile up.</summary>
    [Theory]
    [InlineData(9_000_000)]  // 6 MB compressed
#if !GUARDED // where it takes half a minute
    [InlineData(24_000_000)] // given up at 8 MB: what they came to is owed uncompressed
#endif
    public void Replicas_get_it_whole_however_slowly_they_read(int length)
    {
        using var node = new LimitedNode(0, "rdbcompression yes", "repl-diskless-sync-delay 5", "repl-diskless-sync-max-replicas 2");
        node.Engine.DoWords("SET", "large", Compressible(length));
        Fill(node);
        var digest = node.Digest;
        var before = node.Node.UsedMemory;
        var (first, second) = (node.AddReplica(1), node.AddReplica(2));
        node.EndTurn();
        var (received, receivedToo) = (new MemoryStream(), new MemoryStream());
        long most = 0;
        for (var turn = 0; node.Node.Snapshots.IsRunning || first.HasOutput() || second.HasOutput(); turn++)
        {
            Assert.True(turn < 100_000, "The sync does not get on.");
            node.Engine.Do($"SETBIT large {turn * 4001} 1");
            node.Turn();
            received.Write(node.Receive(first));
            if (turn % 4 == 0) receivedToo.Write(node.Receive(second, 300_000));
            most = Math.Max(most, node.Node.UsedMemory - before);
        }

        Assert.InRange(most, 0, 24_000_000); // what is buffered for replicas, the pages, the log
        Assert.True(first.IsReplica && second.IsReplica);
        AssertLoads(Payload(received), node, digest);
        AssertLoads(Payload(receivedToo), node, digest);
    }

    [Theory]
    [InlineData("no")]
    [InlineData("yes")]
    public void SAVE_and_DEBUG_RELOAD_go_to_the_end_at_once(string compression)
    {
        using var node = new LimitedNode(0, $"rdbcompression {compression}");
        Fill(node);
        node.Engine.DoWords("SET", "large", Compressible(9_000_000));
        var digest = node.Digest;
        Assert.Equal("+OK|", node.Engine.Do("SAVE"));
        AssertLoads(node.File, node, digest);
        Assert.Equal("+OK|", node.Engine.Do("DEBUG RELOAD"));
        Assert.Equal(digest, node.Digest);
    }

    /// <summary>Frames wait in the file while a large string is under way; it is of more than the limit itself.</summary>
    [Fact]
    public void Records_are_spilled_while_a_large_string_is_open()
    {
        using var node = new LimitedNode(1 << 20);
        Fill(node);
        node.Fill(2000);
        var digest = node.Digest;
        node.Engine.Do("BGSAVE");
        for (var turn = 0; !node.Node.Keyspace.Snapshot!.Queue.IsValueOpen; turn++)
        {
            Assert.True(turn < 20_000, "The walk does not come to a large string.");
            node.Node.Snapshots.Slice(1);
            node.Engine.Background.Step();
        }

        node.Engine.Background.EncodersWait = true;
        for (var i = 0; i < 2000; i += 10)
        {
            node.Overwrite(i, i + 10);
            if (i % 500 == 0) node.Engine.Do($"SETBIT a {i * 5000} 1");
            node.Engine.Background.Drain();
        }

        Assert.InRange(node.Node.Snapshots.SpilledBytes, 400_000, 4_000_000);
        node.Engine.Background.EncodersWait = false;
        AssertSaves(node, digest);
        Assert.Equal(0, node.Engine.Files.OpenSpools);
    }

    /// <summary>By default a bitmap that is written all over does not end the snapshot, as it would not end a fork.</summary>
    [Theory]
    [InlineData(0, "ok")]
    [InlineData(1 << 20, "err")]
    public void Saved_pages_count_where_the_limit_was_set(long limit, string status)
    {
        using var node = new LimitedNode(limit);
        Fill(node);
        node.Engine.DoWords("SET", "large", node.Text(3_000_000));
        var digest = node.Digest;
        node.Engine.Do("BGSAVE");
        for (var i = 0; i < 700 && node.Node.Snapshots.QueueBytes <= 2 << 20; i++)
        {
            node.Engine.Do($"SETBIT large {i * 4096 * 8} {i % 2}");
            if (i % 16 == 0) node.Engine.Do($"SETBIT large {(i * 4096 * 8) + 1} {(i + 1) % 2}"); // the page is saved already
            node.EndTurn();
        }

        if (limit == 0) Assert.InRange(node.QueueBytesMax, 1 << 20, 4 << 20);
        else Assert.InRange(node.QueueBytesMax, 1 << 19, (1 << 20) + LimitedNode.SliceMax);
        node.RunSnapshot();
        Assert.Equal(status, node.Info("rdb_last_bgsave_status"));
        Assert.Equal(0, node.Node.Snapshots.QueueBytes);
        if (status == "ok") AssertLoads(node.File, node, digest);
    }

    /// <summary>FLUSHALL ends a BGSAVE, as in Redis; what replicas are getting goes on.</summary>
    [Fact]
    public void A_flush_does_not_touch_what_a_replica_gets()
    {
        using var node = new LimitedNode(0, "rdbcompression yes");
        Fill(node);
        var digest = node.Digest;
        var link = node.AddReplica(1);
        node.EndTurn();
        Slice(node, 10);
        node.Engine.Do("SETRANGE a 1000000 changed");
        node.Engine.Do("FLUSHALL");
        node.Engine.Do("SETBIT a 12000000 1");
        var received = new MemoryStream();
        while (node.Node.Snapshots.IsRunning || link.HasOutput())
        {
            node.Turn();
            received.Write(node.Receive(link));
        }

        AssertLoads(Payload(received), node, digest);
    }

    /// <summary>What writers saved of a collection that waited for another one counted as under way, and the walk waited for that: the save did not end.</summary>
    [Fact]
    public void What_is_saved_of_a_collection_that_waits_does_not_stop_the_walk()
    {
        using var node = new LimitedNode(0);
        foreach (var key in (string[])["first", "second"])
        {
            for (var i = 0; i < 3000; i++) node.Engine.DoWords("HSET", key, "field:" + i.ToString(CultureInfo.InvariantCulture), node.Text(400));
        }

        var digest = node.Digest;
        node.Engine.Do("BGSAVE");
        for (var i = 0; i < 3000; i++)
        {
            node.Engine.Do($"HSET first field:{i} new");
            node.Engine.Do($"HSET second field:{i} new");
        }

        node.EndTurn();
        AssertSaves(node, digest);
    }

    private static void Step(LimitedNode node, SeededRandom random)
    {
        var step = random.NextUInt64();
        var number = (int)(step / 64 % 12_000_000);
        var key = (step >> 48) switch
        {
            < 20_000 => "a",
            < 40_000 => "b",
            _ => "sparse",
        };
        switch (step % 64)
        {
            case < 30:
                node.Node.Snapshots.Slice(8);
                break;
            case < 50:
                node.Engine.Background.Step();
                node.EndTurn();
                break;
            case < 58:
                node.Engine.Do($"SETBIT {key} {number} {number % 2}");
                break;
            case 58:
                node.Engine.Do($"APPEND {key} {number}");
                break;
            case 59:
                node.Engine.Do($"BITFIELD {key} SET u13 {number} 77 INCRBY i40 {number / 2} {number}");
                break;
            case 60 when number % 8 == 0:
                node.Engine.Do($"RENAME {key} {(key == "a" ? "b" : "a")}");
                break;
            case 61 when number % 8 == 0:
                node.Engine.Do($"SETRANGE {key} {number / 6} {node.Text(9000)}");
                break;
            case 62 when number % 8 == 0:
                node.Engine.Do("SWAPDB 0 1");
                break;
            case 63 when number % 16 == 0:
                node.Engine.Do($"DEL {key}");
                break;
        }
    }

    // Between the announcement with its mark, and the mark.
    private static byte[] Payload(MemoryStream received)
    {
        const int markLength = 40;
        var bytes = received.ToArray().AsSpan();
        bytes = bytes[bytes.IndexOf("$EOF:"u8)..];
        var mark = bytes.Slice("$EOF:".Length, markLength);
        var payload = bytes[("$EOF:".Length + markLength + 2)..];
        return payload[..payload.IndexOf(mark)].ToArray();
    }
}
