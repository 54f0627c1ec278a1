namespace Redouble.Replication.Conversations;

/// <summary>Who has connections for conversations.</summary>
public interface IConversationHost
{
    /// <summary>
    /// Opens a connection for it and drives it until it is over. What comes of that is told to it later, never within this call. False: there are no
    /// connections to be had here, or no more at once.
    /// </summary>
    bool TryOpen(Conversation conversation);
}
