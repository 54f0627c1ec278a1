using System.Text;
using Redouble.Engine.Commands.Table;
using Redouble.Engine.Execution;

namespace Redouble.Engine.Commands.Server;

/// <summary>LOLWUT: a skyline over a calm sea, and its faithful copy in the water.</summary>
internal static class LolwutCommand
{
    private const int DefaultColumns = 64;
    private const int ColumnsMax = 200;
    private const int Rows = 6;

    [Command("lolwut", Arity = -1, Flags = CommandFlags.ReadOnly | CommandFlags.Fast, Group = CommandGroup.Server, Since = "5.0.0",
        Summary = "Tells the version, or draws the picture of one that had one.", Syntax = "[VERSION version:integer]")]
    public static void Lolwut(CommandContext c)
    {
        // Redis drew pictures in its versions 5 and 6; the versions since then only tell who they are.
        const int firstWithPicture = 5, lastWithPicture = 6;
        long version = 0;
        if (c.Count >= 3 && c.Is(1, "version"u8) && !c.TryInteger(2, out version)) return;
        if (version is < firstWithPicture or > lastWithPicture)
        {
            c.Reply.Verbatim("txt"u8, Encoding.ASCII.GetBytes($"Redis ver. {RedisCompatibility.Version}\n"));
            return;
        }

        long columns = DefaultColumns;
        var argumentsMax = version == firstWithPicture ? 3 : 2;
        for (var i = 0; i < argumentsMax && i + 3 < c.Count; i++)
        {
            if (!c.TryInteger(i + 3, out var value)) return;
            if (i == 0) columns = value;
        }

        c.Reply.Verbatim("txt"u8, Encoding.UTF8.GetBytes(Draw(c.Node.Picks.NextUInt64(), (int)Math.Clamp(columns, 1, ColumnsMax))));
    }

    private static string Draw(ulong seed, int columns)
    {
        var heights = new int[columns];
        for (var i = 0; i < columns; i++)
        {
            seed = (seed * 6364136223846793005) + 1442695040888963407; // Knuth's linear congruential generator
            var step = (int)(seed >> 60);
            heights[i] = i == 0 || step > 9 ? 1 + (step % Rows) : heights[i - 1];
        }

        var text = new StringBuilder();
        for (var row = Rows; row > 0; row--) Row(text, heights, row, '█');
        text.Append('~', columns).Append('\n');
        for (var row = 1; row <= Rows; row++) Row(text, heights, row, '░');
        return text.Append("\nRedouble: the copy is as good as the original. Redis ver. ").Append(RedisCompatibility.Version).Append('\n').ToString();
    }

    private static void Row(StringBuilder text, int[] heights, int row, char full)
    {
        foreach (var height in heights) text.Append(height >= row ? full : ' ');
        text.Append('\n');
    }
}
