using System.Text;
using Redouble.Engine.Execution;
using Redouble.Protocol.Replies;
using Redouble.Replication.Primary;
using Redouble.Replication.Replica;

namespace Redouble.Engine.Replication;

/// <summary>INFO replication and ROLE: Redis' fields first and in Redis' order, then our own.</summary>
public static class ReplicationInfo
{
    private const long Second = 1_000_000;

    /// <summary>The fields of the section, without its heading.</summary>
    public static void Append(Node node, StringBuilder text)
    {
        var protocol = node.Replication.Protocol;
        var now = node.Parts.Clock.MonotonicMicroseconds;
        text.Append("role:").Append(node.IsReplica ? "slave" : "master").Append("\r\n");
        if (node.IsReplica) AppendLink(node, protocol.Primary, now, text);
        AppendReplicas(node, now, text);
        var identity = protocol.History.Identity;
        var log = protocol.Log;
        Field(text, "master_failover_state", node.Replication.Failover.StateName);
        Field(text, "master_replid", identity.Id.ToString());
        Field(text, "master_replid2", identity.SecondId.ToString());
        Field(text, "master_repl_offset", log.EndOffset);
        Field(text, "second_repl_offset", identity.SecondOffset);
        Field(text, "repl_backlog_active", log.IsActive ? 1 : 0);
        Field(text, "repl_backlog_size", log.BacklogSize);
        Field(text, "repl_backlog_first_byte_offset", log.FirstOffset);
        Field(text, "repl_backlog_histlen", log.HistoryLength);
        ReplicationFields.Append(node, now, text);
    }

    /// <summary>ROLE.</summary>
    public static void ReplyRole(Node node, ReplyWriter reply)
    {
        var protocol = node.Replication.Protocol;
        if (node.IsReplica)
        {
            var link = protocol.Primary;
            reply.ArrayHeader(5);
            reply.Bulk("slave"u8);
            reply.Bulk(link.Host);
            reply.Integer(link.Port);
            reply.Bulk(LinkStateName(link.State == PrimaryLinkState.None ? PrimaryLinkState.Connect : link.State)); // none while the files are loaded
            reply.Integer(link.IsUp ? protocol.Log.EndOffset : -1);
            return;
        }

        var online = protocol.Replicas.Links.Where(replica => replica.State == ReplicaLinkState.Online).ToList();
        reply.ArrayHeader(3);
        reply.Bulk("master"u8);
        reply.Integer(protocol.Log.EndOffset);
        reply.ArrayHeader(online.Count);
        foreach (var replica in online)
        {
            reply.ArrayHeader(3);
            reply.Bulk(replica.Address);
            reply.BulkFromLong(replica.Options.ListeningPort);
            reply.BulkFromLong(replica.AckOffset);
        }
    }

    private static void AppendLink(Node node, PrimaryLink link, long now, StringBuilder text)
    {
        var log = node.Replication.Protocol.Log;
        Field(text, "master_host", link.Host);
        Field(text, "master_port", link.Port);
        Field(text, "master_link_status", link.IsLive ? "up" : "down");
        Field(text, "master_last_io_seconds_ago", link.IsLive ? (now - link.LastIo) / Second : -1);
        Field(text, "master_sync_in_progress", link.IsSyncing ? 1 : 0);
        Field(text, "slave_read_repl_offset", log.EndOffset + link.UnappliedBytes);
        Field(text, "slave_repl_offset", log.EndOffset);
        if (link.IsSyncing)
        {
            var (total, received) = link.Payload; // -1 before it is known, as Redis shows it
            Field(text, "master_sync_total_bytes", total);
            Field(text, "master_sync_read_bytes", received);
            Field(text, "master_sync_left_bytes", total - received);
            Field(text, "master_sync_perc", total == 0 ? "0.00" : (received * 100.0 / total).ToString("F2", System.Globalization.CultureInfo.InvariantCulture));
            Field(text, "master_sync_last_io_seconds_ago", (now - link.LastIo) / Second);
        }

        if (!link.IsLive) Field(text, "master_link_down_since_seconds", link.DownSince < 0 ? -1 : (now - link.DownSince) / Second);
        Field(text, "slave_priority", node.Config.ReplicaPriority);
        Field(text, "slave_read_only", node.Config.ReplicaReadOnly ? 1 : 0);
        Field(text, "replica_announced", node.Config.ReplicaAnnounced ? 1 : 0);
    }

    private static void AppendReplicas(Node node, long now, StringBuilder text)
    {
        var replicas = node.Replication.Protocol.Replicas;
        Field(text, "connected_slaves", replicas.Links.Count);
        if (node.Config.MinReplicasToWrite > 0 && node.Config.MinReplicasMaxLag > 0) Field(text, "min_slaves_good_slaves", replicas.GoodReplicas);
        var number = 0;
        foreach (var link in replicas.Links)
        {
            var state = StateName(link);
            if (state.Length == 0) continue;
            text.Append("slave").Append(number++).Append(":ip=").Append(link.Address).Append(",port=").Append(link.Options.ListeningPort).Append(",state=").Append(state)
                .Append(",offset=").Append(link.AckOffset).Append(",lag=").Append(PrimaryReplication.LagSeconds(link, now));
            if (node.Config.DualChannelReplicationEnabled) text.Append(",type=").Append(TypeName(link)); // else the line is Redis' to the byte
            text.Append("\r\n");
        }
    }

    // Valkey's, which tells the two connections of one full sync apart.
    private static string TypeName(ReplicaLink link) =>
        link.Options.IsChannel ? "rdb-channel" : link.State == ReplicaLinkState.BackgroundLoad ? "main-channel" : "replica";

    // Of two channels in the words of the one whose dialect is spoken.
    internal static string StateName(ReplicaLink link) => link.State switch
    {
        ReplicaLinkState.WaitStart or ReplicaLinkState.WaitEnd or ReplicaLinkState.WaitChannel => "wait_bgsave",
        ReplicaLinkState.BackgroundLoad => link.Options.Can(ReplicaCapabilities.DualChannel) ? "bg_transfer" : "send_bulk_and_stream",
        ReplicaLinkState.SendBulk => "send_bulk",
        ReplicaLinkState.Online => "online",
        _ => "",
    };

    internal static string LinkStateName(PrimaryLinkState state) => state switch
    {
        PrimaryLinkState.None => "none",
        PrimaryLinkState.Connect => "connect",
        PrimaryLinkState.Connecting => "connecting",
        PrimaryLinkState.Payload or PrimaryLinkState.PayloadHeader or PrimaryLinkState.Loading or PrimaryLinkState.ChannelWait
            or PrimaryLinkState.AssociateReply or PrimaryLinkState.ChannelPsyncReply or PrimaryLinkState.Buffering => "sync",
        PrimaryLinkState.Connected => "connected",
        _ => "handshake",
    };

    private static void Field(StringBuilder text, string name, long value) => text.Append(name).Append(':').Append(value).Append("\r\n");

    private static void Field(StringBuilder text, string name, string value) => text.Append(name).Append(':').Append(value).Append("\r\n");
}
