using Redouble.Core.Text;
using Redouble.Protocol.Requests;
using Redouble.Replication.Log;

namespace Redouble.Replication.Replica;

/// <summary>What ended a <see cref="StreamReader.Process"/>.</summary>
internal enum StreamStatus : byte
{
    /// <summary>Everything whole was applied.</summary>
    Ok,

    /// <summary>The time of the slice is used up; there is more in the buffer, and it may be whole.</summary>
    Cut,

    /// <summary>The bytes are not a primary's stream.</summary>
    ProtocolError,

    /// <summary>A command that does not exist here; nothing of it was applied.</summary>
    UnknownCommand,

    /// <summary>A command for a database, and which one the stream is in is not known, or not here; nothing of it was applied.</summary>
    UnknownDatabase,

    /// <summary>A command or transaction that the buffer cannot hold; nothing of it was applied.</summary>
    TooLarge,
}

/// <summary>
/// Applies the primary's stream, and appends to the node's own log exactly the bytes that are applied.
/// <code>
///   buffer   │ SET … │ INCR … │ MULTI │ SET … │ DEL … │ SE
///            ▲                ▲                       ▲   └ half a frame: waits
///            │                │                       └ scanned: a transaction is looked through until its EXEC is there …
///            │                └ applied, and end of the log: … and only then applied, as a whole
///            └ applied with this batch
/// </code>
/// So the offset moves at command edges outside MULTI only, and a link that breaks loses what is behind it and nothing else: PSYNC asks
/// for it again. Commands are found in batches before they are applied, because prefetching their keys halves the cost of cache misses.
/// Blank lines are bytes of the stream like any other.
/// <para>
/// Between any two units (of a batch, too) the applier may say that the slice is over. What is not applied then stays in the buffer, and the rest of its batch
/// as it was found: the next call begins with it.
/// </para>
/// </summary>
internal sealed class StreamReader(ReplicationLog log, IStreamApplier applier, IReplicaHost host, AckSender acks, ReceiveBuffer buffer)
{
    private const int BatchMax = 64;

    private static readonly ScanLimits Unlimited = new(long.MaxValue);

    private readonly CommandBatch.Place[] _places = new CommandBatch.Place[BatchMax];
    private readonly ArgumentTable _shared = new();
    private ArgumentTable? _own; // of a long request that has arrived in part
    private RequestScanner _scanner;
    private int _count;          // whole commands found and not applied
    private int _scanned;        // bytes of the buffer they take; in a transaction, bytes looked through
    private bool _inTransaction;
    private bool _isCut;         // those _count commands are the rest of a batch
    private bool _awaitsSelect; // before anything that is for a database
    private long _bytesNeeded;

    /// <summary>The name of the command that is unknown here.</summary>
    public string UnknownName { get; private set; } = "";

    /// <summary>Whether it is a SELECT, which is known, of a database that is not here.</summary>
    public bool LacksDatabase { get; private set; }

    /// <summary>Bytes that the command or transaction at the start of the buffer takes at least, after <see cref="StreamStatus.TooLarge"/>.</summary>
    public long BytesNeeded => _bytesNeeded;

    /// <summary>
    /// The stream begins, or goes on behind the end of the log, in <paramref name="database"/>. When that is not known (-1), or not here, it has to say
    /// another one before its next data: none is guessed.
    /// </summary>
    public void Begin(int database)
    {
        Reset();
        _awaitsSelect = !applier.HasDatabase(database);
        applier.BeginStream(_awaitsSelect ? 0 : database);
    }

    /// <summary>Forgets what was scanned: the buffer starts anew at an applied edge.</summary>
    public void Reset()
    {
        _scanner.Reset();
        _shared.Clear();
        _own = null;
        _count = _scanned = 0;
        _inTransaction = _isCut = false;
    }

    /// <summary>Applies what is whole in the buffer, all of it or what the slice has time for: one unit at least.</summary>
    public StreamStatus Process()
    {
        if (_isCut && Flush() is var left and not StreamStatus.Ok) return left;
        while (true)
        {
            var rest = buffer.Unread[_scanned..];
            if (rest.IsEmpty) return FlushAndWait(1);
            var table = _own is { Count: > 0 } ? _own : _shared;
            var scan = ScanStatus.Error;
            var length = 0;
            if (rest[0] is (byte)'*' or (byte)'\r' or (byte)'\n') scan = _scanner.Scan(rest, table, Unlimited, out length);
            if (scan == ScanStatus.Complete && rest[0] != '*') scan = ScanStatus.Error; // an inline command behind a carriage return
            switch (scan)
            {
                case ScanStatus.Incomplete:
                    _scanner.Suspend(_shared, ref _own);
                    return FlushAndWait(_scanner.BytesNeeded);
                case ScanStatus.Error:
                    var flushed = FlushAndWait(_scanner.Error == ScanError.None ? 0 : _scanner.BytesNeeded);
                    if (flushed == StreamStatus.Cut) _scanner.Reset(); // it will be found again
                    return flushed == StreamStatus.Ok ? StreamStatus.ProtocolError : flushed;
                default:
                    var status = Take(table, length);
                    if (status != StreamStatus.Ok) return status;
                    break;
            }
        }
    }

    // Deals with the command (or blank line) at _scanned: adds it to the batch, or applies it.
    private StreamStatus Take(ArgumentTable table, int length)
    {
        var place = new CommandBatch.Place(_scanned, length, _scanner.ArgumentStart, table.Count - _scanner.ArgumentStart);
        if (_inTransaction) return TakeInTransaction(table, place);
        if (place.ArgumentCount == 1 && IsNamed(table, place, "multi"u8))
        {
            var status = Flush();
            if (status != StreamStatus.Ok) return status;
            _inTransaction = true;
            _scanned = length;
            return StreamStatus.Ok;
        }

        if (ReferenceEquals(table, _own))
        {
            var status = Flush();
            if (status == StreamStatus.Ok) status = Apply([place with { Start = 0 }], table, length, out _);
            _own.Clear();
            return status;
        }

        _places[_count++] = place;
        _scanned += length;
        return _count == BatchMax ? Flush() : StreamStatus.Ok;
    }

    private StreamStatus TakeInTransaction(ArgumentTable table, CommandBatch.Place place)
    {
        var isExec = false;
        if (place.ArgumentCount > 0)
        {
            var command = FrameAt(buffer.Unread, place, table);
            isExec = place.ArgumentCount == 1 && AsciiCase.EqualsIgnoreCase(command[0], "exec"u8);
            if (!isExec && !IsLinkCommand(command))
            {
                if (!applier.Knows(command)) return Unknown(command);
                if (IsSelect(command)) _awaitsSelect = false; // it will have been applied before what follows
                else if (_awaitsSelect) return UnknownDatabase(command);
            }
        }

        table.Clear();
        _scanned += place.Length;
        return isExec ? ApplyTransaction() : StreamStatus.Ok;
    }

    // What is at hand is used up. More has to come until needed bytes are there behind what was looked through; that they fit is known beforehand.
    private StreamStatus FlushAndWait(int needed)
    {
        var status = Flush();
        _bytesNeeded = (long)_scanned + needed;
        return status == StreamStatus.Ok && _bytesNeeded > buffer.BytesMax ? StreamStatus.TooLarge : status;
    }

    private StreamStatus Flush()
    {
        if (_inTransaction || _count == 0) return StreamStatus.Ok;
        var places = _places.AsSpan(0, _count);
        var status = Apply(places, _shared, _scanned, out var applied);
        _isCut = status == StreamStatus.Cut && applied < _count;
        if (_isCut)
        {
            var consumed = places[applied].Start;
            for (var i = applied; i < places.Length; i++) places[i - applied] = places[i] with { Start = places[i].Start - consumed };
            _count -= applied;
            _scanned -= consumed;
            return status;
        }

        _count = _scanned = 0;
        _shared.Clear();
        return status;
    }

    // Applies commands that take the first bytes of the buffer, and moves them to the log; all of them, unless the slice is over or one is unknown.
    private StreamStatus Apply(ReadOnlySpan<CommandBatch.Place> places, ArgumentTable table, int length, out int applied)
    {
        var window = buffer.Unread[..length];
        var batch = new CommandBatch(window, places, table);
        var start = log.EndOffset;
        var status = StreamStatus.Ok;
        var (runStart, runKind, end) = (0, AppendKind.Data, 0);
        applier.Prepare(batch);
        for (applied = 0; applied < places.Length && status == StreamStatus.Ok; applied++)
        {
            ref readonly var place = ref places[applied];
            var kind = AppendKind.Keepalive; // a blank line
            if (place.ArgumentCount > 0)
            {
                var command = batch[applied];
                log.NoteApplied(start + place.Start + place.Length);
                status = ApplyOne(command, start + place.Start, ref kind);
                if (status != StreamStatus.Ok) break;
                if (applier.IsSliceOver) status = StreamStatus.Cut;
            }

            if (kind != runKind)
            {
                log.Append(window[runStart..end], runKind);
                (runStart, runKind) = (end, kind);
            }

            end += place.Length;
        }

        log.Append(window[runStart..end], runKind);
        log.NoteApplied(0);
        buffer.Consume(end);
        return status == StreamStatus.Cut && buffer.Unread.IsEmpty ? StreamStatus.Ok : status;
    }

    // MULTI … EXEC are the first _scanned bytes of the buffer, and every command of them is known.
    private StreamStatus ApplyTransaction()
    {
        var start = log.EndOffset;
        var window = buffer.Unread[.._scanned];
        var scanner = default(RequestScanner);
        var kind = AppendKind.Data;
        var at = 0;
        log.NoteApplied(start + _scanned);
        applier.BeginTransaction();
        while (at < _scanned)
        {
            _shared.Clear();
            scanner.Scan(window[at..], _shared, Unlimited, out var length);
            if (_shared.Count > 0)
            {
                var command = FrameAt(window, new CommandBatch.Place(at, length, 0, _shared.Count), _shared);
                var framing = command.Count == 1 && (at == 0 || at + length == _scanned); // MULTI and EXEC themselves
                if (!framing && ApplyOne(command, start, ref kind) != StreamStatus.Ok)
                {
                    throw new InvalidOperationException($"A command that was known when its transaction began is not: {UnknownName}.");
                }
            }

            at += length;
        }

        applier.EndTransaction();
        log.Append(window);
        log.NoteApplied(0);
        buffer.Consume(_scanned);
        Reset();
        return applier.IsSliceOver && !buffer.Unread.IsEmpty ? StreamStatus.Cut : StreamStatus.Ok;
    }

    // ackOffset: applied before this command, outside of any transaction that it is in. That is what Redis answers GETACK with.
    private StreamStatus ApplyOne(in CommandFrame command, long ackOffset, ref AppendKind kind)
    {
        kind = AppendKind.Data;
        var name = command[0];
        switch (name.Length)
        {
            case 4 when AsciiCase.EqualsIgnoreCase(name, "ping"u8):
                kind = AppendKind.Keepalive;
                break;
            case 6 when IsSelect(command):
                kind = AppendKind.Select;
                break;
            case 8 when IsLinkCommand(command):
                kind = AppendKind.Keepalive;
                AnswerReplconf(command, ackOffset);
                return StreamStatus.Ok;
            case 7 when AsciiCase.EqualsIgnoreCase(name, "publish"u8):
            case 8 when AsciiCase.EqualsIgnoreCase(name, "spublish"u8):
                kind = AppendKind.Message;
                break;
        }

        if (_awaitsSelect && kind is not (AppendKind.Select or AppendKind.Keepalive)) return UnknownDatabase(command);
        if (applier.Apply(command) != ApplyStatus.Applied) return Unknown(command);
        if (kind == AppendKind.Select) NoteSelect(command);
        if (FieldExpiryUnits.MayBeDecisive(name) && FieldExpiryUnits.IsDecisive(command.Bytes, _inTransaction)) log.NoteFieldExpiry();
        return StreamStatus.Ok;
    }

    // Only now: one that is not here must not be gone on in when the link comes back.
    private void NoteSelect(in CommandFrame command)
    {
        if (!Integers.TryParse(command[1], out var database) || !applier.HasDatabase((int)Math.Clamp(database, -1, int.MaxValue))) return;
        log.NoteStreamDatabase((int)database);
        _awaitsSelect = false;
    }

    private void AnswerReplconf(in CommandFrame command, long ackOffset)
    {
        if (command.Count != 3 || !AsciiCase.EqualsIgnoreCase(command[1], "getack"u8)) return;
        acks.Send(ackOffset);
        if (!command[2].SequenceEqual("*"u8) && !_inTransaction) host.OnMark(command[2], ackOffset + command.Bytes.Length);
    }

    private StreamStatus Unknown(in CommandFrame command)
    {
        // A SELECT is known everywhere; what is not is its database.
        LacksDatabase = command.Count > 1 && AsciiCase.EqualsIgnoreCase(command[0], "select"u8);
        if (LacksDatabase)
        {
            UnknownName = $"SELECT {ErrorText.Printable(command[1], 64)}";
            return StreamStatus.UnknownCommand;
        }

        UnknownName = ErrorText.Printable(command[0], ErrorText.NameMax);
        return StreamStatus.UnknownCommand;
    }

    private StreamStatus UnknownDatabase(in CommandFrame command)
    {
        UnknownName = ErrorText.Printable(command[0], ErrorText.NameMax);
        return StreamStatus.UnknownDatabase;
    }

    private bool IsNamed(ArgumentTable table, CommandBatch.Place place, ReadOnlySpan<byte> lowerName) =>
        AsciiCase.EqualsIgnoreCase(FrameAt(buffer.Unread, place, table)[0], lowerName);

    private static bool IsSelect(in CommandFrame command) => command.Count == 2 && AsciiCase.EqualsIgnoreCase(command[0], "select"u8);

    private static bool IsLinkCommand(in CommandFrame command) => AsciiCase.EqualsIgnoreCase(command[0], "replconf"u8);

    private static CommandFrame FrameAt(ReadOnlySpan<byte> window, CommandBatch.Place place, ArgumentTable table) =>
        new(window.Slice(place.Start, place.Length), table, place.ArgumentStart, place.ArgumentCount);
}
