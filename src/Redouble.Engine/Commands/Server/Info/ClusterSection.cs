namespace Redouble.Engine.Commands.Server.Info;

/// <summary>INFO cluster.</summary>
internal static class ClusterSection
{
    public static void Write(InfoReport report)
    {
        report.Section("Cluster");
        report.Field("cluster_enabled", report.Node.Config.ClusterEnabled);
    }
}
