using Redouble.Replication.Primary;

namespace Redouble.Replication.Failovers;

/// <summary>
/// FAILOVER: a primary and a replica change their roles without losing a write.
/// <code>
///   None ──Begin──► WaitForSync ─────── a replica has acknowledged the end of the log ──────► InProgress ──► None, a replica
///                   writes pause    └── TIMEOUT with FORCE ────────────────────────────────►  │ follows the replica, PSYNC id offset FAILOVER:
///                        │                                                                    │ it becomes a primary and answers
///                        │ ABORT, or TIMEOUT without FORCE                                    │ ABORT, the replica refuses, lacks data, or is not there
///                        ▼                                                                    ▼
///                   None, a primary as before                                         None, a primary under a new replid
/// </code>
/// While it goes on, nothing moves the offset, so a replica that is in sync stays so, and no replica is served a sync. Writes that wait run when it is
/// over: they are refused by the replica that this node is then, or executed after an abort. One thing does, while a sync is waited for, at half of
/// repl-timeout: a PING. Replicas that hear nothing drop their links, and could not come back. Redis sends its PINGs in every period where no TIMEOUT was
/// given, and none where one was.
/// <para>
/// One that is forced to take over may have got more since it told what it has. When it has taken over, it is asked anew: then it tells up to where the
/// history is common to both, for the report of what is lost.
/// </para>
/// <para>
/// Redis tries the new primary again for ever, and while it does, nobody takes a write. Here that ends with repl-timeout, as long as the request has not been
/// sent: nobody can have been promoted by it. After it was sent only the other one knows, and to take the failover back could make two primaries, so it is
/// asked until it answers, or the operator says ABORT. Nor is a replica promoted that was in sync and is not any more, as after a restart from an older file.
/// </para>
/// </summary>
/// <param name="node">Who fails over.</param>
/// <param name="host">What it needs done.</param>
public sealed class Failover(ReplicationNode node, IFailoverHost host)
{
    private string? _target;
    private long _port;
    private bool _force;
    private long _deadline = long.MaxValue;
    private bool _isForced; // the time is over, and the operator wants it all the same

    /// <summary>Where it stands.</summary>
    public FailoverState State { get; private set; }

    /// <summary>Whether one goes on.</summary>
    public bool IsActive => State != FailoverState.None;

    /// <summary>Whether PSYNC is to ask for promotion.</summary>
    public bool AsksForPromotion => State == FailoverState.InProgress;

    /// <summary>The last byte that the new primary must have; -1 when the operator forces one that lacks some.</summary>
    public long NeededOffset => _isForced ? -1 : node.Log.LastDataOffset;

    /// <summary>master_failover_state.</summary>
    public string StateName => State switch
    {
        FailoverState.None => "no-failover",
        FailoverState.WaitForSync => "waiting-for-sync",
        _ => "failover-in-progress",
    };

    /// <summary>When <see cref="Check"/> has something to do although no replica said anything, monotonic microseconds.</summary>
    public long NextDeadline => State switch
    {
        FailoverState.None => long.MaxValue,
        FailoverState.InProgress when node.Primary.HasAskedForPromotion => long.MaxValue,
        _ => _deadline,
    };

    private string Target => _target == null ? "any replica" : $"{_target}:{_port}";

    /// <summary>FAILOVER: null when it has begun, else the error.</summary>
    public string? Begin(in FailoverRequest request, long now)
    {
        if (Refusal(request) is { } refusal) return refusal;
        (_target, _port, _force) = (request.Host, request.Port, request.Force);
        _deadline = request.TimeoutMs == 0 || request.TimeoutMs > (long.MaxValue - now) / 1000 ? long.MaxValue : now + (request.TimeoutMs * 1000);
        host.Log(LogLevel.Notice, $"FAILOVER requested to {Target}.");
        State = FailoverState.WaitForSync;
        host.PauseWrites();
        return null;
    }

    /// <summary>FAILOVER ABORT: null when there was one, else the error.</summary>
    public string? Abort()
    {
        if (!IsActive) return "ERR No failover in progress.";
        Abort("Failover manually aborted");
        return null;
    }

    /// <summary>Once a turn, between units: goes on when a replica is in sync or the time is over.</summary>
    public void Check(long now)
    {
        if (State == FailoverState.InProgress && now >= NextDeadline) Abort("Failover target could not be reached");
        if (State != FailoverState.WaitForSync) return;
        if (now >= _deadline)
        {
            if (!_force)
            {
                Abort("Replica never caught up before timeout");
                return;
            }

            host.Log(LogLevel.Notice, $"FAILOVER to {Target} time out exceeded, failing over.");
            _isForced = true;
            Proceed(now);
        }
        else if (FindInSync() is { } replica)
        {
            (_target, _port) = (replica.Address, replica.Options.ListeningPort);
            host.Log(LogLevel.Notice, $"Failover target {Target} is synced, failing over.");
            Proceed(now);
        }
    }

    /// <summary>The new primary has answered PSYNC … FAILOVER: with a sync, or with a refusal.</summary>
    public void OnAnswered(bool accepted)
    {
        if (State != FailoverState.InProgress) return;
        if (accepted) End();
        else Abort("Failover target rejected psync request");
    }

    private string? Refusal(in FailoverRequest request)
    {
        if (IsActive) return "ERR FAILOVER already in progress.";
        if (node.IsReplica) return "ERR FAILOVER is not valid when server is a replica.";
        if (node.Replicas.Links.Count == 0) return "ERR FAILOVER requires connected replicas.";
        if (request.Force && (request.TimeoutMs == 0 || request.Host == null))
        {
            return "ERR FAILOVER with force option requires both a timeout and target HOST and IP.";
        }

        if (request.Host == null) return null;
        if (Find(request.Host, request.Port) is not { } replica) return "ERR FAILOVER target HOST and PORT is not a replica.";
        return replica.State == ReplicaLinkState.Online ? null : "ERR FAILOVER target replica is not online.";
    }

    private void Proceed(long now)
    {
        State = FailoverState.InProgress;
        _deadline = now + (node.Settings.TimeoutSeconds * 1_000_000L);
        host.Follow(_target!, (int)_port);
    }

    private void Abort(string why)
    {
        host.Log(LogLevel.Notice, $"FAILOVER to {Target} aborted: {why}");
        if (State == FailoverState.InProgress) host.BecomePrimary();
        End();
    }

    private void End()
    {
        State = FailoverState.None;
        (_target, _port, _force, _isForced, _deadline) = (null, 0, false, false, long.MaxValue);
        host.ResumeWrites();
    }

    private ReplicaLink? FindInSync()
    {
        if (_target != null) return Find(_target, _port) is { } target && IsInSync(target) ? target : null;
        foreach (var link in node.Replicas.Links)
        {
            if (IsInSync(link)) return link;
        }

        return null;
    }

    private bool IsInSync(ReplicaLink link) => link is { State: ReplicaLinkState.Online, HasAcknowledged: true } && link.AckOffset == node.Log.EndOffset;

    private ReplicaLink? Find(string address, long port)
    {
        foreach (var link in node.Replicas.Links)
        {
            if (link.Options.ListeningPort == port && string.Equals(link.Address, address, StringComparison.OrdinalIgnoreCase)) return link;
        }

        return null;
    }
}
