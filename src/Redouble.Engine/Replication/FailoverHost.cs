using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Replication.Failovers;
using LogLevel = Redouble.Replication.LogLevel;

namespace Redouble.Engine.Replication;

/// <summary>What FAILOVER needs of the node: its clients' writes, and its role.</summary>
internal sealed class FailoverHost(Node node) : IFailoverHost
{
    public void PauseWrites() => node.Pauses.Begin(node, PausePurpose.Failover, long.MaxValue, all: false);

    public void ResumeWrites() => node.Pauses.End(node, PausePurpose.Failover);

    public void Follow(string host, int port) => node.Replication.ReplicaOf(host, port);

    public void BecomePrimary() => node.Replication.ReplicaOfNoOne();

    public void Log(LogLevel level, string text) => node.Parts.Host.Log((ConfigLogLevel)level, text);
}
