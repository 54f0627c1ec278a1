using Redouble.Core.Memory;
using Redouble.Protocol.Replies;
using Redouble.Replication.Conversations;

namespace Redouble.Replication.Replica;

/// <summary>
/// Replica side: asks a server of the chain above for its offset, again and again, on one connection: <c>INFO replication</c>, which every version answers.
/// One question is out at a time; an answer that comes late counts from when it was asked for.
/// </summary>
internal sealed class OffsetProbe : Conversation
{
    private readonly ReplicationSettings _settings;
    private readonly Action<OffsetAnswer> _onAnswer;
    private long _nextAsk = long.MaxValue;
    private long _askedAt = -1;
    private long _deadline;
    private int _introductions; // replies to come that say nothing about offsets

    /// <param name="pool">Blocks.</param>
    /// <param name="settings">Directives.</param>
    /// <param name="host">Name or address of the server.</param>
    /// <param name="port">Its port.</param>
    /// <param name="onAnswer">Told of every answer.</param>
    /// <param name="now">Monotonic microseconds.</param>
    public OffsetProbe(BlockPool pool, ReplicationSettings settings, string host, int port, Action<OffsetAnswer> onAnswer, long now)
        : base(pool, host, port)
    {
        _settings = settings;
        _onAnswer = onAnswer;
        _deadline = now + Patience;
    }

    /// <summary>Why there is no answer; null while there is nothing to complain of.</summary>
    public string? Error { get; private set; }

    /// <summary>Whether the server refuses to tell this user, and asking again soon would only fill its log.</summary>
    public bool IsForbidden { get; private set; }

    /// <inheritdoc/>
    public override long NextDeadline => IsOver ? long.MaxValue : Math.Min(_nextAsk, _deadline);

    private long Patience => _settings.TimeoutSeconds * 1_000_000L;

    /// <inheritdoc/>
    public override void OnTimer(long now)
    {
        if (now >= _deadline) Fail($"no answer within {_settings.TimeoutSeconds} s");
        else if (now >= _nextAsk) Ask(now);
    }

    /// <inheritdoc/>
    public override void OnConnected(long now)
    {
        if (_settings.Authentication is { } request)
        {
            Say(request);
            _introductions++;
        }

        Say("CLIENT", "SETNAME", "redouble-freshness"); // so that CLIENT LIST explains it
        _introductions++;
        Ask(now);
    }

    /// <inheritdoc/>
    public override void OnFailed(string reason, long now) => Fail(reason);

    /// <inheritdoc/>
    public override void OnClosed(string reason, long now) => Fail(reason);

    /// <summary>Asks sooner when the period has become shorter.</summary>
    public void Hurry(long now)
    {
        if (_askedAt < 0 && _nextAsk != long.MaxValue) _nextAsk = Math.Min(_nextAsk, now + _settings.FreshnessPeriod);
    }

    /// <inheritdoc/>
    protected override void OnNonsense(string shown, long now) => Fail($"the answer is no reply of a Redis: '{shown}'");

    /// <inheritdoc/>
    protected override void OnReply(RespValue reply, long now)
    {
        if (_introductions > 0)
        {
            _introductions--;
            return; // what follows will fail, and says why
        }

        if (reply.IsError)
        {
            var text = Shown(reply.Bytes);
            IsForbidden = text.StartsWith("NO", StringComparison.Ordinal); // NOAUTH, NOPERM
            Fail($"INFO: {text}");
            return;
        }

        Take(reply);
        _askedAt = -1;
        _deadline = long.MaxValue;
        _nextAsk = now + _settings.FreshnessPeriod;
    }

    private void Take(RespValue reply)
    {
        var info = new InfoText();
        info.Add(reply.Bytes);
        if (info["role"] == "master")
        {
            Error = null;
            _onAnswer(new OffsetAnswer(_askedAt, info["master_replid"], info.Number("master_repl_offset"), "", 0, 0));
        }
        else if (info["role"] == "slave")
        {
            Error = null;
            var staleness = info.Number("redouble_staleness_ms");
            _onAnswer(new OffsetAnswer(
                _askedAt, info["master_replid"], info.Number("slave_repl_offset"), info["master_host"], (int)info.Number("master_port", 0),
                staleness < 0 ? -1 : staleness * 1000));
        }
        else
        {
            Error = "INFO: the answer tells no role";
        }
    }

    private void Ask(long now)
    {
        Say("INFO", "replication");
        _askedAt = now;
        _nextAsk = long.MaxValue;
        _deadline = now + Patience;
    }

    private void Fail(string why)
    {
        if (IsOver) return;
        Error = why;
        End();
    }
}
