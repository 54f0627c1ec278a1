using Redouble.Core.Memory;
using Redouble.Replication.Conversations;
using Redouble.Replication.Identity;

namespace Redouble.Replication.Replica;

/// <summary>
/// Replica side: keeps asking the head of the chain for its offset, and knows how old the data here is (<see cref="Freshness"/>).
/// <code>
///   this node ──link──► middle ──link──► primary           offsets are the same through the chain, so the primary's is what counts
///       └─ probe ─► "slave of …" ─► next probe ──► "master, offset"
///                   └─ a Redouble's own staleness, where its primary cannot be reached from here, or another server answers under its name
/// </code>
/// It begins when the link has been up once, so that a wrong password is not tried twice, and goes on while the link is down: a primary that writes
/// nothing leaves its replica fresh.
/// </summary>
public sealed class FreshnessMonitor
{
    private const int DepthMax = 8;
    private const long RetryMicroseconds = 1_000_000;
    private const long ForbiddenMicroseconds = 60_000_000;

    private readonly BlockPool _pool;
    private readonly ReplicationSettings _settings;
    private readonly ReplicationHistory _history;
    private readonly PrimaryLink _link;
    private readonly IConversationHost _host;
    private readonly Freshness _freshness = new();
    private OffsetProbe? _probe;
    private ReplicationId _id;
    private (string Host, int Port) _following = ("", 0);
    private (string Host, int Port) _next;
    private int _depth;
    private bool _climbFailed;
    private bool _hasMetStranger; // above is who knows another history: a name may mean another server here than where it was said
    private long _climbAgainAt;
    private bool _hasBeenUp;
    private long _retryAt;
    private long _pause; // before the next probe, when this one has ended well
    private string? _error;

    /// <param name="pool">Blocks.</param>
    /// <param name="settings">Directives.</param>
    /// <param name="history">The node's place in a history.</param>
    /// <param name="link">Its link to its primary.</param>
    /// <param name="host">Who has connections.</param>
    public FreshnessMonitor(BlockPool pool, ReplicationSettings settings, ReplicationHistory history, PrimaryLink link, IConversationHost host)
    {
        _pool = pool;
        _settings = settings;
        _history = history;
        _link = link;
        _host = host;
    }

    /// <summary>Offset of the primary as it was told last; -1 for unknown.</summary>
    public long PrimaryOffset => _freshness.PrimaryOffset;

    /// <summary>Why nothing new is known of the primary's offset; null when something is.</summary>
    public string? Error => _probe?.Error ?? _error;

    /// <summary>When <see cref="OnTimer"/> has something to do.</summary>
    public long NextDeadline => !IsWanted ? long.MaxValue : _probe switch
    {
        null => _retryAt,
        { IsOver: true } => 0,
        _ => _probe.NextDeadline,
    };

    private bool IsWanted => _settings.FreshnessPeriod > 0 && _hasBeenUp && _link.State != PrimaryLinkState.None;

    /// <summary>Microseconds that the data here is behind at most; -1 when nothing is known of that.</summary>
    public long StalenessAt(long now) => _history.IsLost ? -1 : _freshness.At(_history.Log.EndOffset, now);

    /// <summary>In every turn: takes note of where the node stands.</summary>
    public void OnTurn(long now)
    {
        if (_link.State == PrimaryLinkState.None && _following.Port == 0) return;
        if (_following != (_link.Host, _link.Port) || _link.State == PrimaryLinkState.None) Restart(now);
        if (_link.IsUp && !_hasBeenUp) (_hasBeenUp, _retryAt) = (true, now);
        if (_history.Identity.Id != _id)
        {
            _id = _history.Identity.Id;
            _hasMetStranger = false;
            _freshness.ForgetAnswers();
        }

        if (_history.IsLost) _freshness.Reset();
        if (!IsWanted) CloseProbe();
    }

    /// <summary>Does what is due.</summary>
    public void OnTimer(long now)
    {
        if (!IsWanted) return;
        if (_probe is { IsOver: false })
        {
            _probe.OnTimer(now);
            if (!_probe.IsOver) return;
        }

        if (_probe != null) Bury(now);
        if (now >= _retryAt) Open(now);
    }

    /// <summary>The directives have changed.</summary>
    public void OnSettings(long now) => _probe?.Hurry(now);

    private void Restart(long now)
    {
        CloseProbe();
        _freshness.Reset();
        _hasBeenUp = false;
        _following = _link.State == PrimaryLinkState.None ? ("", 0) : (_link.Host, _link.Port);
        (_next, _depth, _climbFailed, _hasMetStranger, _error, _retryAt, _pause) = (_following, 0, false, false, null, now, 0);
    }

    private void CloseProbe()
    {
        _probe?.End();
        _probe = null;
    }

    private void Open(long now)
    {
        var probe = new OffsetProbe(_pool, _settings, _next.Host, _next.Port, OnAnswer, now);
        if (!_host.TryOpen(probe))
        {
            _retryAt = now + RetryMicroseconds;
            return;
        }

        _probe = probe;
        _retryAt = long.MaxValue; // while it lasts, its own deadlines count
    }

    // The probe has ended: because of a failure, or because it led to the next one up the chain.
    private void Bury(long now)
    {
        var probe = _probe!;
        _probe = null;
        if (probe.Error == null)
        {
            _retryAt = now + _pause;
            _pause = 0;
            return;
        }

        _error = probe.Error;
        if (_depth > 0) (_climbFailed, _climbAgainAt) = (true, now + ForbiddenMicroseconds); // not reached from here: the one below has to do
        (_next, _depth) = (_following, 0);
        _retryAt = now + (probe.IsForbidden ? ForbiddenMicroseconds : RetryMicroseconds);
    }

    private void OnAnswer(OffsetAnswer answer)
    {
        if (answer.UpstreamHost.Length > 0 && MayClimb(answer) && _depth < DepthMax)
        {
            _depth++;
            _next = (answer.UpstreamHost, answer.UpstreamPort);
            _probe!.End();
            return;
        }

        // Offsets of another history say nothing. Above, it may be that the chain has changed, or that this is no server of it: it is climbed anew, but not
        // beyond who knows enough, for as long as the history has this name.
        if (!_id.Matches(System.Text.Encoding.Latin1.GetBytes(answer.Id)) || answer.Offset < 0)
        {
            _error = "the primary's offsets are of another history";
            if (_depth == 0) return;
            (_next, _depth, _pause, _hasMetStranger) = (_following, 0, RetryMicroseconds, true);
            _probe!.End();
            return;
        }

        if (answer.StalenessMicroseconds < 0)
        {
            _error ??= "the replica above does not know how old its data is";
            return;
        }

        if (_history.IsLost)
        {
            _error = "the data set was lost in a full sync that failed";
            return;
        }

        _error = null;
        _freshness.OnAnswer(answer.AskedAt - answer.StalenessMicroseconds, answer.Offset);
        if (_link.IsUp && answer.AskedAt >= _link.UpSince) _link.Journal.PrimaryToldOffset(answer.Offset);
    }

    // A Redouble below knows of itself what a Redis does not: only of the latter is it tried again.
    private bool MayClimb(in OffsetAnswer answer) =>
        !(_climbFailed || _hasMetStranger) || (answer.StalenessMicroseconds < 0 && answer.AskedAt >= _climbAgainAt);
}
