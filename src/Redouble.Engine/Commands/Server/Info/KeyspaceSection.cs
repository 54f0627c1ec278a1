namespace Redouble.Engine.Commands.Server.Info;

/// <summary>
/// INFO keyspace: databases that are not empty. What of Redis 7.4 stands there only where there is something to tell: exporters that take a line
/// of Redis 7.2 apart take a fourth value for something else, or drop the line.
/// </summary>
internal static class KeyspaceSection
{
    public static void Write(InfoReport report)
    {
        report.Section("Keyspace");
        foreach (var database in report.Node.Keyspace.Databases)
        {
            if (database.Count == 0) continue;
            var ttl = report.Node.Expiry.AverageTtlMs[database.Number];
            var fields = database.FieldExpiresCount;
            var subexpiry = fields == 0 ? "" : $",subexpiry={fields}";
            report.Field($"db{database.Number}", $"keys={database.Count},expires={database.ExpiresCount},avg_ttl={ttl}{subexpiry}");
        }
    }
}
