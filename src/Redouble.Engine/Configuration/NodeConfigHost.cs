using Redouble.Storage.Keyspace;

namespace Redouble.Engine.Configuration;

/// <summary>Makes CONFIG SET take effect in a node; what concerns sockets and files goes on to the process.</summary>
public sealed class NodeConfigHost(Node node) : IConfigHost
{
    /// <inheritdoc/>
    public string? CurrentPrimary => node.IsReplica ? $"{node.Replication.Protocol.Primary.Host} {node.Replication.Protocol.Primary.Port}" : null;

    /// <inheritdoc/>
    public IReadOnlyList<string> UserLines => [];

    /// <inheritdoc/>
    public bool TryApply(ConfigAction action, ServerConfig config, out string error)
    {
        error = "";
        switch (action)
        {
            case ConfigAction.RequirePass:
                Sessions.Authentication.PasswordChanged(node);
                return true;
            case ConfigAction.GoodReplicas:
                node.Replication.ApplySettings();
                node.Replication.Protocol.Replicas.CountGood(node.Parts.Clock.MonotonicMicroseconds);
                node.UpdateRefuseMask();
                return true;
            case ConfigAction.AppendOnly:
                return TrySwitchAppendOnly(config, out error);
            case ConfigAction.AppendFsync:
                if (!node.AppendOnly.TryChangePolicy()) error = "The append-only file cannot be written. Check server logs.";
                return error.Length == 0;
            case ConfigAction.MaxMemory:
                node.UpdateRefuseMask();
                node.Eviction.LimitChanged();
                node.ClientEviction.LimitChanged();
                return true;
            case ConfigAction.ClientOutputBufferLimit:
                node.Clients.LimitOutputs();
                return true;
            case ConfigAction.MaxMemoryClients:
                node.ClientEviction.LimitChanged();
                return true;
            case ConfigAction.LatencyTracking:
                Refresh();
                return true;
            default:
                return node.Parts.Host.TryApply(action, out error);
        }
    }

    /// <inheritdoc/>
    public void Warn(string message) => node.Parts.Host.Log(ConfigLogLevel.Warning, message);

    private bool TrySwitchAppendOnly(ServerConfig config, out string error)
    {
        error = "";
        if (!config.AppendOnly) node.AppendOnly.Disable();
        else if (!node.AppendOnly.TryEnable()) error = "Unable to turn on AOF. Check server logs.";
        return error.Length == 0;
    }

    /// <inheritdoc/>
    public string? RewriteFile(bool writeAll) => node.Parts.Host.RewriteConfig(writeAll);

    /// <summary>Copies what hot paths look at out of the configuration, at the start and after every CONFIG SET.</summary>
    public void Refresh()
    {
        const long sampledFromMicroseconds = 1000; // short commands that are not sampled stay well below this
        var config = node.Config;
        node.Stats.TimesEveryCall = config.SlowlogLogSlowerThan >= 0 && config.SlowlogLogSlowerThan < sampledFromMicroseconds;
        if (node.Stats.TracksLatency && !config.LatencyTracking) node.Stats.ResetHistograms();
        node.Stats.TracksLatency = config.LatencyTracking;
        node.Keyspace.ReportCreations = (config.NotifyKeyspaceEvents & KeyspaceEvents.New) != 0;
        ApplyPolicy();
        ApplyLimits();
        node.Replication.ApplySettings();
        node.Saves.UpdateDiskError();
    }

    private void ApplyLimits()
    {
        var limits = node.Keyspace.Limits;
        var config = node.Config;
        limits.HashMaxListpackEntries = config.HashMaxListpackEntries;
        limits.HashMaxListpackValue = config.HashMaxListpackValue;
        limits.SetMaxIntsetEntries = config.SetMaxIntsetEntries;
        limits.SetMaxListpackEntries = config.SetMaxListpackEntries;
        limits.SetMaxListpackValue = config.SetMaxListpackValue;
        limits.SortedSetMaxListpackEntries = config.ZsetMaxListpackEntries;
        limits.SortedSetMaxListpackValue = config.ZsetMaxListpackValue;
        limits.ListMaxListpackSize = config.ListMaxListpackSize;
        limits.StreamNodeMaxBytes = config.StreamNodeMaxBytes;
        limits.StreamNodeMaxEntries = config.StreamNodeMaxEntries;
    }

    // Records keep one of two things about their use. Those that exist keep the other one until they are used again, as in Redis.
    private void ApplyPolicy()
    {
        var keyspace = node.Keyspace;
        if (!node.Config.CountsAccesses)
        {
            keyspace.Counter = null;
        }
        else
        {
            keyspace.Counter ??= new AccessCounter(node.Parts.Random.NextUInt64());
            keyspace.Counter.DecayMinutes = node.Config.LfuDecayTime;
            keyspace.Counter.LogFactor = node.Config.LfuLogFactor;
        }

        node.UpdateAccessClock();
    }
}
