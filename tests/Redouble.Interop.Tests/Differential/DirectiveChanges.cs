namespace Redouble.Interop.Tests.Differential;

/// <summary>The names of directives that 7.0, 7.2 and Redouble do not have in common.</summary>
internal static class DirectiveChanges
{
    /// <summary>New in 7.2, or listed there also by a build without TLS.</summary>
    public static readonly string[] New =
    [
        "set-max-listpack-entries", "set-max-listpack-value", "locale-collate", "cluster-announce-human-nodename",
        "tls-port", "tls-session-cache-size", "tls-session-cache-timeout", "tls-cluster", "tls-replication", "tls-auth-clients", "tls-prefer-server-ciphers",
            "tls-session-caching",
        "tls-cert-file", "tls-key-file", "tls-key-file-pass", "tls-client-cert-file", "tls-client-key-file", "tls-client-key-file-pass", "tls-dh-params-file",
            "tls-ca-cert-file",
        "tls-ca-cert-dir", "tls-protocols", "tls-ciphers", "tls-ciphersuites",
    ];

    /// <summary>Hidden from patterns in 7.2.</summary>
    public static readonly string[] Hidden = ["aof-disable-auto-gc"];

    public static bool IsOurs(string name) => name.Contains("redouble", StringComparison.Ordinal)
        || name is "repl-backlog-persist" or "snapshot-buffer-limit" or "rehearsal" or "repl-backlog-seconds" or "repl-backlog-size-max"
            or "replica-max-staleness-ms" or "replica-freshness-period-ms" or "replica-refuse-empty-primary" or "repl-verify-period" or "repl-writer-throttle" or "repl-backlog-persist"
            or "repl-backlog-sole-copy-size" or "replica-divergence-report"
            or "dual-channel-replication-enabled" or "replica-full-sync-buffer-limit" or "repl-oldest-redis-replica";
}
