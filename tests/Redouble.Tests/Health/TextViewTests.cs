using System.Text.Json;
using Redouble.Health;

namespace Redouble.Tests.Health;

public sealed class TextViewTests
{
    private const string Table = """
        node  kind            role     follows  link       offset  behind    lag  sync                                    backlog                   judged
        p:1   redouble 0.1.0  primary           1 of 2 up    1234                                                         1.2 KB of 1.0 MB, 61.0 s  ok
        r:2   redis 7.0.15    replica  p:1      up           1200    34 B  12 ms                                          none                      ok
        r:3   (not asked)     replica  p:1      sync            0                 receiving 25 %, 5.0 min, 15.0 min left                            warning
        r:4   (no answer)                                                                                                                           critical
        """;

    private static readonly NodeRow[] Rows =
    [
        new()
        {
            Node = "p:1", Kind = "redouble 0.1.0", Role = "primary", Root = "p:1", Offset = 1234, Replicas = (1, 2), ReplId = "aa",
            Backlog = new BacklogState(1 << 20, 1234, 61),
        },
        new()
        {
            Node = "r:2", Kind = "redis 7.0.15", Role = "replica", Root = "p:1", Follows = "p:1", Link = LinkState.Up, Offset = 1200, BytesBehind = 34,
            Lag = new Lag(0.0123, "measured"), Backlog = new BacklogState(1 << 20, 0, null),
        },
        new()
        {
            Node = "r:3", Asked = false, Role = "replica", Root = "p:1", Follows = "p:1", Link = LinkState.Syncing,
            Sync = new SyncState("receiving", 301, 25, 9, 900),
        },
        new() { Node = "r:4", Failure = "connect: Connection refused" },
    ];

    [Fact]
    public void The_verdict_comes_first_and_columns_are_aligned()
    {
        string[] lines = TextView.Of(Rows, Judge.Of(Rows, Thresholds.Default), coloured: false).TrimEnd().Split('\n');
        Assert.Equal("CRITICAL: r:4: connect: Connection refused; r:3: its full sync takes 5.0 min so far (limit 5.0 min)", lines[0]);
        Assert.Equal(Table.Split('\n'), lines[2..]);
    }

    [Fact]
    public void All_well_is_one_line_too()
    {
        NodeRow[] rows = Rows[..2];
        Assert.StartsWith("OK: 1 primary, 1 replica, lag 12 ms at most\n\n", TextView.Of(rows, Judge.Of(rows, Thresholds.Default), coloured: false));
        Assert.StartsWith("\e[32mOK\e[0m: 1 primary", TextView.Of(rows, [], coloured: true));
    }

    [Fact]
    public void Json_has_the_same_with_units_in_the_names()
    {
        DateTimeOffset time = new(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1));
        string text = JsonView.Of(Rows, Judge.Of(Rows, Thresholds.Default), time, indented: false);
        Assert.DoesNotContain('\n', text);
        JsonElement json = JsonDocument.Parse(text).RootElement;
        Assert.Equal("critical", json.GetProperty("status").GetString());
        Assert.Equal("2026-01-02T02:04:05.000Z", json.GetProperty("time").GetString());
        Assert.Equal(["critical", "warning"], json.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("severity").GetString()));
        JsonElement[] nodes = [.. json.GetProperty("nodes").EnumerateArray()];
        Assert.Equal((2, 1), (nodes[0].GetProperty("replicas").GetInt32(), nodes[0].GetProperty("replicas_online").GetInt32()));
        Assert.Equal((61, 1234), (nodes[0].GetProperty("backlog_covers_s").GetDouble(), nodes[0].GetProperty("backlog_held_bytes").GetInt64()));
        Assert.Equal((0.012, "measured", 34), (nodes[1].GetProperty("lag_s").GetDouble(), nodes[1].GetProperty("lag_source").GetString(),
            nodes[1].GetProperty("bytes_behind").GetInt64()));
        Assert.Equal(("sync", 301, "warning", false), (nodes[2].GetProperty("link").GetString(), nodes[2].GetProperty("sync_s").GetDouble(),
            nodes[2].GetProperty("status").GetString(), nodes[2].GetProperty("asked").GetBoolean()));
        Assert.Equal("connect: Connection refused", nodes[3].GetProperty("failure").GetString());
    }

    [Theory]
    [InlineData(0, "0 ms")]
    [InlineData(0.9994, "999 ms")]
    [InlineData(0.9996, "1.0 s")]
    [InlineData(99.9, "99.9 s")]
    [InlineData(100, "1.7 min")]
    [InlineData(6000, "1.7 h")]
    [InlineData(360_000, "4.2 d")]
    public void Times_are_short(double seconds, string expected) => Assert.Equal(expected, Format.Seconds(seconds));

    [Theory]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1.0 KB")]
    [InlineData(1L << 30, "1.0 GB")]
    [InlineData(1L << 50, "1024.0 TB")]
    public void Sizes_are_short(long bytes, string expected) => Assert.Equal(expected, Format.Bytes(bytes));
}
