using Redouble.Core.Memory;
using Redouble.Core.Platform;
using Redouble.Persistence.Rdb;
using Redouble.Replication.Primary;
using Redouble.Storage.Keyspace;
using Redouble.Storage.Snapshots;
using ValueType = Redouble.Storage.Keyspace.ValueType;

namespace Redouble.Engine.Persistence;

/// <summary>Where an encoded snapshot goes. Used by the helper thread.</summary>
internal abstract class SnapshotSink
{
    /// <summary>The encoder's output.</summary>
    public abstract RdbOutput Output { get; }

    /// <summary>Everything is written. Throws <see cref="IOException"/> when it cannot be made durable.</summary>
    public abstract void Complete();

    /// <summary>
    /// The snapshot was abandoned, or this failed: nothing more is written, and what was gives its room back, of a large file in steps. Called once, as soon as
    /// that is known.
    /// </summary>
    public abstract void Abandon();

    /// <summary>Data thread: whether anybody wants it still.</summary>
    public virtual bool IsWanted => true;

    /// <summary>What it was at when that happened, for the log.</summary>
    public virtual string Describe(IOException failure) => failure.Message;

    /// <summary>What of the data set goes into it.</summary>
    public virtual SnapshotContent Content => SnapshotContent.All;

    /// <summary>Whether it reads the RDB again at once: then neither compression nor a checksum is of use.</summary>
    public virtual bool IsReadBack => false;

    /// <summary>What it feeds, for sinks that feed something shared.</summary>
    public virtual object? Target => null;

    /// <summary>Data thread: whether it takes more at the moment.</summary>
    public virtual bool HasRoom => true;

    /// <summary>Data thread: native memory of what it encodes into, until that is handed on.</summary>
    public virtual long MemoryBytes => 0;

    /// <summary>
    /// Data thread: more frames are about to be handed over; with them <paramref name="pendingFrameBytes"/>, large values included, are not encoded.
    /// </summary>
    public virtual void BeforeEncode(long pendingFrameBytes)
    {
    }

    /// <summary>Data thread: something was encoded; <paramref name="finished"/> after the last byte or a failure.</summary>
    public virtual void AfterEncode(bool finished)
    {
    }
}

/// <summary>
/// Turns the frames of a snapshot into an RDB of one dialect, on the helper thread, block by block:
/// <code>
/// data thread   Add(frames) ─► input ─┐                       ┌─► OnPaused: blocks go back to the queue
/// helper                              └► RunSlice: encode ─► sink
/// </code>
/// What is encoded is no longer than its frames, so the sink has room for it. A large string is the exception: it may be kept back until its end and then be
/// owed at once. That is written in steps, for which the data thread gives credit while the sink has room (<see cref="GiveCredit"/>).
/// </summary>
internal sealed class SnapshotEncoder : IBackgroundJob
{
    /// <summary>Failure of a snapshot that was given up because it was not wanted any more.</summary>
    public const string Abandoned = "abandoned";

    /// <summary>Steps of a string that is owed for which credit is given at a time: half a megabyte.</summary>
    private const int CreditSteps = 8;

    private readonly Lock _lock = new();
    private readonly Queue<Block> _input = new();
    private readonly List<Block> _encoded = [];
    private readonly IBackgroundExecutor _executor;
    private readonly SnapshotPlan _plan;
    private readonly SnapshotSink _sink;
    private readonly RdbWriter _writer;
    private readonly RdbLongString _string;
    private readonly Action<SnapshotEncoder> _onProgress;
    private Block _frames; // helper: what it is at, up to _position
    private int _position;
    private volatile bool _owes;    // some of a string, see GiveCredit
    private volatile int _credit;   // steps of it that the sink has room for
    private bool _posted;
    private long _handedBytes;  // data thread
    private long _encodedBytes; // helper
    private bool _closed;
    private bool _headWritten;
    private bool _ended;
    private bool _abandoned;
    private int _database = -1;
    private ValueType _openType;
    private long _openEarliestMs = -1; // of the fields of an open hash, where they are written with their times

    /// <param name="executor">The helper.</param>
    /// <param name="plan">What the RDB says of itself and of its databases.</param>
    /// <param name="options">Dialect, checksum, compression.</param>
    /// <param name="sink">Where it goes.</param>
    /// <param name="onProgress">Data thread: called after blocks were encoded or the end was reached.</param>
    public SnapshotEncoder(IBackgroundExecutor executor, SnapshotPlan plan, RdbWriterOptions options, SnapshotSink sink, Action<SnapshotEncoder> onProgress)
    {
        _executor = executor;
        _plan = plan;
        _sink = sink;
        _onProgress = onProgress;
        _writer = new RdbWriter(sink.Output, options);
        _string = new RdbLongString(_writer, compresses: options.Compression != RdbCompression.None);
        if (HasFunctions) _handedBytes = plan.Functions.Sum(static function => function.Length);
        sink.BeforeEncode(_handedBytes); // the head is written even when no frame follows
    }

    /// <summary>Whether the RDB is complete and durable, or has failed.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Data thread: whether it is finished and the data thread has been told, so that nothing of it is under way any more.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Why it failed, or null.</summary>
    public string? Failure { get; private set; }

    /// <summary>Data thread: whether what it still takes serves anybody.</summary>
    public bool IsWanted => !IsFinished && Failure == null && _sink.IsWanted;

    /// <summary>Bytes of RDB written.</summary>
    public long WrittenBytes { get; private set; }

    /// <summary>Records encoded.</summary>
    public long Records { get; private set; }

    /// <summary>Data thread: whether the sink takes more at the moment.</summary>
    public bool HasRoom => IsFinished || _sink.HasRoom;

    /// <summary>Data thread: native memory of what it encodes into.</summary>
    public long MemoryBytes => _sink.MemoryBytes;

    /// <summary>Whether the sink feeds that stream.</summary>
    public bool IsFor(object stream) => _sink.Target == stream;

    /// <summary>Data thread: whether <see cref="GiveCredit"/> would get it on.</summary>
    public bool WantsCredit
    {
        get
        {
            // Without the lock: it is asked in every turn, and the helper may have been put off the core with the lock in its hands. Who sees old
            // values asks again in the next turn.
            return _owes && _credit == 0 && Failure == null && _sink.HasRoom;
        }
    }

    /// <summary>Data thread: the next frames, in order.</summary>
    public void Add(Block frames)
    {
        _handedBytes += FrameBytes(frames);
        Supply(_credit);
        lock (_lock) _input.Enqueue(frames);
        Post();
    }

    /// <summary>Data thread: lets the helper go on with a string that it owes, if it does and the sink has room.</summary>
    public void GiveCredit()
    {
        if (!WantsCredit) return;
        Supply(CreditSteps);
        lock (_lock) _credit = CreditSteps;
        Post();
    }

    /// <summary>Data thread: moves what was encoded on to the sink, without waiting for a pause.</summary>
    public void Progress()
    {
        if (!IsFinished) _sink.AfterEncode(finished: false);
    }

    /// <summary>Data thread: no more frames will come; <paramref name="abandon"/> says why what was written is dropped, null that it is not.</summary>
    public void Close(string? abandon = null)
    {
        lock (_lock)
        {
            _closed = true;
            Failure ??= abandon;
        }

        Post();
    }

    /// <summary>Data thread: takes the blocks that have been encoded.</summary>
    public void TakeEncoded(List<Block> into)
    {
        lock (_lock)
        {
            into.AddRange(_encoded);
            _encoded.Clear();
        }
    }

    /// <inheritdoc/>
    public bool RunSlice()
    {
        lock (_lock)
        {
            if (IsFinished || (Failure == null && _owes && _credit == 0)) return _posted = false;
            if (_frames.IsNone && !_input.TryDequeue(out _frames) && !_owes && !_closed) return _posted = false;
        }

        try
        {
            if (Failure == null) Encode();
        }
        catch (IOException error)
        {
            Failure = _sink.Describe(error);
        }
        catch (OutOfMemoryException refused)
        {
            // For what is compressed, or must be in a row. The heap of the data is none of this thread's, and as it was.
            Failure = $"There is no memory for what is encoded: {refused.Message}";
        }

        // At once, and not when all frames were handed over: a file that cannot be finished may be what keeps the disk full.
        if (Failure != null && !_abandoned)
        {
            _abandoned = true;
            _sink.Abandon();
        }

        lock (_lock)
        {
            if (_owes && _credit > 0) _credit--;
            _owes = _string.Owes && Failure == null;
            if (!_frames.IsNone && (_position == _frames.Length || Failure != null)) ReturnFrames();
            if (!_closed || !_frames.IsNone || _input.Count > 0 || !(Failure == null ? _ended : _abandoned)) return true;
            _string.Close();
            IsFinished = true;
            return _posted = false;
        }
    }

    /// <inheritdoc/>
    public void OnPaused()
    {
        var finished = IsFinished && !HasEnded;
        HasEnded |= finished;
        _sink.AfterEncode(finished);
        GiveCredit();
        _onProgress(this);
    }

    // What the encoder may have to write for these frames: their bytes, those of the blocks they refer to, and twice as much again for what is written
    // longer than it is packed: an integer of eight bytes in a set's listpack becomes twenty digits, a hash's or a sorted set's of one byte an entry of two, a
    // pending entry stands with group and consumer.
    private static long FrameBytes(Block frames)
    {
        long bytes = frames.Length;
        ReadOnlySpan<byte> rest = frames.Written;
        while (SnapshotFrame.TryRead(ref rest, out var frame))
        {
            if (frame.HasBlock) bytes += frame.Block.Length;
            var expands = frame.Kind == SnapshotFrameKind.Part
                ? frame.Encoding != ValueEncoding.Raw
                : frame.Type is ValueType.Set or ValueType.Hash or ValueType.SortedSet && frame.Encoding == ValueEncoding.Listpack;
            if (expands) bytes += 2L * frame.Value.Length;
        }

        return bytes;
    }

    private void Post()
    {
        lock (_lock)
        {
            if (_posted) return;
            _posted = true;
        }

        _executor.Post(this);
    }

    // Rents what the output of all frames under way may take, and of so many steps of a string. What the helper has encoded is read first: whatever it
    // does meanwhile makes this an overestimate.
    private void Supply(int steps)
    {
        var encoded = Volatile.Read(ref _encodedBytes);
        _sink.BeforeEncode(_handedBytes - encoded + ((long)steps * RdbLongString.StepMax));
    }

    private void ReturnFrames()
    {
        _encoded.Add(_frames);
        _frames = Block.None;
        _position = 0;
    }

    private void Encode()
    {
        if (!_headWritten) WriteHead();
        if (_string.Owes) _string.WriteOwed();
        else if (!_frames.IsNone) WriteFrames();
        var isDone = !_string.Owes && (_frames.IsNone || _position == _frames.Length);
        lock (_lock) isDone &= _closed && _input.Count == 0;
        if (isDone)
        {
            _writer.WriteEnd();
            _sink.Complete();
            _ended = true;
        }

        WrittenBytes = _writer.Position;
    }

    // Up to where a string is owed: nothing may come in front of it.
    private void WriteFrames()
    {
        ReadOnlySpan<byte> bytes = HasData ? _frames.Written[_position..] : [];
        while (!_string.Owes && SnapshotFrame.TryRead(ref bytes, out var frame)) WriteFrame(frame);
        _position = _frames.Length - bytes.Length;
        if (_position == _frames.Length) Volatile.Write(ref _encodedBytes, _encodedBytes + FrameBytes(_frames));
    }

    private bool HasData => (_sink.Content & SnapshotContent.Data) != 0;

    private bool HasFunctions => (_sink.Content & SnapshotContent.Functions) != 0;

    private void WriteHead()
    {
        _headWritten = true;
        _writer.WriteHeader();
        _writer.WriteAuxFields(_plan.Aux);
        if (!HasFunctions) return;
        foreach (var function in _plan.Functions) _writer.WriteFunction(function);
    }

    private void WriteFrame(in SnapshotFrame frame)
    {
        if (frame.Kind == SnapshotFrameKind.Run)
        {
            _writer.WriteBytes(frame.Value);
            return;
        }

        if (frame.Kind == SnapshotFrameKind.Part)
        {
            if (_openType == ValueType.String)
            {
                _string.Add(frame.Value);
                return;
            }

            if (_openEarliestMs >= 0)
            {
                HashTimes.WriteField(_writer, frame.Key, frame.Value, frame.ExpireAtMs, _openEarliestMs);
                return;
            }

            ValueEncoder.WritePart(_writer, _openType, frame.Encoding, frame.Key, frame.Value);
            return;
        }

        if (frame.Database != _database)
        {
            _database = frame.Database;
            _writer.WriteSelectDb(_database);
            var (_, keys, expires) = _plan.Sizes[_database];
            _writer.WriteResizeDb(keys, expires);
        }

        var key = new RdbKey(frame.Key) { ExpiryMs = frame.ExpireAtMs, IdleSeconds = _plan.IdleSeconds(frame.Clock), Frequency = _plan.Frequency(frame.Clock) };
        _openType = frame.Type;
        _openEarliestMs = frame.Kind == SnapshotFrameKind.Open && _writer.Dialect >= RdbDialect.Rdb12 ? frame.EarliestMs : -1;
        if (_openEarliestMs >= 0) HashTimes.BeginLarge(_writer, key, frame.Count, _openEarliestMs);
        else if (frame.Kind == SnapshotFrameKind.Open && frame.Type == ValueType.String) _string.Begin(key, frame.Count);
        else if (frame.Kind == SnapshotFrameKind.Open) ValueEncoder.BeginLarge(_writer, key, frame.Type, frame.Count);
        else ValueEncoder.WriteWhole(_writer, key, frame.Type, frame.Encoding, frame.Value);
        Records++;
        if (Failure == null) _plan.AfterKey?.Invoke(Records);
    }
}

/// <summary>What an RDB says of itself and of its databases.</summary>
/// <param name="Aux">Auxiliary fields.</param>
/// <param name="Functions">Function libraries, kept as they are.</param>
/// <param name="Sizes">Per database: number, keys, keys with an expiry.</param>
/// <param name="NowMs">Unix time in milliseconds at the start: access clocks are told as of then.</param>
/// <param name="WithIdle">Whether idle times are written (LRU policies).</param>
/// <param name="WithFrequency">Whether access frequencies are written (LFU policies).</param>
/// <param name="DecayMinutes">lfu-decay-time.</param>
internal sealed record SnapshotPlan(
    RdbAuxFields Aux, IReadOnlyList<byte[]> Functions, (int Database, long Keys, long Expires)[] Sizes, long NowMs, bool WithIdle, bool WithFrequency,
    long DecayMinutes)
{
    /// <summary>Helper: called with the number of keys behind each of them; null for nothing to do.</summary>
    public Action<long>? AfterKey { get; init; }

    /// <summary>Seconds since the last access, or -1 when not written.</summary>
    public long IdleSeconds(int clock) => WithIdle ? AccessClocks.IdleSeconds(clock, NowMs) : -1;

    /// <summary>LFU counter with its decay up to now, or -1 when not written.</summary>
    public int Frequency(int clock) => WithFrequency ? AccessClocks.Frequency(clock, NowMs, DecayMinutes) : -1;
}
