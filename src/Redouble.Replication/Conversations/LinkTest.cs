using System.Globalization;
using System.Net;
using Redouble.Core.Memory;
using Redouble.Protocol.Replies;
using Redouble.Replication.Identity;
using Redouble.Replication.Primary;
using Redouble.Replication.Replica;

namespace Redouble.Replication.Conversations;

/// <summary>
/// REDOUBLE TESTLINK: walks the way that a replica's link takes, one step after the other, and ends at the first that fails.
/// <code>
///   resolve ─► connect ─► AUTH ─► PING ─► REPLCONF ─► INFO (is it this server itself?) ─► PSYNC
///   a name?              masterauth      port, capa                                       a Redouble is asked what it would say (REDOUBLE TRYPSYNC);
///                                                                                         of others it is predicted from INFO
/// </code>
/// Nothing changes at the peer: what REPLCONF tells belongs to this connection, which ends here.
/// </summary>
public sealed class LinkTest : Conversation
{
    private const long StepTimeMax = 5_000_000;

    private readonly ReplicationSettings _settings;
    private readonly string _runId;
    private readonly ReplicationHistory _history;
    private readonly IReadOnlyList<ReplicaLink> _replicas;
    private readonly List<LinkTestStep> _steps = [];
    private readonly InfoText _info = new();
    private string _step;
    private string _remark = "";
    private string _infoError = "";
    private string _address;
    private string _id;
    private long _offset;
    private int _replies; // awaited in this step
    private bool _isRedouble;
    private bool _isDryRun;
    private long _stepStarted;

    /// <param name="pool">Blocks.</param>
    /// <param name="settings">Directives of this node.</param>
    /// <param name="replicas">Those of this node, which it had better not follow; with their history, which is what it would go on from.</param>
    /// <param name="runId">By which this node knows itself.</param>
    /// <param name="host">Name or address to test.</param>
    /// <param name="port">Its port.</param>
    /// <param name="now">Monotonic microseconds.</param>
    public LinkTest(BlockPool pool, ReplicationSettings settings, PrimaryReplication replicas, string runId, string host, int port, long now)
        : base(pool, host, port)
    {
        _settings = settings;
        _runId = runId;
        _replicas = replicas.Links;
        _address = host;
        _history = replicas.History;
        (_id, _offset) = _history.IsResumable ? (_history.Identity.Id.ToString(), _history.Log.EndOffset + 1) : ("?", -1);
        _step = "resolve";
        _stepStarted = now;
        if (IPAddress.TryParse(host, out _)) Pass("it is an address", now, "connect", "skipped");
    }

    /// <summary>The steps taken so far; the last one tells how it ended.</summary>
    public IReadOnlyList<LinkTestStep> Steps => _steps;

    /// <inheritdoc/>
    public override long NextDeadline => IsOver ? long.MaxValue : _stepStarted + StepTime;

    private long StepTime => Math.Min(StepTimeMax, _settings.TimeoutSeconds * 1_000_000L);

    /// <inheritdoc/>
    public override void OnTimer(long now)
    {
        if (now >= NextDeadline) Stop($"no answer within {StepTime / 1000} ms", now);
    }

    /// <inheritdoc/>
    public override void OnAddress(string address, long now)
    {
        _address = address;
        if (_step == "resolve") Pass(address, now, "connect");
    }

    /// <inheritdoc/>
    public override void OnFailed(string reason, long now) => Stop(reason, now);

    /// <inheritdoc/>
    public override void OnClosed(string reason, long now) => Stop(reason, now);

    /// <inheritdoc/>
    public override void OnConnected(long now)
    {
        Pass("", now, "auth");
        if (_settings.Authentication is { } request)
        {
            Ask(request);
            return;
        }

        Pass("masterauth is not set here", now, "ping", "skipped");
        Ask("PING");
    }

    /// <inheritdoc/>
    protected override void OnNonsense(string shown, long now) => Stop($"the answer is no reply of a Redis: '{shown}'", now);

    /// <inheritdoc/>
    protected override void OnReply(RespValue reply, long now)
    {
        if (_replies == 0)
        {
            Stop($"it speaks unasked: '{Shown(reply.Bytes)}'", now);
            return;
        }

        _replies--;
        switch (_step)
        {
            case "auth":
                HearAuth(reply, now);
                break;
            case "ping":
                HearPong(reply, now);
                break;
            case "replconf":
                HearReplconf(reply, now);
                break;
            default:
                HearPsync(reply, now);
                break;
        }
    }

    private void HearAuth(RespValue reply, long now)
    {
        if (reply.IsError)
        {
            Stop(Shown(reply.Bytes), now);
            return;
        }

        Pass(_settings.PrimaryUser.Length > 0 ? $"as '{_settings.PrimaryUser}'" : "", now, "ping");
        Ask("PING");
    }

    private void HearPong(RespValue reply, long now)
    {
        var text = Shown(reply.Bytes);
        if (reply.IsError && !text.StartsWith("NOPERM", StringComparison.Ordinal)) // who may not PING may still replicate, and the link takes it so
        {
            Stop(text.StartsWith("NOAUTH", StringComparison.Ordinal) ? $"{text} masterauth is not set here" : text, now);
            return;
        }

        if (reply.Type != RespType.SimpleString && !reply.IsError)
        {
            Stop($"the answer is not PONG: {reply}", now);
            return;
        }

        Pass(text, now, "replconf");
        Ask("REPLCONF", "listening-port", _settings.AnnouncedPort.ToString(CultureInfo.InvariantCulture));
        Ask("REPLCONF", "capa", "eof", "capa", "psync2", "capa", "redouble");
    }

    // An error is none to the link: old servers do not know every option.
    private void HearReplconf(RespValue reply, long now)
    {
        if (reply.IsError) _remark = Shown(reply.Bytes);
        if (_replies > 0) return;
        _isRedouble = reply.Bytes.SequenceEqual("OK redouble"u8);
        var kind = _isRedouble ? "a Redouble" : "a Redis or its like";
        Pass(_remark.Length > 0 ? $"{kind}; not critical: {_remark}" : kind, now, "psync");
        Ask("INFO", "server");
        Ask("INFO", "replication");
    }

    private void HearPsync(RespValue reply, long now)
    {
        if (_isDryRun)
        {
            HearDryRun(reply, now);
            return;
        }

        if (reply.IsError) _infoError = Shown(reply.Bytes);
        else Learn(reply);
        if (_replies > 0) return;
        if (_info["run_id"] == _runId) Stop("it is this server itself", now);
        else if (IsOwnReplica()) Stop("it is a replica of this server: none of the two would have a primary", now);
        else if (_info["role"].Length == 0) Finish("unknown", $"INFO is needed to tell what PSYNC would do, and answers: {_infoError}", now);
        else if (_isRedouble) AskDryRun();
        else Forecast(now);
    }

    // Where the peer stands decides from where a link would ask to go on.
    private void Learn(RespValue reply)
    {
        _info.Add(reply.Bytes);
        if (!_history.IsResumable || !PrimaryPlace.TryParse(reply.Bytes, out var place)) return;
        var point = ResumePoint.Find(_history, place, mayWait: false);
        (_id, _offset) = (point.Id.ToString(), point.Offset + 1);
    }

    private void AskDryRun()
    {
        _isDryRun = true;
        Ask("REDOUBLE", "TRYPSYNC", _id, _offset.ToString(CultureInfo.InvariantCulture));
    }

    private void HearDryRun(RespValue reply, long now)
    {
        var text = Shown(reply.Bytes);
        if (!reply.IsError) Finish("ok", $"dry run: {text}", now);
        else if (text.StartsWith("NOMASTERLINK", StringComparison.Ordinal) || text.StartsWith("LOADING", StringComparison.Ordinal)) Stop(text, now);
        else Forecast(now); // a version, or a user, without it
    }

    private bool IsOwnReplica()
    {
        if (_info["role"] != "slave") return false;
        foreach (var link in _replicas)
        {
            if (link.Options.ListeningPort == Port && (link.Address == _address || link.PeerAddress == _address)) return true;
        }

        return false;
    }

    private void Forecast(long now)
    {
        var (isRefused, text) = SyncForecast.Of(_info, _id, _offset);
        Finish(isRefused ? "failed" : "predicted", $"by its INFO: {text}", now);
    }

    private void Ask(params ReadOnlySpan<string> words)
    {
        Say(words);
        _replies++;
    }

    private void Pass(string detail, long now, string next, string status = "ok")
    {
        _steps.Add(new LinkTestStep(_step, status, detail, now - _stepStarted));
        (_step, _stepStarted, _remark) = (next, now, "");
    }

    private void Stop(string why, long now) => Finish("failed", why, now);

    private void Finish(string status, string detail, long now)
    {
        if (IsOver) return;
        _steps.Add(new LinkTestStep(_step, status, detail, now - _stepStarted));
        End();
    }
}
