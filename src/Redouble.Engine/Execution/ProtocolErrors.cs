using Redouble.Engine.Sessions;
using Redouble.Protocol.Requests;

namespace Redouble.Engine.Execution;

/// <summary>What happens to a session whose bytes are no request.</summary>
internal static class ProtocolErrors
{
    /// <summary>Replies with the error and closes behind it.</summary>
    public static void Reply(Node node, Session session)
    {
        Span<byte> text = stackalloc byte[RequestScanner.ErrorTextMax];
        var length = session.Input.Scanner.FormatError(text);
        session.Reply.Error(text[..length]);
        session.Flags |= SessionFlags.CloseAfterReply;
        node.MarkOutput(session);
        node.Stats.ProtocolErrors++;
    }
}
