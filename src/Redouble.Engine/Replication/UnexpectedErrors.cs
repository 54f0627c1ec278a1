using System.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Configuration;
using Redouble.Engine.Sessions;
using Redouble.Protocol.Replies;

namespace Redouble.Engine.Replication;

/// <summary>
/// A command of the primary's stream, or of an append-only file, that fails here. It succeeded there, so the two data sets may have parted: it is counted,
/// said in the log in Redis' words, and <c>propagation-error-behavior</c> decides whether this node may go on.
/// </summary>
internal static class UnexpectedErrors
{
    private const int ShownMax = 256;

    /// <summary>The command has just put an error into the output of the primary's session.</summary>
    public static void Report(Node node, Session primary, CommandInfo info) => Report(node, ErrorText(primary.Output), info.FullName);

    /// <summary>The command was refused before it could run.</summary>
    public static void Report(Node node, string error, string command)
    {
        node.Stats.UnexpectedErrorReplies++;
        var (who, whom) = node.Loading.AppliesFile ? ("server", "AOF-loading-client") : ("replica", "master");
        node.Parts.Host.Log(
            ConfigLogLevel.Warning, $"== CRITICAL == This {who} is sending an error to its {whom}: '{error}' after processing the command '{command}'");
        var behavior = node.Config.PropagationErrorBehavior;
        if (behavior == PropagationErrorBehavior.Ignore) return;
        if (node.Loading.AppliesFile ? behavior != PropagationErrorBehavior.Panic : !node.Config.ReplicaReadOnly) return;
        var reason = $"This {who} panicked sending an error to its {whom} after processing the command '{command}'";
        node.Parts.Host.Log(ConfigLogLevel.Warning, reason);
        node.Parts.Host.Crash(reason);
    }

    // Replies to the primary are dropped after each command, so the error is at the start, or inside an EXEC's reply behind its header.
    private static string ErrorText(ReplyBuffer output)
    {
        var bytes = new byte[output.PendingBytes];
        output.CopyTo(bytes);
        var text = Encoding.Latin1.GetString(bytes);
        var start = text.StartsWith('-') ? 1 : text.IndexOf("\n-", StringComparison.Ordinal) + 2;
        var end = text.IndexOf('\r', start);
        end = end < 0 ? text.Length : end;
        return text[start..Math.Min(end, start + ShownMax)];
    }
}
