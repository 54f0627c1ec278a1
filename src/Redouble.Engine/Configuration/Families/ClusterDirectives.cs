using Redouble.Engine.Configuration.Directives;
using static Redouble.Engine.Configuration.Families.Declarations;

namespace Redouble.Engine.Configuration.Families;

/// <summary>Redis Cluster. Only <c>cluster-enabled</c> would make the others matter.</summary>
internal static class ClusterDirectives
{
    public static readonly IReadOnlyList<Directive> All =
    [
        YesNo("cluster-enabled", static c => ref c.ClusterEnabled, false, FixedRefused),
        Text("cluster-config-file", static c => ref c.ClusterConfigFile, "nodes.conf", FixedNotBuilt),
        Number("cluster-port", static c => ref c.ClusterPort, 0, 0, 65535, FixedNotBuilt),
        Number("cluster-node-timeout", static c => ref c.ClusterNodeTimeout, 15000, 0, LongMax, NotBuilt),
        Number("cluster-ping-interval", static c => ref c.ClusterPingInterval, 0, 0, LongMax,
            new DirectiveTraits(DirectiveFlags.Hidden, Readiness.AcceptedNotBuilt)),
        Number("cluster-replica-validity-factor", static c => ref c.ClusterReplicaValidityFactor, 10, 0, IntMax,
            Also("cluster-slave-validity-factor", Readiness.AcceptedNotBuilt)),
        Number("cluster-migration-barrier", static c => ref c.ClusterMigrationBarrier, 1, 0, IntMax, NotBuilt),
        YesNo("cluster-allow-replica-migration", static c => ref c.ClusterAllowReplicaMigration, true, NotBuilt),
        YesNo("cluster-require-full-coverage", static c => ref c.ClusterRequireFullCoverage, true, NotBuilt),
        YesNo("cluster-replica-no-failover", static c => ref c.ClusterReplicaNoFailover, false,
            Also("cluster-slave-no-failover", Readiness.AcceptedNotBuilt)),
        YesNo("cluster-allow-reads-when-down", static c => ref c.ClusterAllowReadsWhenDown, false, NotBuilt),
        YesNo("cluster-allow-pubsubshard-when-down", static c => ref c.ClusterAllowPubSubShardWhenDown, true, NotBuilt),
        UnsignedMemory("cluster-link-sendbuf-limit", static c => ref c.ClusterLinkSendbufLimitBits, 0, NotBuilt),
        Optional("cluster-announce-ip", static c => ref c.ClusterAnnounceIp, NotBuilt),
        Number("cluster-announce-port", static c => ref c.ClusterAnnouncePort, 0, 0, 65535, NotBuilt),
        Number("cluster-announce-tls-port", static c => ref c.ClusterAnnounceTlsPort, 0, 0, 65535, NotBuilt),
        Number("cluster-announce-bus-port", static c => ref c.ClusterAnnounceBusPort, 0, 0, 65535, NotBuilt),
        new TextDirective("cluster-announce-hostname", static c => ref c.ClusterAnnounceHostname, "", NotBuilt)
            { EmptyIsUnset = true, Check = TextChecks.Hostname },
        new TextDirective("cluster-announce-human-nodename", static c => ref c.ClusterAnnounceHumanNodename, "", NotBuilt)
            { EmptyIsUnset = true, Check = TextChecks.Nodename },
        Choice("cluster-preferred-endpoint-type", static c => ref c.ClusterPreferredEndpointType, ClusterEndpointType.Ip,
            [("ip", ClusterEndpointType.Ip), ("hostname", ClusterEndpointType.Hostname), ("unknown-endpoint", ClusterEndpointType.UnknownEndpoint)],
            NotBuilt),
    ];
}
