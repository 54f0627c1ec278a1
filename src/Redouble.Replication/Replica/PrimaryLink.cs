using System.Text;
using Redouble.Core.Memory;
using Redouble.Core.Text;
using Redouble.Protocol.Replies;
using Redouble.Replication.Identity;

namespace Redouble.Replication.Replica;

/// <summary>
/// Replica side: the link to the primary. States and their order: <see cref="PrimaryLinkState"/>. No I/O happens here: whoever drives the
/// link reads into <see cref="GetReceiveBuffer"/> and reports, sends what is peeked and reports, and calls <see cref="OnTimer"/> at
/// <see cref="NextDeadline"/>. Times are monotonic microseconds.
/// <para>
/// The link keeps trying until <see cref="Stop"/>. What it may resume from is the node's <see cref="ReplicationHistory"/>: its end is the
/// applied offset, so a broken link needs no other memory.
/// </para>
/// </summary>
public sealed class PrimaryLink
{
    /// <summary>Most bytes of the stream that are held unapplied, and so the largest command or transaction: a block's size is an int.</summary>
    public const int UnappliedMax = ReceiveBuffer.Largest;

    private const int LineMax = 4096;
    private const long PlaceMax = 1 << 20;
    private const long Second = 1_000_000;
    private const long AckPeriod = Second;
    private const long PromptAckDelay = 50_000; // a Redouble is told within 100 ms what is applied; half of it is left for the turn

    private const string InlineProtocolText =
        "WARNING: Receiving inline protocol from master, master stream corruption? Closing the master connection and discarding the cached master.";

    private readonly ReplicationHistory _history;
    private readonly ReplicationSettings _settings;
    private readonly IReplicaHost _host;
    private readonly IStreamApplier _applier;
    private readonly ReceiveBuffer _buffer;
    private readonly ReplyBuffer _output;
    private readonly Handshake _handshake;
    private readonly PayloadReader _payload = new();
    private readonly AckSender _acks;
    private readonly StreamReader _stream;
    private readonly RateWindow _receiving = new();
    private readonly RateWindow _applying = new();
    private RetryDelay _retry;
    private ReplicationId _syncId;
    private long _syncOffset;
    private bool _syncIsNamed;
    private bool _pumping;
    private bool _loadIsOver;
    private bool _wasUp; // before the next attempt to connect
    private bool _promotionUnanswered; // a connection broke after PSYNC … FAILOVER
    private bool _mayHaveBeenPromoted; // what the primary tells of itself agrees with that
    private ResumePoint? _asked;
    private PrimaryPlace? _place;
    private string _placeRefusal = "not asked";
    private long _lateSince = -1; // since when the primary has been found to lack what is here
    private string? _closedWhileLoading;
    private long _retryAt;
    private long _stateSince;
    private long _offsetWhenUp;
    private long _lastIo;
    private long _nextAck = long.MaxValue;
    private long _nextNewline;
    private long _downSince = -1;

    /// <param name="history">The node's history; its log gets what is applied.</param>
    /// <param name="settings">Directives.</param>
    /// <param name="host">Connections and loading.</param>
    /// <param name="applier">Executes the stream.</param>
    /// <param name="pool">Blocks for buffers.</param>
    /// <param name="receiveCapacity">First size of the receive buffer, bytes.</param>
    /// <param name="unappliedMax">Most bytes of the stream held unapplied, above 4096.</param>
    public PrimaryLink(
        ReplicationHistory history, ReplicationSettings settings, IReplicaHost host, IStreamApplier applier, BlockPool pool, int receiveCapacity = 64 * 1024,
        int unappliedMax = UnappliedMax)
    {
        _history = history;
        _settings = settings;
        _host = host;
        _applier = applier;
        _buffer = new ReceiveBuffer(pool, receiveCapacity, unappliedMax);
        _output = new ReplyBuffer(pool);
        _handshake = new Handshake(_output, settings);
        _acks = new AckSender(_output);
        _stream = new StreamReader(history.Log, applier, host, _acks, _buffer);
    }

    /// <summary>Where the link stands.</summary>
    public PrimaryLinkState State { get; private set; }

    /// <summary>master_host.</summary>
    public string Host { get; private set; } = "";

    /// <summary>master_port.</summary>
    public int Port { get; private set; }

    /// <summary>Whether the stream is being applied (master_link_status up).</summary>
    public bool IsUp => State == PrimaryLinkState.Connected;

    /// <summary>Whether the primary has said that it is a Redouble.</summary>
    public bool IsRedouble { get; private set; }

    /// <summary>Whether the link wants its connection to be read.</summary>
    public bool WantsRead => State switch
    {
        PrimaryLinkState.None or PrimaryLinkState.Connect or PrimaryLinkState.Connecting or PrimaryLinkState.Loading => false,
        PrimaryLinkState.Payload => _host.WantsPayload,
        _ => true,
    };

    /// <summary>What the driver is at while the link is <see cref="PrimaryLinkState.Connecting"/>: <c>resolve</c> or <c>connect</c>.</summary>
    public string ConnectStep { get; set; } = "connect";

    /// <summary>The step that failed last and how; null since the link came up.</summary>
    public string? LastError { get; private set; }

    /// <summary>Attempts to sync since the link was up last, and ever.</summary>
    public long CurrentAttempts { get; private set; }

    /// <inheritdoc cref="CurrentAttempts"/>
    public long TotalAttempts { get; private set; }

    /// <summary>Time when the link came up; -1 while it is down.</summary>
    public long UpSince { get; private set; } = -1;

    /// <summary>Time of the last byte from the primary.</summary>
    public long LastIo => _lastIo;

    /// <summary>Time when the link went down; -1 while it is up or was never.</summary>
    public long DownSince => IsUp ? -1 : _downSince;

    /// <summary>Bytes of the payload announced (0 when it ends with a mark, -1 before the header) and received.</summary>
    public (long Total, long Received) Payload => (_payload.HasMark ? 0 : _payload.Length, _payload.Received);

    /// <summary>Whether a full sync is on (master_sync_in_progress).</summary>
    public bool IsSyncing => State is PrimaryLinkState.PayloadHeader or PrimaryLinkState.Payload or PrimaryLinkState.Loading;

    /// <summary>Where the history here and that of the full sync that is on part.</summary>
    public Parting Parting => Parting.Find(_history, _place, _placeRefusal, _syncIsNamed ? _syncId : ReplicationId.None, _syncOffset);

    /// <summary>Bytes of the stream received and not applied.</summary>
    public long UnappliedBytes => IsUp ? _buffer.Unread.Length : 0;

    /// <summary>The last synchronisations.</summary>
    public SyncJournal Journal { get; } = new();

    /// <summary>Bytes received from primaries.</summary>
    public long ReceivedBytes { get; private set; }

    /// <summary>Whether what is awaited now is silent for longer than the primary's signs of life would be apart, and so repl-timeout is near.</summary>
    public long TimeoutInMicroseconds(long now)
    {
        var silence = now - _lastIo;
        var expected = (_settings.PingPeriodSeconds * Second) + Second;
        var isAwaited = State is not (PrimaryLinkState.None or PrimaryLinkState.Connect or PrimaryLinkState.Loading);
        return isAwaited && silence > expected ? Math.Max(0, Timeout - silence) : -1;
    }

    /// <summary>Bytes that come from the primary in a second.</summary>
    public long ReceiveRate(long now) => _receiving.PerSecond(ReceivedBytes, now);

    /// <summary>Bytes of the stream that are applied in a second.</summary>
    public long ApplyRate(long now) => IsUp ? _applying.PerSecond(_history.Log.EndOffset, now) : 0;

    /// <summary>Notes the rates; called several times a second.</summary>
    public void Sample(long now)
    {
        if (State == PrimaryLinkState.None) return;
        _receiving.Note(ReceivedBytes, now);
        if (IsUp) _applying.Note(_history.Log.EndOffset, now);
    }

    /// <summary>fsynced offset that ACKs carry as FACK; -1 without an AOF.</summary>
    public long DurableOffset
    {
        get => _acks.DurableOffset;
        set => _acks.DurableOffset = value;
    }

    /// <summary>Whether PSYNC … FAILOVER was sent, so that only the primary knows whether it has become one by that.</summary>
    public bool HasAskedForPromotion => _promotionUnanswered || (State == PrimaryLinkState.PsyncReply && _host.AsksForPromotion);

    /// <summary>When <see cref="OnTimer"/> has something to do; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDeadline => State switch
    {
        PrimaryLinkState.None => long.MaxValue,
        PrimaryLinkState.Connect => _retryAt,
        PrimaryLinkState.Loading => _nextNewline,
        PrimaryLinkState.Payload when !_host.WantsPayload => _nextNewline,
        _ => Math.Min(_nextAck, _lastIo + Timeout + 1),
    };

    private long Timeout => _settings.TimeoutSeconds * Second;

    /// <summary>REPLICAOF: drops the present link and begins to connect to a new primary at once.</summary>
    public void Follow(string host, int port, long now)
    {
        if (State != PrimaryLinkState.None) Drop(now);
        else _history.BecomeReplica();
        (Host, Port) = (host, port);
        _downSince = -1;
        LastError = null;
        CurrentAttempts = 0;
        _retry.Reset();
        _wasUp = false; // it was another one
        _promotionUnanswered = false;
        _lateSince = -1;
        Journal.Lost("REPLICAOF");
        Connect(now);
    }

    /// <summary>Tries again now what would only be tried again later.</summary>
    public void RetryNow(long now)
    {
        if (State == PrimaryLinkState.Connect) _retryAt = now;
    }

    /// <summary>REPLICAOF NO ONE, first half: no link any more. What was received and not applied is gone.</summary>
    public void Stop(long now)
    {
        if (State == PrimaryLinkState.None) return;
        Drop(now);
        if (_history.IsResumable) _host.Log(LogLevel.Notice, "Discarding previously cached master state.");
        Enter(PrimaryLinkState.None, now);
        _buffer.Clear();
    }

    /// <summary>Where to receive the next bytes; empty while the link does not want any.</summary>
    public Span<byte> GetReceiveBuffer() => WantsRead ? _buffer.GetFree() : [];

    /// <summary>The connection that the host was asked for is open.</summary>
    public void OnConnected(long now)
    {
        if (State != PrimaryLinkState.Connecting) throw new InvalidOperationException($"A connection was reported in state {State}.");
        _host.Log(LogLevel.Notice, "Non blocking connect for SYNC fired the event.");
        _handshake.SendPing();
        Enter(PrimaryLinkState.PingReply, now);
    }

    /// <summary>Bytes were received into <see cref="GetReceiveBuffer"/>.</summary>
    public void OnReceived(int count, long now)
    {
        _lastIo = now;
        ReceivedBytes += count;
        _buffer.Commit(count);
        Pump(now);
    }

    /// <summary>The host can take payload again and bytes of it may be waiting here.</summary>
    public void OnPayloadWanted(long now) => Pump(now);

    /// <summary>Fills <paramref name="segments"/> with what is to be sent; returns how many.</summary>
    public int PeekSend(Span<OutputSegment> segments) => _output.Peek(segments);

    /// <summary>That many of the peeked bytes were sent.</summary>
    public void OnSent(long count) => _output.Advance(count);

    /// <summary>Bytes that wait to be sent.</summary>
    public long UnsentBytes => _output.PendingBytes;

    /// <summary>Tells the primary something about a mark of a verification. To one that has set such a mark only.</summary>
    public void SendVerification(ReadOnlySpan<byte> message)
    {
        var writer = new ReplyWriter(_output);
        writer.ArrayHeader(3);
        writer.Bulk("REPLCONF"u8);
        writer.Bulk("redouble-verify"u8);
        writer.Bulk(message);
    }

    /// <summary>The connection is gone, or could not be opened.</summary>
    public void OnClosed(long now, string reason)
    {
        if (State is PrimaryLinkState.None or PrimaryLinkState.Connect) return;
        if (State == PrimaryLinkState.Loading)
        {
            _closedWhileLoading = reason; // the payload is whole: what it gives is worth having, and can be resumed from
            return;
        }

        if (!IsUp) _host.Log(LogLevel.Warning, ClosedText(reason));
        if (IsHandshake) _host.Log(LogLevel.Warning, "Master did not respond to command during SYNC handshake");
        Fail(reason, now);
    }

    private bool IsHandshake => State is not (PrimaryLinkState.Connecting or PrimaryLinkState.PayloadHeader or PrimaryLinkState.Payload) && !IsUp;

    // In Redis' words, which tools look for.
    private string ClosedText(string reason) => State switch
    {
        PrimaryLinkState.Connecting => reason,
        PrimaryLinkState.PayloadHeader => $"I/O error reading bulk count from MASTER: {reason}",
        PrimaryLinkState.Payload => $"I/O error trying to sync with MASTER: {reason}",
        _ => $"Failed to read response from the server: {reason} (step {StepName})",
    };

    /// <summary>The host has replaced the data set; the stream is in <paramref name="database"/> (aux <c>repl-stream-db</c>, -1 when not told).</summary>
    public void OnLoadCompleted(int database, long now)
    {
        if (State != PrimaryLinkState.Loading) throw new InvalidOperationException($"A load was completed in state {State}.");
        if (_syncIsNamed) _history.Adopt(_syncId, _syncOffset, database);
        else _history.AdoptUnnamed(database);
        _host.Log(LogLevel.Notice, "MASTER <-> REPLICA sync: Finished with success");
        Journal.CompletedFull(_payload.Received, now);
        BecomeConnected(Math.Max(database, 0), now);
        if (_closedWhileLoading is { } reason) OnClosed(now, reason);
        else Pump(now);
    }

    /// <summary>
    /// The host could not take the payload (a full disk), or not replace the data set; <paramref name="dataIntact"/> when it still has the old one,
    /// untouched.
    /// </summary>
    public void OnLoadFailed(string reason, bool dataIntact, long now)
    {
        if (State is not (PrimaryLinkState.Payload or PrimaryLinkState.Loading)) throw new InvalidOperationException($"A load failed in state {State}.");
        if (!dataIntact) _history.Invalidate();
        _loadIsOver = true;
        Fail(reason, now, log: true, RetryKind.Costly);
    }

    /// <summary>Does what is due: connecting, ACKs, newlines during a load, timeouts.</summary>
    public void OnTimer(long now)
    {
        switch (State)
        {
            case PrimaryLinkState.None:
                break;
            case PrimaryLinkState.Connect:
                if (now >= _retryAt) Connect(now);
                break;
            case PrimaryLinkState.Loading:
                if (now >= _nextNewline) SendNewline(now);
                break;
            case PrimaryLinkState.Connected:
                if (now - _stateSince >= Second) _retry.Reset();
                if (now - _lastIo > Timeout) Fail("MASTER timeout: no data nor PING received...", now, log: true);
                else if (now >= _nextAck) SendAck(now);
                break;
            default:
                if (!WantsRead && State == PrimaryLinkState.Payload)
                {
                    _lastIo = now; // silence of our own making
                    if (now >= _nextNewline) SendNewline(now);
                }

                if (now - _lastIo > Timeout) Fail(TimeoutText, now, log: true);
                break;
        }
    }

    private string TimeoutText => State switch
    {
        PrimaryLinkState.Payload or PrimaryLinkState.PayloadHeader => "Timeout receiving bulk data from MASTER... " +
            "If the problem persists try to set the 'repl-timeout' parameter in redis.conf to a larger value.",
        _ => "Timeout connecting to the MASTER...",
    };

    private void Connect(long now)
    {
        CurrentAttempts++;
        TotalAttempts++;
        Journal.Begin(now);
        _host.Log(LogLevel.Notice, $"{(_wasUp ? "Reconnecting" : "Connecting")} to MASTER {Host}:{Port}");
        _host.Log(LogLevel.Notice, "MASTER <-> REPLICA sync started");
        _wasUp = false;
        _lastIo = now;
        Enter(PrimaryLinkState.Connecting, now);
        _host.Connect(this, Host, Port);
    }

    private void Pump(long now)
    {
        if (_pumping) return; // a host may report back from within a call
        _pumping = true;
        while (Step(now))
        {
        }

        _pumping = false;
    }

    // Uses up the next piece of what was received; false when it has to wait for more.
    private bool Step(long now)
    {
        switch (State)
        {
            case PrimaryLinkState.Payload:
                return ReadPayload(now);
            case PrimaryLinkState.Connected:
                ReadStream(now);
                return false;
            case PrimaryLinkState.None or PrimaryLinkState.Connect or PrimaryLinkState.Connecting or PrimaryLinkState.Loading:
                return false;
        }

        var unread = _buffer.Unread;
        var end = unread.IndexOf((byte)'\n');
        if (end >= 0 && State == PrimaryLinkState.PlaceReply && unread[0] == '$') return ReadPlace(unread, end + 1, now);
        if (end < 0)
        {
            if (unread.Length > LineMax) Fail($"{StepName}: a line without an end", now);
            return false;
        }

        var line = unread[..end].TrimEnd((byte)'\r');
        ReadLine(line, now, out var consumed);
        if (consumed) _buffer.Consume(end + 1);
        return consumed;
    }

    // consumed: false when the link was dropped, and the buffer with it.
    private void ReadLine(ReadOnlySpan<byte> line, long now, out bool consumed)
    {
        if (line.IsEmpty)
        {
            consumed = true; // a newline only says that the primary is alive
            return;
        }

        switch (State)
        {
            case PrimaryLinkState.PingReply:
                ReadPong(line, now);
                break;
            case PrimaryLinkState.AuthReply when line[0] == '-':
                Fail($"Unable to AUTH to MASTER: {Text(line)}", now, log: true);
                break;
            case PrimaryLinkState.PlaceReply:
                _placeRefusal = Text(line);
                AskToGoOn(null, now); // it does not tell
                break;
            case PrimaryLinkState.PsyncReply:
                ReadPsyncReply(line, now);
                break;
            case PrimaryLinkState.PayloadHeader:
                ReadPayloadHeader(line, now);
                break;
            default:
                ReadIntroductionReply(line, now);
                break;
        }

        consumed = State is not (PrimaryLinkState.Connect or PrimaryLinkState.None);
    }

    private void ReadPong(ReadOnlySpan<byte> line, long now)
    {
        // A primary that wants authentication first is alive as well.
        var alive = line[0] == '+' || line.StartsWith("-NOAUTH"u8) || line.StartsWith("-NOPERM"u8) || line.StartsWith("-ERR operation not permitted"u8);

        // A failover's target whose link to this node broke waits for a primary while it is to become one. In Redis neither gets on then.
        alive |= _host.AsksForPromotion && line.StartsWith("-MASTERDOWN"u8);
        if (!alive)
        {
            Fail($"Error reply to PING from master: '{Text(line)}'", now, log: true);
            return;
        }

        _host.Log(LogLevel.Notice, "Master replied to PING, replication can continue...");
        Enter(_handshake.SendIntroduction(asksPlace: _history is { IsResumable: true, Log.IsActive: true }), now);
    }

    private void ReadIntroductionReply(ReadOnlySpan<byte> line, long now)
    {
        if (line[0] == '-' && State != PrimaryLinkState.VersionReply)
        {
            var option = State switch
            {
                PrimaryLinkState.PortReply => "listening-port",
                PrimaryLinkState.AddressReply => "ip-address",
                _ => "capa",
            };
            _host.Log(LogLevel.Notice, $"(Non critical) Master does not understand REPLCONF {option}: {Text(line)}");
        }

        if (State == PrimaryLinkState.CapabilityReply) IsRedouble = line.SequenceEqual("+OK redouble"u8);
        var next = _handshake.After(State);
        if (next == PrimaryLinkState.PsyncReply) AskToGoOn(null, now);
        else Enter(next, now);
    }

    // The reply to INFO: $length, and so many bytes.
    private bool ReadPlace(ReadOnlySpan<byte> unread, int start, long now)
    {
        if (!Integers.TryParse(unread[1..(start - 1)].TrimEnd((byte)'\r'), out var length) || length is < 0 or > PlaceMax)
        {
            Fail($"INFO: an unexpected reply: {Text(unread[..start])}", now, log: true);
            return false;
        }

        if (unread.Length < start + length + 2) return false;
        PrimaryPlace? place = PrimaryPlace.TryParse(unread.Slice(start, (int)length), out var read) ? read : null;
        _buffer.Consume(start + (int)length + 2);
        AskToGoOn(place, now);
        return State == PrimaryLinkState.PsyncReply;
    }

    private void AskToGoOn(PrimaryPlace? place, long now)
    {
        if (_host.AsksForPromotion && LacksForPromotion(place))
        {
            _host.OnPromotionAnswered(accepted: false);
            return;
        }

        var isFirst = _lateSince < 0;
        _place = place;
        _asked = _history.IsResumable ? PointFor(place, now) : null;
        if (_asked is { Waits: true })
        {
            var lacking = _history.Log.EndOffset - place!.Value.Offset;
            Fail($"the primary is a replica itself and has not got the last {lacking} bytes of the history yet: asking again", now, log: isFirst);
            return;
        }

        var text = _asked is { } point
            ? $"Trying a partial resynchronization (request {point.Id}:{point.Offset + 1})."
            : "Partial resynchronization not possible (no cached master)";
        _host.Log(LogLevel.Notice, text);
        Journal.Asked(_asked is { } asked ? asked.Offset + 1 : -1);
        _handshake.SendPsync(_asked, _host.AsksForPromotion);
        Enter(PrimaryLinkState.PsyncReply, now);
    }

    // Whether the failover's target, which was in sync, is so no more. What it tells also shows whether it can have taken over already.
    private bool LacksForPromotion(PrimaryPlace? place)
    {
        _mayHaveBeenPromoted = place == null;
        if (place is not { } known) return false;
        var lacking = _host.PromotionOffset - known.EndIn(_history.Identity.Id);
        _mayHaveBeenPromoted = lacking <= 0;
        if (lacking > 0) _host.Log(LogLevel.Warning, $"The failover target has lost the last {lacking} bytes of data that it had, and is not to take over");
        return lacking > 0;
    }

    private ResumePoint PointFor(PrimaryPlace? place, long now)
    {
        if (place == null) return ResumePoint.OfEnd(_history);
        var mayWait = !_host.AsksForPromotion && (_lateSince < 0 || now - _lateSince < Timeout);
        var point = ResumePoint.Find(_history, place.Value, mayWait);
        if (point.Waits && _lateSince < 0) _lateSince = now;
        if (point.Offset < _history.Log.EndOffset)
        {
            var extra = _history.Log.EndOffset - point.Offset;
            _host.Log(LogLevel.Notice, $"The last {extra} bytes here are no data, and the primary has not got them: they will be given up.");
        }

        return point;
    }

    private void ReadPsyncReply(ReadOnlySpan<byte> line, long now)
    {
        if (line.StartsWith("+FULLRESYNC"u8))
        {
            _syncIsNamed = Handshake.TryReadFullResync(line, out _syncId, out _syncOffset);
            if (!_syncIsNamed)
            {
                Fail($"Master replied with wrong +FULLRESYNC syntax: {Text(line)}", now, log: true);
                return;
            }

            _host.Log(LogLevel.Notice, $"Full resync from master: {_syncId}:{_syncOffset}");
            ExpectPayload(now);
            _host.OnPromotionAnswered(accepted: true);
        }
        else if (line.StartsWith("+CONTINUE"u8))
        {
            Continue(line["+CONTINUE"u8.Length..].Trim((byte)' '), now);
            if (IsUp) _host.OnPromotionAnswered(accepted: true);
        }
        else if (_promotionUnanswered && _mayHaveBeenPromoted && line.StartsWith("-ERR PSYNC FAILOVER can't be sent to a master"u8))
        {
            // It had become one when the last connection broke: to take the failover back now would make two primaries.
            _host.OnPromotionAnswered(accepted: true);
            Fail("the new primary has taken over already", now);
        }
        else if (line.StartsWith("-NOMASTERLINK"u8) || line.StartsWith("-LOADING"u8) || line.StartsWith("-MASTERDOWN"u8))
        {
            var text = $"Master is currently unable to PSYNC but should be in the future: {Text(line)}";
            _host.Log(LogLevel.Notice, text);
            if (_host.AsksForPromotion) _host.OnPromotionAnswered(accepted: false);
            else Fail(text, now, retry: RetryKind.Later);
        }
        else
        {
            LastError = $"PSYNC: {Text(line)}";
            if (line[0] == '-') _host.Log(LogLevel.Notice, $"Master does not support PSYNC or is in error state (reply: {Text(line)})");
            else _host.Log(LogLevel.Warning, $"Unexpected reply to PSYNC from master: {Text(line)}");
            if (_host.AsksForPromotion)
            {
                _host.OnPromotionAnswered(accepted: false);
                return;
            }

            _host.Log(LogLevel.Notice, "Retrying with SYNC...");
            _handshake.SendSync();
            (_syncId, _syncOffset, _syncIsNamed) = (ReplicationId.None, -1, false);
            ExpectPayload(now);
        }
    }

    private void ExpectPayload(long now)
    {
        _payload.Reset();
        Journal.Granted();
        Enter(PrimaryLinkState.PayloadHeader, now);
    }

    private void Continue(ReadOnlySpan<byte> idText, long now)
    {
        if (_asked is not { } point)
        {
            Fail("PSYNC: +CONTINUE for a full sync that was asked for", now, log: true);
            return;
        }

        if (!ReplicationId.TryParse(idText, out var id)) id = point.Id;
        _host.Log(LogLevel.Notice, "Successful partial resynchronization with master.");
        if (_history.Continue(id, point.Id, point.Offset)) _host.Log(LogLevel.Notice, $"Master replication ID changed to {id}");
        _host.Log(LogLevel.Notice, "MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.");
        _syncIsNamed = true;
        _payload.Reset();
        Journal.CompletedPartial(_history.Log.EndOffset, now);
        BecomeConnected(Math.Max(_history.Log.StreamDatabase, 0), now);
    }

    private void BecomeConnected(int database, long now)
    {
        Enter(PrimaryLinkState.Connected, now);
        _stream.Reset();
        UpSince = _lastIo = now;
        _offsetWhenUp = _history.Log.EndOffset;
        _applying.Reset(_history.Log.EndOffset, now);
        LastError = null;
        CurrentAttempts = 0;
        _lateSince = -1;
        _applier.BeginStream(database);

        // A primary that sent a mark waits for the first ACK. One that only knows SYNC may not know REPLCONF, and would answer into the stream.
        if (_syncIsNamed) SendAck(now);
        else if (_payload.HasMark) _acks.Send(_history.Log.EndOffset);
    }

    private void ReadPayloadHeader(ReadOnlySpan<byte> line, long now)
    {
        if (line[0] == '-')
        {
            Fail($"MASTER aborted replication with an error: {Text(line[1..])}", now, log: true);
            return;
        }

        if (!_payload.TryReadHeader(line))
        {
            Fail($"Bad protocol from MASTER, the first byte is not '$' (we received '{Text(line)}'), are you sure the host and port are right?", now, true);
            return;
        }

        _host.Log(
            LogLevel.Notice,
            _payload.HasMark ? "MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF to disk"
                : $"MASTER <-> REPLICA sync: receiving {_payload.Length} bytes from master to disk");
        Enter(PrimaryLinkState.Payload, now);
        _host.BeginFullSync(this, new FullSyncStart(_syncId, _syncOffset, _payload.Length));
    }

    private bool ReadPayload(long now)
    {
        var unread = _buffer.Unread;
        if (!_host.WantsPayload || (unread.IsEmpty && _payload.Length != _payload.Received)) return false;
        var complete = _payload.Split(unread, out var length, out var consumed);
        if (length > 0) _host.ReceivePayload(unread[..length]);
        if (State != PrimaryLinkState.Payload) return false; // the host gave up
        _buffer.Consume(consumed);
        if (!complete) return false;
        Enter(PrimaryLinkState.Loading, now);
        _nextNewline = now + Second;
        _host.EndPayload(this);
        return true;
    }

    private void ReadStream(long now)
    {
        var before = _history.Log.EndOffset;
        var acks = _acks.Count;
        var status = _stream.Process();
        var moved = _history.Log.EndOffset > before;
        if (_acks.Count != acks && _syncIsNamed) ScheduleAck(now + AckPeriod, force: true);
        if (moved && IsRedouble && _syncIsNamed) ScheduleAck(now + PromptAckDelay, force: false);
        switch (status)
        {
            case StreamStatus.ProtocolError:
                _history.Invalidate();
                _host.Log(LogLevel.Warning, InlineProtocolText);
                Fail("stream: protocol error, the primary sent something that is no command", now, retry: RetryKind.Costly);
                break;
            case StreamStatus.TooLarge:
                var text = $"stream: a command or transaction of at least {_stream.BytesNeeded} bytes at offset {_history.Log.EndOffset + 1}; " +
                    $"at most {_buffer.BytesMax} bytes can be taken at once";
                Fail(text, now, log: true, RetryKind.Costly);
                break;
            case StreamStatus.UnknownCommand:
                Fail($"stream: unknown command '{_stream.UnknownName}' at offset {_history.Log.EndOffset + 1}", now, log: true, RetryKind.Costly);
                break;
        }
    }

    private void SendAck(long now)
    {
        _acks.Send(_history.Log.EndOffset);
        ScheduleAck(now + AckPeriod, force: true);
    }

    private void ScheduleAck(long at, bool force) => _nextAck = force ? at : Math.Min(_nextAck, at);

    private void SendNewline(long now)
    {
        if (_output.IsEmpty) new ReplyWriter(_output).Raw("\n"u8);
        _nextNewline = now + Second;
    }

    private void Enter(PrimaryLinkState state, long now)
    {
        State = state;
        _stateSince = now;
    }

    // The link breaks for a reason of ours or the primary's; it will be tried again.
    private void Fail(string reason, long now, bool log = false, RetryKind retry = RetryKind.Prompt)
    {
        LastError = State is PrimaryLinkState.Connected ? reason : $"{StepName}: {reason}";
        if (log) _host.Log(LogLevel.Warning, reason);
        if (IsUp) Journal.Lost(reason);
        else Journal.Failed(reason, _payload.Received, now);
        Drop(now);
        Enter(PrimaryLinkState.Connect, now);
        _retryAt = now + _retry.Next(retry);
    }

    private void Drop(long now)
    {
        if (State is PrimaryLinkState.Payload or PrimaryLinkState.Loading && !_loadIsOver && !_host.AbortFullSync()) _history.Invalidate();
        _loadIsOver = false;
        _promotionUnanswered |= State == PrimaryLinkState.PsyncReply && _host.AsksForPromotion;
        if (State is not (PrimaryLinkState.None or PrimaryLinkState.Connect)) _host.Disconnect(this);
        if (IsUp)
        {
            _host.Log(LogLevel.Notice, "Connection with master lost.");
            if (_history.IsResumable) _host.Log(LogLevel.Notice, "Caching the disconnected master state.");
            _wasUp = true;
            _downSince = now;
            if (now - _stateSince >= Second) _retry.Reset();
            else if (_history.Log.EndOffset > _offsetWhenUp) _retry.NoteProgress();
        }

        UpSince = -1;
        IsRedouble = false;
        _nextAck = long.MaxValue;
        _acks.Reset();
        _stream.Reset();
        _payload.Reset();
        _closedWhileLoading = null;
        _output.Clear();
        _buffer.Clear();
    }

    private string StepName => State switch
    {
        PrimaryLinkState.Connecting => ConnectStep,
        PrimaryLinkState.PingReply => "PING",
        PrimaryLinkState.AuthReply => "AUTH",
        PrimaryLinkState.PortReply => "REPLCONF listening-port",
        PrimaryLinkState.AddressReply => "REPLCONF ip-address",
        PrimaryLinkState.CapabilityReply => "REPLCONF capa",
        PrimaryLinkState.VersionReply => "REPLCONF version",
        PrimaryLinkState.PlaceReply => "INFO",
        PrimaryLinkState.PsyncReply => "PSYNC",
        PrimaryLinkState.PayloadHeader => "full sync",
        PrimaryLinkState.Payload => "full sync, payload",
        PrimaryLinkState.Loading => "full sync, load",
        _ => "link",
    };

    private static string Text(ReadOnlySpan<byte> line) => Encoding.Latin1.GetString(line[..Math.Min(line.Length, 256)]);
}
