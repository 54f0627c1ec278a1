using Redouble.Core.Memory;
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
public sealed partial class PrimaryLink : IPrimaryConnection
{
    /// <summary>Most bytes of the stream that are held unapplied, and so the largest command or transaction: a block's size is an int.</summary>
    public const int UnappliedMax = ReceiveBuffer.Largest;

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
    private readonly PayloadTransfer _payload;
    private readonly HeldStream _held;
    private readonly AckSender _acks;
    private readonly StreamReader _stream;
    private readonly RateWindow _receiving = new();
    private readonly RateWindow _applying = new();
    private RetryDelay _retry;
    private StreamObstacle _obstacle;
    private ReplicationId _syncId;
    private long _syncOffset;
    private bool _syncIsNamed;
    private ReplicationId _streamId; // two channels: of the stream behind the snapshot
    private int _syncDatabase;
    private bool _pumping;
    private bool _channelIsLoaded;
    private bool _channelWasRefused; // one channel, until the link is up
    private bool _isLimitTold; // of what is held
    private bool _followsLoad; // what is held
    private bool _isCut; // the last slice was over before all in the buffer was applied: a later turn goes on with it
    private bool _wasUp; // before the next attempt to connect
    private string? _closedBefore; // why the connection is gone while what it brought is still to be loaded or applied
    private bool _isLost; // the primary, and what it had sent before is still being received or applied
    private bool _promotionUnanswered; // a connection broke after PSYNC … FAILOVER
    private bool _mayHaveBeenPromoted; // what the primary tells of itself agrees with that
    private bool _hasToGoOn; // it tells nothing, and whether it has been promoted shows by whether it goes on from here
    private ResumePoint? _asked;
    private PrimaryPlace? _place;
    private string _placeRefusal = "not asked";
    private long _lateSince = -1; // since when the primary has been found to lack what is here
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
        _payload = new PayloadTransfer(this, host);
        _held = new HeldStream(pool);
        Channel = new SnapshotChannel(this, host, settings, _payload, pool, receiveCapacity);
        _stream = new StreamReader(history.Log, applier, host, _acks, _buffer);
    }

    /// <summary>Where the link stands.</summary>
    public PrimaryLinkState State { get; private set; }

    /// <summary>master_host.</summary>
    public string Host { get; private set; } = "";

    /// <summary>master_port.</summary>
    public int Port { get; private set; }

    /// <summary>Whether the stream is being applied.</summary>
    public bool IsUp => State == PrimaryLinkState.Connected;

    /// <summary>Whether there is also a primary at its other end (master_link_status up): what one that is gone has sent before is still applied.</summary>
    public bool IsLive => IsUp && !_isLost;

    /// <summary>Whether the primary has said that it is a Redouble.</summary>
    public bool IsRedouble { get; private set; }

    /// <summary>The second connection, of full syncs over two channels.</summary>
    public SnapshotChannel Channel { get; }

    /// <summary>Number that the primary has given this connection, in the dialect of Redis 8.</summary>
    internal long OwnClientId { get; private set; }

    /// <inheritdoc/>
    public bool WantsRead => _closedBefore == null && State switch
    {
        PrimaryLinkState.None or PrimaryLinkState.Connect or PrimaryLinkState.Connecting or PrimaryLinkState.Loading => false,
        PrimaryLinkState.Payload => _host.WantsPayload,
        PrimaryLinkState.Connected when IsHeld => false,
        PrimaryLinkState.Buffering or PrimaryLinkState.Connected => _held.Bytes < HeldMax,
        _ => true,
    };

    /// <summary>Whether the node can take no more of the stream for now; it stays with the primary meanwhile.</summary>
    public bool IsHeld { get; set; }

    /// <summary>
    /// Whether nothing of the stream is applied for now (CLIENT PAUSE, a shutdown that waits). It is read on and held, as far as <see cref="HeldMax"/>, and so costs the primary no
    /// buffer; whoever lets it go on is obeyed at the next <see cref="OnTimer"/>.
    /// </summary>
    public bool IsPaused { get; set; }

    /// <inheritdoc/>
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
    public long LastIo => Channel.IsReceiving ? Math.Max(_lastIo, Channel.LastIo) : _lastIo;

    /// <summary>Time when the primary asked for an acknowledgement last (GETACK); -1 before the first.</summary>
    public long LastAskedForAck { get; private set; } = -1;

    /// <summary>Time when the link went down; -1 while it is up or was never.</summary>
    public long DownSince => IsLive ? -1 : _downSince;

    /// <summary>Bytes of the payload announced (0 when it ends with a mark, -1 before the header) and received.</summary>
    public (long Total, long Received) Payload => _payload.Progress;

    /// <summary>Whether a full sync is on (master_sync_in_progress).</summary>
    public bool IsSyncing => State is PrimaryLinkState.PayloadHeader or PrimaryLinkState.Payload or PrimaryLinkState.Loading || IsDual;

    /// <summary>Whether a full sync over two channels is on.</summary>
    public bool IsDual => State is PrimaryLinkState.ChannelWait or PrimaryLinkState.AssociateReply or PrimaryLinkState.ChannelPsyncReply
        or PrimaryLinkState.Buffering;

    /// <summary>Where the history here and that of the full sync that is on part.</summary>
    public Parting Parting => Parting.Find(_history, _place, _placeRefusal, _syncIsNamed ? _syncId : ReplicationId.None, _syncOffset);

    /// <summary>Whether something of the stream is here that waits for nothing but its turn: <see cref="OnTimer"/> applies it, slice by slice.</summary>
    public bool HasWork => CanReplay;

    /// <summary>Bytes of the stream received and not applied.</summary>
    public long UnappliedBytes => IsUp ? _buffer.Unread.Length + _held.Bytes : 0;

    /// <summary>Bytes of the stream that are held until the data set of a full sync over two channels is loaded, and most that were in this one.</summary>
    public (long Now, long Peak) HeldBytes => (_held.Bytes, _held.PeakBytes);

    /// <summary>
    /// Most bytes of the stream that are held: replica-full-sync-buffer-limit, or what a primary would hold. Beyond it the stream is not read.
    /// </summary>
    public long HeldMax => _settings.FullSyncBufferLimitBytes > 0 ? _settings.FullSyncBufferLimitBytes
        : _settings.OutputHardLimitBytes > 0 ? _settings.OutputHardLimitBytes : long.MaxValue;

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
        PrimaryLinkState.Payload when _host.LoadsDirectly => Math.Min(_nextNewline, _lastIo + Timeout + 1),
        PrimaryLinkState.Connected when CanReplay => 0,
        PrimaryLinkState.Connected when _isLost => long.MaxValue,
        _ when IsDual => Math.Min(_nextNewline, DualDeadline),
        _ => Math.Min(_nextAck, _lastIo + Timeout + 1),
    };

    // Whichever connection has something to come. While the data set is loaded nothing has to.
    private long DualDeadline => Math.Min(
        Channel.IsReceiving ? Channel.LastIo + Timeout + 1 : long.MaxValue,
        State is PrimaryLinkState.AssociateReply or PrimaryLinkState.ChannelPsyncReply && _closedBefore == null ? _lastIo + Timeout + 1 : long.MaxValue);

    private long Timeout => _settings.TimeoutSeconds * Second;

    /// <summary>Says whom it will follow; nothing is done about it yet.</summary>
    public void Announce(string host, int port) => (Host, Port) = (host, port);

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
        _obstacle.Reset();
        _channelWasRefused = false;
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
        var left = UnappliedBytes;
        if (left > 0) _host.Log(LogLevel.Notice, $"{left} bytes of the stream that have come are given up: they could not be applied");
        Drop(now);
        if (_history.IsResumable) _host.Log(LogLevel.Notice, "Discarding previously cached master state.");
        Enter(PrimaryLinkState.None, now);
        _buffer.Clear();
    }

    /// <inheritdoc/>
    public Span<byte> GetReceiveBuffer() => !WantsRead ? [] : IsHolding ? _held.GetFree() : _isCut ? [] : _buffer.GetFree();

    /// <inheritdoc/>
    public void OnConnected(long now)
    {
        if (State != PrimaryLinkState.Connecting) throw new InvalidOperationException($"A connection was reported in state {State}.");
        _host.Log(LogLevel.Notice, "Non blocking connect for SYNC fired the event.");
        _handshake.SendPing();
        Enter(PrimaryLinkState.PingReply, now);
    }

    /// <inheritdoc/>
    public void OnReceived(int count, long now)
    {
        _lastIo = now;
        ReceivedBytes += count;
        if (IsHolding)
        {
            _held.Commit(count);
            if (_held.Bytes >= HeldMax && !_isLimitTold) _host.Log(LogLevel.Notice, HeldLimitText);
            _isLimitTold |= _held.Bytes >= HeldMax; // while it is replayed it fills up again and again
            return;
        }

        _buffer.Commit(count);
        Pump(now);
    }

    /// <summary>The host can take payload again and bytes of it may be waiting here.</summary>
    public void OnPayloadWanted(long now)
    {
        if (Channel.State != SnapshotChannelState.None) Channel.Pump(now);
        else Pump(now);
    }

    /// <inheritdoc/>
    public int PeekSend(Span<OutputSegment> segments) => _host.HoldsOutput ? 0 : _output.Peek(segments);

    /// <inheritdoc/>
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

    /// <inheritdoc/>
    public void OnClosed(long now, string reason)
    {
        if (State is PrimaryLinkState.None or PrimaryLinkState.Connect) return;
        if (IsLoadDue || IsBehind)
        {
            _closedBefore = reason; // the payload is whole, or the stream is here: what it gives is worth having, and can be resumed from
            OnPeerGone(now);
            return;
        }

        if (!IsUp) _host.Log(LogLevel.Warning, ClosedText(reason));
        if (IsHandshake) _host.Log(LogLevel.Warning, "Master did not respond to command during SYNC handshake");
        Fail(reason, now);
    }

    /// <inheritdoc/>
    public void OnPeerGone(long now)
    {
        if (!IsLive) return;
        (_isLost, _downSince) = (true, now);
    }

    private bool IsHandshake => !IsUp
        && State is not (PrimaryLinkState.Connecting or PrimaryLinkState.PayloadHeader or PrimaryLinkState.Payload or PrimaryLinkState.Buffering);

    // In Redis' words, which tools look for.
    private string ClosedText(string reason) => State switch
    {
        PrimaryLinkState.Connecting => reason,
        PrimaryLinkState.PayloadHeader => $"I/O error reading bulk count from MASTER: {reason}",
        PrimaryLinkState.Payload or PrimaryLinkState.Buffering => $"I/O error trying to sync with MASTER: {reason}",
        _ => $"Failed to read response from the server: {reason} (step {StepName})",
    };

    /// <summary>
    /// The host has replaced the data set; the stream is in <paramref name="database"/> (aux <c>repl-stream-db</c>): -1 when that was not told, and
    /// <see cref="int.MaxValue"/> when it was told that it is not known.
    /// </summary>
    public void OnLoadCompleted(int database, long now)
    {
        if (!IsLoadDue) throw new InvalidOperationException($"A load was completed in state {State}.");
        _payload.End();
        if (database < 0) database = IsDual ? _syncDatabase : 0; // where the stream of one that does not tell begins
        if (!_applier.HasDatabase(database))
        {
            var isKnown = database is >= 0 and < int.MaxValue;
            var where = isKnown ? $"The stream is in database {database}, which is not here" : "It is not known which database the stream is in";
            _host.Log(LogLevel.Warning, $"{where}: it has to say another one before the next write");
            database = -1;
        }

        if (_syncIsNamed) _history.Adopt(_syncId, _syncOffset, database);
        else _history.AdoptUnnamed(database);
        _host.Log(LogLevel.Notice, "MASTER <-> REPLICA sync: Finished with success");
        Journal.CompletedFull(_payload.Progress.Received, now);
        _obstacle.NoteFullSync(now);
        if (State is PrimaryLinkState.AssociateReply or PrimaryLinkState.ChannelPsyncReply && _closedBefore == null)
        {
            _channelIsLoaded = true; // the stream is still to be granted
            Channel.Close();
            return;
        }

        if (IsDual) TakeStreamId();
        Channel.Close();
        BecomeConnected(now);
        if (_closedBefore != null) OnPeerGone(now);
        if (CanReplay) Replay(now);
        else if (IsReplaying) return; // when the node can take it again
        else Pump(now);
        if (_closedBefore is { } reason && !IsBehind) EndConnection(reason, now);
    }

    /// <summary>
    /// The host could not take the payload (a full disk), or not replace the data set; <paramref name="dataIntact"/> when it still has the old one,
    /// untouched.
    /// </summary>
    public void OnLoadFailed(string reason, bool dataIntact, long now)
    {
        if (!_payload.IsOn) throw new InvalidOperationException($"A load failed in state {State}.");
        _payload.End();
        if (!dataIntact) _history.Lose();
        Fail(reason, now, log: true, RetryKind.Costly);
    }

    /// <summary>The second channel has learned where the snapshot stands.</summary>
    internal void OnChannelPlaced(in FullSyncStart place, int database, long client, long now)
    {
        (_syncId, _syncOffset, _syncIsNamed, _syncDatabase) = (place.Id, place.Offset, true, database);
        _streamId = _syncId;
        _host.Log(LogLevel.Notice, $"Full resync from master: {_syncId}:{_syncOffset}");
        if (Channel.Dialect == ChannelDialect.Redis) return; // the stream comes by itself
        _handshake.SendAssociation(client);
        _lastIo = now;
        Enter(PrimaryLinkState.AssociateReply, now);
    }

    /// <summary>The second channel can't go on.</summary>
    internal void OnChannelFailed(string reason, ChannelFailure failure, long now)
    {
        _channelWasRefused |= failure == ChannelFailure.Refused;
        _host.Log(LogLevel.Warning, $"Dual channel sync failed with error {reason}");
        Fail(reason, now);
        LastError = reason; // it names its own step
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
            case PrimaryLinkState.Connected when CanReplay:
                Replay(now);
                if (now >= _nextAck && IsUp) SendAck(now);
                break;
            case PrimaryLinkState.Connected when _isLost:
                break; // nobody is there to be silent, or to be told
            case PrimaryLinkState.Connected:
                if (now - _stateSince >= Second) _retry.Reset();
                if (!WantsRead) _lastIo = now; // silence of our own making
                if (now - _lastIo > Timeout) OnSilence("MASTER timeout: no data nor PING received...", now);
                else if (now >= _nextAck) SendAck(now);
                break;
            default:
                if (IsDual || (State == PrimaryLinkState.Payload && (_host.LoadsDirectly || !_host.WantsPayload)))
                {
                    if (now >= _nextNewline) SendNewline(now); // a load may take longer than the primary would wait for a sign of life
                }

                if (!WantsRead && State == PrimaryLinkState.Payload) _lastIo = now; // silence of our own making
                if (Channel.State == SnapshotChannelState.Payload && !Channel.WantsRead) Channel.LastIo = now;
                if (now > (IsDual ? DualDeadline - 1 : _lastIo + Timeout)) Fail(TimeoutText, now, log: true);
                break;
        }
    }

    private void OnSilence(string reason, long now)
    {
        if (!IsBehind)
        {
            Fail(reason, now, log: true);
            return;
        }

        _host.Log(LogLevel.Warning, reason);
        _host.Disconnect(this);
        OnClosed(now, reason);
    }

    private string TimeoutText => State switch
    {
        PrimaryLinkState.Payload or PrimaryLinkState.PayloadHeader or PrimaryLinkState.Buffering => "Timeout receiving bulk data from MASTER... " +
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
        else Journal.Failed(reason, _payload.Progress.Received, now);
        Drop(now);
        Enter(PrimaryLinkState.Connect, now);
        _retryAt = now + _retry.Next(retry);
    }

    private void Drop(long now)
    {
        if (!_payload.Abort()) _history.Lose();
        Channel.Close();
        _channelIsLoaded = false;
        _promotionUnanswered |= State == PrimaryLinkState.PsyncReply && _host.AsksForPromotion;
        if (State is not (PrimaryLinkState.None or PrimaryLinkState.Connect)) _host.Disconnect(this);
        if (IsUp)
        {
            _host.Log(LogLevel.Notice, "Connection with master lost.");
            if (_history.IsResumable) _host.Log(LogLevel.Notice, "Caching the disconnected master state.");
            _wasUp = true;
            if (!_isLost) _downSince = now;
            if (now - _stateSince >= Second) _retry.Reset();
            else if (_history.Log.EndOffset > _offsetWhenUp) _retry.NoteProgress();
        }

        UpSince = -1;
        IsRedouble = _isLost = false;
        _nextAck = long.MaxValue;
        _acks.Reset();
        _stream.Reset();
        _payload.Reset();
        _closedBefore = null;
        _isLimitTold = false;
        _isCut = false;
        _held.Clear();
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
        PrimaryLinkState.AssociateReply => "REPLCONF set-rdb-client-id",
        PrimaryLinkState.ChannelPsyncReply => "PSYNC behind the snapshot",
        PrimaryLinkState.ChannelWait or PrimaryLinkState.Buffering => Channel.StepName,
        _ => "link",
    };

    private bool IsLoadDue => State == PrimaryLinkState.Loading || (IsDual && Channel.State == SnapshotChannelState.Complete);

    // Whether what comes is held back: behind the bytes that are held already, because there is no data set for it yet, or during a pause.
    private bool IsHolding => State == PrimaryLinkState.Buffering || !_held.IsEmpty || (IsUp && IsPaused);

    // Whether something was held back, or left by a slice, and whether it may and can be applied now.
    private bool IsBehind => IsUp && (_isCut || !_held.IsEmpty);

    private bool IsReplaying => IsBehind && !IsPaused;

    private bool CanReplay => IsReplaying && !IsHeld;

    private string HeldLimitText
    {
        get
        {
            var isSet = _settings.FullSyncBufferLimitBytes > 0;
            var name = isSet ? "replica-full-sync-buffer-limit" : "client-output-buffer-limit replica (replica-full-sync-buffer-limit is 0)";
            return $"Replication buffer limit reached, stopping buffering: {_held.Bytes} bytes wait for {(IsUp && IsPaused ? "the pause to end" : "the data set to be loaded")}, {name} is {HeldMax}";
        }
    }

    // One slice: first what the last one has left, then what was held. The stream goes on directly when nothing is.
    private void Replay(long now)
    {
        if (_isCut) ReadStream(now);
        while (IsUp && !_isCut && !_held.IsEmpty && !_applier.IsSliceOver)
        {
            var taken = _held.Take(_buffer.GetFree());
            if (taken == 0) throw new InvalidOperationException("The stream's reader has left no room and did not give up.");
            _buffer.Commit(taken);
            ReadStream(now);
        }

        if (!IsUp) return;
        if (_held.IsEmpty) _lastIo = now; // silence of our own making: nothing is read behind what is left
        if (_isCut || !_held.IsEmpty) return;
        _isLimitTold = false;
        if (_followsLoad) _host.Log(LogLevel.Notice, "Successfully streamed replication data into memory");
        _followsLoad = false;
        if (_closedBefore is { } reason) EndConnection(reason, now);
    }

    private void EndConnection(string reason, long now)
    {
        _closedBefore = null;
        OnClosed(now, reason);
    }
}
