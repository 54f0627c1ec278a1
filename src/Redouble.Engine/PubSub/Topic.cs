using Redouble.Core.Memory;

namespace Redouble.Engine.PubSub;

/// <summary>What a client can subscribe to.</summary>
public enum TopicKind : byte
{
    /// <summary>A channel by its name: SUBSCRIBE.</summary>
    Channel,

    /// <summary>All channels that match: PSUBSCRIBE.</summary>
    Pattern,

    /// <summary>A shard channel: SSUBSCRIBE. Patterns do not see what is published there.</summary>
    Shard,
}

/// <summary>
/// A channel or pattern that somebody has subscribed to. The name is kept here once, however many subscribers there are. It heads the list of its
/// subscriptions and is a member of the list of all topics of its kind, both in the order in which they began.
/// </summary>
internal struct Topic : INativeTableItem
{
    public NativeBytes Name;
    public SubscriptionList Subscriptions;
    public int Previous;
    public int Next;
    public TopicKind Kind;

    public uint Hash { get; init; }

    public int NextInBucket { get; set; }
}
