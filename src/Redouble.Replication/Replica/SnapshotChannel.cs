using System.Globalization;
using Redouble.Core.Memory;
using Redouble.Core.Text;
using Redouble.Protocol.Replies;
using Redouble.Replication.Identity;
using static Redouble.Replication.Replica.PrimaryLines;

namespace Redouble.Replication.Replica;

/// <summary>
/// Replica side: the second connection of a full sync over two channels, on which the payload comes while the stream behind it comes on the
/// link's own. What it learns and how it ends it tells its <see cref="PrimaryLink"/>, which also keeps its time. States:
/// <see cref="SnapshotChannelState"/>.
/// </summary>
public sealed class SnapshotChannel : IPrimaryConnection
{
    private readonly PrimaryLink _link;
    private readonly IReplicaHost _host;
    private readonly ReplicationSettings _settings;
    private readonly PayloadTransfer _payload;
    private readonly ReceiveBuffer _buffer;
    private readonly ReplyBuffer _output;
    private readonly ReplyWriter _writer;
    private FullSyncStart _place;
    private bool _pumping;

    internal SnapshotChannel(PrimaryLink link, IReplicaHost host, ReplicationSettings settings, PayloadTransfer payload, BlockPool pool, int receiveCapacity)
    {
        _link = link;
        _host = host;
        _settings = settings;
        _payload = payload;
        _buffer = new ReceiveBuffer(pool, receiveCapacity);
        _output = new ReplyBuffer(pool);
        _writer = new ReplyWriter(_output);
    }

    /// <summary>Where it stands.</summary>
    public SnapshotChannelState State { get; private set; }

    /// <summary>Which way of two channels is spoken.</summary>
    public ChannelDialect Dialect { get; private set; }

    /// <summary>Time of its last byte from the primary.</summary>
    public long LastIo { get; internal set; }

    /// <summary>Whether it has something to wait for from the primary.</summary>
    internal bool IsReceiving => State is not (SnapshotChannelState.None or SnapshotChannelState.Complete);

    /// <inheritdoc/>
    public string ConnectStep { get; set; } = "connect";

    /// <inheritdoc/>
    public bool WantsRead => State switch
    {
        SnapshotChannelState.None or SnapshotChannelState.Connecting or SnapshotChannelState.Complete => false,
        SnapshotChannelState.Payload => _host.WantsPayload,
        _ => true,
    };

    /// <summary>The step for messages.</summary>
    internal string StepName => State switch
    {
        SnapshotChannelState.Connecting => $"full sync channel, {ConnectStep}",
        SnapshotChannelState.AuthReply => "full sync channel, AUTH",
        SnapshotChannelState.IntroductionReply => "full sync channel, REPLCONF",
        SnapshotChannelState.Payload => "full sync, payload",
        SnapshotChannelState.Complete => "full sync, load",
        _ => "full sync",
    };

    /// <inheritdoc/>
    public void OnConnected(long now)
    {
        if (State != SnapshotChannelState.Connecting) throw new InvalidOperationException($"A connection was reported in state {State}.");
        LastIo = now;
        var authentication = _settings.Authentication;
        if (authentication != null) Send(authentication);
        SendIntroduction();
        State = authentication != null ? SnapshotChannelState.AuthReply : SnapshotChannelState.IntroductionReply;
    }

    /// <inheritdoc/>
    public Span<byte> GetReceiveBuffer() => WantsRead ? _buffer.GetFree() : [];

    /// <inheritdoc/>
    public void OnReceived(int count, long now)
    {
        LastIo = now;
        _buffer.Commit(count);
        Pump(now);
    }

    /// <inheritdoc/>
    public int PeekSend(Span<OutputSegment> segments) => _output.Peek(segments);

    /// <inheritdoc/>
    public void OnSent(long count) => _output.Advance(count);

    /// <inheritdoc/>
    public void OnPeerGone(long now)
    {
        // It is a full sync's own, and shown as that.
    }

    /// <inheritdoc/>
    public void OnClosed(long now, string reason)
    {
        if (!IsReceiving) return; // whole, or not there
        _link.OnChannelFailed($"{StepName}: {reason}", ChannelFailure.Broken, now);
    }

    internal void Open(ChannelDialect dialect, long now)
    {
        Dialect = dialect;
        State = SnapshotChannelState.Connecting;
        LastIo = now;
        _host.ConnectChannel(this, _link.Host, _link.Port);
    }

    internal void Close()
    {
        if (State == SnapshotChannelState.None) return;
        State = SnapshotChannelState.None;
        _output.Clear();
        _buffer.Clear();
        _host.DisconnectChannel(this);
    }

    internal void Pump(long now)
    {
        if (_pumping) return; // a host may report back from within a call
        _pumping = true;
        while (Step(now))
        {
        }

        _pumping = false;
    }

    private bool Step(long now)
    {
        if (State == SnapshotChannelState.Payload) return ReadPayload();
        if (!WantsRead) return false;
        var length = Next(_buffer.Unread, out var line);
        if (length < 0) _link.OnChannelFailed($"{StepName}: a line without an end", ChannelFailure.Broken, now);
        if (length <= 0) return false;
        if (!line.IsEmpty) ReadLine(line, now);
        if (State == SnapshotChannelState.None) return false;
        _buffer.Consume(length);
        return true;
    }

    private void ReadLine(ReadOnlySpan<byte> line, long now)
    {
        switch (State)
        {
            case SnapshotChannelState.AuthReply when line[0] == '-':
                _link.OnChannelFailed($"Unable to AUTH to MASTER: {Text(line)}", ChannelFailure.Broken, now);
                break;
            case SnapshotChannelState.AuthReply:
                State = SnapshotChannelState.IntroductionReply;
                break;
            case SnapshotChannelState.IntroductionReply when line[0] == '-':
                var refusal = $"Server does not support sync with offset, dual channel sync approach cannot be used: {Text(line)}";
                _link.OnChannelFailed(refusal, ChannelFailure.Refused, now);
                break;
            case SnapshotChannelState.IntroductionReply:
                if (Dialect == ChannelDialect.Valkey) _writer.Raw("SYNC\r\n"u8);
                else Send("PSYNC", "?", "-1");
                State = SnapshotChannelState.Snapshot;
                break;
            case SnapshotChannelState.Snapshot:
                ReadPlace(line, now);
                break;
            default:
                ReadHeader(line, now);
                break;
        }
    }

    private void ReadPlace(ReadOnlySpan<byte> line, long now)
    {
        var database = 0; // where the stream of one that does not tell begins
        var client = 0L;
        var sound = Dialect == ChannelDialect.Valkey
            ? TryReadEndOffset(line, out var offset, out var id, out database, out client)
            : TryReadFullResync(line, out id, out offset);
        if (!sound)
        {
            _link.OnChannelFailed($"Received unexpected response for the snapshot's place: {Text(line)}", ChannelFailure.Refused, now);
            return;
        }

        _place = new FullSyncStart(id, offset, -1);
        _payload.Reset();
        State = SnapshotChannelState.Header;
        _link.OnChannelPlaced(_place, database, client, now);
    }

    private void ReadHeader(ReadOnlySpan<byte> line, long now)
    {
        if (_payload.ReadHeader(line) is { } wrong)
        {
            _link.OnChannelFailed(wrong, ChannelFailure.Broken, now);
            return;
        }

        State = SnapshotChannelState.Payload;
        _payload.Begin(_place);
    }

    private bool ReadPayload()
    {
        var complete = _payload.Read(_buffer, out var moved);
        if (!complete) return moved;
        State = SnapshotChannelState.Complete;
        _host.EndPayload(_link);
        return false;
    }

    // $ENDOFF:<offset> <replid> <database> <client id of this connection>
    internal static bool TryReadEndOffset(ReadOnlySpan<byte> line, out long offset, out ReplicationId id, out int database, out long client)
    {
        (offset, id, database, client) = (-1, ReplicationId.None, -1, 0);
        if (!line.StartsWith("$ENDOFF:"u8)) return false;
        var rest = line["$ENDOFF:".Length..];
        if (!Integers.TryParse(NextWord(ref rest), out offset) || offset is < 0 or > ReplicationHistory.OffsetMax) return false;
        if (!ReplicationId.TryParse(NextWord(ref rest), out id)) return false;
        if (!Integers.TryParse(NextWord(ref rest), out var number) || number is < -1 or > int.MaxValue) return false;
        database = (int)number;
        return Integers.TryParse(rest, out client);
    }

    private static ReadOnlySpan<byte> NextWord(ref ReadOnlySpan<byte> rest)
    {
        var space = rest.IndexOf((byte)' ');
        var word = space < 0 ? rest : rest[..space];
        rest = space < 0 ? [] : rest[(space + 1)..];
        return word;
    }

    private static bool TryReadFullResync(ReadOnlySpan<byte> line, out ReplicationId id, out long offset)
    {
        (id, offset) = (ReplicationId.None, -1);
        return line.StartsWith("+FULLRESYNC"u8) && Handshake.TryReadFullResync(line, out id, out offset);
    }

    // What the others say, and to a Redouble that values may come in forms that only we know: the stream will have what belongs to them.
    private void SendIntroduction()
    {
        var port = _settings.AnnouncedPort.ToString(CultureInfo.InvariantCulture);
        if (Dialect == ChannelDialect.Redis)
        {
            var main = _link.OwnClientId.ToString(CultureInfo.InvariantCulture);
            // Without rdb-only a Redis 8 keeps the stream for the channel too, and counts it as a replica of its own once the payload is through.
            if (_link.IsRedouble)
            {
                Send("REPLCONF", "capa", "eof", "rdb-only", "1", "rdb-channel", "1", "main-ch-client-id", main, "listening-port", port, "capa", "redouble");
            }
            else Send("REPLCONF", "capa", "eof", "rdb-only", "1", "rdb-channel", "1", "main-ch-client-id", main, "listening-port", port);

            return;
        }

        if (_link.IsRedouble) Send("REPLCONF", "capa", "eof", "rdb-only", "1", "rdb-channel", "1", "listening-port", port, "capa", "redouble");
        else Send("REPLCONF", "capa", "eof", "rdb-only", "1", "rdb-channel", "1", "listening-port", port);
    }

    private void Send(params ReadOnlySpan<string> words) => _writer.Request(words);
}

/// <summary>How a second channel failed.</summary>
internal enum ChannelFailure : byte
{
    /// <summary>The connection, or the transfer: to be tried again in the same way.</summary>
    Broken,

    /// <summary>The primary does not speak it after all: the next attempt does without.</summary>
    Refused,
}
