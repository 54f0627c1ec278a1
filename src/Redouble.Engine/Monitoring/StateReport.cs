using Redouble.Engine.Configuration;

namespace Redouble.Engine.Monitoring;

/// <summary>What stands in the log every five seconds for those who set a talkative <c>loglevel</c>: sizes of databases, clients, memory.</summary>
public sealed class StateReport
{
    private const long PeriodMicroseconds = 5_000_000;
    private readonly Node _node;
    private long _next;

    internal StateReport(Node node) => _node = node;

    /// <summary>Timer.</summary>
    internal void Tick(long now)
    {
        if (now < _next) return;
        _next = now + PeriodMicroseconds;
        var level = _node.Config.LogLevel;
        if (level <= ConfigLogLevel.Verbose) LogDatabases();
        if (level <= ConfigLogLevel.Debug) LogClients();
    }

    private void LogDatabases()
    {
        foreach (var database in _node.Keyspace.Databases)
        {
            if (database.Count == 0) continue;
            var text = $"DB {database.Number}: {database.Count} keys ({database.ExpiresCount} volatile) in {database.SlotCount} slots HT.";
            _node.Parts.Host.Log(ConfigLogLevel.Verbose, text);
        }
    }

    private void LogClients()
    {
        var replicas = _node.Replication.ReplicaSessions.Count;
        var clients = _node.Sessions.Count - replicas + (_node.Replication.Protocol.Primary.IsUp ? 1 : 0);
        _node.Parts.Host.Log(ConfigLogLevel.Debug, $"{clients} clients connected ({replicas} replicas), {_node.UsedMemory} bytes in use");
    }
}
