using System.Globalization;
using Spectre.Console;

namespace Redouble.Demo;

/// <summary>Rows as a table for a terminal.</summary>
internal static class TableView
{
    private const int WideWidth = 120; // characters of a terminal that has room for all

    public static Table Build(IReadOnlyList<NodeStatus> rows, int terminalWidth)
    {
        var isWide = terminalWidth >= WideWidth;
        Table table = new Table().Border(TableBorder.Rounded)
            .Title("[bold]Redouble[/]: one primary, two replicas").Caption("Ctrl-C stops writing and compares the copies");
        foreach (string heading in (string[])["node", "port", "role", "link"]) table.AddColumn(heading, column => column.NoWrap());
        // In 80 characters, too, which the numbers of the first minutes fit in.
        foreach ((string heading, int width) in ((string, int)[])[("offset", 11), ("bytes behind", 8), ("ms behind", 6), ("writes/s", 8)])
        {
            table.AddColumn(isWide ? heading : heading.Replace(' ', '\n'), column => column.RightAligned().NoWrap().Width(isWide ? 13 : width));
        }

        if (!isWide)
        {
            foreach (TableColumn column in table.Columns) column.Padding(0, 0, 1, 0);
        }

        foreach (NodeStatus row in rows)
        {
            table.AddRow(row.Name, row.Port.ToString(CultureInfo.InvariantCulture), row.Role, Coloured(row.Link), Number(row.Offset), Number(row.BytesBehind),
                row.MillisecondsBehind.ToString("0.0", CultureInfo.InvariantCulture), Number((long)row.WritesPerSecond));
        }

        return table;
    }

    private static string Coloured(string link) => link switch
    {
        "down" => "[red]down[/]",
        "sync" => "[yellow]sync[/]",
        _ => $"[green]{Markup.Escape(link)}[/]",
    };

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
