using System.Text;

namespace Redouble.Engine.Replication;

/// <summary>What INFO replication says of verified copies.</summary>
internal static class VerificationInfo
{
    public static void Append(Node node, StringBuilder text)
    {
        var verification = node.Verification;
        if (node.IsReplica && verification.Last == null) return;
        var last = verification.Last;
        Field(text, "in_progress", verification.IsRunning ? 1 : 0);
        Field(text, "runs", verification.Runs);
        Field(text, "runs_with_differences", verification.RunsWithDifferences);
        Field(text, "differences_found", verification.DifferencesFound);
        text.Append("redouble_verify_last_result:").Append(last?.Word ?? "none").Append("\r\n");
        if (last == null) return;
        Field(text, "last_ago_ms", Math.Max(0, node.Keyspace.NowMs - last.StartedMs - last.DurationMs));
        Field(text, "last_duration_ms", last.DurationMs);
        Field(text, "last_offset", last.Offset);
        Field(text, "last_keys", last.Keys);
        Field(text, "last_replicas_compared", last.Compared);
        Field(text, "last_replicas_different", last.Different);
        Field(text, "last_differing_keys", last.DifferingKeys);
    }

    private static void Field(StringBuilder text, string name, long value) =>
        text.Append("redouble_verify_").Append(name).Append(':').Append(value).Append("\r\n");
}
