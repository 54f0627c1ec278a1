using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.PubSub;
using Redouble.Replication.Log;

namespace Redouble.Engine.Commands.PubSub;

/// <summary>PUBLISH and SPUBLISH. They change no data, but reach the subscribers of the replicas by the replication stream.</summary>
internal static class PublishCommands
{
    private const CommandFlags Publishes = CommandFlags.PubSub | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast | CommandFlags.MayReplicate;

    [Command("publish", Arity = 3, Flags = Publishes, Group = CommandGroup.PubSub, Since = "2.0.0", Summary = "Sends a message to a channel.",
        Complexity = "O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number of subscribed patterns "
            + "(by any client).",
        Syntax = "channel message")]
    public static void Publish(CommandContext c) => Publish(c, TopicKind.Channel);

    [Command("spublish", Arity = 3, Flags = Publishes, Keys = "not_key @1", Group = CommandGroup.PubSub, Since = "7.0.0",
        Summary = "Sends a message to a shard channel.",
        Complexity = "O(N) where N is the number of clients subscribed to the receiving shard channel.", Syntax = "shardchannel message")]
    public static void ShardPublish(CommandContext c) => Publish(c, TopicKind.Shard);

    private static void Publish(CommandContext c, TopicKind kind)
    {
        var receivers = c.Node.Publisher.Publish(kind, c[1], c[2]);
        c.Propagation.Verbatim(c.Session.Database, c.Arguments, c.IsCanonical, AppendKind.Message);
        c.Reply.Integer(receivers);
    }
}
