using System.Text;
using Redouble.Core.Checksums;
using Redouble.Core.Platform;
using Redouble.Core.Text;
using Redouble.Engine.Replication;
using Redouble.Persistence.Aof;
using Redouble.Persistence.Rdb;
using Redouble.Protocol.Requests;
using Redouble.Replication;
using Redouble.Replication.Replica;

namespace Redouble.Engine.Persistence.Aof;

/// <summary>
/// One append-only file on its way into the data set, a chunk at a time. Commands go through the applier of a primary's stream, in batches whose keys are
/// prefetched.
/// <code>
///   buffer   │ SET … │ #RD:… │ INCR … │ MULTI │ SET … │ DEL … │ SE
///            └ applied with this batch ┘       ▲                └ cut: waits for the next chunk
///                                              └ looked through until EXEC is there, and only then applied, as a whole
/// </code>
/// What is not whole when the file ends was never applied: <see cref="ValidLength"/> is where it begins. An annotation that is not whole is no damage.
/// </summary>
internal sealed class AofFileLoad : IDisposable
{
    private const int ChunkSize = 64 * 1024;
    private const int BatchMax = 64;

    private readonly Node _node;
    private readonly StreamApplier _applier;
    private readonly AofPlaces _places;
    private readonly AofTail _tail;
    private readonly IReadableFile _file;
    private readonly ReceiveBuffer _buffer;
    private readonly ArgumentTable _arguments = new();
    private readonly CommandBatch.Place[] _batch = new CommandBatch.Place[BatchMax];
    private RdbLoad? _rdb;
    private int _count;     // commands found and not applied
    private int _scanned;   // bytes of the buffer that are theirs, or were looked through in a transaction
    private int _summed;    // bytes of the buffer that are in the checksum
    private long _needed;   // bytes of the buffer before it is worth looking again behind _scanned
    private bool _isEnd;    // all of the file has been read
    private bool _isOpen;   // the first bytes have been looked at
    private bool _inTransaction;
    private bool _hasData;  // there is a command in the batch behind its last annotation
    private long _commands;

    public AofFileLoad(Node node, StreamApplier applier, AofPlaces places, AofTail tail, IReadableFile file)
    {
        (_node, _applier, _places, _tail, _file) = (node, applier, places, tail, file);
        _buffer = new ReceiveBuffer(node.Blocks, ChunkSize);
    }

    /// <summary>Bytes of the file.</summary>
    public long Length => _file.Length;

    /// <summary>Bytes read and used.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes up to which the file holds whole units.</summary>
    public long ValidLength => Position;

    /// <summary>Where the damage is, after a failure.</summary>
    public long DamageOffset { get; private set; }

    /// <summary>What is wrong, after a failure that has a name: the unknown command, or the fault of the RDB.</summary>
    public string Failure { get; private set; } = "";

    /// <summary>CRC-64 of the bytes up to <see cref="Position"/>.</summary>
    public ulong Checksum { get; private set; }

    /// <summary>Whether the file began with an RDB; told once its first bytes were read.</summary>
    public bool HasRdb => _rdb != null;

    /// <summary>The RDB it began with, or null.</summary>
    public RdbLoadState? RdbState => _rdb?.State;

    /// <summary>Called when the file turns out to begin with an RDB, and when that has been loaded and something follows.</summary>
    public Action<bool>? OnRdb { get; init; }

    /// <summary>Whether the file ended within MULTI.</summary>
    public bool EndsInTransaction => _inTransaction;

    private bool InRdb { get; set; }

    /// <summary>Reads a chunk and applies what is whole.</summary>
    public AofFileEnd Step()
    {
        if (!_isEnd)
        {
            var free = _buffer.GetFree();
            if (free.IsEmpty) return Fail(AofFileEnd.TooLarge);
            var read = _file.Read(free[..(int)Math.Min(free.Length, Math.Max(1024, _node.Config.LoadingProcessEventsIntervalBytes))]);
            _isEnd = read == 0;
            _buffer.Commit(read);
        }

        if (!_isOpen && !TryOpen()) return AofFileEnd.None;
        if (InRdb && LoadRdb() is var end && (end != AofFileEnd.None || InRdb)) return end;
        return Apply();
    }

    public void Dispose()
    {
        if (InRdb) _rdb?.Drop();
        _file.Dispose();
        _buffer.Clear();
    }

    private bool TryOpen()
    {
        var signature = "REDIS"u8;
        if (_buffer.Unread.Length < signature.Length && !_isEnd) return false;
        _isOpen = true;
        if (!_buffer.Unread.StartsWith(signature) && !_buffer.Unread.StartsWith("VALKEY"u8)) return true;
        InRdb = true;
        OnRdb?.Invoke(false);
        _rdb = new RdbLoad(_node, _node.Keyspace, dropsExpired: false);
        return true;
    }

    private AofFileEnd LoadRdb()
    {
        var status = _rdb!.Feed(_buffer.Unread, out var consumed);
        Consume(consumed);
        if (status == RdbReadStatus.NeedMore && _isEnd) status = _rdb.Finish();
        if (status == RdbReadStatus.NeedMore) return AofFileEnd.None;
        if (status == RdbReadStatus.Failed)
        {
            Failure = _rdb.ErrorText;
            return Fail(AofFileEnd.BadRdb);
        }

        InRdb = false;
        _rdb.LogEnd();
        _node.Functions.AddRange(_rdb.State.Functions);
        _places.Rdb(_rdb.State.ReplicationId, _rdb.State.ReplicationOffset, _rdb.State.StreamDatabase);
        OnRdb?.Invoke(true);
        return AofFileEnd.None;
    }

    private AofFileEnd Apply()
    {
        while (true)
        {
            var rest = _buffer.Unread[_scanned..];
            if (rest.IsEmpty || (rest.Length < _needed && !_isEnd))
            {
                if (!Flush()) return Fail(AofFileEnd.UnknownCommand);
                if (!_isEnd) return AofFileEnd.None;
                return _inTransaction ? Fail(AofFileEnd.Truncated) : AofFileEnd.Complete;
            }

            var first = _arguments.Count;
            var item = AofScanner.Scan(rest, _isEnd, _arguments, out var length);
            _needed = 0;
            switch (item)
            {
                case AofItem.Incomplete:
                    _needed = Math.Min(length, _buffer.BytesMax - _scanned); // more than what a command can be is never there
                    break;
                case AofItem.Annotation when _isEnd && rest[(int)length - 1] != '\n' && length == rest.Length:
                    return EndInAnnotation();
                case AofItem.Annotation:
                    if (!TakeAnnotation(rest[..(int)length])) return Fail(AofFileEnd.UnknownCommand);
                    break;
                case AofItem.Command:
                    if (!Take(new CommandBatch.Place(_scanned, (int)length, first, _arguments.Count - first))) return Fail(AofFileEnd.UnknownCommand);
                    break;
                default:
                    if (!Flush()) return Fail(AofFileEnd.UnknownCommand);
                    return Fail(item == AofItem.Truncated ? AofFileEnd.Truncated : AofFileEnd.Malformed);
            }
        }
    }

    // The end of the file has cut it off. It says nothing then, but what is written behind it would be taken for a part of it.
    private AofFileEnd EndInAnnotation()
    {
        if (!Flush()) return Fail(AofFileEnd.UnknownCommand);
        return _inTransaction ? Fail(AofFileEnd.Truncated) : AofFileEnd.Complete;
    }

    private bool TakeAnnotation(ReadOnlySpan<byte> line)
    {
        if (!_inTransaction)
        {
            NoteData();
            Sum(_scanned);
            _places.Annotation(line, Checksum);
        }

        return Take(new CommandBatch.Place(_scanned, line.Length, _arguments.Count, 0));
    }

    // Takes the item at _scanned; false when there is a command that does not exist.
    private bool Take(CommandBatch.Place place)
    {
        if (_inTransaction) return TakeInTransaction(place);
        if (place.ArgumentCount > 0 && AsciiCase.EqualsIgnoreCase(FrameAt(place)[0], "multi"u8))
        {
            _arguments.Truncate(place.ArgumentStart);
            if (!Flush()) return false;
            _inTransaction = true;
            _scanned = place.Length;
            return true;
        }

        _hasData |= place.ArgumentCount > 0;
        _batch[_count++] = place;
        _scanned += place.Length;
        return _count < BatchMax || Flush();
    }

    private bool TakeInTransaction(CommandBatch.Place place)
    {
        var isExec = false;
        if (place.ArgumentCount > 0)
        {
            var command = FrameAt(place);
            isExec = AsciiCase.EqualsIgnoreCase(command[0], "exec"u8);
            if (!_applier.Knows(command)) return Unknown(command);
        }

        _arguments.Clear();
        _scanned += place.Length;
        if (isExec) ApplyTransaction();
        return true;
    }

    private bool Flush()
    {
        if (_inTransaction || _count == 0) return true;
        var length = _batch[_count - 1].Start + _batch[_count - 1].Length;
        var batch = new CommandBatch(_buffer.Unread[..length], _batch.AsSpan(0, _count), _arguments);
        _applier.Prepare(batch);
        for (var i = 0; i < batch.Count; i++)
        {
            var command = batch[i];
            if (command.Count == 0 || ApplyOne(command)) continue;
            _scanned = _batch[i].Start;
            return Unknown(command);
        }

        NoteData();
        for (var i = 0; i < batch.Count; i++) _tail.Add(batch[i].Bytes);
        _tail.NoteEdge(_applier.Session.Database);
        _arguments.Clear();
        _count = 0;
        Consume(length);
        return true;
    }

    private void NoteData()
    {
        if (_hasData) _places.Data();
        _hasData = false;
    }

    // MULTI … EXEC are the first _scanned bytes of the buffer, and every command of them is known.
    private void ApplyTransaction()
    {
        var window = _buffer.Unread[.._scanned];
        _applier.BeginTransaction();
        for (var at = 0; at < _scanned;)
        {
            _arguments.Clear();
            AofScanner.Scan(window[at..], isEnd: true, _arguments, out var length);
            _tail.Add(window.Slice(at, (int)length), inTransaction: true);
            var isFraming = at == 0 || at + length == _scanned; // MULTI and EXEC themselves
            if (_arguments.Count > 0 && !isFraming && !ApplyOne(new CommandFrame(window.Slice(at, (int)length), _arguments, 0, _arguments.Count)))
            {
                throw new InvalidOperationException("A command that was known when its transaction began is not.");
            }

            at += (int)length;
        }

        _applier.EndTransaction();
        _tail.NoteEdge(_applier.Session.Database);
        _arguments.Clear();
        _inTransaction = false;
        _places.Data();
        Consume(_scanned);
    }

    private bool ApplyOne(in CommandFrame command)
    {
        if (_applier.Apply(command) != ApplyStatus.Applied) return false;
        _commands++;
        if (_node.Config.KeyLoadDelay != 0) KeyDelay.Wait(_node.Parts.Host, _node.Config.KeyLoadDelay, _commands);
        return true;
    }

    private bool Unknown(in CommandFrame command)
    {
        var isSelect = command.Count > 1 && AsciiCase.EqualsIgnoreCase(command[0], "select"u8); // which is known, unlike its database
        Failure = isSelect ? $"SELECT {Printable(command[1])}" : Printable(command[0]);
        return false;
    }

    private static string Printable(ReadOnlySpan<byte> word) => Encoding.Latin1.GetString(word[..Math.Min(word.Length, 128)]);

    private CommandFrame FrameAt(CommandBatch.Place place) =>
        new(_buffer.Unread.Slice(place.Start, place.Length), _arguments, place.ArgumentStart, place.ArgumentCount);

    private AofFileEnd Fail(AofFileEnd end)
    {
        DamageOffset = Position + _scanned;
        return end;
    }

    private void Consume(int count)
    {
        Sum(count);
        _buffer.Consume(count);
        Position += count;
        _summed = 0;
        _scanned = Math.Max(0, _scanned - count);
    }

    private void Sum(int until)
    {
        Checksum = Crc64.Append(Checksum, _buffer.Unread[_summed..until]);
        _summed = until;
    }
}
