using System.Text;
using Redouble.Engine.Commands.Introspection;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Engine.Monitoring;
using Redouble.Engine.Statistics;

namespace Redouble.Engine.Commands.Server;

/// <summary>LATENCY.</summary>
[CommandContainer("latency", Group = CommandGroup.Server, Since = "2.8.13", Summary = "Shows what made the server slow.",
    Complexity = "Depends on subcommand.")]
internal static class LatencyCommands
{
    private const CommandFlags ForAdmins = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale;
    private const string PerNode = "nondeterministic_output request_policy:all_nodes response_policy:special";

    [Command("latency|latest", Arity = 2, Flags = ForAdmins, Group = CommandGroup.Server, Since = "2.8.13", Summary = "Returns the newest stall of each kind.",
        Complexity = "O(1)", Tips = PerNode)]
    public static void Latest(CommandContext c)
    {
        var series = c.Node.Monitoring.Latency.Series;
        c.Reply.ArrayHeader(series.Count);
        foreach (var (name, samples) in series)
        {
            c.Reply.ArrayHeader(4);
            c.Reply.Bulk(name);
            c.Reply.Integer(samples.Latest.TimeSeconds);
            c.Reply.Integer(samples.Latest.Milliseconds);
            c.Reply.Integer(samples.MaxMilliseconds);
        }
    }

    [Command("latency|history", Arity = 3, Flags = ForAdmins, Group = CommandGroup.Server, Since = "2.8.13", Summary = "Returns the stalls of one kind.",
        Complexity = "O(1)", Syntax = "event", Tips = PerNode)]
    public static void History(CommandContext c)
    {
        if (!c.Node.Monitoring.Latency.Series.TryGetValue(ConfigText.FromBytes(c[2]), out var samples))
        {
            c.Reply.ArrayHeader(0);
            return;
        }

        c.Reply.ArrayHeader(samples.Count);
        for (var i = 0; i < samples.Count; i++)
        {
            c.Reply.ArrayHeader(2);
            c.Reply.Integer(samples[i].TimeSeconds);
            c.Reply.Integer(samples[i].Milliseconds);
        }
    }

    [Command("latency|reset", Arity = -2, Flags = ForAdmins, Group = CommandGroup.Server, Since = "2.8.13",
        Summary = "Forgets the stalls of some kinds, or all.",
        Complexity = "O(1)", Syntax = "[event...]", Tips = "request_policy:all_nodes response_policy:agg_sum")]
    public static void Reset(CommandContext c)
    {
        var latency = c.Node.Monitoring.Latency;
        var reset = 0;
        if (c.Count == 2) reset = latency.ResetAll();
        for (var i = 2; i < c.Count; i++) reset += latency.Reset(ConfigText.FromBytes(c[i])) ? 1 : 0;
        c.Reply.Integer(reset);
    }

    [Command("latency|graph", Arity = 3, Flags = ForAdmins, Group = CommandGroup.Server, Since = "2.8.13", Summary = "Draws the stalls of one kind.",
        Complexity = "O(1)", Syntax = "event", Tips = PerNode)]
    public static void Graph(CommandContext c)
    {
        var name = ConfigText.FromBytes(c[2]);
        if (!c.Node.Monitoring.Latency.Series.TryGetValue(name, out var samples)) c.Reply.Error($"ERR No samples available for event '{c.Shown(2)}'");
        else c.Reply.Verbatim("txt"u8, ConfigText.ToBytes(LatencyGraph.Draw(name, samples, c.NowMs / 1000)));
    }

    [Command("latency|doctor", Arity = 2, Flags = ForAdmins, Group = CommandGroup.Server, Since = "2.8.13", Summary = "Says what the stalls mean.",
        Complexity = "O(1)", Tips = PerNode)]
    public static void Doctor(CommandContext c) => c.Reply.Verbatim("txt"u8, Encoding.ASCII.GetBytes(LatencyReport.Write(c.Node)));

    [Command("latency|histogram", Arity = -2, Flags = ForAdmins, Group = CommandGroup.Server, Since = "7.0.0",
        Summary = "Returns how long the calls of commands took.",
        Complexity = "O(N) where N is the number of commands with latency information being retrieved.", Syntax = "[command...]", Tips = PerNode)]
    public static void Histogram(CommandContext c)
    {
        var deferred = c.Reply.BeginDeferred();
        long commands = 0;
        if (c.Count == 2)
        {
            foreach (var info in CommandTable.Infos) commands += WriteHistogram(c, info);
        }

        for (var i = 2; i < c.Count; i++)
        {
            if (CommandNameLookup.Find(c[i]) is not { } info) continue;
            commands += WriteHistogram(c, info);
            foreach (var subcommand in info.Subcommands) commands += WriteHistogram(c, CommandTable.Infos[subcommand]);
        }

        c.Reply.EndMap(deferred, commands);
    }

    [Command("latency|help", Arity = 2, Flags = CommandFlags.Loading | CommandFlags.Stale, Group = CommandGroup.Server, Since = "2.8.13",
        Summary = "Lists the subcommands.", Complexity = "O(1)")]
    public static void Help(CommandContext c) => HelpReply.Write(
        c,
        "DOCTOR",
        "    Return a human readable latency analysis report.",
        "GRAPH <event>",
        "    Return an ASCII latency graph for the <event> class.",
        "HISTORY <event>",
        "    Return time-latency samples for the <event> class.",
        "LATEST",
        "    Return the latest latency samples for all events.",
        "RESET [<event> ...]",
        "    Reset latency data of one or more <event> classes.",
        "    (default: reset all data for all event classes)",
        "HISTOGRAM [COMMAND ...]",
        "    Return a cumulative distribution of latencies in the format of a histogram for the specified command names.",
        "    If no commands are specified then all histograms are replied.");

    // Bounds are powers of two nanoseconds, shown in whole microseconds; only those at which the count grows.
    private static int WriteHistogram(CommandContext c, CommandInfo info)
    {
        const int firstPower = 10, lastPower = 30;
        if (c.Node.Stats.Histogram(info.Id) is not { Count: > 0 } histogram) return 0;
        c.Reply.Bulk(info.FullNameUtf8);
        c.Reply.MapHeader(2);
        c.Reply.Bulk("calls"u8);
        c.Reply.Integer(histogram.Count);
        c.Reply.Bulk("histogram_usec"u8);
        var deferred = c.Reply.BeginDeferred();
        long before = 0, buckets = 0;
        for (var power = firstPower; power <= lastPower && before < histogram.Count; power++)
        {
            var count = power == lastPower ? histogram.Count : histogram.CountUpTo(1L << power);
            if (count == before) continue;
            before = count;
            buckets++;
            c.Reply.Integer(LatencyHistogram.ShownMicroseconds(power));
            c.Reply.Integer(count);
        }

        c.Reply.EndMap(deferred, buckets);
        return 1;
    }
}
