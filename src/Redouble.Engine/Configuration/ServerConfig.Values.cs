using Redouble.Persistence.Rdb;

namespace Redouble.Engine.Configuration;

/// <content>
/// The values, read directly by the engine: one field per directive, in the order of the families. Only directives write them. Numbers are
/// 64 bits wide whatever their range; sizes are bytes; a field's unit is said where its name does not.
/// </content>
public sealed partial class ServerConfig
{
    // Network.
    public string[] BindAddresses = [];
    public string BindSourceAddress = "";
    public long Port;
    public long TcpBacklog;
    public long TcpKeepAlive; // seconds, 0 = off
    public long Timeout; // seconds of silence, 0 = never
    public string UnixSocket = "";
    public long UnixSocketPerm; // file mode, 0 = as the umask says
    public bool ProtectedMode;
    public long SocketMarkId;
    public ProtectedAction EnableProtectedConfigs;
    public ProtectedAction EnableDebugCommand;
    public ProtectedAction EnableModuleCommand;

    // General.
    public bool Daemonize;
    public SupervisedMode Supervised;
    public string PidFile = "";
    public ConfigLogLevel LogLevel;
    public string LogFile = "";
    public bool SyslogEnabled;
    public string SyslogIdent = "";
    public SyslogFacility SyslogFacility;
    public bool CrashLogEnabled;
    public bool CrashMemcheckEnabled;
    public bool UseExitOnPanic;
    public long Databases;
    public bool AlwaysShowLogo;
    public bool SetProcTitle;
    public string ProcTitleTemplate = "";
    public string LocaleCollate = "";
    public string IgnoreWarnings = "";
    public bool Rehearsal; // of everyday commands, saves and syncs right after the start, for the compiler
    public bool DisableThp;
    public OomScoreAdjMode OomScoreAdj;
    public int[] OomScoreAdjValues = [];
    public string ServerCpuList = "";
    public string BioCpuList = "";
    public string AofRewriteCpuList = "";
    public string BgsaveCpuList = "";
    public ShutdownOptions ShutdownOnSigint;
    public ShutdownOptions ShutdownOnSigterm;

    // Snapshotting.
    public SavePoint[] SavePoints = [];
    public string Dir = "";
    public string DbFileName = "";
    public bool StopWritesOnBgsaveError;
    public bool RdbCompression;
    public bool RdbChecksum;
    public bool RdbDelSyncFiles;
    public bool RdbSaveIncrementalFsync;
    public SanitizeDumpPayload SanitizeDumpPayload;
    public long RdbKeySaveDelay; // microseconds per key; negative: that many keys per microsecond
    public long KeyLoadDelay; // as above
    public long LoadingProcessEventsIntervalBytes;
    public long SnapshotBufferLimit; // bytes, 0 = the larger of 64 MB and a tenth of the memory in use

    // Replication.
    public PrimaryAddress? InitialPrimary;
    public string MasterUser = "";
    public string MasterAuth = "";
    public bool ReplicaServeStaleData;
    public bool ReplicaReadOnly;
    public bool ReplDisklessSync;
    public long ReplDisklessSyncDelay; // seconds
    public long ReplDisklessSyncMaxReplicas; // 0 = any number
    public ReplDisklessLoad ReplDisklessLoad;
    public bool DualChannelReplicationEnabled; // Valkey's
    public bool ReplRdbChannel; // Redis 8's
    public RdbDialect ReplOldestRedisReplica; // what replicas who do not say what they are read
    public long ReplicaFullSyncBufferLimit; // bytes, 0 = the hard limit of replicas' output
    public long ReplPingReplicaPeriod; // seconds
    public long ReplTimeout; // seconds
    public bool ReplDisableTcpNoDelay;
    public long ReplBacklogSize;
    public long ReplBacklogSeconds; // seconds that the backlog is to cover, 0 = only its size counts
    public long ReplBacklogSizeMax; // bytes, what it may grow to for that
    public bool ReplBacklogPersist; // the backlog survives a clean shutdown
    public long ReplWriterThrottle; // percent of the time that writers may be held for replicas, 0 = never
    public long ReplBacklogSoleCopySize; // bytes, what it may grow to while it holds writes that no replica is there to have; 0 = as Redis
    public long ReplBacklogTtl; // seconds without replicas, 0 = for ever
    public long ReplicaPriority; // 0 = never promoted
    public bool ReplicaAnnounced;
    public string ReplicaAnnounceIp = "";
    public long ReplicaAnnouncePort;
    public long MinReplicasToWrite;
    public long MinReplicasMaxLag; // seconds
    public bool ReplicaIgnoreMaxMemory;
    public long ReplicaMaxStalenessMs; // 0 = reads are answered whatever the data's age
    public long ReplicaFreshnessPeriodMs; // 0 = the data's age is not measured unless it is bounded
    public bool ReplicaRefuseEmptyPrimary;
    public bool ReplicaDivergenceReport;
    public long ReplVerifyPeriod; // seconds, 0 = replicas are compared on request only
    public bool ReplicaLazyFlush;
    public bool ReplicaIgnoreDiskWriteErrors;
    public PropagationErrorBehavior PropagationErrorBehavior;
    public long ShutdownTimeout; // seconds that SHUTDOWN waits for replicas

    // Security and clients.
    public string RequirePass = "";
    public string AclFile = "";
    public long AclLogMaxLen;
    public AclPubSubDefault AclPubSubDefault;
    public long MaxClients;
    public OutputBufferLimit[] OutputBufferLimits = [];
    public long ClientQueryBufferLimit;
    public long MaxMemoryClients; // bytes; negative: percent of maxmemory; 0 = no limit
    public long ProtoMaxBulkLen;
    public long TrackingTableMaxKeys;

    // Memory and lazy freeing.
    public MaxMemoryPolicy MaxMemoryPolicy;
    public long MaxMemorySamples;
    public long MaxMemoryEvictionTenacity;
    public long LfuLogFactor;
    public long LfuDecayTime; // minutes
    public long ActiveExpireEffort;
    public bool LazyFreeLazyEviction;
    public bool LazyFreeLazyExpire;
    public bool LazyFreeLazyServerDel;
    public bool LazyFreeLazyUserDel;
    public bool LazyFreeLazyUserFlush;
    public bool ActiveDefrag;
    public long ActiveDefragIgnoreBytes;
    public long ActiveDefragThresholdLower; // percent
    public long ActiveDefragThresholdUpper; // percent
    public long ActiveDefragCycleMin; // percent of a core
    public long ActiveDefragCycleMax; // percent of a core
    public long ActiveDefragMaxScanFields;
    public bool JemallocBgThread;

    // Threading.
    public long IoThreads;
    public bool IoThreadsDoReads;

    // Append-only file.
    public bool AppendOnly;
    public string AppendFileName = "";
    public string AppendDirName = "";
    public AppendFsync AppendFsync;
    public bool NoAppendFsyncOnRewrite;
    public long AutoAofRewritePercentage; // 0 = never
    public long AutoAofRewriteMinSize;
    public bool AofLoadTruncated;
    public bool AofUseRdbPreamble;
    public bool AofTimestampEnabled;
    public bool AofRewriteIncrementalFsync;
    public bool AofDisableAutoGc;

    // Cluster.
    public bool ClusterEnabled;
    public string ClusterConfigFile = "";
    public long ClusterPort;
    public long ClusterNodeTimeout; // milliseconds
    public long ClusterPingInterval; // milliseconds
    public long ClusterReplicaValidityFactor;
    public long ClusterMigrationBarrier;
    public bool ClusterAllowReplicaMigration;
    public bool ClusterRequireFullCoverage;
    public bool ClusterReplicaNoFailover;
    public bool ClusterAllowReadsWhenDown;
    public bool ClusterAllowPubSubShardWhenDown;
    public string ClusterAnnounceIp = "";
    public long ClusterAnnouncePort;
    public long ClusterAnnounceTlsPort;
    public long ClusterAnnounceBusPort;
    public string ClusterAnnounceHostname = "";
    public string ClusterAnnounceHumanNodename = "";
    public ClusterEndpointType ClusterPreferredEndpointType;

    // Slow log, latency, events, scripts.
    public long SlowlogLogSlowerThan; // microseconds, negative = never
    public long SlowlogMaxLen;
    public long LatencyMonitorThreshold; // milliseconds, 0 = off
    public bool LatencyTracking;
    public double[] LatencyPercentiles = [];
    public KeyspaceEvents NotifyKeyspaceEvents;
    public long BusyReplyThreshold; // milliseconds

    // Encodings and the timer.
    public long HashMaxListpackEntries;
    public long HashMaxListpackValue;
    public long ListMaxListpackSize; // entries; negative: -1…-5 are 4, 8, 16, 32, 64 KB
    public long ListCompressDepth;
    public long SetMaxIntsetEntries;
    public long SetMaxListpackEntries;
    public long SetMaxListpackValue;
    public long ZsetMaxListpackEntries;
    public long ZsetMaxListpackValue;
    public long HllSparseMaxBytes;
    public long StreamNodeMaxBytes;
    public long StreamNodeMaxEntries;
    public bool ActiveRehashing;
    public long Hz;
    public bool DynamicHz;
    public long WatchdogPeriod; // milliseconds, 0 = off

    // TLS.
    public long TlsPort;
    public bool TlsCluster;
    public bool TlsReplication;
    public TlsAuthClients TlsAuthClients;
    public bool TlsPreferServerCiphers;
    public bool TlsSessionCaching;
    public long TlsSessionCacheSize;
    public long TlsSessionCacheTimeout;
    public string TlsCertFile = "";
    public string TlsKeyFile = "";
    public string TlsKeyFilePass = "";
    public string TlsClientCertFile = "";
    public string TlsClientKeyFile = "";
    public string TlsClientKeyFilePass = "";
    public string TlsDhParamsFile = "";
    public string TlsCaCertFile = "";
    public string TlsCaCertDir = "";
    public string TlsProtocols = "";
    public string TlsCiphers = "";
    public string TlsCipherSuites = "";

    internal long MaxMemoryBits;
    internal long ClusterLinkSendbufLimitBits;
    internal bool SaveLineSeen;

    /// <summary><c>maxmemory</c> in bytes, 0 = no limit.</summary>
    public ulong MaxMemory => (ulong)MaxMemoryBits;

    /// <summary><c>cluster-link-sendbuf-limit</c> in bytes, 0 = no limit.</summary>
    public ulong ClusterLinkSendbufLimit => (ulong)ClusterLinkSendbufLimitBits;

    /// <summary>The output limit of a class of clients.</summary>
    public OutputBufferLimit OutputBufferLimitOf(ClientClass client) => OutputBufferLimits[(int)client];
}
