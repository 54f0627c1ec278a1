namespace Redouble.Engine.Commands.Server.Info;

/// <summary>INFO keyspace: databases that are not empty.</summary>
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
            report.Field($"db{database.Number}", $"keys={database.Count},expires={database.ExpiresCount},avg_ttl={ttl},subexpiry={fields}");
        }
    }
}
