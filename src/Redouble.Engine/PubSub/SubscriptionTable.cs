using System.Runtime.CompilerServices;
using Redouble.Core.Memory;
using Redouble.Engine.Sessions;
using Redouble.Storage.Keyspace;

namespace Redouble.Engine.PubSub;

/// <summary>
/// Who listens to what. Everything that clients can grow here lies in native memory; a name is stored once.
/// <code>
/// topics          by hash of kind and name      "news" ─► first … last ─┐
///                                                                       ▼
/// subscriptions   by hash of session and topic  (s1, news) ◄─► (s7, news) ◄─► …        the topic's list: who gets a message
///                                                    ▲
///                                                    ▼
///                                               (s1, sport) …                          the session's list: what goes when it goes
/// </code>
/// To subscribe, to unsubscribe and to go away take constant time per subscription, however long the lists are. A topic's list is in the order in
/// which the sessions subscribed, the topics of a kind are in the order in which they came up.
/// </summary>
/// <param name="heap">Heap of the owning thread.</param>
/// <param name="keyspace">Whose keyed hash is used: the names come from strangers.</param>
public sealed class SubscriptionTable(NativeHeap heap, Keyspace keyspace)
{
    private readonly NativeTable<Topic> _topics = new(heap);
    private readonly NativeTable<Subscription> _subscriptions = new(heap);
    private readonly SubscriptionList[] _kinds = SubscriptionList.PerKind();

    /// <summary>Whether nobody listens to anything.</summary>
    public bool IsEmpty => _topics.Count == 0;

    /// <summary>Bytes of tables, without the names.</summary>
    public long TableBytes => _topics.MemoryBytes + _subscriptions.MemoryBytes;

    /// <summary>Topics of a kind that have subscribers.</summary>
    public int Count(TopicKind kind) => _kinds[(int)kind].Count;

    /// <summary>Subscribers of a topic.</summary>
    public int CountSubscribers(TopicKind kind, ReadOnlySpan<byte> name)
    {
        var topic = Find(kind, name);
        return topic < 0 ? 0 : _topics[topic].Subscriptions.Count;
    }

    /// <summary>Subscribes a session; false when it was already.</summary>
    public bool Add(Session session, TopicKind kind, ReadOnlySpan<byte> name)
    {
        var hash = HashOf(kind, name);
        var topic = Find(kind, name, hash);
        if (topic < 0) topic = AddTopic(kind, name, hash);
        else if (Find(session, topic) >= 0) return false;
        var mine = session.Subscriptions ??= new SessionSubscriptions();
        ref var ofTopic = ref _topics[topic].Subscriptions;
        ref var ofSession = ref mine[kind];
        var added = _subscriptions.Add(new Subscription
        {
            Hash = HashOf(session, topic),
            Topic = topic,
            Slot = session.Handle.Slot,
            PreviousOfTopic = ofTopic.Last,
            NextOfTopic = -1,
            PreviousOfSession = ofSession.Last,
            NextOfSession = -1,
        });
        if (ofTopic.Last >= 0) _subscriptions[ofTopic.Last].NextOfTopic = added;
        else ofTopic.First = added;
        ofTopic.Last = added;
        ofTopic.Count++;
        if (ofSession.Last >= 0) _subscriptions[ofSession.Last].NextOfSession = added;
        else ofSession.First = added;
        ofSession.Last = added;
        ofSession.Count++;
        mine.MemoryBytes += MemoryOf(name.Length);
        if (mine.Total == 1) SetMode(session, subscribed: true);
        return true;
    }

    /// <summary>Ends a subscription; false when there is none.</summary>
    public bool Remove(Session session, TopicKind kind, ReadOnlySpan<byte> name)
    {
        if (session.Subscriptions is not { Total: > 0 }) return false;
        var topic = Find(kind, name);
        var subscription = topic < 0 ? -1 : Find(session, topic);
        if (subscription < 0) return false;
        Remove(session, kind, subscription);
        return true;
    }

    /// <summary>Name of the session's oldest subscription of a kind, until it is removed; false when there is none.</summary>
    public bool TryFirst(Session session, TopicKind kind, out ReadOnlySpan<byte> name)
    {
        name = default;
        if (session.Subscriptions is not { } mine || mine[kind].First < 0) return false;
        name = _topics[_subscriptions[mine[kind].First].Topic].Name.Span;
        return true;
    }

    /// <summary>Ends the session's oldest subscription of a kind.</summary>
    public void RemoveFirst(Session session, TopicKind kind) => Remove(session, kind, session.Subscriptions![kind].First);

    /// <summary>Ends all subscriptions of a session without a word: it goes away, or RESET.</summary>
    public void RemoveAll(Session session)
    {
        if (session.Subscriptions is not { } mine) return;
        for (var kind = TopicKind.Channel; kind <= TopicKind.Shard; kind++)
        {
            while (mine[kind].First >= 0) Remove(session, kind, mine[kind].First);
        }
    }

    /// <summary>The topic's index, -1 when nobody listens to it.</summary>
    internal int Find(TopicKind kind, ReadOnlySpan<byte> name) => _topics.Count == 0 ? -1 : Find(kind, name, HashOf(kind, name));

    /// <summary>The first topic of a kind, -1 for none; goes on with <see cref="Topic.Next"/>.</summary>
    internal int FirstTopic(TopicKind kind) => _kinds[(int)kind].First;

    internal ref readonly Topic TopicAt(int index) => ref _topics[index];

    internal ref readonly Subscription SubscriptionAt(int index) => ref _subscriptions[index];

    private static long MemoryOf(int nameLength) => Subscription.MemoryBytes + Unsafe.SizeOf<Topic>() + nameLength;

    private static uint HashOf(Session session, int topic)
    {
        const ulong odd = 0x9E3779B97F4A7C15; // Fibonacci hashing, twice: slots and topics are small numbers in a row
        var mixed = ((ulong)(uint)session.Handle.Slot << 32 | (uint)topic) * odd;
        return (uint)((mixed ^ mixed >> 32) * odd >> 32);
    }

    private static void SetMode(Session session, bool subscribed)
    {
        if (subscribed) session.Flags |= SessionFlags.PubSub;
        else session.Flags &= ~SessionFlags.PubSub;
        session.UpdateRefuseMask();
    }

    private uint HashOf(TopicKind kind, ReadOnlySpan<byte> name)
    {
        var hash = keyspace.Hash(name);
        return (uint)(hash ^ hash >> 32) + (uint)kind;
    }

    private int Find(TopicKind kind, ReadOnlySpan<byte> name, uint hash)
    {
        for (var i = _topics.First(hash); i >= 0; i = _topics[i].NextInBucket)
        {
            ref var topic = ref _topics[i];
            if (topic.Hash == hash && topic.Kind == kind && topic.Name.Span.SequenceEqual(name)) return i;
        }

        return -1;
    }

    private int Find(Session session, int topic)
    {
        for (var i = _subscriptions.First(HashOf(session, topic)); i >= 0; i = _subscriptions[i].NextInBucket)
        {
            ref var subscription = ref _subscriptions[i];
            if (subscription.Topic == topic && subscription.Slot == session.Handle.Slot) return i;
        }

        return -1;
    }

    private int AddTopic(TopicKind kind, ReadOnlySpan<byte> name, uint hash)
    {
        ref var all = ref _kinds[(int)kind];
        var added = _topics.Add(new Topic
        {
            Hash = hash,
            Kind = kind,
            Name = NativeBytes.CopyOf(name, heap),
            Subscriptions = new SubscriptionList { First = -1, Last = -1 },
            Previous = all.Last,
            Next = -1,
        });
        if (all.Last >= 0) _topics[all.Last].Next = added;
        else all.First = added;
        all.Last = added;
        all.Count++;
        return added;
    }

    private void Remove(Session session, TopicKind kind, int index)
    {
        var mine = session.Subscriptions!;
        var gone = _subscriptions[index];
        ref var ofTopic = ref _topics[gone.Topic].Subscriptions;
        ref var ofSession = ref mine[kind];
        if (gone.PreviousOfTopic >= 0) _subscriptions[gone.PreviousOfTopic].NextOfTopic = gone.NextOfTopic;
        else ofTopic.First = gone.NextOfTopic;
        if (gone.NextOfTopic >= 0) _subscriptions[gone.NextOfTopic].PreviousOfTopic = gone.PreviousOfTopic;
        else ofTopic.Last = gone.PreviousOfTopic;
        if (gone.PreviousOfSession >= 0) _subscriptions[gone.PreviousOfSession].NextOfSession = gone.NextOfSession;
        else ofSession.First = gone.NextOfSession;
        if (gone.NextOfSession >= 0) _subscriptions[gone.NextOfSession].PreviousOfSession = gone.PreviousOfSession;
        else ofSession.Last = gone.PreviousOfSession;
        ofTopic.Count--;
        ofSession.Count--;
        mine.MemoryBytes -= MemoryOf(_topics[gone.Topic].Name.Length);
        _subscriptions.Remove(index);
        if (ofTopic.Count == 0) RemoveTopic(gone.Topic);
        if (mine.Total == 0) SetMode(session, subscribed: false);
    }

    private void RemoveTopic(int index)
    {
        var gone = _topics[index];
        ref var all = ref _kinds[(int)gone.Kind];
        if (gone.Previous >= 0) _topics[gone.Previous].Next = gone.Next;
        else all.First = gone.Next;
        if (gone.Next >= 0) _topics[gone.Next].Previous = gone.Previous;
        else all.Last = gone.Previous;
        all.Count--;
        gone.Name.Free(heap);
        _topics.Remove(index);
    }
}
