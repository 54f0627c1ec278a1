using System.Text;
using Redouble.Core.Memory;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Engine.Sessions;
using Redouble.Engine.Tests.Harness;
using Redouble.Protocol.Requests;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Tests.Blocking;

/// <summary>
/// Blocks a session as if a command had found nothing, with any command: GETDEL then is a BLPOP of one element, RENAME a BLMOVE. So the machinery is tested
/// without the types that have blocking commands.
/// </summary>
internal static class Parking
{
    /// <summary>A new session that waits.</summary>
    /// <param name="node">The node.</param>
    /// <param name="command">Words of the command that will run, separated by blanks; its keys come first.</param>
    /// <param name="type">The type of value it waits for.</param>
    /// <param name="keys">Keys it waits for.</param>
    /// <param name="timeoutMs">Milliseconds, 0 for none.</param>
    /// <param name="wakesWithoutKey">As XREADGROUP.</param>
    public static Session Park(
        this EngineNode node, string command, ValueType type = ValueType.String, int keys = 1, long timeoutMs = 0, bool wakesWithoutKey = false)
    {
        var session = node.Connect();
        node.Park(session, command, type, keys, timeoutMs, wakesWithoutKey);
        return session;
    }

    public static void Park(this EngineNode node, Session session, string command, ValueType type, int keys, long timeoutMs, bool wakesWithoutKey) =>
        With(node, session, command, c => c.BlockOnKeys(type, 1, keys, timeoutMs == 0 ? 0 : c.NowMs + timeoutMs, wakesWithoutKey));

    /// <summary>Lets the body act as the command.</summary>
    public static void With(EngineNode node, Session session, string command, Action<CommandContext> body)
    {
        var words = command.Split(' ');
        var request = EngineNode.Encode(words);
        var block = node.Node.Blocks.Rent(request.Length);
        request.CopyTo(block.Free);
        block.Length = request.Length;
        var table = new ArgumentTable();
        var at = request.AsSpan().IndexOf((byte)'\n') + 1;
        foreach (var word in words)
        {
            at += request.AsSpan(at).IndexOf((byte)'\n') + 1;
            table.Add(at, word.Length);
            at += word.Length + 2;
        }

        var info = CommandTable.Infos[CommandTable.Find(Encoding.Latin1.GetBytes(words[0]))];
        var context = new CommandContext(node.Node);
        context.Begin(session, info, new CommandArguments(NativeBytes.Of(block, 0, block.Length), table, 0, words.Length), canonical: true);
        body(context);
        node.Node.Blocks.Release(block); // as the session's input goes when the command has returned
    }
}
