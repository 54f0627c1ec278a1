using Redouble.Core.Memory;

namespace Redouble.Engine.PubSub;

/// <summary>One session's subscription to one topic: a member of the topic's list and of the session's.</summary>
internal struct Subscription : INativeTableItem
{
    /// <summary>What one costs beside its topic: itself and its bucket, bytes.</summary>
    public const int MemoryBytes = 32 + sizeof(int);

    public int Topic;
    public int Slot; // of the session, which does not go before its subscriptions do
    public int PreviousOfTopic;
    public int NextOfTopic;
    public int PreviousOfSession;
    public int NextOfSession;

    public uint Hash { get; init; }

    public int NextInBucket { get; set; }
}
