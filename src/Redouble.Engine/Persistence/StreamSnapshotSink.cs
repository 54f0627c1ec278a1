using Redouble.Core.Memory;
using Redouble.Core.Platform;
using Redouble.Persistence.Rdb;
using Redouble.Replication.Primary;

namespace Redouble.Engine.Persistence;

/// <summary>A snapshot on its way to replicas that read until a mark: encoded blocks go straight into the stream they share.</summary>
internal sealed class StreamSnapshotSink(SnapshotStream stream, BlockPool blocks) : SnapshotSink
{
    private readonly BlockRdbOutput _output = new();
    private readonly List<Block> _filled = [];
    private string? _failure;
    private int _rented; // blocks in the output, filled or not: all of standard size

    public override RdbOutput Output => _output;

    public override long MemoryBytes => _rented * BlockPool.StandardMemoryBytes;

    public override object? Target => stream;

    public override SnapshotContent Content => stream.Format.Content;

    public override bool IsWanted => stream.Readers > 0;

    public override bool HasRoom => stream.HasRoom;

    public override void Complete()
    {
    }

    public override void Abandon() => _failure = "BGSAVE failed, replication can't continue";

    public override void BeforeEncode(long pendingFrameBytes)
    {
        // Blocks are left unfilled by at most the largest room an encoder asks for. An encoded record is no longer than its frame, but for one behind a record
        // of another database: SELECTDB and RESIZEDB make that up to 2 bytes more. That is 34 KB at most, of the 512 KB of the smallest frames that may be
        // under way, and within the three blocks of 16 KB.
        var needed = (pendingFrameBytes / (BlockPool.StandardCapacity - RdbOutput.RoomMax)) + 3;
        for (var i = _output.Supplied; i < needed; i++, _rented++) _output.Supply(blocks.Rent());
    }

    public override void AfterEncode(bool finished)
    {
        _output.TakeFilled(_filled, finished);
        foreach (var block in _filled) stream.Append(block);
        _rented -= _filled.Count;
        _filled.Clear();
        if (!finished) return;
        for (; _output.TryTakeBack(out var spare); _rented--) blocks.Release(spare);
        if (_failure != null) stream.Fail(_failure);
        else stream.Complete();
    }
}

/// <summary>A snapshot for replicas that must know its length first: spooled to a file without a name, from which each of them reads at its own pace.</summary>
internal sealed class SpoolSnapshotSink : SnapshotSink
{
    private readonly SnapshotStream _stream;
    private readonly FileRdbOutput _output;
    private ISpoolFile? _file; // the helper creates it
    private volatile string? _failure;

    public SpoolSnapshotSink(SnapshotStream stream, IFileSystem files, string directory)
    {
        _stream = stream;
        _output = new FileRdbOutput(new LateFile(() => _file = files.CreateUnlinked(directory), isIncremental: false));
    }

    public override RdbOutput Output => _output;

    public override object? Target => _stream;

    public override bool IsWanted => _stream.Readers > 0;

    public override SnapshotContent Content => _stream.Format.Content;

    public override void Complete() => _output.Flush();

    public override void Abandon()
    {
        _file?.Dispose();
        _failure = "BGSAVE failed, replication can't continue";
    }

    public override string Describe(IOException failure) => $"Write error while saving for replicas to a file without a name: {failure.Message}";

    public override void AfterEncode(bool finished)
    {
        if (_failure != null) _stream.Fail(_failure);
        if (_failure != null || !finished) return;
        if (_stream.Readers == 0) _file!.Dispose(); // all have gone while it was written
        else _stream.Serve(new SpooledPayload(_file!));
    }

    private sealed class SpooledPayload(ISpoolFile file) : ISnapshotFile
    {
        public long End { get; } = file.Length;

        public string? Failure => null;

        public int ReadAt(long position, Span<byte> into) => file.ReadAt(position, into);

        public void Dispose() => file.Dispose();
    }
}
