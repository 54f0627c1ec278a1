using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands;

/// <summary>The reply to HELP of a container command.</summary>
internal static class HelpReply
{
    /// <summary>Heading, the given lines, and how to get this help.</summary>
    public static void Write(CommandContext c, params ReadOnlySpan<string> lines)
    {
        var name = c.Info.FullName.Split('|')[0].ToUpperInvariant();
        c.Reply.ArrayHeader(lines.Length + 3);
        c.Reply.SimpleString($"{name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
        foreach (var line in lines) c.Reply.SimpleString(line);
        c.Reply.SimpleString("HELP"u8);
        c.Reply.SimpleString("    Print this help."u8);
    }
}
