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

    /// <summary><c>tls-port</c> and the TLS files.</summary>
    Tls,

    /// <summary><c>maxclients</c>: raise the limit of open files.</summary>
    MaxClients,

    /// <summary><c>maxmemory</c>: evict down to it.</summary>
    MaxMemory,

    /// <summary><c>client-output-buffer-limit</c>.</summary>
    ClientOutputBufferLimit,

    /// <summary><c>maxmemory-clients</c>.</summary>
    MaxMemoryClients,

    /// <summary><c>repl-backlog-size</c>.</summary>
    ReplBacklogSize,

    /// <summary><c>min-replicas-to-write</c> and <c>min-replicas-max-lag</c>: count the good replicas again.</summary>
    GoodReplicas,

    /// <summary><c>appendonly</c>.</summary>
    AppendOnly,

    /// <summary><c>appendfsync</c>.</summary>
    AppendFsync,

    /// <summary><c>hz</c> and <c>dynamic-hz</c>.</summary>
    Hz,

    /// <summary><c>requirepass</c>: the default user's password.</summary>
    RequirePass,

    /// <summary><c>oom-score-adj</c> and its values.</summary>
    OomScoreAdj,

    /// <summary><c>proc-title-template</c>.</summary>
    ProcTitle,

    /// <summary><c>loglevel</c>.</summary>
    LogLevel,

    /// <summary><c>latency-tracking</c> and kin.</summary>
    LatencyTracking,

    /// <summary><c>watchdog-period</c>.</summary>
    Watchdog,

    /// <summary><c>tcp-keepalive</c>, for connections accepted from now on.</summary>
    TcpKeepAlive,

    /// <summary><c>crash-log-enabled</c>.</summary>
    CrashLog,

    /// <summary><c>notify-keyspace-events</c>.</summary>
    KeyspaceEvents,

    /// <summary><c>replica-priority</c>, <c>replica-announce-*</c>: what the next handshake and INFO tell.</summary>
    ReplicaAnnounce,
}
