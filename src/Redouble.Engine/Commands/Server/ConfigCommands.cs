using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.Commands.Server;

/// <summary>CONFIG.</summary>
[CommandContainer("config", Group = CommandGroup.Server, Since = "2.0.0", Summary = "Reads and changes the configuration.",
    Complexity = "Depends on subcommand.")]
internal static class ConfigCommands
{
    private const CommandFlags ForAdmins = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale;

    [Command("config|get", Arity = -3, Flags = ForAdmins, Group = CommandGroup.Server, Since = "2.0.0", Summary = "Returns the values of directives.",
        Complexity = "O(N) when N is the number of configuration parameters provided", Syntax = "parameter=( parameter )...",
        History = "7.0.0 Added the ability to pass multiple pattern parameters in one call")]
    public static void Get(CommandContext c)
    {
        var patterns = new string[c.Count - 2];
        for (var i = 0; i < patterns.Length; i++) patterns[i] = ConfigText.FromBytes(c[i + 2]);
        var found = c.Config.Get(patterns);
        c.Reply.MapHeader(found.Count);
        foreach (var (name, value) in found)
        {
            c.Reply.Bulk(name);
            c.Reply.Bulk(value);
        }
    }

    [Command("config|set", Arity = -4, Flags = ForAdmins, Group = CommandGroup.Server, Since = "2.0.0", Summary = "Sets directives, all of them or none.",
        Complexity = "O(N) when N is the number of configuration parameters provided", Syntax = "data=( parameter value )...",
        Tips = "request_policy:all_nodes response_policy:all_succeeded", History = "7.0.0 Added the ability to set multiple parameters in one call.")]
    public static void Set(CommandContext c)
    {
        var words = new string[c.Count - 2];
        for (var i = 0; i < words.Length; i++) words[i] = ConfigText.FromBytes(c[i + 2]);
        for (var i = 0; i + 1 < words.Length; i += 2)
        {
            if (DirectiveTable.TryFind(words[i], out var directive) && directive.Is(DirectiveFlags.Sensitive)) c.Redact(i + 3);
        }

        var isLocal = c.Session.Has(SessionFlags.UnixSocket) || Node.IsLoopback(c.Session.Address);
        var error = c.Config.Set(words, new ConfigSetContext(isLocal, c.Node.IsLoading));
        c.Node.ConfigHost.Refresh();
        if (error == null) c.Reply.Ok();
        else c.Reply.Error(error);
    }

    [Command("config|resetstat", Arity = 2, Flags = ForAdmins, Group = CommandGroup.Server, Since = "2.0.0",
        Summary = "Sets the counters of INFO back to zero.",
        Complexity = "O(1)", Tips = "request_policy:all_nodes response_policy:all_succeeded")]
    public static void ResetStat(CommandContext c)
    {
        c.Node.Stats.Reset();
        c.Node.Eviction.ResetStatistics();
        c.Node.Defragmentation.ResetStatistics();
        c.Node.ClientEviction.EvictedClients = 0;
        c.Node.Keyspace.ResetFreedLater();
        c.Node.Rates.Reset();
        c.Node.Snapshots.ResetCounters();
        c.Node.Saves.ResetCounters();
        c.Node.AppendOnly.ResetCounters();
        c.Node.Replication.Protocol.Replicas.ResetCounters();
        c.Reply.Ok();
    }

    [Command("config|rewrite", Arity = 2, Flags = ForAdmins, Group = CommandGroup.Server, Since = "2.8.0",
        Summary = "Writes the configuration in force into its file.",
        Complexity = "O(1)", Tips = "request_policy:all_nodes response_policy:all_succeeded")]
    public static void Rewrite(CommandContext c)
    {
        var error = c.Node.ConfigHost.RewriteFile(writeAll: false);
        if (error == null)
        {
            c.Node.Parts.Host.Log(ConfigLogLevel.Notice, "CONFIG REWRITE executed with success.");
            c.Reply.Ok();
            return;
        }

        c.Node.Parts.Host.Log(ConfigLogLevel.Warning, $"CONFIG REWRITE failed: {error}");
        c.Reply.Error(error);
    }

    [Command("config|help", Arity = 2, Flags = CommandFlags.Loading | CommandFlags.Stale, Group = CommandGroup.Server, Since = "5.0.0",
        Summary = "Lists the subcommands.", Complexity = "O(1)")]
    public static void Help(CommandContext c) => HelpReply.Write(
        c,
        "GET <pattern>",
        "    Return parameters matching the glob-like <pattern> and their values.",
        "SET <directive> <value>",
        "    Set the configuration <directive> to <value>.",
        "RESETSTAT",
        "    Reset statistics reported by the INFO command.",
        "REWRITE",
        "    Rewrite the configuration file.");
}
