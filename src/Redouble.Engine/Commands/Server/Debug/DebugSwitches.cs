using System.Text;
using Redouble.Core.Text;
using Redouble.Engine.Configuration;
using Redouble.Engine.Eviction;
using Redouble.Engine.Execution;
using Redouble.Engine.Monitoring;

namespace Redouble.Engine.Commands.Server.Debug;

/// <summary>DEBUG subcommands that switch something.</summary>
internal static class DebugSwitches
{
    public static void PauseTimer(CommandContext c)
    {
        c.Node.Debug.TimerPaused = IsOn(c);
        c.Reply.Ok();
    }

    public static void SetActiveExpire(CommandContext c)
    {
        c.Node.Expiry.IsEnabled = IsOn(c);
        c.Reply.Ok();
    }

    public static void SkipChecksums(CommandContext c)
    {
        c.Node.Debug.SkipsChecksums = IsOn(c);
        c.Reply.Ok();
    }

    // There are no scripts yet: nothing is denied to them.
    public static void AllowDenied(CommandContext c) => c.Reply.Ok();

    public static void PackedThreshold(CommandContext c)
    {
        const ulong max = 1UL << 32;
        if (!MemoryUnits.TryParse(c[2], out var bytes) || bytes > max)
        {
            c.Reply.Error("ERR argument must be a memory value bigger than 1 and smaller than 4gb"u8);
            return;
        }

        c.Node.Debug.QuickListPackedThreshold = bytes == 0 ? DebugSettings.DefaultPackedThreshold : (long)bytes;
        c.Reply.Ok();
    }

    public static void ChangeReplicationId(CommandContext c)
    {
        c.Node.Parts.Host.Log(ConfigLogLevel.Notice, "Changing replication IDs after receiving DEBUG change-repl-id");
        c.Node.Replication.Protocol.History.Identity.StartNewHistory();
        c.Reply.Ok();
    }

    /// <summary>Sends words as a command to the replicas without executing them here.</summary>
    public static void Replicate(CommandContext c)
    {
        if (c.Propagation.IsActive)
        {
            c.Propagation.Begin(c.Count - 2);
            for (var i = 2; i < c.Count; i++) c.Propagation.Argument(c[i]);
            c.Propagation.End(-1);
        }

        c.Reply.Ok();
    }

    public static void RewriteAll(CommandContext c)
    {
        var error = c.Node.ConfigHost.RewriteFile(writeAll: true);
        if (error == null) c.Reply.Ok();
        else c.Reply.Error($"ERR CONFIG-REWRITE-FORCE-ALL failed: {(error.StartsWith("ERR ", StringComparison.Ordinal) ? error[4..] : error)}");
    }

    public static void ClientEviction(CommandContext c)
    {
        if (c.Config.MaxMemoryClients == 0) c.Reply.Error("ERR maxmemory-clients is disabled."u8);
        else c.Reply.Verbatim("txt"u8, Encoding.ASCII.GetBytes(ClientEvictionReport.Write(c.Node)));
    }

    public static void DropPackets(CommandContext c) => c.Reply.Error("ERR This instance has cluster support disabled"u8);

    public static void ReplyBuffer(CommandContext c)
    {
        if (c.Is(2, "resizing"u8))
        {
            c.Reply.Ok();
        }
        else if (!c.Is(2, "peak-reset-time"u8))
        {
            c.SubcommandSyntaxError();
        }
        else if (c.Is(3, "never"u8) || c.Is(3, "reset"u8) || c.TryInteger(3, out _))
        {
            c.Reply.Ok();
        }
    }

    private static bool IsOn(CommandContext c) => Integers.TryParse(c[2], out var value) && value != 0;
}
