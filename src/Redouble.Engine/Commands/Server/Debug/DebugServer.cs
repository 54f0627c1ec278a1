using System.Text;
using Redouble.Core.Text;
using Redouble.Engine.Configuration;
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

    public static void Log(CommandContext c)
    {
        c.Node.Parts.Host.Log(ConfigLogLevel.Warning, $"DEBUG LOG: {Encoding.UTF8.GetString(c[2])}");
        c.Reply.Ok();
    }

    // Written past the error statistics: it is no error of ours.
    public static void Error(CommandContext c)
    {
        var text = c[2].ToArray();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is (byte)'\r' or (byte)'\n') text[i] = (byte)' ';
        }

        c.Reply.Raw("-"u8);
        c.Reply.Raw(text);
        c.Reply.LineEnd();
    }

    public static void Panic(CommandContext c) => Crash(c, "called by Unit Test");

    public static void Assert(CommandContext c) => Crash(c, "assertion failed: 1 == 2");

    public static void OutOfMemory(CommandContext c) => Crash(c, "Out Of Memory allocating 18446744073709551615 bytes!");

    public static void SegmentationFault(CommandContext c) => Crash(c, "crashed by DEBUG SEGFAULT");

    public static void Restart(CommandContext c) => Restart(c, save: true);

    public static void CrashAndRecover(CommandContext c) => Restart(c, save: false);

    private static void Crash(CommandContext c, string reason)
    {
        c.Node.Parts.Host.Log(ConfigLogLevel.Warning, reason);
        c.Node.Parts.Host.Crash(reason);
    }

    private static void Restart(CommandContext c, bool save)
    {
        long milliseconds = 0;
        if (c.Count == 3 && !c.TryInteger(2, 0, int.MaxValue, out milliseconds)) return;
        var host = c.Node.Parts.Host;
        if (milliseconds > 0) host.Sleep(milliseconds * 1000);
        if ((save && !TryKeepAll(c)) || !host.TryRestart()) c.Reply.Error("ERR failed to restart the server. Check server logs."u8);
    }

    // Configuration and data, as before a shutdown. While loading, the keys that are there are not the data set.
    private static bool TryKeepAll(CommandContext c)
    {
        var host = c.Node.Parts.Host;
        if (host.Facts().ConfigFile.Length > 0 && host.RewriteConfig(writeAll: false) is { } error)
        {
            host.Log(ConfigLogLevel.Warning, $"Can't restart: configuration rewrite process failed: {error["ERR ".Length..]}");
            return false;
        }

        return c.Node.AppendOnly.Flush() && (c.Config.SavePoints.Length == 0 || c.Node.IsLoading || c.Node.Saves.TrySaveNow(out _));
    }
}
