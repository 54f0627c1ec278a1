using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.PubSub;

namespace Redouble.Engine.Commands.PubSub;

/// <summary>SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE and their opposites. They answer with one push per channel (in RESP2: an array).</summary>
internal static class SubscribeCommands
{
    private const CommandFlags Always =
        CommandFlags.PubSub | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.WhileSubscribed;

    [Command("subscribe", Arity = -2, Flags = Always, Group = CommandGroup.PubSub, Since = "2.0.0", Summary = "Listens to channels.",
        Complexity = "O(N) where N is the number of channels to subscribe to.", Syntax = "channel...")]
    public static void Subscribe(CommandContext c) => SubscribeAll(c, TopicKind.Channel);

    [Command("psubscribe", Arity = -2, Flags = Always, Group = CommandGroup.PubSub, Since = "2.0.0", Summary = "Listens to all channels that match a pattern.",
        Complexity = "O(N) where N is the number of patterns to subscribe to.", Syntax = "pattern...")]
    public static void PatternSubscribe(CommandContext c) => SubscribeAll(c, TopicKind.Pattern);

    [Command("ssubscribe", Arity = -2, Flags = Always, Keys = "not_key @1..-1", Group = CommandGroup.PubSub, Since = "7.0.0",
        Summary = "Listens to shard channels.", Complexity = "O(N) where N is the number of shard channels to subscribe to.", Syntax = "shardchannel...")]
    public static void ShardSubscribe(CommandContext c)
    {
        // The others may stand in a transaction, for the sake of clients from before they were forbidden to.
        if (c.InTransaction) c.Reply.Error("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"u8);
        else SubscribeAll(c, TopicKind.Shard);
    }

    [Command("unsubscribe", Arity = -1, Flags = Always, Group = CommandGroup.PubSub, Since = "2.0.0", Summary = "Stops listening to channels.",
        Complexity = "O(N) where N is the number of channels to unsubscribe.", Syntax = "[channel...]")]
    public static void Unsubscribe(CommandContext c) => UnsubscribeAll(c, TopicKind.Channel);

    [Command("punsubscribe", Arity = -1, Flags = Always, Group = CommandGroup.PubSub, Since = "2.0.0", Summary = "Stops listening to patterns.",
        Complexity = "O(N) where N is the number of patterns to unsubscribe.", Syntax = "[pattern...]")]
    public static void PatternUnsubscribe(CommandContext c) => UnsubscribeAll(c, TopicKind.Pattern);

    [Command("sunsubscribe", Arity = -1, Flags = Always, Keys = "not_key @1..-1", Group = CommandGroup.PubSub, Since = "7.0.0",
        Summary = "Stops listening to shard channels.", Complexity = "O(N) where N is the number of shard channels to unsubscribe.",
        Syntax = "[shardchannel...]")]
    public static void ShardUnsubscribe(CommandContext c) => UnsubscribeAll(c, TopicKind.Shard);

    private static void SubscribeAll(CommandContext c, TopicKind kind)
    {
        for (var i = 1; i < c.Count; i++)
        {
            c.Node.Subscriptions.Add(c.Session, kind, c[i]);
            Answer(c, kind switch { TopicKind.Channel => "subscribe"u8, TopicKind.Pattern => "psubscribe"u8, _ => "ssubscribe"u8 }, c[i], Count(c, kind));
        }
    }

    // Of everything of the kind, when no names are given; then there is an answer even if that is nothing.
    private static void UnsubscribeAll(CommandContext c, TopicKind kind)
    {
        var word = kind switch { TopicKind.Channel => "unsubscribe"u8, TopicKind.Pattern => "punsubscribe"u8, _ => "sunsubscribe"u8 };
        var table = c.Node.Subscriptions;
        for (var i = 1; i < c.Count; i++)
        {
            table.Remove(c.Session, kind, c[i]);
            Answer(c, word, c[i], Count(c, kind));
        }

        if (c.Count > 1) return;
        if (!table.TryFirst(c.Session, kind, out var name))
        {
            Answer(c, word, default, Count(c, kind), isNull: true);
            return;
        }

        do
        {
            Answer(c, word, name, Count(c, kind) - 1);
            table.RemoveFirst(c.Session, kind);
        }
        while (table.TryFirst(c.Session, kind, out name));
    }

    private static int Count(CommandContext c, TopicKind kind) => c.Session.Subscriptions?.CountFor(kind) ?? 0;

    private static void Answer(CommandContext c, ReadOnlySpan<byte> word, ReadOnlySpan<byte> name, int count, bool isNull = false)
    {
        var reply = c.Node.Pushes.Open(c.Session);
        reply.PushHeader(3);
        reply.Bulk(word);
        if (isNull) reply.NullBulk();
        else reply.Bulk(name);
        reply.Integer(count);
    }
}
