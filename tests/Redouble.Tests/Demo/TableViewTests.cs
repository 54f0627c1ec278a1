using Redouble.Demo;
using Spectre.Console;

namespace Redouble.Tests.Demo;

public sealed class TableViewTests
{
    [Theory]
    [InlineData(80, "bytes")]
    [InlineData(120, "bytes behind")]
    public void Each_node_has_a_line_in_which_nothing_is_cut(int width, string heading)
    {
        StringWriter written = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(written), Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = width;
        NodeStatus[] rows =
        [
            new("primary", 42225, "master", "2 replicas", 706_102_075, 0, 0, 120_124),
            new("replica 1", 34533, "slave", "up", 706_101_985, 999_245, 1999.7, 120_189),
        ];
        console.Write(TableView.Build(rows, width));

        string[] lines = written.ToString().Split(Environment.NewLine);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        Assert.DoesNotContain(lines, line => line.Contains('…'));
        Assert.Contains(lines, line => line.Contains(heading) && line.Contains("writes/s"));
        string[] primary = ["primary", "42225", "master", "2 replicas", "706,102,075", "0", "0.0", "120,124"];
        string[] replica = ["replica 1", "34533", "slave", "up", "706,101,985", "999,245", "1999.7", "120,189"];
        string[][] shown = [.. lines.Select(line => line.Trim('│').Split('│', StringSplitOptions.TrimEntries)).Where(cells => cells.Length == 8)];
        Assert.Contains(shown, cells => cells.SequenceEqual(primary));
        Assert.Contains(shown, cells => cells.SequenceEqual(replica));
    }
}
