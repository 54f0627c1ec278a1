using Redouble.Server.Loop;

namespace Redouble.Server.Tests.Loop;

public sealed class SendQuotaTests
{
    private readonly SendQuota _quota = new();

    [Theory]
    [InlineData(1, 256 << 10)]
    [InlineData(3, (256 << 10) / 3)]
    [InlineData(100, 32 << 10)]
    public void Without_writes_a_turn_has_a_share_for_each(int replicas, int share)
    {
        _quota.BeginTurn(1000, replicas);
        for (var i = 0; i < 100; i++) _quota.BeginTurn(1000, replicas); // what came before the first turn is forgotten
        Assert.Equal(share, _quota.Allowance(0, 1000));
        Assert.Equal(share - 1000, _quota.Allowance(1000, 1000));
        Assert.Equal(0, _quota.Allowance(share + 1, 1000));
        _quota.BeginTurn(1000, replicas);
        Assert.Equal(share, _quota.Allowance(0, 1000));
    }

    /// <summary>Whatever is written, at an even pace or in bursts, a replica may be sent more than that in the long run.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40)]
    public void A_replica_that_can_take_it_never_falls_behind(int turnsBetween)
    {
        const int burst = 5_000_000;
        var random = new Random(turnsBetween);
        long end = 0, sent = 0, behindMost = 0;
        for (var turn = 0; turn < 2_000; turn++)
        {
            _quota.BeginTurn(end, replicas: 20);
            long sentInTurn = 0;
            if (turn % turnsBetween == 0) end += random.Next(burst);
            for (var flush = 0; flush < burst / SendQuota.SendMax; flush++) // each group of clients ends with one
            {
                var now = Math.Min(end - sent, _quota.Allowance(sentInTurn, end));
                sent += now;
                sentInTurn += now;
            }

            behindMost = Math.Max(behindMost, end - sent);
        }

        Assert.InRange(behindMost, 0, burst);
    }
}
