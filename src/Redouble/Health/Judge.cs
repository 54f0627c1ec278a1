using System.Globalization;

namespace Redouble.Health;

/// <summary>What is wrong with a fleet, the worst first, notes last.</summary>
internal static class Judge
{
    public static IReadOnlyList<Finding> Of(IReadOnlyList<NodeRow> rows, Thresholds thresholds)
    {
        List<Finding> findings = [.. rows.SelectMany(row => OfNode(row, thresholds)), .. SharedHistories(rows), .. MissingReplicas(rows, thresholds.Expect)];
        return [.. findings.OrderByDescending(finding => finding.Severity)];
    }

    private static IEnumerable<Finding> OfNode(NodeRow row, Thresholds thresholds)
    {
        if (row.Failure != null)
        {
            yield return new Finding(Severity.Critical, row.Node, row.Failure);
            yield break;
        }

        if (row.LoadedPercent is { } percent)
        {
            Severity severity = row.Role == "primary" ? Severity.Critical : Severity.Warning;
            string loaded = percent.ToString("0", CultureInfo.InvariantCulture);
            yield return new Finding(severity, row.Node, $"it loads its file ({loaded} %) and answers no commands");
        }

        Finding? finding = row.Link switch
        {
            LinkState.Down => Down(row, thresholds.Down) ?? Late(row, thresholds.Lag),
            LinkState.Syncing => Worse(Syncing(row, thresholds.Sync), row.Lag == null ? null : Late(row, thresholds.Lag)),
            LinkState.Up => Late(row, thresholds.Lag),
            _ => null,
        };
        if (finding != null)
        {
            yield return finding;
        }

        if (row.Drop is { } drop)
        {
            string when = $"in {Format.Seconds(drop.Seconds)} if things go on like this";
            yield return new Finding(Severity.Ok, row.Node, $"{row.Follows} drops it {when} ({drop.Cause})");
        }
    }

    private static Finding? Down(NodeRow row, Limits limits)
    {
        (Severity severity, _) = limits.Judge(row.DownSeconds ?? double.MaxValue);
        string since = row is { WasUp: true, DownSeconds: { } seconds } ? $"is down for {Format.Seconds(seconds)}" : "has never been up";
        string why = row.LinkError.Length > 0 ? $" ({row.LinkError})" : "";
        return severity == Severity.Ok ? null : new Finding(severity, row.Node, $"the link to {row.Follows} {since}{why}");
    }

    private static Finding? Syncing(NodeRow row, Limits limits)
    {
        double seconds = row.Sync?.Seconds ?? 0;
        (Severity severity, double limit) = limits.Judge(seconds);
        if (row.Sync is { Failures: > 1 } sync)
        {
            string how = sync.Error.Length > 0 ? $", the last one: {sync.Error}" : "";
            return new Finding(severity > Severity.Warning ? severity : Severity.Warning, row.Node, $"{sync.Failures} full syncs in a row have failed{how}");
        }

        string text = $"its full sync takes {Format.Seconds(seconds)} so far (limit {Format.Seconds(limit)})";
        return severity == Severity.Ok ? null : new Finding(severity, row.Node, text);
    }

    private static Finding? Worse(Finding? one, Finding? other) => one == null || other?.Severity > one.Severity ? other : one;

    private static Finding? Late(NodeRow row, Limits limits)
    {
        if (row.Lag == null)
        {
            string why = row.Root == null ? "no answer from its primary" : "it has another history than its primary";
            return row.Link == LinkState.Up ? new Finding(Severity.Ok, row.Node, $"its lag is unknown: {why}") : null;
        }

        (Severity severity, double limit) = limits.Judge(row.Lag.Seconds);
        string text = $"its data is {Format.Seconds(row.Lag.Seconds)} old (limit {Format.Seconds(limit)})";
        return severity == Severity.Ok ? null : new Finding(severity, row.Node, text);
    }

    /// <summary>Two primaries, one of which went on from the other's data: both take writes, and only one's are kept when they meet again.</summary>
    private static IEnumerable<Finding> SharedHistories(IReadOnlyList<NodeRow> rows)
    {
        List<NodeRow> primaries = [.. rows.Where(row => row.Role == "primary")];
        for (int i = 0; i < primaries.Count; i++)
        {
            foreach (NodeRow other in primaries.Skip(i + 1))
            {
                NodeRow one = primaries[i];
                if (one.ReplId.Length > 0 && (one.ReplId == other.ReplId || one.SecondReplId == other.ReplId || one.ReplId == other.SecondReplId))
                {
                    yield return new Finding(Severity.Critical, "", $"{one.Node} and {other.Node} are both primaries of one history");
                }
            }
        }
    }

    private static IEnumerable<Finding> MissingReplicas(IReadOnlyList<NodeRow> rows, int expected)
    {
        List<NodeRow> primaries = [.. rows.Where(row => row.Role == "primary")];
        if (expected > 0 && primaries.Count == 0)
        {
            yield return new Finding(Severity.Critical, "", $"no primary answered, of which {expected} replicas are expected");
        }

        foreach (NodeRow primary in primaries)
        {
            int up = rows.Count(row => row.Role == "replica" && row.Root == primary.Node && row is { Failure: null, Link: LinkState.Up });
            if (up < expected)
            {
                yield return new Finding(Severity.Critical, primary.Node, $"{up} of {expected} expected replicas are up");
            }
        }
    }
}
