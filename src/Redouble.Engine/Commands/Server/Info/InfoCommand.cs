using System.Text;
using Redouble.Core.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Server.Info;

/// <summary>INFO.</summary>
internal static class InfoCommand
{
    [Command("info", Arity = -1, Flags = CommandFlags.Loading | CommandFlags.Stale, Acl = AclCategory.Dangerous, Group = CommandGroup.Server, Since = "1.0.0",
        Summary = "Tells how the server is doing.", Complexity = "O(1)", Syntax = "[section...]",
        Tips = "nondeterministic_output request_policy:all_shards response_policy:special",
        History = "7.0.0 Added support for taking multiple section arguments.")]
    public static void Info(CommandContext c) => c.Reply.Verbatim("txt"u8, Encoding.Latin1.GetBytes(Report(c.Node, c)));

    /// <summary>The text of the sections that a command names; of the default ones without arguments.</summary>
    internal static string Report(Node node, CommandContext c)
    {
        var report = new InfoReport(node);
        foreach (var section in InfoSections.Create())
        {
            if (IsWanted(section, c)) section.Write(report);
        }

        return report.Text;
    }

    private static bool IsWanted(InfoSection section, CommandContext c)
    {
        if (c.Count == 1) return (section.Lists & SectionLists.Default) != SectionLists.None;
        for (var i = 1; i < c.Count; i++)
        {
            if (c.Is(i, "all"u8) || c.Is(i, "everything"u8))
            {
                if ((section.Lists & SectionLists.All) != SectionLists.None) return true;
            }
            else if (c.Is(i, "default"u8))
            {
                if ((section.Lists & SectionLists.Default) != SectionLists.None) return true;
            }
            else if (IsNamed(section, c[i]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsNamed(InfoSection section, ReadOnlySpan<byte> name) =>
        AsciiCase.EqualsIgnoreCase(name, Encoding.ASCII.GetBytes(section.Name))
        || (section.Alias != null && AsciiCase.EqualsIgnoreCase(name, Encoding.ASCII.GetBytes(section.Alias)));
}
