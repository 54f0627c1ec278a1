using Redouble.Protocol.Replies;
using Redouble.Replication.Conversations;

namespace Redouble.Replication.Tests.Conversations;

/// <summary>Drives conversations with a peer made of strings.</summary>
internal sealed class Talk : IConversationHost
{
    private readonly OutputSegment[] _segments = new OutputSegment[64];

    public List<Conversation> Opened { get; } = [];

    public bool HasConnections { get; set; } = true;

    public Conversation Last => Opened[^1];

    public bool TryOpen(Conversation conversation)
    {
        if (HasConnections) Opened.Add(conversation);
        return HasConnections;
    }

    /// <summary>What it says, as words.</summary>
    public string Said(Conversation conversation)
    {
        var count = conversation.PeekSend(_segments);
        var text = Wire.Text(_segments.AsSpan(0, count));
        conversation.OnSent(text.Length);
        return string.Join(' ', text.Split("\r\n").Where(line => line.Length > 0 && line[0] is not ('*' or '$')));
    }

    public static void Hear(Conversation conversation, string text, long now) => conversation.OnReceived(Wire.Bytes(text), now);

    public static string Bulk(string text) => $"${text.Length}\r\n{text}\r\n";
}
