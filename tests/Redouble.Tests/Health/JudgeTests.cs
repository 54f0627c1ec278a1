using Redouble.Health;

namespace Redouble.Tests.Health;

public sealed class JudgeTests
{
    private static readonly NodeRow Primary = new() { Node = "p:1", Role = "primary", Root = "p:1", ReplId = "aa" };
    private static readonly NodeRow Replica = new()
    {
        Node = "r:2",
        Role = "replica",
        Root = "p:1",
        Follows = "p:1",
        Link = LinkState.Up,
        Lag = new Lag(0, "measured"),
        ReplId = "aa",
    };

    [Fact]
    public void Nothing_wrong_is_no_finding() => Assert.Empty(Judge.Of([Primary, Replica], Thresholds.Default with { Expect = 1 }));

    [Theory]
    [InlineData(10, "")]
    [InlineData(10.1, "Warning r:2: its data is 10.1 s old (limit 10.0 s)")]
    [InlineData(60, "Warning r:2: its data is 60.0 s old (limit 10.0 s)")]
    [InlineData(61, "Critical r:2: its data is 61.0 s old (limit 60.0 s)")]
    public void Lag_has_two_limits(double seconds, string expected) => Assert.Equal(expected, Said(Replica with { Lag = new Lag(seconds, "estimated") }));

    [Theory]
    [InlineData(300, "")]
    [InlineData(301, "Warning r:2: its full sync takes 5.0 min so far (limit 5.0 min)")]
    [InlineData(999_999, "Warning r:2: its full sync takes 11.6 d so far (limit 5.0 min)")]
    [InlineData(null, "")]
    public void A_full_sync_may_take_its_time(int? seconds, string expected) =>
        Assert.Equal(expected, Said(Replica with { Link = LinkState.Syncing, Lag = null, Sync = new SyncState("transfer", seconds, null, null) }));

    /// <summary>Each of them is young; together they are what a link that is down is.</summary>
    [Fact]
    public void Full_syncs_that_fail_again_and_again_are_judged()
    {
        NodeRow loop = Replica with { Link = LinkState.Syncing, Lag = null, Sync = new SyncState("receiving", 20, 10, 5, null, 3, "Payload: cut") };
        Assert.Equal("Warning r:2: 3 full syncs in a row have failed, the last one: Payload: cut", Said(loop));
        Assert.Equal("Warning r:2: 3 full syncs in a row have failed, the last one: Payload: cut", Said(loop with { Lag = new Lag(50, "link") }));
        Assert.Equal("Critical r:2: its data is 70.0 s old (limit 60.0 s)", Said(loop with { Lag = new Lag(70, "link") }));
        Assert.Equal("", Said(loop with { Sync = loop.Sync! with { Failures = 1 } })); // it happens
    }

    [Fact]
    public void A_link_that_is_down_is_critical_at_once_and_named_with_its_reason()
    {
        NodeRow down = Replica with { Link = LinkState.Down, Lag = null, WasUp = true, DownSeconds = 0 };
        Assert.Equal("Critical r:2: the link to p:1 is down for 0 ms", Said(down));
        Assert.Equal("Critical r:2: the link to p:1 has never been up (AUTH: WRONGPASS)", Said(down with { WasUp = false, LinkError = "AUTH: WRONGPASS" }));
        Assert.Equal("Critical r:2: the link to p:1 has never been up", Said(down with { WasUp = false, DownSeconds = null }));
    }

    [Fact]
    public void Limits_of_a_link_that_is_down_can_be_set()
    {
        Thresholds patient = Thresholds.Default with { Down = new Limits(5, 30) };
        NodeRow down = Replica with { Link = LinkState.Down, WasUp = true, DownSeconds = 5, Lag = new Lag(5, "link") };
        Assert.Empty(Judge.Of([down], patient));
        Assert.Equal("Warning r:2: the link to p:1 is down for 6.0 s", Said(down with { DownSeconds = 6 }, patient));
        Assert.Equal("Critical r:2: the link to p:1 is down for 31.0 s", Said(down with { DownSeconds = 31 }, patient));

        // Where the link is not judged, what it does to the data is.
        Thresholds never = Thresholds.Default with { Down = new Limits(null, null) };
        Assert.Equal("Critical r:2: its data is 1.7 min old (limit 60.0 s)", Said(down with { Lag = new Lag(100, "link") }, never));
    }

    [Fact]
    public void A_node_that_does_not_answer_is_critical_whatever_its_primary_says_of_it()
    {
        NodeRow silent = Replica with { Failure = "INFO: no answer within 2 s" };
        Assert.Equal("Critical r:2: INFO: no answer within 2 s", Said(silent));
        Assert.Equal(["r:2: INFO: no answer within 2 s", "p:1: 0 of 1 expected replicas are up"],
            Judge.Of([Primary, silent], Thresholds.Default with { Expect = 1 }).Select(finding => finding.ToString()));
    }

    [Fact]
    public void Expected_replicas_count_only_when_their_links_are_up()
    {
        NodeRow second = Replica with { Node = "r:3", Link = LinkState.Syncing, Lag = null };
        NodeRow others = Replica with { Node = "r:4", Root = "q:1" };
        Thresholds two = Thresholds.Default with { Expect = 2 };
        Assert.Equal("Critical p:1: 1 of 2 expected replicas are up", Assert.Single(Judge.Of([Primary, Replica, second, others], two), NotANote).ToText());
        Assert.Empty(Judge.Of([Primary, Replica, second with { Link = LinkState.Up, Lag = new Lag(0, "primary") }], two));
        Assert.Equal("Critical no primary answered, of which 2 replicas are expected", Assert.Single(Judge.Of([Replica], two)).ToText());
    }

    [Fact]
    public void Two_primaries_of_one_history_are_critical()
    {
        NodeRow promoted = Primary with { Node = "q:1", Root = "q:1", ReplId = "bb", SecondReplId = "aa" };
        Assert.Equal("Critical p:1 and q:1 are both primaries of one history", Assert.Single(Judge.Of([Primary, promoted], Thresholds.Default)).ToText());
        Assert.Empty(Judge.Of([Primary, promoted with { SecondReplId = "cc" }], Thresholds.Default));
    }

    [Fact]
    public void A_node_that_loads_its_file_answers_nobody()
    {
        Assert.Equal("Critical p:1: it loads its file (43 %) and answers no commands", Said(Primary with { LoadedPercent = 43 }));
        NodeRow loading = Replica with { Link = LinkState.Down, LoadedPercent = 1, Lag = null };
        Assert.Equal(["Critical r:2: the link to p:1 has never been up", "Warning r:2: it loads its file (1 %) and answers no commands"],
            Judge.Of([loading], Thresholds.Default).Select(finding => finding.ToText()));
    }

    [Fact]
    public void A_lag_that_nobody_knows_is_a_note() =>
        Assert.Equal("Ok r:2: its lag is unknown: no answer from its primary", Said(Replica with { Lag = null, Root = null }));

    [Fact]
    public void A_replica_that_is_about_to_be_dropped_is_a_note() => Assert.Equal(
        "Ok r:2: p:1 drops it in 12.0 s if things go on like this (soft_limit)", Said(Replica with { Drop = (12, "soft_limit") }));

    private static bool NotANote(Finding finding) => finding.Severity != Severity.Ok;

    private static string Said(NodeRow row, Thresholds? thresholds = null) =>
        Judge.Of([row], thresholds ?? Thresholds.Default).SingleOrDefault()?.ToText() ?? "";
}
