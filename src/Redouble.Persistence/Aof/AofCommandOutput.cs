using Redouble.Persistence.Rdb;

namespace Redouble.Persistence.Aof;

/// <summary>
/// Takes an RDB and puts out the commands that build the same data set: the base of an AOF with <c>aof-use-rdb-preamble no</c>. The bytes are read as they
/// come, 64 KB at a time.
/// <code>
///   encoder ─► RDB, never as a whole ─► RdbReader ─► AofCommandTarget ─► commands
/// </code>
/// </summary>
public sealed class AofCommandOutput : RdbOutput
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly RdbReader<AofCommandTarget> _reader;
    private int _length;

    /// <param name="output">Where the commands go.</param>
    public AofCommandOutput(RdbOutput output) =>
        _reader = new RdbReader<AofCommandTarget>(new AofCommandTarget(output), new RdbReaderOptions { VerifyChecksum = false });

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int roomMin)
    {
        if (_buffer.Length - _length < roomMin) Read();
        return _buffer.AsSpan(_length);
    }

    /// <inheritdoc/>
    public override void Advance(int count) => _length += count;

    /// <summary>The RDB is complete.</summary>
    public void Finish()
    {
        Read();
        if (_reader.Finish() != RdbReadStatus.Done) throw Broken();
    }

    /// <inheritdoc/>
    protected override ReadOnlySpan<byte> TakeUncovered() => []; // nobody will ask for its checksum

    private void Read()
    {
        if (_length > 0 && _reader.Feed(_buffer.AsSpan(0, _length), out _) == RdbReadStatus.Failed) throw Broken();
        _length = 0;
    }

    private InvalidOperationException Broken() => new($"An RDB of our own cannot be read: {_reader.Error?.Text} (at offset {_reader.Error?.Offset}).");
}
