using Redouble.Core.Text;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Server.Debug;

/// <summary>DEBUG subcommands about the process.</summary>
internal static class DebugServer
{
    public static void Sleep(CommandContext c)
    {
        if (Doubles.TryParse(c[2], out var seconds) && seconds > 0) c.Node.Parts.Host.Sleep((long)(seconds * 1e6));
        c.Reply.Ok();
    }
}
