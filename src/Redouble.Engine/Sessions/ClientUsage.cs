namespace Redouble.Engine.Sessions;

/// <summary>What all sessions of a node amount to at one moment.</summary>
/// <param name="Clients">Sessions that are no replicas, the link to the primary included.</param>
/// <param name="Blocked">Sessions that wait.</param>
/// <param name="ClientBytes">Memory of ordinary clients.</param>
/// <param name="ReplicaBytes">Memory of replicas.</param>
public readonly record struct ClientUsage(long Clients, long Blocked, long ClientBytes, long ReplicaBytes)
{
    /// <summary>Counts the sessions of a node.</summary>
    public static ClientUsage Of(Node node)
    {
        long clients = 0, blocked = 0, clientBytes = 0, replicaBytes = 0;
        for (var slot = 0; slot < node.Sessions.Top; slot++)
        {
            if (node.Sessions[slot] is not { } session) continue;
            var bytes = SessionMemory.TotalBytes(session);
            if (SessionClass.IsReplica(session))
            {
                replicaBytes += bytes;
                continue;
            }

            clients++;
            clientBytes += bytes;
            if (session.Has(SessionFlags.Blocked)) blocked++;
        }

        if (node.IsReplica && node.Replication.Protocol.Primary.IsUp)
        {
            clients++; // the link to the primary is one, as in CLIENT LIST
            clientBytes += SessionMemory.TotalBytes(node.Replication.PrimarySession);
        }

        return new ClientUsage(clients, blocked, clientBytes, replicaBytes);
    }
}
