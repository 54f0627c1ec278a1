using System.Text;

namespace Redouble.Engine.Replication;

/// <summary>What INFO replication says of divergence reports.</summary>
internal static class DivergenceInfo
{
    public static void Append(Node node, StringBuilder text)
    {
        var reports = node.Replication.Divergence;
        Field(text, "reports", reports.Count);
        text.Append("redouble_divergence_last_file:").Append(ReplicationFields.OneLine(reports.LastFile)).Append("\r\n");
        Field(text, "last_bytes", reports.LastBytes);
        Field(text, "last_commands", reports.LastCommands);
        Field(text, "last_missing_bytes", reports.LastMissingBytes);
        Field(text, "last_parting_known", reports.LastPartingKnown ? 1 : 0);
        Field(text, "last_time", reports.LastTime);
        text.Append("redouble_divergence_last_error:").Append(ReplicationFields.OneLine(reports.LastError)).Append("\r\n");
    }

    private static void Field(StringBuilder text, string name, long value) =>
        text.Append("redouble_divergence_").Append(name).Append(':').Append(value).Append("\r\n");
}
