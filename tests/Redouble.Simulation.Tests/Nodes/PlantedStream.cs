using System.Text;
using System.Text.RegularExpressions;

namespace Redouble.Simulation.Tests.Nodes;

/// <summary>
/// Planted bugs of what a primary tells of its writes. What is sent keeps its length, so that offsets stay right and only the data can show it: a
/// command that is left out becomes a PING and empty lines.
/// </summary>
internal static partial class PlantedStream
{
    public static byte[] Change(PlantedBug bug, byte[] bytes)
    {
        var text = Encoding.Latin1.GetString(bytes);
        var changed = bug switch
        {
            PlantedBug.SpopAsSent => Removal().Replace(text, "${head}SPOP${tail}"),
            PlantedBug.XaddAsSent => Entry().Replace(text, "${head}9${tail}"),
            PlantedBug.RelativeExpiry => Deadline().Replace(text, "${head}9${tail}"),
            PlantedBug.UntoldExpiry => Deletion().Replace(text, Nothing),
            PlantedBug.UntoldFieldExpiry => FieldDeletion().Replace(text, Nothing),
            PlantedBug.UntoldPop => Pop().Replace(text, Nothing),
            _ => GroupMove().Replace(text, Nothing),
        };
        return changed == text ? bytes : Encoding.Latin1.GetBytes(changed);
    }

    private static string Nothing(Match command) => "*1\r\n$4\r\nPING\r\n".PadRight(command.Length, '\n');

    [GeneratedRegex(@"(?<head>\*3\r\n\$4\r\n)SREM(?<tail>\r\n\$\d+\r\n[^\r]*\r\n\$1\r\n\d\r\n)")]
    private static partial Regex Removal();

    [GeneratedRegex(@"(?<head>\$4\r\nXADD\r\n\$\d+\r\n[^\r]*\r\n\$15\r\n\d{13}-)\d(?<tail>\r\n)")]
    private static partial Regex Entry();

    [GeneratedRegex(@"(?<head>(PXAT|PEXPIREAT\r\n\$\d+\r\n[^\r]*)\r\n\$13\r\n\d{12})\d(?<tail>\r\n)", RegexOptions.IgnoreCase)]
    private static partial Regex Deadline();

    [GeneratedRegex(@"\*2\r\n\$3\r\nDEL\r\n\$\d+\r\n[^\r]*\r\n")]
    private static partial Regex Deletion();

    [GeneratedRegex(@"\*3\r\n\$4\r\nHDEL\r\n\$\d+\r\n[^\r]*\r\n\$\d+\r\n[^\r]*\r\n")]
    private static partial Regex FieldDeletion();

    [GeneratedRegex(@"\*2\r\n\$4\r\n[LR]POP\r\n\$\d+\r\n[^\r]*\r\n")]
    private static partial Regex Pop();

    [GeneratedRegex(@"\*7\r\n\$6\r\nXGROUP\r\n\$5\r\nSETID\r\n(\$\d+\r\n[^\r]*\r\n){5}")]
    private static partial Regex GroupMove();
}
