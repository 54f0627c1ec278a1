using Redouble.Core.Memory;
using Redouble.Core.Text;
using Redouble.Engine.Sessions;

namespace Redouble.Engine.PubSub;

/// <summary>
/// Brings messages to their subscribers: into each one's output, without a managed object.
/// <code>
/// *3 $7 message            ┐                  ┌ $4 news $5 hello
/// *4 $8 pmessage $3 n*s    ┘ per subscriber   └ the same for all: put together once, copied, or lent when it is long
/// </code>
/// Subscribers of the channel come first, in the order of their subscriptions, then those of the patterns that match.
/// </summary>
public sealed class Publisher
{
    private const int LendMin = 16 * 1024;
    private const int HeaderMax = 24;

    private readonly Node _node;
    private readonly SubscriptionTable _table;

    internal Publisher(Node node, SubscriptionTable table) => (_node, _table) = (node, table);

    /// <summary>Sends a message to all who listen; returns how many that are.</summary>
    /// <param name="kind">Channel or shard channel.</param>
    /// <param name="channel">Its name.</param>
    /// <param name="message">What is to be sent.</param>
    public int Publish(TopicKind kind, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message)
    {
        var topic = _table.Find(kind, channel);
        var pattern = kind == TopicKind.Channel ? _table.FirstTopic(TopicKind.Pattern) : -1;
        if (topic < 0 && pattern < 0) return 0;
        var tail = Block.None;
        var receivers = 0;
        if (topic >= 0)
        {
            tail = Encode(channel, message);
            receivers = Send(_table.TopicAt(topic), kind, tail);
        }

        for (; pattern >= 0; pattern = _table.TopicAt(pattern).Next)
        {
            ref readonly var candidate = ref _table.TopicAt(pattern);
            if (!Glob.IsMatch(candidate.Name.Span, channel)) continue;
            if (tail.IsNone) tail = Encode(channel, message);
            receivers += Send(candidate, TopicKind.Pattern, tail);
        }

        if (!tail.IsNone) _node.Blocks.Release(tail);
        return receivers;
    }

    private static int Header(Span<byte> destination, int length)
    {
        destination[0] = (byte)'$';
        var digits = Integers.Format(length, destination[1..]);
        "\r\n"u8.CopyTo(destination[(1 + digits)..]);
        return digits + 3;
    }

    private static void Append(Block block, ReadOnlySpan<byte> bytes)
    {
        block.Resize(block.Length + Header(block.Free, bytes.Length));
        bytes.CopyTo(block.Free);
        "\r\n"u8.CopyTo(block.Free[bytes.Length..]);
        block.Resize(block.Length + bytes.Length + 2);
    }

    private Block Encode(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message)
    {
        var block = _node.Blocks.Rent(checked(channel.Length + message.Length + (2 * HeaderMax)));
        Append(block, channel);
        Append(block, message);
        return block;
    }

    private int Send(in Topic topic, TopicKind kind, Block tail)
    {
        for (var i = topic.Subscriptions.First; i >= 0;)
        {
            ref readonly var subscription = ref _table.SubscriptionAt(i);
            Send(_node.Sessions[subscription.Slot]!, kind, topic.Name.Span, tail);
            i = subscription.NextOfTopic;
        }

        return topic.Subscriptions.Count;
    }

    // One that is being closed still counts as a receiver, as in Redis, but costs no memory any more.
    private void Send(Session session, TopicKind kind, ReadOnlySpan<byte> pattern, Block tail)
    {
        if (!_node.Clients.MayBeTold(session)) return;
        var reply = _node.Pushes.Open(session);
        switch (kind)
        {
            case TopicKind.Channel:
                reply.PushHeader(3);
                reply.Raw("$7\r\nmessage\r\n"u8);
                break;
            case TopicKind.Shard:
                reply.PushHeader(3);
                reply.Raw("$8\r\nsmessage\r\n"u8);
                break;
            default:
                reply.PushHeader(4);
                reply.Raw("$8\r\npmessage\r\n"u8);
                reply.Bulk(pattern);
                break;
        }

        if (tail.Length >= LendMin) reply.Buffer.Lend(tail, 0, tail.Length);
        else reply.Raw(tail.Written);
        // Not only when it is flushed: a transaction or a deep pipeline can publish without end before that.
        if (session.Output.PendingBytes >= BlockPool.StandardCapacity) _node.CheckOutputLimit(session);
    }
}
