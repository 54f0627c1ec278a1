using System.Text;
using Redouble.Engine.Configuration;
using Redouble.Engine.Sessions;
using Redouble.Protocol.Requests;

namespace Redouble.Engine.Execution;

/// <summary>What happens to a session whose bytes are no request.</summary>
internal static class ProtocolErrors
{
    /// <summary>Replies with the error and closes behind it.</summary>
    /// <param name="node">The node.</param>
    /// <param name="session">The session.</param>
    /// <param name="start">Where in its block the bytes begin.</param>
    public static void Reply(Node node, Session session, int start)
    {
        Span<byte> text = stackalloc byte[RequestScanner.ErrorTextMax];
        var length = session.Input.Scanner.FormatError(text);
        session.Reply.Error(text[..length]);
        node.MarkOutput(session);
        if (node.Config.LogLevel <= ConfigLogLevel.Verbose) Log(node, session, start + session.Input.Scanner.ErrorPosition);
        session.Flags |= SessionFlags.CloseAfterReply;
        node.Stats.ProtocolErrors++;
    }

    private static void Log(Node node, Session session, int position)
    {
        const int shownMax = 128;
        var input = session.Input.Block.Written[position..];
        var shown = input.Length < shownMax ? $"'{Printable(input)}'"
            : $"'{Printable(input[..(shownMax / 2)])}' (... more {input.Length - shownMax} bytes ...) '{Printable(input[^(shownMax / 2)..])}'";
        node.Parts.Host.Log(
            ConfigLogLevel.Verbose,
            $"Protocol error ({ReasonOf(session.Input.Scanner.Error)}) from client: {ClientLine.Format(session, node.Keyspace.NowMs)}. "
            + $"Query buffer during protocol error: {shown}");
    }

    // What Redis calls them in its log, which is not always what it replies.
    private static string ReasonOf(ScanError error) => error switch
    {
        ScanError.InvalidMultibulkLength => "invalid mbulk count",
        ScanError.TooBigMultibulkCount => "too big mbulk count string",
        ScanError.TooBigBulkCount => "too big bulk count string",
        ScanError.ExpectedDollar => "expected $ but got something else",
        ScanError.InvalidBulkLength => "invalid bulk length",
        ScanError.TooBigInline => "too big inline request",
        ScanError.UnbalancedQuotes => "unbalanced quotes in inline request",
        ScanError.UnauthenticatedMultibulkLength => "unauth mbulk count",
        ScanError.UnauthenticatedBulkLength => "unauth bulk length",
        _ => error.ToString(),
    };

    // As in C, the text ends at a zero byte.
    private static string Printable(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        if (end >= 0) bytes = bytes[..end];
        var text = new StringBuilder(bytes.Length);
        foreach (var value in bytes) text.Append(value is >= 0x20 and < 0x7F ? (char)value : '.');
        return text.ToString();
    }
}
