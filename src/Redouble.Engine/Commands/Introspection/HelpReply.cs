using System.Text;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Introspection;

/// <summary>The reply of every <c>… HELP</c> subcommand: status lines between a fixed first line and fixed last ones (texts as of Redis 7.2).</summary>
public static class HelpReply
{
    /// <summary>Writes the help of the container that <paramref name="c"/> was called as.</summary>
    /// <param name="c">A HELP subcommand.</param>
    /// <param name="lines">Syntax lines, each followed by its description indented by four blanks.</param>
    public static void Write(CommandContext c, ReadOnlySpan<string> lines)
    {
        var container = Encoding.Latin1.GetString(c[0]).ToUpperInvariant();
        c.Reply.ArrayHeader(lines.Length + 3);
        c.Reply.SimpleString($"{container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
        foreach (var line in lines) c.Reply.SimpleString(line);
        c.Reply.SimpleString("HELP"u8);
        c.Reply.SimpleString("    Print this help."u8);
    }
}
