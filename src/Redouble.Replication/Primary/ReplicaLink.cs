using System.Text;
using Redouble.Core.Memory;
using Redouble.Core.Text;
using Redouble.Persistence.Rdb;
using Redouble.Protocol.Replies;
using Redouble.Replication.Identity;
using Redouble.Replication.Log;

namespace Redouble.Replication.Primary;

/// <summary>
/// Primary side: the link to a replica, from the first REPLCONF of a client on. States: <see cref="ReplicaLinkState"/>. No I/O happens
/// here. A session that parses its client's input itself calls <see cref="Replconf"/>, <see cref="Psync"/>, <see cref="Sync"/> and
/// <see cref="OnEmptyLine"/>; whoever has nothing but bytes reads into <see cref="GetReceiveBuffer"/>. Once PSYNC or SYNC was accepted, the
/// client's output is what the link has to send and nothing else.
/// </summary>
public sealed partial class ReplicaLink
{
    private const int MarkLength = 40;

    private readonly PrimaryReplication _owner;
    private readonly ReplicaOutput _output;
    private readonly ReplyWriter _writer;
    private readonly ReplicaInput _input;
    private readonly byte[] _mark = new byte[MarkLength];
    private readonly OutputSegment[] _one = new OutputSegment[1];
    private readonly ReplicaMeter _meter = new();
    private SnapshotStream? _snapshot;
    private long _resumedBytes;

    internal ReplicaLink(PrimaryReplication owner, string peerAddress, long clientId, BlockPool pool)
    {
        _owner = owner;
        PeerAddress = peerAddress;
        ClientId = clientId;
        _output = new ReplicaOutput(pool);
        _writer = new ReplyWriter(_output.Literal);
        _input = new ReplicaInput(this, pool);
    }

    /// <summary>Where the link stands.</summary>
    public ReplicaLinkState State { get; private set; }

    /// <summary>Whether PSYNC or SYNC was accepted and the link is not closed.</summary>
    public bool IsReplica => State is not (ReplicaLinkState.Handshake or ReplicaLinkState.Closed);

    /// <summary>What the replica has said of itself.</summary>
    public ReplicaOptions Options { get; } = new();

    /// <summary>Address that the connection comes from.</summary>
    public string PeerAddress { get; }

    /// <summary>ip= of INFO: the announced address, or the peer's.</summary>
    public string Address => Options.Address.Length > 0 ? Options.Address : PeerAddress;

    /// <summary>Name for log lines.</summary>
    public string Name => Options.ListeningPort != 0 ? $"{Address}:{Options.ListeningPort}" : $"{Address}:<unknown-replica-port>";

    /// <summary>Whether it came with SYNC: it tells no offsets.</summary>
    public bool IsPrePsync { get; private set; }

    /// <summary>
    /// Whether it has got its payload and not said yet, with the first ACK, that it has loaded it: the rest of its full sync, in which it may take nothing.
    /// </summary>
    public bool IsLoading { get; private set; }

    /// <summary>Whether the stream waits for the first ACK.</summary>
    public bool AwaitsAck => IsLoading && !_output.LogIsOpen;

    /// <summary>Last offset that the replica said it has applied.</summary>
    public long AckOffset { get; private set; }

    /// <summary>Last offset that the replica said is on its disk; 0 until it said so.</summary>
    public long DurableOffset { get; private set; }

    /// <summary>Time of the last ACK or sign of life, monotonic microseconds.</summary>
    public long AckTime { get; private set; }

    /// <summary>Whether it has acknowledged anything since its sync began; before, <see cref="AckOffset"/> says nothing.</summary>
    public bool HasAcknowledged { get; private set; }

    /// <summary>Bytes sent to it since it asked for a sync.</summary>
    public long SentBytes { get; private set; }

    /// <summary>Time since when it waits for a snapshot.</summary>
    public long WaitingSince { get; private set; }

    /// <summary>Time of the last byte that was sent.</summary>
    public long LastSent { get; private set; }

    /// <summary>Time at which it last acknowledged more than before.</summary>
    internal long LastAdvance { get; private set; }

    /// <summary>How much may wait for it before writers do.</summary>
    internal ReplicaWindow Window { get; } = new();

    /// <summary>Why it was closed.</summary>
    public string CloseReason { get; private set; } = "";

    /// <summary>Bytes of the payload that were handed out.</summary>
    public long PayloadSentBytes => _output.Snapshot?.ReadBytes ?? 0;

    /// <summary>Whether the payload is being sent: its header was.</summary>
    public bool IsPayloadOpen => _output.SnapshotIsOpen;

    /// <summary>Whether it reads the payload from a file, in which it holds nobody up.</summary>
    public bool IsOnFile => _output.Snapshot is { IsOnFile: true };

    /// <summary>Bytes of the payload in all; -1 while that is not known.</summary>
    public long PayloadLength => _snapshot?.Length ?? -1;

    /// <summary>Memory that waits because of this replica, bytes.</summary>
    public long OutputMemoryBytes => _output.MemoryBytes;

    /// <summary>How far it is behind, and where that leads.</summary>
    public ReplicaLag LagAt(long now) => ReplicaLag.Of(this, _meter, _owner.WriteRate(now), now);

    /// <summary>
    /// The newest RDB version that it is known to read. Valkey tells that it is one, and reads none of Redis 7.4's; of a Redis, which tells nothing, the
    /// operator knows.
    /// </summary>
    public RdbDialect NewestDialect =>
        Options.Can(ReplicaCapabilities.Redouble) ? RdbDialect.Rdb12 : Options.Version.Length > 0 ? RdbDialect.Rdb10 : _owner.Settings.RedisReplicaDialect;

    /// <summary>Whether it is known to know the times of fields.</summary>
    public bool KnowsFieldExpiry => NewestDialect >= RdbDialect.Rdb12;

    /// <summary>Encoding that it needs. Newer than Redis 7.0's only where the data set needs it and the peer reads it.</summary>
    public SnapshotFormat Format => new(
        _owner.Host.NeededDialect < NewestDialect ? _owner.Host.NeededDialect : NewestDialect, Options.Content,
        HasLength: !Options.Can(ReplicaCapabilities.Eof) || (!_owner.Settings.DisklessSync && Options.Content == SnapshotContent.All));

    /// <summary>REPLCONF on this link; replies to <paramref name="reply"/>.</summary>
    public void Replconf(in CommandFrame command, ReplyWriter reply, long now)
    {
        var mark = reply.Buffer.PendingBytes;
        ReplconfCommand.Execute(this, command, reply, now);
        if (IsReplica && reply.Buffer.PendingBytes != mark) Close("Replica generated a reply to command 'replconf', disconnecting it");
    }

    /// <summary>PSYNC id offset [FAILOVER]; refusals go to <paramref name="reply"/>.</summary>
    public void Psync(in CommandFrame command, ReplyWriter reply, long now)
    {
        if (State != ReplicaLinkState.Handshake) return;
        var isFailover = command.Count > 3 && AsciiCase.EqualsIgnoreCase(command[3], "failover"u8);
        if (isFailover && !_owner.TryFailover(this, command[1], reply)) return;
        if (!CanSync(reply)) return;
        if (!Integers.TryParse(command[2], out var offset))
        {
            _owner.Host.Log(LogLevel.Warning, $"Replica {Name} asks for synchronization but with a wrong offset");
            reply.Error("ERR value is not an integer or out of range"u8);
            return;
        }

        _owner.Host.Log(LogLevel.Notice, $"Replica {Name} asks for synchronization");
        if (_owner.Decide(this, command[1], offset)) StartPartial(offset, now);
        else if (isFailover || !OfferChannel(reply, now)) StartFull(now);
    }

    /// <summary>SYNC: a full sync for replicas that know no offsets.</summary>
    public void Sync(ReplyWriter reply, long now)
    {
        if (State != ReplicaLinkState.Handshake || !CanSync(reply)) return;
        IsPrePsync = true;
        _owner.Host.Log(LogLevel.Notice, $"Replica {Name} asks for synchronization");
        StartFull(now);
    }

    /// <summary>A blank line: a replica that loads says that it is alive.</summary>
    public void OnEmptyLine(long now) => AckTime = now;

    /// <summary>Where to receive the next bytes.</summary>
    public Span<byte> GetReceiveBuffer() => State == ReplicaLinkState.Closed ? [] : _input.GetFree();

    /// <summary>Bytes were received into <see cref="GetReceiveBuffer"/>.</summary>
    public void OnReceived(int count, long now) => _input.OnReceived(count, _owner.Host, _writer, now);

    /// <summary>Fills <paramref name="segments"/> with what is to be sent; returns how many.</summary>
    public int PeekSend(Span<OutputSegment> segments)
    {
        if (State == ReplicaLinkState.Closed) return 0;
        Progress();
        return _output.Peek(segments);
    }

    /// <summary>That many of the peeked bytes were sent.</summary>
    public void OnSent(long count, long now)
    {
        if (State == ReplicaLinkState.Closed) return;
        _output.Advance(count);
        SentBytes += count;
        LastSent = now;
        Progress();
        if (State == ReplicaLinkState.Online && _output.Literal.IsEmpty && IsThrough) Close("RDB transfer completed, rdb only replica");
    }

    /// <summary>The connection is gone.</summary>
    public void OnClosed()
    {
        if (State == ReplicaLinkState.Closed) return;
        End("connection lost");
    }

    /// <summary>Drops the replica.</summary>
    public void Close(string reason)
    {
        if (State == ReplicaLinkState.Closed) return;
        End(reason);
        _owner.Host.Disconnect(this);
    }

    /// <summary>The snapshot that it is sent, or null.</summary>
    internal SnapshotStream? Snapshot => _snapshot;

    /// <summary>Whether the encoder of its snapshot waits for readers. Replicas that are fed from a file hold nobody up.</summary>
    internal bool MayHoldUpSync =>
        _snapshot is { Status: SnapshotStatus.Writing, Format.HasLength: false, HasRoom: false } && _output.Snapshot is { IsOnFile: false };

    /// <summary>Whether it has read all that there is of another encoding of the snapshot than <paramref name="stream"/>.</summary>
    internal bool StarvesBeside(SnapshotStream stream) =>
        _snapshot is { Status: SnapshotStatus.Writing, HasRoom: true } own && own != stream && PayloadSentBytes == own.WrittenBytes;

    /// <summary>Bytes of the log that are held for it because it is in full sync, from the snapshot's offset on, or what of them was not sent yet.</summary>
    internal long SyncLogBytes =>
        (_snapshot != null || IsLoading || State == ReplicaLinkState.BackgroundLoad) && _output.Log is { IsOpen: true } log ? log.PinnedBytes : 0;

    internal ReplicationHistory History => _owner.History;

    /// <summary>Offset up to which the stream was sent to it.</summary>
    internal long StreamOffset => _output.Log is { IsOpen: true } log ? log.Offset - 1 : 0;

    /// <summary>Bytes of the stream that wait to be sent.</summary>
    internal long UnsentBytes => _output.Log is { IsOpen: true } log ? log.PendingBytes : 0;

    // A partial resync that was allowed must not be cut off by a smaller limit, again and again: neither by one below the backlog's size, nor
    // because the log held more than that when it began. What it began with counts for as long as it was not sent.
    internal long HardLimitBytes => _owner.Settings.OutputHardLimitBytes == 0 ? long.MaxValue
        : Math.Max(_owner.Settings.OutputHardLimitBytes, _owner.BacklogSize) + _resumedBytes;

    internal long SoftLimitBytes => _owner.Settings.OutputSoftLimitBytes == 0 ? long.MaxValue : _owner.Settings.OutputSoftLimitBytes;

    internal long SoftLimitSeconds => _owner.Settings.OutputSoftLimitSeconds;

    /// <summary>Time since when the soft limit is exceeded; -1 when it is not.</summary>
    internal long SoftLimitSince { get; private set; } = -1;

    internal long TimeoutMicroseconds => _owner.Settings.TimeoutSeconds * PrimaryReplication.Second;

    /// <summary>Notes its rates.</summary>
    internal void Sample(long now) => _meter.Note(this, now);

    /// <summary>For how long it has done nothing although something was expected of it, which repl-timeout bounds.</summary>
    internal long SilenceAt(long now) => State switch
    {
        ReplicaLinkState.Online when !IsPrePsync => now - AckTime,
        ReplicaLinkState.BackgroundLoad when _companion == null => now - AckTime, // it loads, and says so
        ReplicaLinkState.WaitEnd or ReplicaLinkState.SendBulk when _output.SnapshotIsOpen && _output.Peek(_one) > 0 => now - LastSent,
        _ => 0,
    };

    internal void OnAck(long offset, long durable, long now)
    {
        if (!IsReplica) return;
        AckTime = now;
        if (State == ReplicaLinkState.BackgroundLoad) EnterOnline();
        var counts = offset > AckOffset || durable > DurableOffset;
        if (!HasAcknowledged && State == ReplicaLinkState.Online)
        {
            HasAcknowledged = counts = true; // it did not count before, whatever its offset
            _meter.RestartApplied(offset, now);
        }

        if (offset > AckOffset) LastAdvance = now;
        AckOffset = Math.Max(AckOffset, offset);
        if (State == ReplicaLinkState.Online) _owner.History.NoteShared(offset);
        DurableOffset = Math.Max(DurableOffset, Math.Min(durable, AckOffset));
        if (IsLoading && State == ReplicaLinkState.Online)
        {
            IsLoading = false;
            _output.LogIsOpen = true;
        }

        if (counts) _owner.Host.OnAcknowledged();
    }

    internal void OnVerification(ReadOnlySpan<byte> message) => _owner.Host.OnVerification(this, message);

    /// <summary>The snapshot begins, at the end of the log.</summary>
    internal void BeginSnapshot(SnapshotStream snapshot, ReadOnlySpan<byte> mark, long now)
    {
        EnterSnapshot(snapshot, _owner.History.Log.EndOffset, now);
        if (snapshot.Format.HasLength) return;
        mark.CopyTo(_mark);
        _writer.Raw("$EOF:"u8);
        _writer.Raw(_mark);
        _writer.LineEnd();
        _output.SnapshotIsOpen = true;
    }

    /// <summary>
    /// Joins a snapshot that <paramref name="other"/> waits for: possible while it is being spooled, because then nothing of it is gone and
    /// the other pins the log at its offset.
    /// </summary>
    internal bool TryJoin(ReplicaLink other, long now)
    {
        var snapshot = other._snapshot;
        var canJoin = other.State == ReplicaLinkState.WaitEnd && !other._output.SnapshotIsOpen && snapshot is { CanJoin: true } &&
            snapshot.Format == Format && other._output.Log != null && CanApply(other._output.Log);
        if (canJoin) EnterSnapshot(snapshot!, other._output.Log!.Offset - 1, now);
        return canJoin;
    }

    /// <summary>Between units: takes note of how the snapshot went, and enforces the limits.</summary>
    internal void AfterUnits(long now)
    {
        Progress();
        if (IsReplica && _output.Log is { IsOpen: true } log && !CanApply(log)) CloseBeforeFieldExpiry();
        if (IsReplica) CheckLimits(now);
    }

    private bool CanApply(LogCursor stream) => KnowsFieldExpiry || stream.Offset > History.Log.FieldExpiryOffset;

    // A replica sends on the stream of its primary as it is, which may know nothing of whoever is behind it. One that could not apply what has come, and would
    // be another data set from then on, gets a full sync instead.
    private void CloseBeforeFieldExpiry()
    {
        _owner.Host.Log(
            LogLevel.Warning,
            $"Replica {Name} gets a full sync: it may be a Redis before 7.4, which drops transactions with times of hash fields in them, and the stream has " +
            $"one up to offset {History.Log.FieldExpiryOffset}. Let it follow the primary itself, or see repl-oldest-redis-replica.");
        Close("times of hash fields in a transaction");
    }

    private void EnterSnapshot(SnapshotStream snapshot, long offset, long now)
    {
        var history = _owner.History;
        _snapshot = snapshot;
        _output.Snapshot = snapshot.OpenCursor();
        if (!IsPayloadOnly || IsChannelOfSync) _output.Log = history.Log.TryOpenCursor(offset + 1); // a channel holds it for the other connection
        AckOffset = 0;
        LastSent = now;
        State = ReplicaLinkState.WaitEnd;
        Window.BeginSync(now);
        _meter.Restart(this, now);
        if (!IsPrePsync) _writer.SimpleString(Encoding.ASCII.GetBytes($"FULLRESYNC {history.Identity.Id} {offset}"));
        if (Options.IsChannel) EnterChannelSnapshot(offset, now);
    }

    /// <summary>Once a second: signs of life, timeouts.</summary>
    internal void OnSecond(long now)
    {
        var timeout = _owner.Settings.TimeoutSeconds * PrimaryReplication.Second;
        switch (State)
        {
            case ReplicaLinkState.WaitStart:
                SendNewline();
                break;
            case ReplicaLinkState.WaitEnd when !_output.SnapshotIsOpen:
                SendNewline();
                LastSent = now;
                break;
            case ReplicaLinkState.WaitEnd or ReplicaLinkState.SendBulk:
                if (!HasOutput()) LastSent = now; // the encoder is behind, not the replica
                if (now - LastSent > timeout) TimeOut("full sync");
                break;
            case ReplicaLinkState.WaitChannel:
                if (now - AckTime > timeout) TimeOut("full sync");
                break;
            case ReplicaLinkState.BackgroundLoad when _companion == null:
                if (now - AckTime > timeout) TimeOut("full sync"); // before, its channel is what shows that it lives
                break;
            case ReplicaLinkState.Online when Options.IsChannel:
                if (now - AckTime > timeout) Close("its main connection did not ask for the stream");
                break;
            case ReplicaLinkState.Online when !IsPrePsync:
                if (now - AckTime > timeout) TimeOut("streaming sync");
                break;
        }
    }

    /// <summary>Whether bytes wait to be sent.</summary>
    public bool HasOutput() => PeekSend(_one) > 0;

    /// <summary>client-output-buffer-limit: drops the replica when it holds too much, or a bit less for too long.</summary>
    private void CheckLimits(long now)
    {
        var used = _output.MemoryBytes;
        _resumedBytes = Math.Min(_resumedBytes, used);
        if (used < SoftLimitBytes) SoftLimitSince = -1;
        else if (SoftLimitSince < 0) SoftLimitSince = now;
        var tooLong = SoftLimitSince >= 0 && now - SoftLimitSince > SoftLimitSeconds * PrimaryReplication.Second;
        if (used < HardLimitBytes && !tooLong) return;
        _owner.LimitDisconnections++;
        _owner.Host.Log(LogLevel.Warning, $"Replica {Name} scheduled to be closed ASAP for overcoming of output buffer limits ({used} bytes).");
        Close("output buffer limit");
    }

    private void TimeOut(string phase)
    {
        _owner.Host.Log(LogLevel.Warning, $"Disconnecting timedout replica ({phase}): {Name}");
        Close("timeout");
    }

    private bool CanSync(ReplyWriter reply)
    {
        if (_owner.Host.IsOffsetFrozen)
        {
            reply.Error("NOMASTERLINK Can't SYNC while failing over"u8);
        }
        else if (!_owner.CanServe)
        {
            reply.Error("NOMASTERLINK Can't SYNC while not connected with my master"u8);
        }
        else if (!reply.Buffer.IsEmpty)
        {
            reply.Error("ERR SYNC and PSYNC are invalid with pending output"u8);
        }
        else if (Options.Content != SnapshotContent.All && !Options.Can(ReplicaCapabilities.Eof))
        {
            reply.Error("ERR Filtered replica requires EOF capability"u8);
        }
        else
        {
            return true;
        }

        return false;
    }

    private void StartPartial(long offset, long now)
    {
        var history = _owner.History;
        _output.Log = history.Log.TryOpenCursor(offset) ?? throw new InvalidOperationException($"Offset {offset} was promised and is not held.");
        _output.LogIsOpen = true;
        _resumedBytes = _output.MemoryBytes;
        var channel = _owner.FindChannel(_channelClientId);
        State = channel == null ? ReplicaLinkState.Online : ReplicaLinkState.BackgroundLoad;
        AckTime = LastSent = now;
        AckOffset = 0;
        _meter.Restart(this, now);
        var text = Options.Can(ReplicaCapabilities.Psync2) ? $"CONTINUE {history.Identity.Id}" : "CONTINUE";
        _writer.SimpleString(Encoding.ASCII.GetBytes(text));
        _owner.OnPartialStarted(this, _output.Log.PendingBytes, offset, isPartOfFull: channel != null);
        if (channel == null) return;
        Window.BeginSync(now);
        Attach(channel);
    }

    private void StartFull(long now)
    {
        State = ReplicaLinkState.WaitStart;
        WaitingSince = LastSent = AckTime = now;
        _owner.OnFullRequested(this);
    }

    // Goes from one part of the output to the next when its time has come.
    private void Progress()
    {
        if (_snapshot == null) return;
        if (_output.Snapshot?.Failure is { } failure)
        {
            _owner.Host.Log(LogLevel.Warning, $"Snapshot for replica {Name} failed: {failure}");
            Close("snapshot failed");
            return;
        }

        if (!_output.SnapshotIsOpen && _snapshot.Length >= 0)
        {
            _writer.Raw(Encoding.ASCII.GetBytes($"${_snapshot.Length}\r\n"));
            _output.SnapshotIsOpen = true;
            State = ReplicaLinkState.SendBulk;
        }

        if (_output.SnapshotIsOpen && _output.Snapshot!.IsAtEnd) EndPayload();
    }

    private void EndPayload()
    {
        var hasMark = !_snapshot!.Format.HasLength;
        _snapshot = null;
        _output.CloseSnapshot();
        if (hasMark) _writer.Raw(_mark);
        State = ReplicaLinkState.Online;
        IsLoading = !IsPayloadOnly && (hasMark || !IsPrePsync); // one that came with SYNC acknowledges nothing
        _output.LogIsOpen = !hasMark && !IsPayloadOnly;
        AckTime = _owner.History.Log.Now;
        _owner.CountGood(AckTime);
        if (hasMark)
        {
            _owner.Host.Log(
                LogLevel.Notice,
                $"Streamed RDB transfer with replica {Name} succeeded (socket). Waiting for REPLCONF ACK from replica to enable streaming");
        }

        _owner.Host.Log(
            LogLevel.Notice,
            IsPayloadOnly ? $"RDB transfer completed, rdb only replica ({Name}) should be disconnected asap"
                : $"Synchronization with replica {Name} succeeded");
    }

    private void SendNewline()
    {
        if (_output.Literal.IsEmpty) _writer.Raw("\n"u8);
    }

    private void End(string reason)
    {
        var wasReplica = IsReplica;
        var isUnfinished = _snapshot != null || State == ReplicaLinkState.WaitStart;
        CloseReason = reason;
        State = ReplicaLinkState.Closed;
        _snapshot = null;
        _output.Close();
        _input.Close();
        if (!wasReplica) return;
        _owner.Host.Log(LogLevel.Notice, $"Connection with replica {Name} lost.");
        _owner.Remove(this);
        EndCompanion(isUnfinished);
    }
}
