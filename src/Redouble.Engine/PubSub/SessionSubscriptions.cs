namespace Redouble.Engine.PubSub;

/// <summary>What one session has subscribed to: a list through the <see cref="SubscriptionTable"/> per kind, in the order of the subscriptions.</summary>
public sealed class SessionSubscriptions
{
    private readonly SubscriptionList[] _lists = SubscriptionList.PerKind();

    /// <summary>Channels.</summary>
    public int Channels => this[TopicKind.Channel].Count;

    /// <summary>Patterns.</summary>
    public int Patterns => this[TopicKind.Pattern].Count;

    /// <summary>Shard channels.</summary>
    public int Shards => this[TopicKind.Shard].Count;

    /// <summary>All of them.</summary>
    public int Total => Channels + Patterns + Shards;

    /// <summary>Bytes of native memory that the session would hold if nobody else had the same subscriptions.</summary>
    public long MemoryBytes { get; internal set; }

    internal ref SubscriptionList this[TopicKind kind] => ref _lists[(int)kind];

    /// <summary>What the reply to a change counts: channels and patterns together, shard channels apart.</summary>
    public int CountFor(TopicKind kind) => kind == TopicKind.Shard ? Shards : Channels + Patterns;
}

/// <summary>Ends and length of a list of topics or subscriptions.</summary>
internal struct SubscriptionList
{
    public int First;
    public int Last;
    public int Count;

    /// <summary>An empty list for each kind of topic.</summary>
    public static SubscriptionList[] PerKind()
    {
        var lists = new SubscriptionList[3];
        Array.Fill(lists, new SubscriptionList { First = -1, Last = -1 });
        return lists;
    }
}
