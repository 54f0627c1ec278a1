using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;
using Redouble.Engine.Tests.Verification;
using Redouble.Replication.Primary;

namespace Redouble.Engine.Tests.Execution;

/// <summary>Writers that wait for the sake of a replica: who waits, who does not, and how they go on.</summary>
public sealed class HeldWritersTests : IDisposable
{
    private const int ValueBytes = 100_000;
    private readonly LinkedPair _pair = new LinkedPair(primary: ["client-output-buffer-limit replica 4mb 0 0", "repl-backlog-size 16kb"]).Follow();
    private readonly string _value = new('v', ValueBytes);

    private EngineNode Primary => _pair.Primary;

    private WriterThrottle Throttle => Primary.Node.Replication.Protocol.Replicas.Throttle;

    public void Dispose() => _pair.Dispose();

    // The replica takes nothing for a moment: three quarters of its limit are written.
    private void FillWindow()
    {
        _pair.IsHeld = true;
        for (var i = 0; !Throttle.IsHolding; i++)
        {
            Assert.InRange(i, 0, 40);
            Primary.Feed(Primary.Connect(), EngineNode.Encode("SET", "big", _value));
            Primary.Node.FeedReplicas();
        }
    }

    private void Turn(int ms)
    {
        Primary.Clock.Advance(ms);
        Primary.Node.BeginTurn(Primary.Clock.MonotonicMicroseconds);
        Primary.Node.FeedReplicas();
        Primary.Node.ResumeUnblocked();
    }

    [Fact]
    public void Writers_wait_and_readers_do_not()
    {
        var (writer, other) = (Primary.Connect(), Primary.Connect());
        FillWindow();
        var waiting = Primary.Node.HeldWriters.Count;
        Assert.Equal("", Primary.Do("SET k 1", writer));
        Assert.Equal("", Primary.Do("PUBLISH channel message", other)); // goes to replicas, too
        Assert.Equal("$-1|", Primary.Do("GET k"));
        Assert.Equal("+PONG|", Primary.Do("PING"));
        Assert.Contains("flags=b ", Primary.Do("CLIENT LIST"), StringComparison.Ordinal);
        Assert.Equal(waiting + 2, Primary.Node.HeldWriters.Count);
        Assert.True(writer.Has(SessionFlags.Held) && other.Has(SessionFlags.Held));

        _pair.IsHeld = false;
        _pair.Turn(); // the replica takes what waits
        Turn(0);
        Assert.Equal("+OK|", Primary.Take(writer));
        Assert.Equal(":0|", Primary.Take(other));
        Assert.Equal(0, Primary.Node.HeldWriters.Count);
        Assert.False(writer.Has(SessionFlags.Held | SessionFlags.Blocked | SessionFlags.Postponed));
        Assert.Equal("$1|1|", Primary.Do("GET k"));
    }

    [Fact]
    public void They_go_on_in_the_order_in_which_they_came()
    {
        var writers = Enumerable.Range(0, 5).Select(_ => Primary.Connect()).ToList();
        FillWindow();
        foreach (var (writer, i) in writers.Select((writer, i) => (writer, i))) Assert.Equal("", Primary.Do($"APPEND order {i}", writer));
        _pair.IsHeld = false;
        _pair.Turn();
        Primary.Node.FeedReplicas();
        Assert.True(Primary.Node.HeldWriters.CanResume);
        Assert.Equal(":1|$-1|", Primary.Do("GET other", writers[0])); // its own write comes first
        Assert.Equal("$5|01234|", Primary.Do("GET order"));
    }

    [Fact]
    public void Who_comes_later_joins_the_end()
    {
        var (first, second) = (Primary.Connect(), Primary.Connect());
        FillWindow();
        Assert.Equal("", Primary.Do("SET k first", first));
        _pair.IsHeld = false;
        _pair.Turn();
        Primary.Node.FeedReplicas();
        Assert.False(Throttle.IsHolding);
        Primary.Node.BeginTurn(Primary.Clock.MonotonicMicroseconds);
        Primary.Feed(second, EngineNode.Encode("SET", "k", "second")); // executes its input, then those who were held
        Assert.Equal("$6|second|", Primary.Do("GET k"));
        Assert.Equal(("+OK|", "+OK|"), (Primary.Take(first), Primary.Take(second)));
    }

    [Fact]
    public void A_transaction_waits_at_its_end_only()
    {
        var writer = Primary.Connect();
        FillWindow();
        Assert.Equal("+OK|", Primary.Do("MULTI", writer));
        Assert.Equal("+QUEUED|", Primary.Do("SET k 1", writer));
        Assert.Equal("+QUEUED|", Primary.Do("GET k", writer));
        Assert.Equal("", Primary.Do("EXEC", writer));
        var reader = Primary.Connect();
        Primary.Do("MULTI", reader);
        Primary.Do("GET k", reader);
        Assert.Equal("*1|$-1|", Primary.Do("EXEC", reader));
        _pair.IsHeld = false;
        _pair.Turn();
        Turn(0);
        Assert.Equal("*2|+OK|$1|1|", Primary.Take(writer));
    }

    [Fact]
    public void A_pop_that_waited_is_served_with_the_push_that_serves_it()
    {
        var (popper, pusher) = (Primary.Connect(), Primary.Connect());
        Assert.Equal("", Primary.Do("BLPOP list 0", popper));
        FillWindow();
        Assert.Equal("", Primary.Do("RPUSH list a", pusher));
        Turn(25); // they have waited for their share of the time
        Assert.False(Throttle.IsHolding);
        Assert.Equal(":1|", Primary.Take(pusher));
        Assert.Equal("*2|$4|list|$1|a|", Primary.Take(popper));
    }

    [Fact]
    public void A_pipeline_goes_on_where_it_stopped_and_a_client_that_went_is_forgotten()
    {
        var (writer, gone) = (Primary.Connect(), Primary.Connect());
        FillWindow();
        Assert.Equal("", Primary.Do("SET gone 1", gone));
        Primary.Feed(writer, [.. EngineNode.Encode("INCR", "n"), .. EngineNode.Encode("GET", "n"), .. EngineNode.Encode("INCR", "n")]);
        Assert.Equal("", Primary.Take(writer));
        Primary.Node.RemoveSession(gone);
        _pair.IsHeld = false;
        _pair.Turn();
        Turn(0);
        Assert.Equal(":1|$1|1|:2|", Primary.Take(writer));
        Assert.Equal(":0|", Primary.Do("EXISTS gone"));
        Assert.Equal(0, Primary.Node.HeldWriters.Count);
    }

    [Fact]
    public void The_end_of_the_primary_s_time_lets_them_go()
    {
        var writer = Primary.Connect();
        FillWindow();
        Assert.Equal("", Primary.Do("SET k 1", writer));
        Assert.Equal("+OK|", Primary.Do("REPLICAOF elsewhere 6379"));
        Turn(1);
        Assert.Equal("-READONLY You can't write against a read only replica.|", Primary.Take(writer));
        Assert.False(Throttle.IsHolding || Throttle.IsArmed);
    }

    [Fact]
    public void INFO_and_the_log_say_so()
    {
        Assert.Equal(("0", "", "0", "0"), Fields());
        FillWindow();
        Turn(2);
        Turn(2);
        var (active, replica, times, held) = Fields();
        Assert.Equal(("1", "1"), (active, times));
        Assert.StartsWith("127.0.0.1:", replica, StringComparison.Ordinal);
        Assert.InRange(int.Parse(held, System.Globalization.CultureInfo.InvariantCulture), 1, 10);
        Assert.Single(Primary.LogLines, line => line.StartsWith("Writers are slowed, by at most 90 percent, for replica ", StringComparison.Ordinal));
        Assert.Equal("+OK|", Primary.Do("CONFIG SET repl-writer-throttle 0"));
        Primary.Node.Timer();
        Turn(0);
        Assert.False(Throttle.IsHolding);
        Turn(1001);
        Assert.Equal(("0", replica, "1"), (Fields().Active, Fields().Replica, Fields().Times));
        Assert.Single(Primary.LogLines, line => line.StartsWith($"Writers are not slowed for replica {replica} any more: ", StringComparison.Ordinal));
    }

    private (string Active, string Replica, string Times, string Held) Fields()
    {
        var info = _pair.Info();
        return (info["redouble_writer_throttle_active"], info["redouble_writer_throttle_replica"], info["redouble_writer_throttle_times"],
            info["redouble_writer_throttle_ms"]);
    }
}
