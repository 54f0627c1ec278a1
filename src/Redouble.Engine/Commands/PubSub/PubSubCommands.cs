using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.PubSub;

namespace Redouble.Engine.Commands.PubSub;

/// <summary>PUBSUB: who listens to what.</summary>
[CommandContainer("pubsub", Group = CommandGroup.PubSub, Since = "2.8.0", Summary = "Tells who listens to what.", Complexity = "Depends on subcommand.")]
internal static class PubSubCommands
{
    private const CommandFlags Always = CommandFlags.PubSub | CommandFlags.Loading | CommandFlags.Stale;

    [Command("pubsub|channels", Arity = -2, Flags = Always, Group = CommandGroup.PubSub, Since = "2.8.0", Summary = "Lists the channels that have subscribers.",
        Complexity = "O(N) where N is the number of active channels, and assuming constant time pattern matching (relatively short channels and patterns)",
        Syntax = "[pattern:pattern]")]
    public static void Channels(CommandContext c) => List(c, TopicKind.Channel);

    [Command("pubsub|shardchannels", Arity = -2, Flags = Always, Group = CommandGroup.PubSub, Since = "7.0.0",
        Summary = "Lists the shard channels that have subscribers.",
        Complexity = "O(N) where N is the number of active shard channels, and assuming constant time pattern matching (relatively short shard channels).",
        Syntax = "[pattern:pattern]")]
    public static void ShardChannels(CommandContext c) => List(c, TopicKind.Shard);

    [Command("pubsub|numpat", Arity = 2, Flags = Always, Group = CommandGroup.PubSub, Since = "2.8.0", Summary = "Counts the patterns that have subscribers.",
        Complexity = "O(1)")]
    public static void CountPatterns(CommandContext c) => c.Reply.Integer(c.Node.Subscriptions.Count(TopicKind.Pattern));

    [Command("pubsub|numsub", Arity = -2, Flags = Always, Group = CommandGroup.PubSub, Since = "2.8.0", Summary = "Counts the subscribers of channels.",
        Complexity = "O(N) for the NUMSUB subcommand, where N is the number of requested channels", Syntax = "[channel...]")]
    public static void CountSubscribers(CommandContext c) => Count(c, TopicKind.Channel);

    [Command("pubsub|shardnumsub", Arity = -2, Flags = Always, Group = CommandGroup.PubSub, Since = "7.0.0",
        Summary = "Counts the subscribers of shard channels.",
        Complexity = "O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels", Syntax = "[shardchannel...]")]
    public static void CountShardSubscribers(CommandContext c) => Count(c, TopicKind.Shard);

    [Command("pubsub|help", Arity = 2, Flags = CommandFlags.Loading | CommandFlags.Stale, Group = CommandGroup.PubSub, Since = "6.2.0",
        Summary = "Lists the subcommands.", Complexity = "O(1)")]
    public static void Help(CommandContext c) => HelpReply.Write(
        c,
        "CHANNELS [<pattern>]",
        "    Return the currently active channels matching a <pattern> (default: '*').",
        "NUMPAT",
        "    Return number of subscriptions to patterns.",
        "NUMSUB [<channel> ...]",
        "    Return the number of subscribers for the specified channels, excluding",
        "    pattern subscriptions(default: no channels).",
        "SHARDCHANNELS [<pattern>]",
        "    Return the currently active shard level channels matching a <pattern> (default: '*').",
        "SHARDNUMSUB [<shardchannel> ...]",
        "    Return the number of subscribers for the specified shard level channel(s)");

    private static void List(CommandContext c, TopicKind kind)
    {
        if (c.Count > 3)
        {
            c.SubcommandSyntaxError();
            return;
        }

        var table = c.Node.Subscriptions;
        var deferred = c.Reply.BeginDeferred();
        var count = 0;
        for (var i = table.FirstTopic(kind); i >= 0; i = table.TopicAt(i).Next)
        {
            var name = table.TopicAt(i).Name.Span;
            if (c.Count == 3 && !Glob.IsMatch(c[2], name)) continue;
            c.Reply.Bulk(name);
            count++;
        }

        c.Reply.EndArray(deferred, count);
    }

    private static void Count(CommandContext c, TopicKind kind)
    {
        c.Reply.ArrayHeader((c.Count - 2) * 2);
        for (var i = 2; i < c.Count; i++)
        {
            c.Reply.Bulk(c[i]);
            c.Reply.Integer(c.Node.Subscriptions.CountSubscribers(kind, c[i]));
        }
    }
}
