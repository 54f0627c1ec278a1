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

    public override bool HasRoom => stream.BufferedBytes < stream.BufferMax || stream.Readers == 0;

    public override void Complete()
    {
    }

    public override void Abandon() => _failure = "BGSAVE failed, replication can't continue";

    public override void BeforeEncode(long pendingFrameBytes)
    {
        // Encoded records are no longer than their frames; blocks are left unfilled by at most the largest room an encoder asks for.
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

/// <summary>A snapshot for replicas that must know its length first: spooled to a file without a name, then read back as they take it.</summary>
internal sealed class SpoolSnapshotSink : SnapshotSink
{
    private const int ChunkSize = 64 * 1024;
    /// <summary>Where it goes.</summary>
    public SnapshotStream Stream { get; }

    private readonly FileRdbOutput _output;
    private ISpoolFile? _file; // the helper creates it
    private readonly byte[] _chunk = new byte[ChunkSize];
    private volatile string? _failure;
    private long _sent;
    private bool _spooled;

    public SpoolSnapshotSink(SnapshotStream stream, IFileSystem files, string directory)
    {
        Stream = stream;
        _output = new FileRdbOutput(new LateFile(() => _file = files.CreateUnlinked(directory), isIncremental: false));
    }

    public override RdbOutput Output => _output;

    public override object? Target => Stream;

    public override bool IsWanted => Stream.Readers > 0;

    public override SnapshotContent Content => Stream.Format.Content;

    public override void Complete() => _output.Flush();

    public override void Abandon()
    {
        _file?.Dispose();
        _failure = "BGSAVE failed, replication can't continue";
    }

    public override string Describe(IOException failure) => $"Write error while saving for replicas to a file without a name: {failure.Message}";

    public override void AfterEncode(bool finished)
    {
        if (_failure != null) Stream.Fail(_failure);
        if (_failure != null || !finished) return;

        if (Stream.Readers == 0) // all have gone while it was written
        {
            _file!.Dispose();
            return;
        }

        _spooled = true;
        Stream.Announce(_file!.Length);
        Pump();
    }

    /// <summary>Data thread: nobody reads it any more. While it is being written, the end of its encoder gives the file back.</summary>
    public void Drop()
    {
        if (!_spooled) return;
        _sent = _file!.Length;
        _file.Dispose();
    }

    /// <summary>Data thread: reads on while the replicas take more.</summary>
    public void Pump()
    {
        try
        {
            while (_sent < _file!.Length && Stream.HasCredit)
            {
                var read = _file.ReadAt(_sent, _chunk);
                Stream.Append(_chunk.AsSpan(0, read));
                _sent += read;
            }
        }
        catch (IOException error)
        {
            Stream.Fail($"Reading the spooled snapshot: {error.Message}");
            Drop();
            return;
        }

        if (_sent < _file.Length) return;
        Stream.Complete();
        _file.Dispose();
    }
}
