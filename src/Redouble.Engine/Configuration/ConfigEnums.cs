namespace Redouble.Engine.Configuration;

#pragma warning disable CS1591 // The members are the words of the directives.

/// <summary><c>maxmemory-policy</c>.</summary>
public enum MaxMemoryPolicy { VolatileLru, VolatileLfu, VolatileRandom, VolatileTtl, AllKeysLru, AllKeysLfu, AllKeysRandom, NoEviction }

/// <summary><c>appendfsync</c>.</summary>
public enum AppendFsync { EverySecond, Always, No }

/// <summary><c>loglevel</c>, from the most talkative.</summary>
public enum ConfigLogLevel { Debug, Verbose, Notice, Warning, Nothing }

/// <summary><c>repl-diskless-load</c>.</summary>
public enum ReplDisklessLoad { Disabled, OnEmptyDb, SwapDb }

/// <summary><c>sanitize-dump-payload</c>.</summary>
public enum SanitizeDumpPayload { No, Yes, Clients }

/// <summary><c>propagation-error-behavior</c>.</summary>
public enum PropagationErrorBehavior { Ignore, Panic, PanicOnReplicas }

/// <summary><c>enable-debug-command</c> and kin: who may do it. Local is a unix socket or a loopback address.</summary>
public enum ProtectedAction { No, Yes, Local }

/// <summary><c>supervised</c>.</summary>
public enum SupervisedMode { No, Auto, Systemd, Upstart }

/// <summary><c>syslog-facility</c>.</summary>
public enum SyslogFacility { User, Local0, Local1, Local2, Local3, Local4, Local5, Local6, Local7 }

/// <summary><c>oom-score-adj</c>.</summary>
public enum OomScoreAdjMode { No, Relative, Absolute }

/// <summary><c>acl-pubsub-default</c>.</summary>
public enum AclPubSubDefault { ResetChannels, AllChannels }

/// <summary><c>cluster-preferred-endpoint-type</c>.</summary>
public enum ClusterEndpointType { Ip, Hostname, UnknownEndpoint }

/// <summary><c>tls-auth-clients</c>.</summary>
public enum TlsAuthClients { No, Yes, Optional }

/// <summary><c>shutdown-on-sigint</c>, <c>shutdown-on-sigterm</c>.</summary>
[Flags]
public enum ShutdownOptions { Default = 0, Save = 1, NoSave = 2, Now = 4, Force = 8 }

/// <summary>Classes of keyspace events, and the two channels they are published on.</summary>
[Flags]
public enum KeyspaceEvents
{
    None = 0,
    Keyspace = 1 << 0,
    KeyEvent = 1 << 1,
    Generic = 1 << 2,
    String = 1 << 3,
    List = 1 << 4,
    Set = 1 << 5,
    Hash = 1 << 6,
    SortedSet = 1 << 7,
    Expired = 1 << 8,
    Evicted = 1 << 9,
    Stream = 1 << 10,
    KeyMiss = 1 << 11,
    Module = 1 << 13,
    New = 1 << 14,
    All = Generic | String | List | Set | Hash | SortedSet | Expired | Evicted | Stream | Module,
}

/// <summary>The classes of <c>client-output-buffer-limit</c>.</summary>
public enum ClientClass { Normal, Replica, PubSub }
