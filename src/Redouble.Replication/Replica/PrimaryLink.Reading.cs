using Redouble.Core.Text;
using Redouble.Replication.Identity;
using static Redouble.Replication.Replica.PrimaryLines;

namespace Redouble.Replication.Replica;

// What the primary says, phase by phase: replies of the handshake, the way of the sync, the payload, the stream.
public sealed partial class PrimaryLink
{
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
            case PrimaryLinkState.Connected when !IsPaused:
                ReadStream(now);
                return false;
            case PrimaryLinkState.Connected or PrimaryLinkState.Buffering:
                _held.Append(_buffer.Unread); // what came in one read with the reply
                _buffer.Consume(_buffer.Unread.Length);
                return false;
            case PrimaryLinkState.None or PrimaryLinkState.Connect or PrimaryLinkState.Connecting or PrimaryLinkState.Loading:
                return false;
        }

        var unread = _buffer.Unread;
        var length = Next(unread, out var line);
        if (length < 0) Fail($"{StepName}: a line without an end", now);
        if (length <= 0) return false;
        if (State == PrimaryLinkState.PlaceReply && unread[0] == '$') return ReadPlace(unread, length, now);
        ReadLine(line, now, out var consumed);
        if (consumed) _buffer.Consume(length);
        return consumed;
    }

    // consumed: false when the link was dropped, and the buffer with it.
    private void ReadLine(ReadOnlySpan<byte> line, long now, out bool consumed)
    {
        if (line.IsEmpty && !(State == PrimaryLinkState.PsyncReply && HasToTellAgain))
        {
            consumed = true;
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
            case PrimaryLinkState.ChannelWait:
                Fail($"Unexpected line from MASTER while the snapshot was asked for: {Text(line)}", now, log: true);
                break;
            case PrimaryLinkState.AssociateReply:
                ReadAssociateReply(line, now);
                break;
            case PrimaryLinkState.ChannelPsyncReply:
                ReadChannelPsyncReply(line, now);
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
        Enter(_handshake.SendIntroduction(_history is { IsResumable: true, Log.IsActive: true }, !_channelWasRefused), now);
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
        _asked = _history.IsResumable && !_obstacle.NeedsFullSync ? PointFor(place, now) : null;
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
        _hasToGoOn = false;
        Enter(PrimaryLinkState.PsyncReply, now);
    }

    // Whether the failover's target, which was in sync, is so no more. What it tells also shows whether it can have taken over already: not without the name
    // of the history here, whether it is forced or not.
    private bool LacksForPromotion(PrimaryPlace? place)
    {
        _mayHaveBeenPromoted = false;
        if (place is not { } known) return false;
        var end = known.EndIn(_history.Identity.Id);
        var lacking = _host.PromotionOffset - end;
        _mayHaveBeenPromoted = end >= 0 && lacking <= 0;
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
        if (_host.AsksForPromotion && ReadPromotionAnswer(line, now)) return;
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
        else if (_handshake.OffersValkeyChannel && line.StartsWith("+DUALCHANNELSYNC"u8))
        {
            BeginChannel(ChannelDialect.Valkey, PrimaryLinkState.ChannelWait, now);
        }
        else if (_handshake.OffersRedisChannel && line.StartsWith("+RDBCHANNELSYNC "u8)
            && Integers.TryParse(line["+RDBCHANNELSYNC "u8.Length..], out var client))
        {
            OwnClientId = client;
            BeginChannel(ChannelDialect.Redis, PrimaryLinkState.Buffering, now);
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

    // What only the target of a failover answers; false for all else.
    private bool ReadPromotionAnswer(ReadOnlySpan<byte> line, long now)
    {
        if (_hasToGoOn && GrantsFullSync(line))
        {
            _host.Log(LogLevel.Warning, "The failover target does not go on from here: it has not taken over, or without all the data here");
            _host.OnPromotionAnswered(accepted: false);
        }
        else if (HasToTellAgain && GrantsFullSync(line))
        {
            _host.OnPromotionAnswered(accepted: true);
            Fail("the new primary has taken over without all the data here: it is asked for where it did", now, log: true);
        }
        else if (_promotionUnanswered && _mayHaveBeenPromoted && line.StartsWith(IsAPrimary))
        {
            // It had become one when the last connection broke: to take the failover back now would make two primaries.
            _host.OnPromotionAnswered(accepted: true);
            Fail("the new primary has taken over already", now);
        }
        else if (_promotionUnanswered && _place == null && !_hasToGoOn && line.StartsWith(IsAPrimary))
        {
            // It does not tell whether it has become one by that. Who has goes on from the end of the log here; another's data set would replace this one.
            _handshake.SendPsync(_asked, failover: false);
            _hasToGoOn = true;
        }
        else
        {
            return false;
        }

        return true;
    }

    private static ReadOnlySpan<byte> IsAPrimary => "-ERR PSYNC FAILOVER can't be sent to a master"u8;

    // Whether the failover's target, which was forced to take over without data that is here, has told only what it had before it did: what else had come
    // it may have applied, and its own history begins nobody knows where.
    private bool HasToTellAgain => _host.AsksForPromotion && _place is { } place && place.EndIn(_history.Identity.Id) < _history.Log.LastDataOffset;

    // An empty line is a sign of life for who waits for a snapshot, which may take seconds to begin.
    private static bool GrantsFullSync(ReadOnlySpan<byte> line) =>
        line.IsEmpty || line.StartsWith("+FULLRESYNC"u8) || line.StartsWith("+DUALCHANNELSYNC"u8) || line.StartsWith("+RDBCHANNELSYNC "u8);

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
        BecomeConnected(now);
    }

    private void BecomeConnected(long now)
    {
        Enter(PrimaryLinkState.Connected, now);
        _stream.Begin(_history.Log.StreamDatabase);
        UpSince = _lastIo = now;
        _offsetWhenUp = _history.Log.EndOffset;
        _applying.Reset(_history.Log.EndOffset, now);
        LastError = null;
        CurrentAttempts = 0;
        _lateSince = -1;
        _channelWasRefused = false; // it may have been an error of that moment: the next full sync tries it again
        _followsLoad = !_held.IsEmpty;
        _host.OnUp();

        // A primary that sent a mark waits for the first ACK. One that only knows SYNC may not know REPLCONF, and would answer into the stream.
        if (_syncIsNamed) SendAck(now);
        else if (_payload.HasMark) _acks.Send(_history.Log.EndOffset);
    }

    // The payload will come on a connection of its own, and the stream behind it on this one at the same time.
    private void BeginChannel(ChannelDialect dialect, PrimaryLinkState state, long now)
    {
        _host.Log(LogLevel.Notice, "PSYNC is not possible, initialize RDB channel.");
        _payload.Reset();
        Journal.Granted();
        _nextNewline = now + Second;
        Enter(state, now);
        Channel.Open(dialect, now);
        _host.OnPromotionAnswered(accepted: true);
    }

    private void ReadAssociateReply(ReadOnlySpan<byte> line, long now)
    {
        if (line[0] == '-')
        {
            _channelWasRefused = true;
            Fail($"Master does not know the connection of its snapshot: {Text(line)}", now, log: true);
            return;
        }

        _host.Log(LogLevel.Notice, $"Trying a partial resynchronization using main channel (request {_syncId}:{_syncOffset + 1}).");
        _handshake.SendPsync(_syncId, _syncOffset + 1);
        Enter(PrimaryLinkState.ChannelPsyncReply, now);
    }

    private void ReadChannelPsyncReply(ReadOnlySpan<byte> line, long now)
    {
        if (!line.StartsWith("+CONTINUE"u8))
        {
            // The snapshot is worth nothing without the stream behind it.
            Fail($"Aborting dual channel sync. The stream behind the snapshot was not granted: {Text(line)}", now, log: true);
            return;
        }

        if (!ReplicationId.TryParse(line["+CONTINUE"u8.Length..].Trim((byte)' '), out _streamId)) _streamId = _syncId;
        var load = _channelIsLoaded ? "." : ", RDB load in background.";
        _host.Log(LogLevel.Notice, $"MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization{load}");
        if (!_channelIsLoaded)
        {
            Enter(PrimaryLinkState.Buffering, now);
            return;
        }

        TakeStreamId();
        BecomeConnected(now);
    }

    // The primary may have got another history between its snapshot and the stream behind it.
    private void TakeStreamId()
    {
        if (_streamId == _syncId) return;
        _history.Continue(_streamId, _syncId, _syncOffset);
        _host.Log(LogLevel.Notice, $"Master replication ID changed to {_streamId}");
    }

    private void ReadPayloadHeader(ReadOnlySpan<byte> line, long now)
    {
        if (_payload.ReadHeader(line) is { } wrong)
        {
            Fail(wrong, now, log: true);
            return;
        }

        _nextNewline = now + Second;
        Enter(PrimaryLinkState.Payload, now);
        _payload.Begin(new FullSyncStart(_syncId, _syncOffset, -1));
    }

    private bool ReadPayload(long now)
    {
        var complete = _payload.Read(_buffer, out var moved);
        if (!complete) return moved;
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
        _isCut = IsUp && status == StreamStatus.Cut;
        var moved = _history.Log.EndOffset > before;
        if (_acks.Count != acks) LastAskedForAck = now;
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
                FailAtObstacle(text, now);
                break;
            case StreamStatus.UnknownCommand:
                var unknown = $"stream: unknown command '{_stream.UnknownName}' at offset {_history.Log.EndOffset + 1}";
                if (_stream.LacksDatabase) Fail(unknown, now, log: true, RetryKind.Costly); // a snapshot may hold that database as well
                else FailAtObstacle(unknown, now);
                break;
            case StreamStatus.UnknownDatabase:
                _history.Invalidate(); // a snapshot says which one it is
                var where = $"'{_stream.UnknownName}' at offset {_history.Log.EndOffset + 1}";
                Fail($"stream: the database that {where} is for is not known, or there is none of that number here", now, log: true, RetryKind.Costly);
                break;
        }
    }

    // It would fail there again whenever it went on from here.
    private void FailAtObstacle(string reason, long now)
    {
        var isInTheWay = _obstacle.NoteFailure(_history.Log.EndOffset + 1, now);
        Fail(isInTheWay ? $"{reason}, again: a full sync is needed to go on" : reason, now, log: true, RetryKind.Costly);
    }
}
