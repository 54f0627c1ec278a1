using System.Globalization;
using System.Text;
using Redouble.Replication.Primary;
using Redouble.Replication.Replica;

namespace Redouble.Engine.Replication;

/// <summary>
/// What INFO replication says beyond Redis, after Redis' own fields. The README has a table of all of them. Times are milliseconds, rates bytes a second,
/// -1 stands for what cannot be told; texts are one line, without commas where they stand among other values.
/// </summary>
internal static class ReplicationFields
{
    public static void Append(Node node, long now, StringBuilder text)
    {
        AppendBacklog(node, now, text);
        Field(text, "replicas_waiting_psync", node.Replication.Protocol.Replicas.ChannelsWithoutStream);
        DivergenceInfo.Append(node, text);
        if (node.IsReplica) AppendLink(node, now, text);
        AppendThrottle(node, text);
        VerificationInfo.Append(node, text);
        var number = 0;
        foreach (var link in node.Replication.Protocol.Replicas.Links) AppendReplica(link, number++, now, text);
    }

    /// <summary>A text as a value: printable, and without a comma if it stands among others.</summary>
    public static string OneLine(string text, bool amongOthers = false)
    {
        var line = new StringBuilder(text.Length);
        foreach (var c in text) line.Append(char.IsControl(c) ? '?' : amongOthers && c == ',' ? ';' : c);
        return line.ToString();
    }

    private static void AppendBacklog(Node node, long now, StringBuilder text)
    {
        var log = node.Replication.Protocol.Log;
        var rate = node.Replication.Protocol.Replicas.WriteRate(now);
        Field(text, "redouble_write_rate", rate);
        Field(text, "redouble_backlog_covers_ms", log.CoveredMicroseconds / 1000);
        Field(text, "redouble_backlog_target", log.IsActive ? log.KeptSize : 0);
        Field(text, "redouble_backlog_window_ms", rate == 0 || !log.IsActive ? -1 : (long)(log.KeptSize * 1000.0 / rate));
    }

    private static void AppendThrottle(Node node, StringBuilder text)
    {
        var throttle = node.Replication.Protocol.Replicas.Throttle;
        Field(text, "redouble_writer_throttle_active", throttle.IsSlowing ? 1 : 0);
        Field(text, "redouble_writer_throttle_replica", OneLine(throttle.ReplicaName));
        Field(text, "redouble_writer_throttle_times", throttle.Times);
        Field(text, "redouble_writer_throttle_ms", throttle.HeldMicroseconds / 1000);
        Field(text, "redouble_writers_held", node.HeldWriters.Count);
    }

    private static void AppendLink(Node node, long now, StringBuilder text)
    {
        var replication = node.Replication;
        var link = replication.Protocol.Primary;
        Field(text, "redouble_link_state", ReplicationInfo.LinkStateName(link.State));
        Field(text, "master_link_last_error", OneLine(link.LastError ?? ""));
        Field(text, "redouble_link_sync_attempts", link.TotalAttempts);
        Field(text, "replicas_repl_buffer_size", link.HeldBytes.Now); // as Valkey calls them
        Field(text, "replicas_repl_buffer_peak", link.HeldBytes.Peak);
        Field(text, "redouble_link_timeout_in_ms", Milliseconds(link.TimeoutInMicroseconds(now)));
        Field(text, "redouble_staleness_ms", Milliseconds(replication.Freshness.StalenessAt(now)));
        Field(text, "redouble_staleness_error", OneLine(replication.Freshness.Error ?? ""));
        Field(text, "redouble_stale_reads_refused", replication.StaleReadsRefused);
        AppendProgress(replication.Protocol.Log.EndOffset, replication.Freshness.PrimaryOffset, link, now, text);
        AppendSync(replication, link, now, text);
        Field(text, "redouble_empty_primary_refused", replication.EmptyPrimary.IsRefusing ? 1 : 0);
        var records = link.Journal.Records; // by index: an enumerator of it would be compiled at its first use
        for (var i = 0; i < records.Count; i++) AppendRecord(records[i], i, now, text);
    }

    private static void AppendProgress(long applied, long toldOffset, PrimaryLink link, long now, StringBuilder text)
    {
        var primaryOffset = toldOffset < 0 ? -1 : Math.Max(toldOffset, applied); // what is applied here was written there
        var behind = primaryOffset < 0 ? -1 : primaryOffset - applied;
        var applyRate = link.ApplyRate(now);
        Field(text, "redouble_primary_offset", primaryOffset);
        Field(text, "redouble_bytes_behind", behind);
        Field(text, "redouble_unapplied_bytes", link.UnappliedBytes);
        Field(text, "redouble_receive_rate", link.ReceiveRate(now));
        Field(text, "redouble_apply_rate", applyRate);
        // The primary goes on meanwhile, at a rate that is not known here: a lower bound.
        Field(text, "redouble_catch_up_ms", behind <= 0 ? behind : applyRate == 0 ? -1 : behind * 1000 / applyRate);
    }

    // While the payload is received, bytes are those of it; while it is loaded, those of it that are.
    private static void AppendSync(NodeReplication replication, PrimaryLink link, long now, StringBuilder text)
    {
        var phase = SyncPhase(link);
        var (bytes, total, rate) = phase switch
        {
            "receiving" => (link.Payload.Received, link.Payload.Total > 0 ? link.Payload.Total : -1, link.ReceiveRate(now)),
            "loading" => (replication.LoadProgress.LoadedBytes, replication.LoadProgress.TotalBytes, replication.LoadRate(now)),
            _ => (0L, -1L, 0L),
        };
        Field(text, "redouble_sync_phase", phase);
        Field(text, "redouble_sync_bytes", bytes);
        Field(text, "redouble_sync_total_bytes", total);
        Field(text, "redouble_sync_keys", phase is "receiving" or "loading" ? replication.SyncKeys : 0);
        Field(text, "redouble_sync_rate", rate);
        Field(text, "redouble_sync_eta_ms", total < 0 || rate == 0 ? -1 : (total - bytes) * 1000 / rate);
        Field(text, "redouble_full_syncs", link.Journal.FullSyncs);
        Field(text, "redouble_partial_syncs", link.Journal.PartialSyncs);
    }

    // Over two channels the one with the payload tells how far it is.
    private static string SyncPhase(PrimaryLink link) => link.State switch
    {
        _ when link.IsDual => link.Channel.State switch
        {
            SnapshotChannelState.Payload => "receiving",
            SnapshotChannelState.Complete => "loading",
            _ => "waiting",
        },
        PrimaryLinkState.PayloadHeader => "waiting",
        PrimaryLinkState.Payload => "receiving",
        PrimaryLinkState.Loading => "loading",
        _ => "none",
    };

    private static void AppendRecord(in SyncRecord record, int number, long now, StringBuilder text)
    {
        text.Append("redouble_sync_history").Append(number).Append(":kind=").Append(record.IsFull ? "full" : "partial")
            .Append(",result=").Append(record.Error == null ? "ok" : "failed").Append(",asked_offset=").Append(record.AskedOffset)
            .Append(",ago_ms=").Append((now - record.Ended) / 1000).Append(",duration_ms=").Append((record.Ended - record.Started) / 1000)
            .Append(",bytes=").Append(record.Bytes).Append(",times=").Append(record.Times).Append(",cause=").Append(OneLine(record.Cause, amongOthers: true))
            .Append(",error=").Append(OneLine(record.Error ?? "", amongOthers: true)).Append("\r\n");
    }

    private static void AppendReplica(ReplicaLink link, int number, long now, StringBuilder text)
    {
        var lag = link.LagAt(now);
        text.Append("redouble_replica").Append(number).Append(":ip=").Append(OneLine(link.Address, amongOthers: true))
            .Append(",port=").Append(link.Options.ListeningPort).Append(",redouble=").Append(link.Options.Can(ReplicaCapabilities.Redouble) ? 1 : 0)
            .Append(",phase=").Append(PhaseName(link));
        Value(text, "bytes_behind", lag.BytesBehind);
        Value(text, "ms_behind", Milliseconds(lag.BehindMicroseconds));
        Value(text, "grain_ms", lag.GrainMicroseconds / 1000);
        Value(text, "ack_age_ms", Milliseconds(lag.SilenceMicroseconds));
        Value(text, "send_rate", lag.SendRate);
        Value(text, "apply_rate", lag.ApplyRate);
        Value(text, "catch_up_ms", Milliseconds(lag.CatchUpMicroseconds));
        Value(text, "buffered_bytes", lag.BufferBytes);
        Value(text, "buffer_limit", lag.BufferLimitBytes);
        Value(text, "drop_in_ms", Milliseconds(lag.DropInMicroseconds));
        text.Append(",drop_cause=").Append(lag.DropCause switch
        {
            DropCause.HardLimit => "hard_limit",
            DropCause.SoftLimit => "soft_limit",
            DropCause.Timeout => "timeout",
            _ => "none",
        });
        Value(text, "payload_sent", link.PayloadLink.PayloadSentBytes);
        Value(text, "payload_total", link.PayloadLink.PayloadLength);
        text.Append("\r\n");
    }

    private static string PhaseName(ReplicaLink link) => link.State switch
    {
        ReplicaLinkState.BackgroundLoad when link.PayloadLink != link => PhaseName(link.PayloadLink),
        ReplicaLinkState.BackgroundLoad => "loading",
        ReplicaLinkState.WaitStart or ReplicaLinkState.WaitChannel => "waiting",
        ReplicaLinkState.WaitEnd when !link.IsPayloadOpen => "saving",
        ReplicaLinkState.WaitEnd or ReplicaLinkState.SendBulk => "sending",
        ReplicaLinkState.Online when link.IsLoading => "loading",
        ReplicaLinkState.Online => "streaming",
        _ => "none",
    };

    private static long Milliseconds(long microseconds) => microseconds < 0 ? -1 : microseconds / 1000;

    private static void Value(StringBuilder text, string name, long value) =>
        text.Append(',').Append(name).Append('=').Append(value.ToString(CultureInfo.InvariantCulture));

    private static void Field(StringBuilder text, string name, long value) => text.Append(name).Append(':').Append(value).Append("\r\n");

    private static void Field(StringBuilder text, string name, string value) => text.Append(name).Append(':').Append(value).Append("\r\n");
}
