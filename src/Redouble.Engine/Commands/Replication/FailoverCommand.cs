using System.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;
using Redouble.Replication.Failovers;

namespace Redouble.Engine.Commands.Replication;

/// <summary>FAILOVER.</summary>
internal static class FailoverCommand
{
    [Command("failover", Arity = -1, Flags = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Stale, Group = CommandGroup.Server, Since = "6.2.0",
        Summary = "Hands the role of the primary over to a replica, without losing a write.", Complexity = "O(1)",
        Syntax = "[TO target=(host port:integer [FORCE])] [ABORT] [TIMEOUT milliseconds:integer]")]
    public static void Execute(CommandContext c)
    {
        var failover = c.Node.Replication.Failover;
        string? error;
        if (c.Count == 2 && c.Is(1, "abort"u8)) error = failover.Abort();
        else if (TryRead(c, out var request)) error = failover.Begin(request, c.Node.Parts.Clock.MonotonicMicroseconds);
        else return;
        if (error == null) c.Reply.Ok();
        else c.Reply.Error(error);
    }

    private static bool TryRead(CommandContext c, out FailoverRequest request)
    {
        request = default;
        for (var i = 1; i < c.Count; i++)
        {
            if (c.Is(i, "timeout"u8) && i + 1 < c.Count && request.TimeoutMs == 0)
            {
                if (!c.TryInteger(++i, out var timeoutMs)) return false;
                if (timeoutMs <= 0)
                {
                    c.Reply.Error("ERR FAILOVER timeout must be greater than 0"u8);
                    return false;
                }

                request = request with { TimeoutMs = timeoutMs };
            }
            else if (c.Is(i, "to"u8) && i + 2 < c.Count && request.Host == null)
            {
                if (!c.TryInteger(i + 2, out var port)) return false;
                request = request with { Host = Encoding.Latin1.GetString(c[i + 1]), Port = port };
                i += 2;
            }
            else if (c.Is(i, "force"u8) && !request.Force)
            {
                request = request with { Force = true };
            }
            else
            {
                c.SyntaxError();
                return false;
            }
        }

        return true;
    }
}
