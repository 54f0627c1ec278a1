using System.Diagnostics;
using Redouble.Server.Polling;

namespace Redouble.Server.Tests.Polling;

public sealed class EpollPollerTests : PollerTests
{
    protected override IPoller Make() => new EpollPoller();

    /// <summary>epoll_wait would make a millisecond of it.</summary>
    [Fact]
    public void A_wait_may_be_shorter_than_a_millisecond()
    {
        using var poller = Make();
        var shortest = TimeSpan.MaxValue;
        for (var i = 0; i < 1000 && shortest > TimeSpan.FromMicroseconds(900); i++) // on a busy machine some are longer
        {
            var begun = Stopwatch.GetTimestamp();
            Assert.Equal(0, poller.Wait(100, new PollEvent[1]));
            var took = Stopwatch.GetElapsedTime(begun);
            if (took < shortest) shortest = took;
        }

        Assert.InRange(shortest, TimeSpan.FromMicroseconds(100), TimeSpan.FromMicroseconds(900));
    }
}

public sealed class PollPollerTests : PollerTests
{
    protected override IPoller Make() => new PollPoller();
}

/// <summary>What every poller must do.</summary>
public abstract class PollerTests
{
    private const int Long = 10_000_000;

    protected abstract IPoller Make();

    [Fact]
    public void ReportsReadinessUntilItIsUsedUp()
    {
        using var poller = Make();
        using var pair = new Sockets();
        var events = new PollEvent[8];
        Sockets.Must(poller.Add(pair.Server, long.MaxValue - 5, PollInterest.Read));
        Assert.Equal(1, poller.Count);
        Assert.Equal(0, poller.Wait(0, events));

        Sockets.Must(SocketCalls.Send(pair.Client, "ab"u8));
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(1, poller.Wait(Long, events));
            Assert.Equal(new PollEvent(long.MaxValue - 5, PollInterest.Read), events[0]);
            Assert.Equal(1, SocketCalls.Receive(pair.Server, new byte[1]).Count);
        }

        Assert.Equal(0, poller.Wait(0, events));
    }

    [Theory]
    [InlineData(300)]
    [InlineData(1500)]
    public void A_wait_lasts_as_long_as_it_is_to(long microseconds)
    {
        using var poller = Make();
        using var pair = new Sockets();
        var events = new PollEvent[8];
        Sockets.Must(poller.Add(pair.Server, 1, PollInterest.Read));
        var begun = Stopwatch.GetTimestamp();
        Assert.Equal(0, poller.Wait(microseconds, events));
        Assert.True(Stopwatch.GetElapsedTime(begun) >= TimeSpan.FromMicroseconds(microseconds));
        Sockets.Must(SocketCalls.Send(pair.Client, "a"u8));
        while (!SocketCalls.Peek(pair.Server).IsDone) Thread.Sleep(1);
        Assert.Equal(1, poller.Wait(microseconds, events));
        Assert.Equal(new PollEvent(1, PollInterest.Read), events[0]);
    }

    [Fact]
    public void A_short_wait_is_ended_by_what_comes_meanwhile()
    {
        using var poller = Make();
        using var pair = new Sockets();
        Sockets.Must(poller.Add(pair.Server, 1, PollInterest.Read));
        using var sender = new Timer(_ => Sockets.Must(SocketCalls.Send(pair.Client, "a"u8)), null, 50, Timeout.Infinite);
        var events = new PollEvent[8];
        var found = 0;
        for (var begun = Stopwatch.GetTimestamp(); found == 0;)
        {
            found = poller.Wait(999, events);
            Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(20));
        }

        Assert.Equal((1, new PollEvent(1, PollInterest.Read)), (found, events[0]));
    }

    [Fact]
    public void A_short_wait_is_ended_by_a_wake_up()
    {
        using var poller = Make();
        poller.Wake();
        var begun = Stopwatch.GetTimestamp();
        Assert.Equal(0, poller.Wait(999, new PollEvent[1]));
        for (var i = 0; i < 100 && Stopwatch.GetElapsedTime(begun) >= TimeSpan.FromMicroseconds(999); i++) // unless the machine was busy
        {
            poller.Wake();
            begun = Stopwatch.GetTimestamp();
            Assert.Equal(0, poller.Wait(999, new PollEvent[1]));
        }

        Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromMicroseconds(999));
        begun = Stopwatch.GetTimestamp();
        Assert.Equal(0, poller.Wait(999, new PollEvent[1])); // it was the last one's
        Assert.True(Stopwatch.GetElapsedTime(begun) >= TimeSpan.FromMicroseconds(999));
    }

    /// <summary>SO_RCVLOWAT: what the replication link's reads of a busy stream go by.</summary>
    [Fact]
    public void A_socket_with_a_low_mark_is_reported_when_that_much_is_there()
    {
        using var poller = Make();
        using var pair = new Sockets();
        var events = new PollEvent[8];
        Sockets.Must(poller.Add(pair.Server, 1, PollInterest.Read));
        Sockets.Must(SocketOptions.SetReceiveLowMark(pair.Server, 1000));
        Sockets.Must(SocketCalls.Send(pair.Client, new byte[999]));
        while (SocketCalls.Unread(pair.Server).Count < 999) Thread.Sleep(1);
        Assert.Equal(0, poller.Wait(0, events));
        Sockets.Must(SocketCalls.Send(pair.Client, "a"u8));
        Assert.Equal(1, poller.Wait(Long, events));
        Assert.Equal(1000, SocketCalls.Receive(pair.Server, new byte[2000]).Count);
        Sockets.Must(SocketCalls.Send(pair.Client, "a"u8));
        while (SocketCalls.Unread(pair.Server).Count < 1) Thread.Sleep(1);
        Assert.Equal(0, poller.Wait(0, events));
        Sockets.Must(SocketOptions.SetReceiveLowMark(pair.Server, 1));
        Assert.Equal(1, poller.Wait(Long, events)); // what is there counts at once
        Sockets.Must(SocketOptions.SetReceiveLowMark(pair.Server, 1000));
        Assert.Equal(0, poller.Wait(0, events));
        pair.CloseClient();
        Assert.Equal(1, poller.Wait(Long, events)); // so does the end
        Assert.Equal(1, SocketCalls.Receive(pair.Server, new byte[2000]).Count);
    }

    [Fact]
    public void InterestCanChange()
    {
        using var poller = Make();
        using var pair = new Sockets();
        var events = new PollEvent[8];
        Sockets.Must(poller.Add(pair.Server, 1, PollInterest.Read | PollInterest.Write));
        Assert.Equal(1, poller.Wait(Long, events));
        Assert.Equal(new PollEvent(1, PollInterest.Write), events[0]);
        Sockets.Must(poller.Modify(pair.Server, 2, PollInterest.Read));
        Assert.Equal(0, poller.Wait(0, events));
        Sockets.Must(SocketCalls.Send(pair.Client, "x"u8));
        Assert.Equal(1, poller.Wait(Long, events));
        Assert.Equal(new PollEvent(2, PollInterest.Read), events[0]);
        Sockets.Must(poller.Modify(pair.Server, 3, PollInterest.None));
        Assert.Equal(0, poller.Wait(0, events));
        Sockets.Must(poller.Modify(pair.Server, 4, PollInterest.Read | PollInterest.Write));
        Assert.Equal(1, poller.Wait(Long, events));
        Assert.Equal(new PollEvent(4, PollInterest.Read | PollInterest.Write), events[0]);
        Sockets.Must(poller.Remove(pair.Server));
        Assert.Equal(0, poller.Count);
        Assert.Equal(0, poller.Wait(0, events));
    }

    [Fact]
    public void MistakesAreErrors()
    {
        using var poller = Make();
        using var pair = new Sockets();
        Assert.Equal(Errno.NoEntry, poller.Modify(pair.Server, 1, PollInterest.Read).Errno);
        Assert.Equal(Errno.NoEntry, poller.Remove(pair.Server).Errno);
        Sockets.Must(poller.Add(pair.Server, 1, PollInterest.Read));
        Assert.Equal(Errno.Exists, poller.Add(pair.Server, 1, PollInterest.Read).Errno);
        Assert.Equal(Errno.BadDescriptor, poller.Add(-1, 1, PollInterest.Read).Errno);
        Assert.Equal(1, poller.Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => poller.Add(pair.Client, -1, PollInterest.Read));
        Assert.Throws<ArgumentOutOfRangeException>(() => poller.Modify(pair.Server, -1, PollInterest.Read));
    }

    [Fact]
    public void AHangUpIsReportedWhateverTheInterest()
    {
        using var poller = Make();
        using var pair = new Sockets();
        var events = new PollEvent[8];
        Sockets.Must(poller.Add(pair.Server, 9, PollInterest.Read));
        pair.CloseClient();
        Assert.Equal(1, poller.Wait(Long, events));
        Assert.True((events[0].Ready & PollInterest.Read) != 0);
        Assert.Equal(IoStatus.Closed, SocketCalls.Receive(pair.Server, new byte[1]).Status);
        Sockets.Must(SocketCalls.Shutdown(pair.Server));
        Sockets.Must(poller.Modify(pair.Server, 9, PollInterest.None));
        Assert.Equal(1, poller.Wait(Long, events));
        Assert.Equal(PollInterest.Read | PollInterest.Write | PollInterest.Failed, events[0].Ready);
    }

    [Fact]
    public void ManyDescriptorsAreReportedInTurns()
    {
        using var poller = Make();
        var pairs = new List<Sockets>();
        try
        {
            for (var i = 0; i < 40; i++)
            {
                pairs.Add(new Sockets());
                Sockets.Must(poller.Add(pairs[i].Server, i, PollInterest.Read));
                Sockets.Must(SocketCalls.Send(pairs[i].Client, "x"u8));
            }

            Assert.Equal(40, poller.Wait(Long, new PollEvent[64]));
            var seen = new HashSet<long>();
            var events = new PollEvent[7];
            for (var turn = 0; turn < 6; turn++)
            {
                var count = poller.Wait(Long, events);
                Assert.Equal(7, count);
                foreach (var found in events) seen.Add(found.Token);
            }

            Assert.Equal(40, seen.Count);
            for (var i = 0; i < 40; i += 2) Sockets.Must(poller.Remove(pairs[i].Server));
            var left = new PollEvent[64];
            Assert.Equal(20, poller.Wait(Long, left));
            Assert.All(left[..20], found => Assert.Equal(1, found.Token % 2));
        }
        finally
        {
            pairs.ForEach(pair => pair.Dispose());
        }
    }

    [Fact]
    public void OtherThreadsWakeIt()
    {
        using var poller = Make();
        var events = new PollEvent[4];
        poller.Wake();
        poller.Wake();
        Assert.Equal(0, poller.Wait(-1, events)); // would wait for ever if the wake-up were lost
        Assert.Equal(0, poller.Wait(0, events));

        const int Items = 5000;
        var queued = 0;
        var thread = new Thread(() =>
        {
            for (var i = 0; i < Items; i++)
            {
                Interlocked.Increment(ref queued);
                poller.Wake();
            }
        });
        thread.Start();
        var seen = 0;
        while (seen < Items)
        {
            Assert.Equal(0, poller.Wait(-1, events));
            seen = Volatile.Read(ref queued);
        }

        thread.Join();
    }

    [Fact]
    public void AWakeUpDoesNotHideEvents()
    {
        using var poller = Make();
        using var pair = new Sockets();
        var events = new PollEvent[1];
        Sockets.Must(poller.Add(pair.Server, 5, PollInterest.Write));
        poller.Wake();
        var found = poller.Wait(Long, events);
        if (found == 0) found = poller.Wait(Long, events);
        Assert.Equal(1, found);
        Assert.Equal(new PollEvent(5, PollInterest.Write), events[0]);
    }
}
