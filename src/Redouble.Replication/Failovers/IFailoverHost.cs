namespace Redouble.Replication.Failovers;

/// <summary>What a <see cref="Failover"/> needs done by its node.</summary>
public interface IFailoverHost
{
    /// <summary>From now on nothing may move the offset.</summary>
    void PauseWrites();

    /// <summary>The pause is over, whatever the node is by now.</summary>
    void ResumeWrites();

    /// <summary>Becomes a replica, as by REPLICAOF.</summary>
    void Follow(string host, int port);

    /// <summary>Becomes a primary again, as by REPLICAOF NO ONE.</summary>
    void BecomePrimary();

    /// <summary>A line for the server's log.</summary>
    void Log(LogLevel level, string text);
}
