using Redouble.Engine.Configuration;

namespace Redouble.Engine.Sessions;

/// <summary>Redis' classes of clients: for CLIENT LIST and KILL TYPE, and for output limits.</summary>
public static class SessionClass
{
    /// <summary>Whether it is one of our replicas. A session in MONITOR mode is an ordinary client.</summary>
    public static bool IsReplica(Session session) => session.Has(SessionFlags.Replica) && !session.Has(SessionFlags.Monitor);

    /// <summary>Whether it is of the type that CLIENT KILL and LIST call so; false for <paramref name="known"/> when there is no such type.</summary>
    public static bool Is(Session session, ReadOnlySpan<char> type, out bool known)
    {
        known = true;
        if (type.Equals("normal", StringComparison.OrdinalIgnoreCase))
        {
            return !session.Has(SessionFlags.Primary) && !IsReplica(session) && !session.Has(SessionFlags.PubSub);
        }

        if (type.Equals("master", StringComparison.OrdinalIgnoreCase)) return session.Has(SessionFlags.Primary);
        if (type.Equals("slave", StringComparison.OrdinalIgnoreCase) || type.Equals("replica", StringComparison.OrdinalIgnoreCase))
        {
            return !session.Has(SessionFlags.Primary) && IsReplica(session);
        }

        known = type.Equals("pubsub", StringComparison.OrdinalIgnoreCase);
        return known && session.Has(SessionFlags.PubSub) && !session.Has(SessionFlags.Primary) && !IsReplica(session);
    }

    /// <summary>The class whose output limit holds for it; the primary counts as an ordinary client.</summary>
    public static ClientClass OutputClass(Session session)
    {
        if (IsReplica(session)) return ClientClass.Replica;
        return session.Has(SessionFlags.PubSub) ? ClientClass.PubSub : ClientClass.Normal;
    }
}
