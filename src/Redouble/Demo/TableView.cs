using System.Globalization;
using Spectre.Console;

namespace Redouble.Demo;

/// <summary>Rows as a table for a terminal.</summary>
internal static class TableView
{
    public static Table Build(IReadOnlyList<NodeStatus> rows)
    {
        Table table = new Table().Border(TableBorder.Rounded)
            .Title("[bold]Redouble[/]: one primary, two replicas").Caption("Ctrl-C stops writing and compares the copies");
        table.AddColumn("node").AddColumn("port").AddColumn("role").AddColumn("link");
        foreach (string heading in (string[])["offset", "bytes behind", "ms behind", "writes/s"])
        {
            table.AddColumn(heading, column => column.RightAligned().Width(13));
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
