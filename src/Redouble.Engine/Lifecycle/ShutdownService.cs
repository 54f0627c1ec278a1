using Redouble.Engine.Blocking;
using Redouble.Engine.Configuration;
using Redouble.Engine.Execution;
using Redouble.Engine.Persistence.Aof;
using Redouble.Engine.Replication;
using Redouble.Engine.Sessions;
using Redouble.Replication.Primary;

namespace Redouble.Engine.Lifecycle;

/// <summary>
/// The end of a node, asked for by SHUTDOWN or a signal.
/// <code>
///   running ──Begin──► waiting: writes pause, replicas catch up ──ready or timeout──► saving ──► exit
///      ▲                    │ SHUTDOWN ABORT                                            │ cannot save, no FORCE
///      └────────────────────┴───────────────────────────────────────────────────────────┘
/// </code>
/// Without replicas, or with NOW, there is no wait. From the save on no further command is executed. While an append-only file has no first base the node
/// cannot end without FORCE: nothing of the data set is in it. One is begun, and a client is told so; a signal, whose sender is not, is heeded when it is
/// there.
/// </summary>
public sealed class ShutdownService
{
    private static ReadOnlySpan<byte> FailedText => "ERR Errors trying to SHUTDOWN. Check logs."u8;
    private readonly Node _node;
    private readonly List<SessionHandle> _waiting = [];
    private ShutdownOptions _options;
    private bool _isSignalled;
    private bool _awaitsFirstBase;
    private long _failuresBefore; // of rewrites, when that began
    private long _deadlineMs;
    private long _endOffset; // of what replicas are to have

    internal ShutdownService(Node node) => _node = node;

    /// <summary>Whether a shutdown is waiting for replicas.</summary>
    public bool IsInitiated { get; private set; }

    /// <summary>Whether the node has ended: nothing is executed any more.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Milliseconds until a waiting shutdown stops waiting.</summary>
    public long RemainingMs => Math.Max(0, _deadlineMs - _node.Keyspace.NowMs);

    /// <summary>SHUTDOWN by a client, who is answered only if it fails.</summary>
    public void Request(Session session, ShutdownOptions options)
    {
        _node.Blocking.BlockForShutdown(session);
        _waiting.Add(session.Handle);
        Begin(options);
    }

    /// <summary>A signal asks for the end.</summary>
    /// <param name="interrupt">
    /// SIGINT, else SIGTERM. A second SIGINT ends the process at once, but only while the end that a signal has asked for is under way: one that was given up,
    /// by SHUTDOWN ABORT or since nothing could be saved, is over.
    /// </param>
    public void OnSignal(bool interrupt)
    {
        var host = _node.Parts.Host;
        if (HasEnded) return;
        if (interrupt && _isSignalled)
        {
            Insist();
        }
        else if (_node.IsLoading)
        {
            host.LogSignal("Received shutdown signal during loading, exiting now.");
            End(0);
        }
        else
        {
            host.LogSignal($"Received {(interrupt ? "SIGINT" : "SIGTERM")} scheduling shutdown...");
            _isSignalled = true;
            Begin(interrupt ? _node.Config.ShutdownOnSigint : _node.Config.ShutdownOnSigterm);
        }
    }

    /// <summary>
    /// Asked by a save that keeps the data thread from looking at signals: whether it is to be left, and the process too, since somebody insists.
    /// </summary>
    internal bool EndsAtOnce()
    {
        const int insists = 2;
        if (!HasEnded && _node.Parts.Host.WaitingInterrupts + (_isSignalled ? 1 : 0) >= insists) Insist();
        return HasEnded;
    }

    /// <summary>SHUTDOWN ABORT; false when there is none.</summary>
    public bool Abort()
    {
        if (!IsInitiated && !_awaitsFirstBase) return false;
        _node.Parts.Host.Log(ConfigLogLevel.Notice, "Shutdown manually aborted.");
        GiveUp();
        return true;
    }

    /// <summary>
    /// End of a turn: goes on when the wait is over, and not while a received data set is replacing the old one: what would be saved then is neither of
    /// them.
    /// </summary>
    public void Check()
    {
        if (_awaitsFirstBase && !MayGetFirstBase) EndAwait();

        if (IsInitiated && !_node.IsLoading && (_node.Keyspace.NowMs >= _deadlineMs || ReplicasAreInSync())) Finish();
    }

    private void Insist()
    {
        _node.Parts.Host.LogSignal("You insist... exiting now.");
        End(1);
    }

    private void Begin(ShutdownOptions options)
    {
        if (IsInitiated || HasEnded) return;
        _options = _node.IsLoading ? (options & ~ShutdownOptions.Save) | ShutdownOptions.NoSave : options;
        _node.Parts.Host.Log(ConfigLogLevel.Notice, "User requested shutdown...");
        _endOffset = _node.Replication.Protocol.Log.EndOffset;
        if ((options & ShutdownOptions.Now) != ShutdownOptions.Default || _node.Config.ShutdownTimeout == 0 || ReplicasAreInSync())
        {
            Finish();
            return;
        }

        _node.Replication.Protocol.Replicas.RequestAcksNow(); // they answer with what they had before the question, and that is what is waited for
        _node.Parts.Host.Log(ConfigLogLevel.Notice, "Waiting for replicas before shutting down.");
        IsInitiated = true;
        _deadlineMs = _node.Keyspace.NowMs + (_node.Config.ShutdownTimeout * 1000);
        _node.Pauses.Begin(_node, PausePurpose.Shutdown, long.MaxValue, all: false);
    }

    private void Finish()
    {
        var host = _node.Parts.Host;
        ReportReplicas();
        if (_node.Saves.IsSaving)
        {
            host.Log(ConfigLogLevel.Warning, "There is a child saving an .rdb. Killing it!");
            _node.Snapshots.AbortNow();
        }

        if (!EndAppendOnlyFile())
        {
            if (_isSignalled && MayGetFirstBase) AwaitFirstBase();
            else Fail();
            return;
        }

        var saves = _node.Config.SavePoints.Length > 0 && (_options & ShutdownOptions.NoSave) == ShutdownOptions.Default;
        if (saves || (_options & ShutdownOptions.Save) != ShutdownOptions.Default)
        {
            host.Log(ConfigLogLevel.Notice, "Saving the final RDB snapshot before exiting.");
            if (!_node.Saves.TrySaveNow(out _))
            {
                if (HasEnded) return;
                var forced = (_options & ShutdownOptions.Force) != ShutdownOptions.Default;
                host.Log(ConfigLogLevel.Warning, forced ? "Error trying to save the DB. Exit anyway." : "Error trying to save the DB, can't exit.");
                if (!forced)
                {
                    Fail();
                    return;
                }
            }
        }

        if (_node.Config.ReplBacklogPersist) new BacklogFile(_node).Save();
        End(0);
    }

    private bool LacksFirstBase => _node.AppendOnly.State == AppendOnlyState.WaitRewrite;

    // It is being written, or will be behind another snapshot.
    private bool MayGetFirstBase => LacksFirstBase && (_node.AppendOnly.Rewrites.IsRunning || _node.Snapshots.IsRunning);

    private void EndAwait()
    {
        _awaitsFirstBase = false;
        if (LacksFirstBase && _node.AppendOnly.Rewrites.ConsecutiveFailures > _failuresBefore) Fail();
        else Begin(_options);
    }

    private void AwaitFirstBase()
    {
        _node.Parts.Host.Log(ConfigLogLevel.Notice, "The shutdown goes on when it is written.");
        _awaitsFirstBase = true;
        _failuresBefore = _node.AppendOnly.Rewrites.ConsecutiveFailures;
        EndWait(); // writers have nothing to wait for
    }

    // Whatever was done is on the disk before the process ends; false when that cannot be, and nobody has said that it does not matter.
    private bool EndAppendOnlyFile()
    {
        var (host, file) = (_node.Parts.Host, _node.AppendOnly);
        if (file.State == AppendOnlyState.Off && !file.Rewrites.IsRunning) return true;
        var isForced = (_options & ShutdownOptions.Force) != ShutdownOptions.Default;
        if (LacksFirstBase)
        {
            if (!isForced && !file.Rewrites.IsRunning) file.Rewrites.TryStart();
            host.Log(ConfigLogLevel.Warning, isForced ? "Writing initial AOF. Exit anyway." : "Writing initial AOF, can't exit.");
            if (!isForced) return false;
        }

        if (file.Rewrites.IsRunning)
        {
            host.Log(ConfigLogLevel.Warning, "There is a child rewriting the AOF. Killing it!");
            file.Rewrites.Abort();
        }

        if (file.State != AppendOnlyState.On) return true;
        host.Log(ConfigLogLevel.Notice, "Calling fsync() on the AOF file.");
        if (!file.Flush()) host.Log(ConfigLogLevel.Warning, "Fail to fsync the AOF file. Some writes may be missing in it.");
        if (file.IsElsewhere)
        {
            host.Log(
                ConfigLogLevel.Warning,
                $"The append-only files have not been moved to {file.WantedDirectory} yet. All data are in {file.Directory}: a start has to be told that dir.");
        }

        return true;
    }

    private void End(int status)
    {
        var host = _node.Parts.Host;
        HasEnded = true;
        IsInitiated = false;
        // The turn that ends sends replicas what they lack, as far as it goes at once, and adds nothing to it: they would be ahead of what was saved. So no
        // key expires or is evicted, no PING is appended, and the stream of a primary waits.
        _node.Pauses.Begin(_node, PausePurpose.Shutdown, long.MaxValue, all: false);
        // What clients sent after the save must not be executed and acknowledged.
        for (var slot = 0; slot < _node.Sessions.Top; slot++)
        {
            if (_node.Sessions[slot] is not { } session) continue;
            session.Flags |= session.ReplicaLink is ReplicaLink { State: ReplicaLinkState.Online } ? SessionFlags.CloseAfterReply : SessionFlags.CloseAsap;
        }

        host.Exit(status);
        if (status == 0) host.Log(ConfigLogLevel.Warning, "Redis is now ready to exit, bye bye...");
    }

    private bool ReplicasAreInSync()
    {
        foreach (var link in _node.Replication.Protocol.Replicas.Links)
        {
            if (!IsInSync(link)) return false;
        }

        return true;
    }

    // One that is still in full sync is not, and is waited for, too.
    private bool IsInSync(ReplicaLink link) => link.State == ReplicaLinkState.Online && link.AckOffset >= _endOffset;

    private void ReportReplicas()
    {
        var protocol = _node.Replication.Protocol;
        var links = protocol.Replicas.Links;
        if (links.Count == 0) return;
        var inSync = 0;
        var now = _node.Parts.Clock.MonotonicMicroseconds;
        foreach (var link in links)
        {
            if (IsInSync(link))
            {
                inSync++;
                continue;
            }

            _node.Parts.Host.Log(
                ConfigLogLevel.Notice,
                $"Lagging replica {link.Name} reported offset {protocol.Log.EndOffset - link.AckOffset} behind master, lag={PrimaryReplication.LagSeconds(link, now)}, state={ReplicationInfo.StateName(link)}.");
        }

        _node.Parts.Host.Log(ConfigLogLevel.Notice, $"{inSync} of {links.Count} replicas are in sync when shutting down.");
    }

    private void Fail()
    {
        _node.Parts.Host.Log(ConfigLogLevel.Warning, "Errors trying to shut down the server. Check the logs for more information.");
        GiveUp();
    }

    private void EndWait()
    {
        if (!IsInitiated) return;
        IsInitiated = false;
        _node.Pauses.End(_node, PausePurpose.Shutdown);
    }

    private void GiveUp()
    {
        _isSignalled = _awaitsFirstBase = false;
        EndWait();

        foreach (var handle in _waiting)
        {
            if (_node.Sessions.Find(handle)?.Blocked is { Kind: BlockKind.Shutdown } state) _node.Blocking.Fail(state, FailedText);
        }

        _waiting.Clear();
    }
}
