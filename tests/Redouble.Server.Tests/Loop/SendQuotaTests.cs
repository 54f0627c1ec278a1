using Redouble.Core.Memory;
using Redouble.Server.Loop;

namespace Redouble.Server.Tests.Loop;

public sealed class SendQuotaTests
{
    private const long LogEnd = 0; // nothing is written, except where it is said
    private readonly SendQuota _quota = new();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public void Without_writes_replicas_get_a_share_in_turn(int count)
    {
        var replicas = Behind(count);
        for (var i = 0; i < 2 * count; i++) Turn(replicas); // until it is known how many want one
        var before = replicas.Select(replica => replica.Total).ToArray();
        for (var i = 0; i < 3 * count; i++) Assert.Equal(SendQuota.SharedPerTurn, Turn(replicas));
        Assert.Equal(before.Select(total => total + (3 * SendQuota.SharedPerTurn)), replicas.Select(replica => replica.Total));
    }

    [Fact]
    public void A_turn_has_so_much_and_no_more_however_often_it_is_asked()
    {
        var replica = Behind(1)[0];
        _quota.BeginTurn(LogEnd);
        Assert.Equal(SendQuota.SharedPerTurn, Ask(replica));
        _quota.OnSent(replica.Share, 1000, isBehind: true);
        Assert.Equal(0, Ask(replica)); // less than its part is left, and less than what waits
        Assert.Equal(SendQuota.SharedPerTurn - 1000, Ask(replica, 64 << 10));
        _quota.BeginTurn(LogEnd);
        Assert.Equal(SendQuota.SharedPerTurn, Ask(replica));
        _quota.OnSent(replica.Share, SendQuota.SharedPerTurn + 1000, isBehind: true);
        Assert.Equal(0, Ask(replica));
    }

    /// <summary>Where the encoder is what holds up, replicas of one snapshot get what there is in the same turn.</summary>
    [Fact]
    public void Who_wants_less_than_its_part_waits_for_nobody()
    {
        const int piece = 64 << 10;
        var replicas = Behind(3);
        for (var turn = 0; turn < 10; turn++)
        {
            _quota.BeginTurn(LogEnd);
            foreach (var replica in replicas)
            {
                Assert.InRange(Ask(replica, piece), piece, SendQuota.SharedPerTurn);
                _quota.OnSent(replica.Share, piece, isBehind: false);
            }
        }
    }

    /// <summary>What the one whose turn it is can't take is somebody else's, in the same turn.</summary>
    [Fact]
    public void What_is_left_is_not_lost_and_not_handed_out_in_crumbs()
    {
        var replicas = Behind(2);
        var (first, second) = (replicas[0], replicas[1]);
        _quota.BeginTurn(LogEnd);
        _ = (Ask(first), Ask(second)); // both want some
        _quota.BeginTurn(LogEnd);
        Assert.Equal(SendQuota.SharedPerTurn, Ask(first));
        _quota.OnSent(first.Share, 30_000, isBehind: true);
        Assert.Equal(SendQuota.SharedPerTurn - 30_000, Ask(second));
        _quota.OnSent(second.Share, SendQuota.SharedPerTurn - 40_000, isBehind: true);
        Assert.Equal(0, Ask(first)); // of 10,000 bytes
        Assert.Equal(10_000, Ask(first, 5000));
    }

    [Fact]
    public void Who_wants_none_any_more_is_not_waited_for_longer_than_a_round()
    {
        var replicas = Behind(4);
        for (var i = 0; i < 8; i++) Turn(replicas);
        var left = replicas[3..];
        var waited = 0;
        while (Turn(left) == 0) waited++;
        Assert.InRange(waited, 0, 3);
        for (var i = 0; i < 5; i++) Assert.Equal(SendQuota.SharedPerTurn, Turn(left));
    }

    /// <summary>Replicas that have everything take nobody's part, and may be told something at any time.</summary>
    [Fact]
    public void Who_is_in_step_gets_what_is_written()
    {
        SendShare inStep = new();
        var behind = Behind(1)[0];
        for (var turn = 0; turn < 3; turn++)
        {
            _quota.BeginTurn(LogEnd);
            Assert.Equal(BlockPool.StandardCapacity, _quota.Allowance(inStep, isPayload: false, 100, LogEnd));
            _quota.OnSent(inStep, 100, isBehind: false);
            Assert.Equal(SendQuota.SharedPerTurn, Ask(behind));
            Assert.Equal(400_000 - 100, _quota.Allowance(inStep, isPayload: false, 200_000, LogEnd + 200_000));
        }
    }

    /// <summary>Whatever is written, at an even pace or in bursts, a replica may be sent more than that in the long run.</summary>
    [Theory]
    [InlineData(1, 5_000_000)]
    [InlineData(7, 5_000_000)]
    [InlineData(40, 5_000_000)]
    [InlineData(1, 5_000)]
    [InlineData(1, 20_000)]
    [InlineData(3, 100_000)]
    public void A_replica_that_can_take_it_never_falls_behind(int turnsBetween, int burst)
    {
        var random = new Random(turnsBetween);
        var replicas = Behind(20);
        var sent = new long[replicas.Length];
        long end = 0, behindMost = 0;
        for (var turn = 0; turn < 2_000; turn++)
        {
            _quota.BeginTurn(end);
            if (turn % turnsBetween == 0) end += random.Next(burst);
            for (var flush = 0; flush < 4; flush++) // each group of clients ends with one
            {
                for (var i = 0; i < replicas.Length; i++)
                {
                    var share = replicas[i].Share;
                    if (end == sent[i]) continue;
                    var now = Math.Min(end - sent[i], _quota.Allowance(share, isPayload: false, Math.Min(end - sent[i], 500_000), end));
                    sent[i] += now;
                    _quota.OnSent(share, now, isBehind: end > sent[i]);
                }
            }

            behindMost = Math.Max(behindMost, sent.Max(one => end - one));
        }

        Assert.InRange(behindMost, 0, burst + (replicas.Length * Math.Min(burst, 100_000))); // of what is written slowly, a round of turns
    }

    private static Replica[] Behind(int count) => [.. Enumerable.Range(0, count).Select(_ => new Replica())];

    private long Ask(Replica replica, long waiting = 500_000) => _quota.Allowance(replica.Share, isPayload: true, waiting, LogEnd);

    // Everybody takes what is allowed; what that is together.
    private long Turn(Replica[] replicas)
    {
        _quota.BeginTurn(LogEnd);
        var all = 0L;
        foreach (var replica in replicas)
        {
            var now = Ask(replica);
            _quota.OnSent(replica.Share, now, isBehind: true);
            replica.Total += now;
            all += now;
        }

        return all;
    }

    private sealed class Replica
    {
        public SendShare Share { get; } = new() { IsBehind = true };

        public long Total { get; set; }
    }
}
