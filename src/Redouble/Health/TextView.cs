using System.Globalization;
using System.Text;

namespace Redouble.Health;

/// <summary>One round as text: the verdict in one line, as monitoring systems show it, the table, and the notes.</summary>
internal static class TextView
{
    private static readonly string[] Headings = ["node", "kind", "role", "follows", "link", "offset", "behind", "lag", "sync", "backlog", "judged"];
    private static readonly bool[] RightAligned = [false, false, false, false, false, true, true, true, false, false, false];

    public static string Of(IReadOnlyList<NodeRow> rows, IReadOnlyList<Finding> findings, bool coloured)
    {
        Severity worst = Worst(findings);
        StringBuilder text = new();
        text.Append(Coloured(worst, worst.ToString().ToUpperInvariant(), coloured)).Append(": ").Append(Summary(rows, findings)).Append("\n\n");
        AppendTable(text, rows, findings, coloured);
        foreach (Finding note in findings.Where(finding => finding.Severity == Severity.Ok))
        {
            text.Append("note: ").Append(note).Append('\n');
        }

        return text.ToString();
    }

    public static Severity Worst(IEnumerable<Finding> findings) => findings.Select(finding => finding.Severity).DefaultIfEmpty(Severity.Ok).Max();

    private static string Summary(IReadOnlyList<NodeRow> rows, IReadOnlyList<Finding> findings)
    {
        if (Worst(findings) != Severity.Ok)
        {
            return string.Join("; ", findings.Where(finding => finding.Severity != Severity.Ok));
        }

        int primaries = rows.Count(row => row.Role == "primary"), replicas = rows.Count(row => row.Role == "replica");
        double? lag = rows.Max(row => row.Lag?.Seconds);
        int syncing = rows.Count(row => row.Link == LinkState.Syncing);
        return Counted(primaries, "primary", "primaries") + ", " + Counted(replicas, "replica", "replicas")
            + (syncing > 0 ? $", {syncing} in full sync" : "") + (lag == null ? "" : $", lag {Format.Seconds(lag.Value)} at most");
    }

    private static string Counted(int count, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");

    private static void AppendTable(StringBuilder text, IReadOnlyList<NodeRow> rows, IReadOnlyList<Finding> findings, bool coloured)
    {
        List<(string[] Cells, Severity Severity)> lines = [(Headings, Severity.Ok)];
        lines.AddRange(rows.Select(row => (Cells(row, SeverityOf(row, findings)), SeverityOf(row, findings))));
        int[] widths = [.. Headings.Select((_, column) => lines.Max(line => line.Cells[column].Length))];
        foreach ((string[] cells, Severity severity) in lines)
        {
            string Padded(string cell, int column) => RightAligned[column] ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]);
            IEnumerable<string> padded = cells[..^1].Select(Padded);
            text.Append(string.Join("  ", padded)).Append("  ").Append(Coloured(severity, cells[^1], coloured && cells != Headings)).Append('\n');
        }
    }

    private static Severity SeverityOf(NodeRow row, IReadOnlyList<Finding> findings) => Worst(findings.Where(finding => finding.Node == row.Node));

    private static string[] Cells(NodeRow row, Severity severity) =>
    [
        row.Node, row.Failure != null ? "(no answer)" : row.Asked ? row.Kind : "(not asked)", row.Role, row.Follows, LinkCell(row),
        row.Role.Length > 0 ? row.Offset.ToString(CultureInfo.InvariantCulture) : "", row.BytesBehind is { } behind ? Format.Bytes(behind) : "",
        row.Lag is { } lag ? (lag.Source == "estimated" ? "~" : "") + Format.Seconds(lag.Seconds) : "", SyncCell(row), BacklogCell(row.Backlog),
        severity.ToString().ToLowerInvariant(),
    ];

    private static string LinkCell(NodeRow row) => row.Link switch
    {
        LinkState.Up => "up",
        LinkState.Syncing => "sync",
        LinkState.Down => "down",
        _ => row.Failure != null ? "" : string.Create(CultureInfo.InvariantCulture, $"{row.Replicas.Online} of {row.Replicas.All} up"),
    };

    private static string SyncCell(NodeRow row)
    {
        if (row.Sync is not { } sync)
        {
            return row.LoadedPercent is { } loaded ? string.Create(CultureInfo.InvariantCulture, $"file {loaded:0} %") : "";
        }

        string done = sync.Percent is { } percent ? string.Create(CultureInfo.InvariantCulture, $" {percent:0} %")
            : sync.Bytes is > 0 and long bytes ? $" {Format.Bytes(bytes)}" : "";
        return sync.Phase + done + (sync.Seconds is { } seconds ? $", {Format.Seconds(seconds)}" : "")
            + (sync.LeftSeconds is { } left ? $", {Format.Seconds(left)} left" : "");
    }

    private static string BacklogCell(BacklogState? backlog) => backlog switch
    {
        null => "",
        { HeldBytes: 0 } => "none",
        { CoversSeconds: { } covers } => $"{Format.Bytes(backlog.HeldBytes)} of {Format.Bytes(backlog.SizeBytes)}, {Format.Seconds(covers)}",
        _ => $"{Format.Bytes(backlog.HeldBytes)} of {Format.Bytes(backlog.SizeBytes)}",
    };

    private static string Coloured(Severity severity, string text, bool coloured)
    {
        int colour = severity == Severity.Ok ? 32 : severity == Severity.Warning ? 33 : 31;
        return coloured ? string.Create(CultureInfo.InvariantCulture, $"\e[{colour}m{text}\e[0m") : text;
    }
}
