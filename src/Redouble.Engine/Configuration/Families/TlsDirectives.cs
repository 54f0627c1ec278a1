using static Redouble.Engine.Configuration.Families.Declarations;

namespace Redouble.Engine.Configuration.Families;

/// <summary>TLS: what would turn it on is refused, since plain text in its place would be unsafe; the rest is kept.</summary>
internal static class TlsDirectives
{
    public static readonly IReadOnlyList<Directive> All =
    [
        Number("tls-port", static c => ref c.TlsPort, 0, 0, 65535, Refused),
        YesNo("tls-cluster", static c => ref c.TlsCluster, false, Refused),
        YesNo("tls-replication", static c => ref c.TlsReplication, false, Refused),
        Choice("tls-auth-clients", static c => ref c.TlsAuthClients, TlsAuthClients.Yes,
            [("no", TlsAuthClients.No), ("yes", TlsAuthClients.Yes), ("optional", TlsAuthClients.Optional)], NotBuilt),
        YesNo("tls-prefer-server-ciphers", static c => ref c.TlsPreferServerCiphers, false, NotBuilt),
        YesNo("tls-session-caching", static c => ref c.TlsSessionCaching, true, NotBuilt),
        Number("tls-session-cache-size", static c => ref c.TlsSessionCacheSize, 20480, 0, IntMax, NotBuilt),
        Number("tls-session-cache-timeout", static c => ref c.TlsSessionCacheTimeout, 300, 0, IntMax, NotBuilt),
        File("tls-cert-file", static c => ref c.TlsCertFile),
        File("tls-key-file", static c => ref c.TlsKeyFile),
        File("tls-key-file-pass", static c => ref c.TlsKeyFilePass),
        File("tls-client-cert-file", static c => ref c.TlsClientCertFile),
        File("tls-client-key-file", static c => ref c.TlsClientKeyFile),
        File("tls-client-key-file-pass", static c => ref c.TlsClientKeyFilePass),
        File("tls-dh-params-file", static c => ref c.TlsDhParamsFile),
        File("tls-ca-cert-file", static c => ref c.TlsCaCertFile),
        File("tls-ca-cert-dir", static c => ref c.TlsCaCertDir),
        File("tls-protocols", static c => ref c.TlsProtocols),
        File("tls-ciphers", static c => ref c.TlsCiphers),
        File("tls-ciphersuites", static c => ref c.TlsCipherSuites),
    ];

    private static Directive File(string name, ConfigField<string> field) => Optional(name, field, NotBuilt);
}
