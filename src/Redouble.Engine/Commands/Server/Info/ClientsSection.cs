using Redouble.Engine.Sessions;

namespace Redouble.Engine.Commands.Server.Info;

/// <summary>INFO clients.</summary>
internal static class ClientsSection
{
    public static void Write(InfoReport report)
    {
        var node = report.Node;
        var usage = ClientUsage.Of(node);
        report.Section("Clients");
        report.Field("connected_clients", usage.Clients);
        report.Field("cluster_connections", 0);
        report.Field("maxclients", node.Config.MaxClients);
        report.Field("client_recent_max_input_buffer", node.Rates.RecentMaxInputBytes);
        report.Field("client_recent_max_output_buffer", node.Rates.RecentMaxOutputBytes);
        report.Field("blocked_clients", usage.Blocked);
        report.Field("tracking_clients", node.Tracking.ClientCount);
        report.Field("clients_in_timeout_table", node.Blocking.DeadlineCount);
        report.Field("total_blocking_keys", node.Blocking.KeyCount);
        report.Field("total_blocking_keys_on_nokey", node.Blocking.KeysWakingWithoutKey);
    }
}
