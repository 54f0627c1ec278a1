namespace Redouble.Engine.Configuration;

/// <summary>
/// What the rest of the server has to do after CONFIG SET has changed a value, before the reply. Directives that share an action share
/// one call. An action that fails rolls the whole CONFIG SET back.
/// </summary>
public enum ConfigAction
{
    /// <summary>The value is read where it is used; nothing to do.</summary>
    None,

    /// <summary><c>port</c>: listen there. Error text: "Unable to listen on this port. Check server logs."</summary>
    Port,

    /// <summary><c>bind</c>: listen there. Error text: "Failed to bind to specified addresses."</summary>
    Bind,

    /// <summary><c>maxclients</c>: raise the limit of open files.</summary>
    MaxClients,

    /// <summary><c>maxmemory</c>: evict down to it.</summary>
    MaxMemory,

    /// <summary><c>client-output-buffer-limit</c>.</summary>
    ClientOutputBufferLimit,

    /// <summary><c>maxmemory-clients</c>.</summary>
    MaxMemoryClients,

    /// <summary><c>min-replicas-to-write</c> and <c>min-replicas-max-lag</c>: count the good replicas again.</summary>
    GoodReplicas,

    /// <summary><c>appendonly</c>.</summary>
    AppendOnly,

    /// <summary><c>appendfsync</c>.</summary>
    AppendFsync,

    /// <summary><c>requirepass</c>: the default user's password.</summary>
    RequirePass,

    /// <summary><c>oom-score-adj</c> and its values.</summary>
    OomScoreAdj,

    /// <summary><c>loglevel</c>.</summary>
    LogLevel,

    /// <summary><c>latency-tracking</c> and kin.</summary>
    LatencyTracking,
}
