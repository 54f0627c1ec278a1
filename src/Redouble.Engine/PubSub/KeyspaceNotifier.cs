using Redouble.Core.Text;
using Redouble.Engine.Configuration;

namespace Redouble.Engine.PubSub;

/// <summary>
/// Keyspace events (<c>notify-keyspace-events</c>): what happens to a key is published on <c>__keyspace@0__:key</c> with the event as the message, then on
/// <c>__keyevent@0__:event</c> with the key as the message. They are for the node's own clients; replicas make their own.
/// </summary>
internal sealed class KeyspaceNotifier(Node node)
{
    private const int AffixesMax = 40; // "__keyspace@", ten digits, "__:"

    /// <summary>Publishes an event whose class is wanted.</summary>
    public void Publish(KeyspaceEvents wanted, ReadOnlySpan<byte> name, ReadOnlySpan<byte> key, int database)
    {
        if (node.Subscriptions.IsEmpty) return;
        if ((wanted & KeyspaceEvents.Keyspace) != 0) Publish("__keyspace@"u8, database, key, name);
        if ((wanted & KeyspaceEvents.KeyEvent) != 0) Publish("__keyevent@"u8, database, name, key);
    }

    private void Publish(ReadOnlySpan<byte> prefix, int database, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> message)
    {
        var channel = node.Blocks.Rent(subject.Length + AffixesMax);
        prefix.CopyTo(channel.Data);
        var length = prefix.Length;
        length += Integers.Format(database, channel.Data[length..]);
        "__:"u8.CopyTo(channel.Data[length..]);
        length += 3;
        subject.CopyTo(channel.Data[length..]);
        node.Publisher.Publish(TopicKind.Channel, channel.Data[..(length + subject.Length)], message);
        node.Blocks.Release(channel);
    }
}
